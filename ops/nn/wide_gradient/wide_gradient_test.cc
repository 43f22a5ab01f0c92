#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// y of x, gamma and beta.
struct Norm {
  std::string name;
  Dims dims, parameter_dims;
  std::function<Value(Value x, Value gamma, Value beta)> y;
};

std::vector<Norm> Norms() {
  return {
      {"BatchNorm", {64, 3}, {3}, [](Value x, Value g, Value b) { return BatchNorm(x, g, b).y; }},
      {"LayerNorm", {3, 64}, {64}, [](Value x, Value g, Value b) { return LayerNorm(x, g, b).y; }},
  };
}

// Of `given` (x, gamma, beta and y's cotangent) in `dtype`.
runtime::TensorMap GradientsIn(DType dtype, const Norm& norm, const std::vector<Tensor>& given) {
  GraphBuilder g("f");
  std::vector<Value> in;
  runtime::TensorMap feeds;
  for (const Tensor& t : given) {
    const std::string name = absl::StrCat("input ", in.size());
    in.push_back(g.Input(name, dtype, Shape(absl::MakeConstSpan(t.dims()))));
    feeds[name] = *t.Cast(dtype);
  }
  const Value y = norm.y(in[0], in[1], in[2]);
  const auto grads = *Gradients({y}, {in[0], in[1]}, {.cotangents = {in[3]}});
  g.Output("dx", grads[0]);
  g.Output("dgamma", grads[1]);
  return runtime::EvaluateFunction(*g.Build(), feeds)->outputs;
}

void ExpectRoundedOnce(DType half, const Tensor& actual, const Tensor& expected) {
  const Tensor wide = *actual.Cast(DType::kFloat64);
  double largest = 0, error = 0;
  for (size_t i = 0; i < wide.data<double>().size(); ++i) {
    const double e = expected.data<double>()[i];
    largest = std::max(largest, std::abs(e));
    error = std::max(error, std::abs(wide.data<double>()[i] - e));
  }
  EXPECT_LT(error, largest / (half == DType::kFloat16 ? 2000 : 250));
}

// The mean of a norm is rounded by as much as 0.03 (float16) or 0.25, and a variance of 120000 is
// infinite in float16.
TEST(WideGradient, OfNormsIsRoundedOnce) {
  for (const Norm& norm : Norms()) {
    std::mt19937 random(2718);
    for (const DType half : {DType::kFloat16, DType::kBFloat16}) {
      for (const float deviation : {1, 600}) {
        Tensor x = ops::RandomTensor(DType::kFloat32, norm.dims, &random);
        for (float& v : x.mutable_data<float>()) v = 100 + deviation * v;
        const auto draw = [&](const Dims& dims) {
          return *ops::RandomTensor(DType::kFloat32, dims, &random).Cast(half);
        };
        const std::vector<Tensor> given = {*x.Cast(half), draw(norm.parameter_dims),
                                           draw(norm.parameter_dims), draw(norm.dims)};
        const runtime::TensorMap expected = GradientsIn(DType::kFloat64, norm, given);
        for (const auto& [name, actual] : GradientsIn(half, norm, given)) {
          SCOPED_TRACE(absl::StrCat(norm.name, ": ", name, " in ", DTypeName(half),
                                    ", deviations of ", deviation));
          ExpectRoundedOnce(half, actual, expected.at(name));
        }
      }
    }
  }
}

}  // namespace
}  // namespace dagrad
