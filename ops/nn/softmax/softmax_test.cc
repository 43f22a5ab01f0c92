#include "dagrad/ops/nn/softmax/softmax.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/nn/softmax/softmax_golden.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

struct Case {
  std::string name;
  Value (*apply)(Operand, const SoftmaxOptions&);
  int axis;
  absl::Span<const double> y, dx, dx_dx;
};

class SoftmaxGoldenTest : public testing::TestWithParam<Case> {};

void ExpectNear(const Tensor& t, absl::Span<const double> expected, double tolerance) {
  const Tensor actual = *t.Cast(DType::kFloat64);
  ASSERT_EQ(actual.data<double>().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual.data<double>()[i], expected[i], tolerance) << i;
}

TEST_P(SoftmaxGoldenTest, ValueGradientAndSecondGradient) {
  const Case& p = GetParam();
  for (DType dtype : {DType::kFloat32, DType::kFloat64}) {
    GraphBuilder g("f");
    const Value x = g.Input("x", dtype, {"batch", 3, 4});
    const Value dy = g.Input("dy", dtype, {"batch", 3, 4});
    const Value y = p.apply(x, {.axis = p.axis});
    auto dx = Gradients({y}, {x}, {.cotangents = {dy}});
    ASSERT_TRUE(dx.ok()) << dx.status();
    auto dx_dx = Gradients({(*dx)[0]}, {x}, {.cotangents = {dy}});
    ASSERT_TRUE(dx_dx.ok()) << dx_dx.status();
    g.Output("y", y);
    g.Output("dx", (*dx)[0]);
    g.Output("dx_dx", (*dx_dx)[0]);
    absl::StatusOr<Function> f = g.Build();
    ASSERT_TRUE(f.ok()) << f.status();
    const runtime::TensorMap feeds = {
        {"x", *Tensor::Of<double>({2, 3, 4}, softmax_golden::kX).Cast(dtype)},
        {"dy", *Tensor::Of<double>({2, 3, 4}, softmax_golden::kDy).Cast(dtype)}};
    for (auto mode : {runtime::KernelMode::kReference, runtime::KernelMode::kFast}) {
      auto result = runtime::EvaluateFunction(*f, feeds, {}, mode);
      ASSERT_TRUE(result.ok()) << result.status();
      const double tolerance = dtype == DType::kFloat32 ? 5e-6 : 1e-13;
      ExpectNear(result->outputs["y"], p.y, tolerance);
      ExpectNear(result->outputs["dx"], p.dx, tolerance);
      ExpectNear(result->outputs["dx_dx"], p.dx_dx, tolerance);
    }
  }
}

using namespace softmax_golden;
INSTANTIATE_TEST_SUITE_P(
    All, SoftmaxGoldenTest,
    testing::Values(
        Case{"Softmax0", Softmax, 0, kSoftmaxY_0, kSoftmaxDx_0, kSoftmaxDxDx_0},
        Case{"Softmax1", Softmax, 1, kSoftmaxY_1, kSoftmaxDx_1, kSoftmaxDxDx_1},
        Case{"Softmax2", Softmax, -1, kSoftmaxY_2, kSoftmaxDx_2, kSoftmaxDxDx_2},
        Case{"LogSoftmax0", LogSoftmax, -3, kLogSoftmaxY_0, kLogSoftmaxDx_0, kLogSoftmaxDxDx_0},
        Case{"LogSoftmax1", LogSoftmax, 1, kLogSoftmaxY_1, kLogSoftmaxDx_1, kLogSoftmaxDxDx_1},
        Case{"LogSoftmax2", LogSoftmax, 2, kLogSoftmaxY_2, kLogSoftmaxDx_2, kLogSoftmaxDxDx_2}),
    [](const auto& info) { return info.param.name; });

