#include "dagrad/ops/reduction/reduce/reduce.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;
using runtime::KernelMode;

// y[k] by walking over x once, every index written out: independent of the kernels' plans.
std::vector<double> Naive(const Tensor& x, const std::vector<bool>& reduced, double identity,
                          const std::function<double(double, double)>& combine) {
  int64_t outputs = 1;
  for (int a = 0; a < x.rank(); ++a) outputs *= reduced[a] ? 1 : x.dims()[a];
  std::vector<double> y(outputs, identity);
  const Tensor values = *x.Cast(DType::kFloat64);
  for (int64_t i = 0; i < x.num_elements(); ++i) {
    int64_t rest = i, k = 0, place = 1;
    for (int a = x.rank() - 1; a >= 0; --a) {
      if (!reduced[a]) {
        k += rest % x.dims()[a] * place;
        place *= x.dims()[a];
      }
      rest /= x.dims()[a];
    }
    y[k] = combine(y[k], values.data<double>()[i]);
  }
  return y;
}

struct Case {
  const OpDef* op;
  double identity;
  std::function<double(double, double)> combine;
};

std::vector<Case> Cases() {
  const double inf = std::numeric_limits<double>::infinity();
  return {{&ops::ReduceSumOp(), 0, [](double a, double b) { return a + b; }},
          {&ops::ReduceMaxOp(), -inf, [](double a, double b) { return std::max(a, b); }},
          {&ops::ReduceMinOp(), inf, [](double a, double b) { return std::min(a, b); }},
          {&ops::ReduceProdOp(), 1, [](double a, double b) { return a * b; }}};
}

TEST(ReduceTest, AgreesWithNaiveLoopsOverRandomShapes) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const int64_t sizes[] = {1, 2, 3, 5, 8, 17, 33, 70};
  for (int round = 0; round < 150; ++round) {
    Dims dims;
    Ints axes;
    const int rank = static_cast<int>(random() % 5);
    while (static_cast<int>(dims.size()) < rank && NumElements(dims) < 20000)
      dims.push_back(sizes[random() % 8]);
    std::vector<bool> reduced(dims.size());
    for (size_t a = 0; a < dims.size(); ++a) {
      reduced[a] = random() % 2 == 0;
      if (reduced[a])
        axes.push_back(static_cast<int64_t>(a) - (random() % 2 == 0 ? dims.size() : 0));
    }
    if (axes.empty()) reduced.assign(dims.size(), true);
    const Tensor x = ops::RandomTensor(DType::kFloat32, dims, &random);
    for (const Case& c : Cases()) {
      SCOPED_TRACE(absl::StrCat(c.op->name, " of ", DimsToString(dims), " over {",
                                absl::StrJoin(axes, ","), "}"));
      const std::vector<double> want = Naive(x, reduced, c.identity, c.combine);
      for (KernelMode mode : {KernelMode::kFast, KernelMode::kReference}) {
        auto y = ops::RunKernel(*c.op, {x}, {{"axes", axes}}, {.mode = mode});
        ASSERT_TRUE(y.ok()) << y.status();
        const Tensor expected = Tensor::Of<double>((*y)[0].dims(), want);
        ASSERT_LE(ops::MaxError((*y)[0], expected), 2e-5);
      }
    }
  }
}

// Sizes that are split into parts and joined in a second phase.
TEST(ReduceTest, LargeSumsAreAccurateAndDoNotDependOnThreads) {
  std::mt19937 random(7);
  const std::vector<std::pair<Dims, Ints>> cases = {
      {{1000003}, {0}},           {{250001, 4}, {0}},
      {{40001, 30}, {0}},         {{700, 1500}, {0}},
      {{3, 100000, 3}, {1}},      {{2, 300001}, {1}},
      {{50, 3, 100, 60}, {0, 2}}, {{64, 28, 28, 32}, {0, 1, 2}},
      {{100000, 7}, {1}}};
  for (const auto& [dims, axes] : cases) {
    SCOPED_TRACE(DimsToString(dims));
    const Tensor x = ops::RandomTensor(DType::kFloat32, dims, &random);
    const auto exact = ops::RunKernel(ops::ReduceSumOp(), {*x.Cast(DType::kFloat64)},
                                      {{"axes", axes}}, {.mode = KernelMode::kReference});
    const auto one = ops::RunKernel(ops::ReduceSumOp(), {x}, {{"axes", axes}});
    const auto three = ops::RunKernel(ops::ReduceSumOp(), {x}, {{"axes", axes}}, {.threads = 3});
    ASSERT_TRUE(exact.ok() && one.ok() && three.ok());
    EXPECT_LE(ops::MaxError((*one)[0], (*exact)[0]), 2e-5);
    EXPECT_TRUE(SameBits((*one)[0], (*three)[0]));
  }
}

TEST(ReduceTest, SumOfManyEqualNumbersLosesNothing) {
  // A single float32 accumulator would stop at 2^24.
  const Tensor x = Tensor::Full(DType::kFloat32, {40000000}, 1);
  const auto y = ops::RunKernel(ops::ReduceSumOp(), {x}, {});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].data<float>()[0], 40000000.0f);
}

