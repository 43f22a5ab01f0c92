// Values and gradients of control flow, against what computes the same without it, and numerically.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradient_checker.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/ops.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/control/models.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using Span = absl::Span<const Value>;

double Distance(const Tensor& a, const Tensor& b) {
  double distance = a.dims() == b.dims() ? 0 : std::numeric_limits<double>::infinity();
  for (int64_t i = 0; distance == 0 && i < 1; ++i) {
    for (int64_t k = 0; k < a.num_elements(); ++k) {
      const double x = a.data<double>()[k], y = b.data<double>()[k];
      distance = std::max(distance, std::abs(x - y) / std::max(1.0, std::abs(y)));
    }
  }
  return distance;
}

// h and its gradients by everything, for random cotangents, by the op and by the scan.
absl::StatusOr<runtime::TensorMap> RunLstm(bool scanned, bool reverse, bool executor) {
  GraphBuilder g("lstm");
  const LstmInputs in = AddLstmInputs(&g, DType::kFloat64);
  const Value h = scanned ? ScannedLstm(in, reverse)
                          : Lstm(in.x, in.kernel, in.recurrent_kernel, in.bias, in.h0, in.c0,
                                 {.reverse = reverse})
                                .h;
  g.Output("h", h);
  const Value loss = ReduceSum(h * Sin(h * 3.0));
  const std::vector<Value> xs = {in.x, in.kernel, in.recurrent_kernel, in.bias, in.h0, in.c0};
  const auto grads = Gradients({loss}, xs);
  if (!grads.ok()) return grads.status();
  for (size_t i = 0; i < grads->size(); ++i) g.Output(absl::StrCat("grad", i), (*grads)[i]);
  const absl::StatusOr<Function> f = g.Build();
  if (!f.ok()) return f.status();
  const runtime::TensorMap feeds = LstmFeeds(DType::kFloat64, 5, 7, 3, 4);
  if (executor) {
    auto e = Executable::Compile(*f);
    if (!e.ok()) return e.status();
    return (*e)->Run(feeds);
  }
  auto result = runtime::EvaluateFunction(*f, feeds);
  if (!result.ok()) return result.status();
  return result->outputs;
}

TEST(ControlGradientTest, AnLstmCellInAScanIsLstm) {
  for (bool reverse : {false, true}) {
    for (bool executor : {false, true}) {
      const auto op = RunLstm(false, reverse, executor), scan = RunLstm(true, reverse, executor);
      ASSERT_TRUE(op.ok()) << op.status();
      ASSERT_TRUE(scan.ok()) << scan.status();
      ASSERT_EQ(op->size(), 7u);
      for (const auto& [name, tensor] : *op)
        EXPECT_LT(Distance(scan->at(name), tensor), 1e-10) << name << (reverse ? ", reverse" : "");
    }
  }
}

TEST(ControlGradientTest, NewtonsIterationGivesTheRootAndItsDerivative) {
  GraphBuilder g("newton");
  const Value a = g.Input("a", DType::kFloat64, {3});
  const WhileResult r = While(
      {a}, [&](GraphBuilder&, Span c) { return Greater(ReduceMax(Abs(c[0] * c[0] - a)), 1e-14); },
      [&](GraphBuilder&, Span c) -> Values { return 0.5 * (c[0] + a / c[0]); },
      {.max_iterations = 50});
  const auto grads = Gradients({ReduceSum(r.carried[0])}, {a});
  ASSERT_TRUE(grads.ok()) << grads.status();
  g.Output("root", r.carried[0]);
  g.Output("steps", r.iterations);
  g.Output("grad", (*grads)[0]);
  const Function f = *g.Build();
  const Tensor x = Tensor::Of<double>({3}, {2, 3, 0.5});
  for (bool executor : {false, true}) {
    const runtime::TensorMap y = executor ? *(*Executable::Compile(f))->Run({{"a", x}})
                                          : runtime::EvaluateFunction(f, {{"a", x}})->outputs;
    for (int i = 0; i < 3; ++i) {
      const double root = std::sqrt(x.data<double>()[i]);
      EXPECT_NEAR(y.at("root").data<double>()[i], root, 1e-14);
      EXPECT_NEAR(y.at("grad").data<double>()[i], 0.5 / root, 1e-12);
    }
    EXPECT_GT(y.at("steps").data<int64_t>()[0], 3);
    EXPECT_LT(y.at("steps").data<int64_t>()[0], 12);
  }
}

// First and second order, both branches, nested three deep, and the rest.
TEST(ControlGradientTest, GradientsOfAllModelsAreThoseOfDifferences) {
  int checked = 0;
  for (const ControlModel& m : ControlModels(DType::kFloat64, 1)) {
    if (!m.smooth) continue;
    SCOPED_TRACE(m.name);
    const auto report = CheckGradients(m.function, m.feeds, {}, {.max_elements = 4});
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->passed()) << report->ToString();
    EXPECT_GT(report->derivatives, 0);
    ++checked;
  }
  EXPECT_GE(checked, 8);
}

TEST(ControlGradientTest, OnlyWhatTheGradientReadsIsKept) {
  GraphBuilder g("sum");
  const Value x = g.Input("x", DType::kFloat64, {5, 3});
  const Value zero = Full(&g, DType::kFloat64, {3}, 0);
  const ScanResult r = Scan({zero, zero}, {x}, [&](GraphBuilder&, Span c, Span s) {
    return ScanStep{Values{c[0] + s[0], c[1] + c[0] * c[1]}};
  });
  ASSERT_TRUE(Gradients({ReduceSum(r.carried[0])}, {x}).ok());
  const Node& sum_only = r.carried[0].node();
  EXPECT_EQ(sum_only.attrs.Get<std::vector<int64_t>>("kept").size(), 2u)
      << "c1' = c1 + c0 c1 reads both";
  const ScanResult linear = Scan(
      {zero}, {x}, [&](GraphBuilder&, Span c, Span s) { return ScanStep{Values{c[0] + s[0]}}; });
  ASSERT_TRUE(Gradients({ReduceSum(linear.carried[0])}, {x}).ok());
  EXPECT_TRUE(linear.carried[0].node().attrs.Get<std::vector<int64_t>>("kept").empty())
      << "a sum reads nothing";
}

TEST(ControlGradientTest, AWhileWithoutABoundSaysWhatItsGradientLacks) {
  GraphBuilder g("endless");
  const Value a = g.Input("a", DType::kFloat64, {});
  const WhileResult r = While(
      {a}, [&](GraphBuilder&, Span c) { return Less(c[0], 100.0); },
      [&](GraphBuilder&, Span c) -> Values { return c[0] * 2.0; });
  const auto grads = Gradients({r.carried[0]}, {a});
  EXPECT_EQ(grads.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(grads.status().message(), "While (While, gradient_test.cc:"))
      << grads.status();
  EXPECT_TRUE(absl::StrContains(grads.status().message(), "max_iterations (while_gradient)"))
      << grads.status();
}

}  // namespace
}  // namespace dagrad::tests