// The fast kernels against the definition in float64, over row lengths around the width of vectors
// and blocks; on any number of threads the same bits.
TEST(SoftmaxKernel, FastAgreesWithReference) {
  constexpr uint32_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  for (const OpDef* op : {&ops::SoftmaxOp(), &ops::LogSoftmaxOp()}) {
    for (const auto& [dims, axis] : std::vector<std::pair<Dims, int>>{{{3, 1}, 1},
                                                                      {{3, 7}, 1},
                                                                      {{3, 8}, 1},
                                                                      {{5, 17}, 1},
                                                                      {{2, 1000}, 1},
                                                                      {{2, 30011}, 1},
                                                                      {{640, 100}, 1},
                                                                      {{5, 3}, 0},
                                                                      {{3, 10, 129}, 1},
                                                                      {{2, 50, 64, 8}, 1},
                                                                      {{1000, 63}, 0}}) {
      SCOPED_TRACE(DimsToString(dims));
      Tensor x = ops::RandomTensor(DType::kFloat32, dims, &random);
      for (float& v : x.mutable_data<float>()) v *= 20;
      const AttrMap attrs = {{"axis", axis}};
      auto fast = ops::RunKernel(*op, {x}, attrs);
      auto threaded = ops::RunKernel(*op, {x}, attrs, {.threads = 3});
      auto reference = ops::RunKernel(*op, {*x.Cast(DType::kFloat64)}, attrs);
      ASSERT_TRUE(fast.ok() && threaded.ok() && reference.ok());
      EXPECT_LT(ops::MaxError(*(*fast)[0].Cast(DType::kFloat64), (*reference)[0]), 1e-6);
      EXPECT_TRUE(SameBits((*fast)[0], (*threaded)[0]));
    }
  }
}

TEST(SoftmaxKernel, NonFiniteRows) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (int n : {3, 40}) {
    for (float odd : {inf, nan}) {
      Tensor x = Tensor::Full(DType::kFloat32, {2, n}, 1);
      x.mutable_data<float>()[n - 2] = odd;  // of the first row
      x.mutable_data<float>()[n] = -inf;     // of the second row
      const Tensor y = (*ops::RunKernel(ops::SoftmaxOp(), {x}, {}))[0];
      for (int i = 0; i < n; ++i) EXPECT_TRUE(std::isnan(y.data<float>()[i])) << i;
      EXPECT_EQ(y.data<float>()[n], 0);
      EXPECT_NEAR(y.data<float>()[n + 1], 1.0 / (n - 1), 1e-6);
    }
    const Tensor y =
        (*ops::RunKernel(ops::SoftmaxOp(), {Tensor::Full(DType::kFloat32, {n}, -inf)}, {}))[0];
    for (float v : y.data<float>()) EXPECT_TRUE(std::isnan(v));
  }
}

// bfloat16 has the result -4.0489 as -4.0625, of which the exponential is 1 % smaller.
TEST(LogSoftmax, GradientOfHalvesIsRoundedOnce) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kBFloat16, {2}), dy = g.Input("dy", DType::kBFloat16, {2});
  g.Output("dx", (*Gradients({LogSoftmax(x)}, {x}, {.cotangents = {dy}}))[0]);
  const auto of = [](double a, double b) {
    return *Tensor::Of<double>({2}, {a, b}).Cast(DType::kBFloat16);
  };
  const auto r = runtime::EvaluateFunction(*g.Build(), {{"x", of(0, 4.03125)}, {"dy", of(0, 1)}});
  ASSERT_TRUE(r.ok()) << r.status();
  const double p = 1 / (1 + std::exp(4.03125));
  EXPECT_TRUE(SameBits(r->outputs.at("dx"), of(-p, p)));
}

TEST(Softmax, NamesAnAxisThatIsNone) {
  GraphBuilder g("f");
  EXPECT_FALSE(Softmax(g.Input("x", DType::kFloat32, {"batch", 3}), {.axis = 2}).valid());
  EXPECT_NE(g.status().message().find("axis 2 is outside [-2, 2) (softmax_c1)"), std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