TEST(ReduceTest, NanIsTheExtremumWhereverItStands) {
  const float nan = std::nanf("");
  for (KernelMode mode : {KernelMode::kFast, KernelMode::kReference}) {
    for (int at = 0; at < 200; at += 7) {
      Tensor x = Tensor::Full(DType::kFloat32, {200}, 1);
      x.mutable_data<float>()[at] = nan;
      for (const OpDef* op : {&ops::ReduceMaxOp(), &ops::ReduceMinOp()}) {
        const auto y = ops::RunKernel(*op, {x}, {}, {.mode = mode});
        ASSERT_TRUE(y.ok());
        EXPECT_TRUE(std::isnan((*y)[0].data<float>()[0])) << op->name << " at " << at;
      }
    }
  }
}

// 1e-10, though the products of the small and of the large factors leave float32.
TEST(ReduceTest, ProductsWhosePartsLeaveFloat32) {
  for (const int64_t n : {16, 128, 2000}) {
    for (const int64_t columns : {1, 3, 100}) {
      for (const int64_t distance : {4, 8, 32}) {
        if (distance + 1 >= n) continue;
        SCOPED_TRACE(absl::StrCat(n, " x ", columns, ", ", distance, " apart"));
        Tensor x = Tensor::Full(DType::kFloat32, {n, columns}, 1);
        const auto set = [&](int64_t row, float v) {
          std::fill_n(x.mutable_data<float>().begin() + row * columns, columns, v);
        };
        for (const int64_t row : {int64_t{0}, distance}) {
          set(row, 1e-22f);
          set(row + 1, 1e17f);
        }
        const auto y = ops::RunKernel(ops::ReduceProdOp(), {x}, {{"axes", Ints{0}}});
        ASSERT_TRUE(y.ok()) << y.status();
        for (const float v : (*y)[0].data<float>()) ASSERT_NEAR(v / 1e-10, 1, 1e-6);
      }
    }
  }
}

// More elements than float16 counts, all of which are the largest.
TEST(ReduceTest, GradientsOfManyHalves) {
  constexpr int64_t kCount = 65536;
  for (const DType half : {DType::kFloat16, DType::kBFloat16}) {
    GraphBuilder g("f");
    const Value x = g.Input("x", half, {kCount});
    g.Output("mean", (*Gradients({ReduceMean(x)}, {x}))[0]);
    g.Output("max", (*Gradients({ReduceMax(x)}, {x}))[0]);
    const Function f = *g.Build();
    const auto r = runtime::EvaluateFunction(f, {{"x", Tensor::Full(half, {kCount}, 1)}});
    ASSERT_TRUE(r.ok()) << r.status();
    const Tensor expected = Tensor::Full(half, {kCount}, 0x1p-16);
    EXPECT_TRUE(SameBits(r->outputs.at("mean"), expected)) << DTypeName(half);
    EXPECT_TRUE(SameBits(r->outputs.at("max"), expected)) << DTypeName(half);
  }
}

TEST(ReduceTest, IntegersWrapAround) {
  const Tensor x = Tensor::Of<int32_t>({3}, {2147483647, 1, 1});
  const auto y = ops::RunKernel(ops::ReduceSumOp(), {x}, {});
  ASSERT_TRUE(y.ok());
  EXPECT_EQ((*y)[0].data<int32_t>()[0], -2147483647);
}

TEST(ReduceTest, OverNothingIsTheIdentity) {
  const Tensor x = *Tensor::Zeros(DType::kFloat32, {2, 0});
  for (const Case& c : Cases()) {
    const auto y = ops::RunKernel(*c.op, {x}, {{"axes", Ints{1}}});
    ASSERT_TRUE(y.ok());
    EXPECT_EQ((*y)[0].data<float>()[1], static_cast<float>(c.identity)) << c.op->name;
  }
  const auto mean = ops::RunKernel(ops::ReduceMeanOp(), {x}, {{"axes", Ints{1}}});
  ASSERT_TRUE(mean.ok());
  EXPECT_TRUE(std::isnan((*mean)[0].data<float>()[0]));
  const auto highest = ops::RunKernel(ops::ReduceMinOp(), {*Tensor::Zeros(DType::kInt64, {0})}, {});
  ASSERT_TRUE(highest.ok());
  EXPECT_EQ((*highest)[0].data<int64_t>()[0], std::numeric_limits<int64_t>::max());
}

TEST(ReduceTest, SymbolicShapesAndErrors) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 3, "time"});
  EXPECT_EQ(ReduceMean(x, {.axes = {0, -1}}).type().ToString(), "float32[3]");
  EXPECT_EQ(ReduceSum(x, {.axes = {1}, .keepdims = true}).type().ToString(),
            "float32[batch,1,time]");
  EXPECT_EQ(ReduceMax(x).type().ToString(), "float32[]");
  EXPECT_TRUE(g.ok()) << g.status();
  EXPECT_FALSE(ReduceSum(x, {.axes = {3}}).valid());
  EXPECT_NE(g.status().message().find("axis 3 is outside [-3, 3) (reduce_sum_c1)"),
            std::string::npos)
      << g.status();
  EXPECT_NE(g.status().message().find("reduce_test.cc:"), std::string::npos) << g.status();
}

}  // namespace
}  // namespace dagrad
