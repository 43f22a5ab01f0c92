#include "dagrad/ops/training/adam_update/adam_update.h"

#include <random>
#include <string>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr AdamUpdateOptions kOptions = {.beta_1 = 0.875, .beta_2 = 0.99, .epsilon = 1e-6};

// The op, and its formulas built of single ops.
absl::StatusOr<Function> BothWays(DType dtype, int64_t n) {
  GraphBuilder g("f");
  const Value w = g.Input("w", dtype, {n}), gradient = g.Input("g", dtype, {n});
  const Value m = g.Input("m", dtype, {n}), v = g.Input("v", dtype, {n});
  const Value step_size = g.Input("step_size", dtype, Shape());
  const AdamUpdateResult r = AdamUpdate(w, gradient, m, v, step_size, kOptions);
  g.Output("w1", r.w);
  g.Output("m1", r.m);
  g.Output("v1", r.v);
  const Value m2 = m + (gradient - m) * (1 - kOptions.beta_1);
  const Value v2 = v + (Square(gradient) - v) * (1 - kOptions.beta_2);
  g.Output("w2", w - step_size * m2 / (Sqrt(v2) + kOptions.epsilon));
  g.Output("m2", m2);
  g.Output("v2", v2);
  return g.Build();
}

template <typename T>
void SquareAll(Tensor* t) {
  for (T& x : t->mutable_data<T>()) x *= x;
}

TEST(AdamUpdateTest, SameBitsAsSingleOps) {
  std::mt19937 random(17);
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    for (const int64_t n : {1, 7, 64, 1001}) {
      const absl::StatusOr<Function> f = BothWays(dtype, n);
      ASSERT_TRUE(f.ok()) << f.status();
      Tensor v = ops::RandomTensor(dtype, {n}, &random);
      dtype == DType::kFloat32 ? SquareAll<float>(&v) : SquareAll<double>(&v);
      const runtime::TensorMap feeds = {{"w", ops::RandomTensor(dtype, {n}, &random)},
                                        {"g", ops::RandomTensor(dtype, {n}, &random)},
                                        {"m", ops::RandomTensor(dtype, {n}, &random)},
                                        {"v", v},
                                        {"step_size", Tensor::Full(dtype, {}, 0.01)}};
      for (const auto mode : {runtime::KernelMode::kFast, runtime::KernelMode::kReference}) {
        const auto result = runtime::EvaluateFunction(*f, feeds, {}, mode);
        ASSERT_TRUE(result.ok()) << result.status();
        for (const char* name : {"w", "m", "v"}) {
          const Tensor& one = result->outputs.at(std::string(name) + "1");
          const Tensor& single = result->outputs.at(std::string(name) + "2");
          EXPECT_TRUE(SameBits(one, single)) << name << " of " << n << " " << DTypeName(dtype);
        }
      }
    }
  }
}

TEST(AdamUpdateTest, NoGradientFlowsThrough) {
  for (const PortSpec& input : ops::AdamUpdateOp().inputs)
    EXPECT_FALSE(input.differentiable) << input.name;
}

}  // namespace
}  // namespace dagrad
