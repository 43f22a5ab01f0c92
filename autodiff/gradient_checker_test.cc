#include "dagrad/autodiff/gradient_checker.h"

#include <cmath>
#include <string>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr DType kF64 = DType::kFloat64;

Function Build(GraphBuilder* g) {
  absl::StatusOr<Function> f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  return f.ok() ? *std::move(f) : Function();
}

TEST(GradientCheckerTest, AcceptsRightGradients) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {"n", 2});
  Value w = g.State("w", kF64, {2});
  g.Output("y", Exp(Sin(x) * w));
  g.Output("z", ReduceSum(x * x * x, {}));
  const Function f = Build(&g);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    auto report = CheckGradients(f, {{"x", Tensor::Of<double>({2, 2}, {0.1, -0.7, 2, 3})}},
                                 {{"w", Tensor::Of<double>({2}, {0.5, -1.5})}}, {.seed = seed});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->passed()) << report->ToString();
    // 6 xs; then 6 xs and 5 cotangents.
    EXPECT_EQ(report->derivatives, 6 + 6 + 5);
    EXPECT_EQ(report->seed, seed);
    EXPECT_GT(report->max_error_first, 0);
    EXPECT_LT(report->max_error_first, 1e-9);
    EXPECT_LT(report->max_error_second, 1e-9);
  }
}

TEST(GradientCheckerTest, NearASingularityTheExtrapolationDecides) {
  GraphBuilder g("f");
  g.Output("y", Log(g.Input("x", kF64, {1})));
  auto report = CheckGradients(Build(&g), {{"x", Tensor::Of<double>({1}, {0.004})}});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->passed()) << report->ToString();
}

TEST(GradientCheckerTest, ProbesAsManyElementsOfALargeTensorAsAsked) {
  GraphBuilder g("f");
  g.Output("y", Sin(g.Input("x", kF64, {1000})));
  auto report = CheckGradients(Build(&g), {{"x", Tensor::Full(kF64, {1000}, 0.3)}}, {},
                               {.second_order = false, .max_elements = 7});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->passed()) << report->ToString();
  EXPECT_EQ(report->derivatives, 7);
}

TEST(GradientCheckerTest, ChoosesXsAndYs) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  Value z = g.Input("z", kF64, {2});
  g.Output("smooth", x * z);
  g.Output("kinked", Relu(z));
  const runtime::TensorMap feeds = {{"x", Tensor::Of<double>({2}, {1, 2})},
                                    {"z", Tensor::Of<double>({2}, {0, 0})}};
  const Function f = Build(&g);
  auto report =
      CheckGradients(f, feeds, {}, {.second_order = false, .xs = {"x"}, .ys = {"smooth"}});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->passed()) << report->ToString();
  EXPECT_EQ(report->derivatives, 2);
  report = CheckGradients(f, feeds);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->passed()) << "a kink at 0 passed: " << report->ToString();
}

// y = sin(x) with a derivative that the test chooses.
template <double (*factor)()>
absl::Status ScaledGradient(GradContext& c) {
  c.SetGrad(0, c.cotangent() * Cos(c.input(0)) * factor());
  return absl::OkStatus();
}
double Right() { return 1; }
double OnePercentMore() { return 1.01; }
double OneMillionthMore() { return 1.00001; }
double OtherSign() { return -1; }

double FirstErrorWith(absl::Status (*gradient)(GradContext&)) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {2});
  const Value like = Sin(x);
  OpDef op = *like.node().op;
  op.gradient = gradient;
  g.Output("y", g.AddNode(op, {x}, {}, SourceLocation::Current()));
  auto report = CheckGradients(Build(&g), {{"x", Tensor::Of<double>({2}, {0.3, 1.2})}});
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? report->max_error_first : -1;
}

TEST(GradientCheckerTest, MeasuresTheErrorOfWrongGradients) {
  EXPECT_LT(FirstErrorWith(ScaledGradient<Right>), 1e-9);
  EXPECT_NEAR(FirstErrorWith(ScaledGradient<OnePercentMore>), 0.01 / 1.01, 1e-6);
  EXPECT_NEAR(FirstErrorWith(ScaledGradient<OneMillionthMore>), 1e-5, 1e-9);
  EXPECT_NEAR(FirstErrorWith(ScaledGradient<OtherSign>), 2, 1e-6);
}

// Right at first order; but the cosine is kept from being differentiated again.
TEST(GradientCheckerTest, FindsWrongSecondDerivatives) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  OpDef op = *Sin(x).node().op;
  op.gradient = [](GradContext& c) {
    c.SetGrad(0, c.cotangent() * StopGradient(Cos(c.input(0))));
    return absl::OkStatus();
  };
  g.Output("y", g.AddNode(op, {x}, {}, SourceLocation::Current()));
  auto report = CheckGradients(Build(&g), {{"x", Tensor::Of<double>({1}, {0.3})}});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_LT(report->max_error_first, 1e-9);
  EXPECT_NEAR(report->max_error_second, 1, 1e-6);
  EXPECT_NE(report->worst.find("second order, d/dx[0]: 0, numerically"), std::string::npos)
      << report->worst;
}

TEST(GradientCheckerTest, Refusals) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF64, {1});
  g.Output("y", Sin(x));
  const Function f = Build(&g);
  const runtime::TensorMap feeds = {{"x", Tensor::Of<double>({1}, {0.3})}};
  EXPECT_EQ(CheckGradients(f, feeds, {}, {.xs = {"w"}}).status().message(),
            "CheckGradients: there is no float64 input or state \"w\"");
  EXPECT_EQ(CheckGradients(f, feeds, {}, {.ys = {"w"}}).status().message(),
            "CheckGradients: there is no float64 output \"w\"");
  EXPECT_FALSE(CheckGradients(f, {}).ok());
  GraphBuilder h("h");
  h.Output("y", h.Input("x", DType::kFloat32, {1}));
  EXPECT_EQ(CheckGradients(Build(&h), {}).status().message(),
            "CheckGradients: the function has no float64 input or state");
}

}  // namespace
}  // namespace dagrad
