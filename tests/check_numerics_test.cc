// Where a NaN comes from: CheckNumerics on functions that make one, are given one, or make none.
#include "dagrad/runtime/run/check_numerics.h"

#include <limits>
#include <string>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/control/while/while.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using runtime::TensorMap;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string Finding(const Function& f, const TensorMap& feeds, const TensorMap& states = {}) {
  const absl::Status status = CheckNumerics(f, feeds, states);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

// a·log(a), whose NaN at 0 is 0·-inf, and what follows it.
Function Entropy() {
  GraphBuilder g("entropy");
  const Value a = g.Input("a", DType::kFloat32, {"n", 2});
  const Value w = g.State("w", DType::kFloat32, {2});
  g.Output("h", ReduceSum((a * Log(a * w).Named("logs")).Named("terms")));
  return g.Build().value();
}

TEST(CheckNumericsTest, NamesTheFirstNodeAndTheInfinityBefore) {
  const TensorMap states = {{"w", Tensor::Of<float>({2}, {1, 1})}};
  EXPECT_EQ(Finding(Entropy(), {{"a", Tensor::Of<float>({2, 2}, {1, 2, 3, 4})}}, states), "");
  EXPECT_THAT(
      Finding(Entropy(), {{"a", Tensor::Of<float>({2, 2}, {1, 2, 0, 4})}}, states),
      AllOf(HasSubstr("terms (Mul, check_numerics_test.cc:"),
            HasSubstr("output 0 is the first result that is NaN, at [1, 0], 1 of 4 elements"),
            HasSubstr("input 1 is infinite at [1, 0], 1 of 4 elements; the first infinity is in "
                      "output 0 of logs (Log, check_numerics_test.cc:")));
  // Without an infinity: the logarithm of a negative number.
  EXPECT_THAT(Finding(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {-1, -2})}}, states),
              AllOf(HasSubstr("logs (Log, "), HasSubstr("at [0, 0], 2 of 2 elements"),
                    Not(HasSubstr("infinit"))));
}

TEST(CheckNumericsTest, NamesWhatWasGiven) {
  const TensorMap good = {{"w", Tensor::Of<float>({2}, {1, 1})}};
  EXPECT_THAT(Finding(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {1, kNan})}}, good),
              HasSubstr("a (Input, "));
  EXPECT_THAT(Finding(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {1, 1})}},
                      {{"w", Tensor::Of<float>({2}, {kNan, kNan})}}),
              AllOf(HasSubstr("w (State, "), HasSubstr("is NaN already, at [0], 2 of 2 elements")));
  // An infinite state is no error by itself.
  EXPECT_THAT(Finding(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {0, 1})}},
                      {{"w", Tensor::Of<float>({2}, {kInfinity, 1})}}),
              AllOf(HasSubstr("(Mul, "), HasSubstr("the first infinity is in w (State, ")));
  EXPECT_THAT(Finding(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {1, 1})}}),
              HasSubstr("no tensor is given for it"));
}

TEST(CheckNumericsTest, LooksIntoGradients) {
  GraphBuilder g("norm");
  const Value x = g.Input("x", DType::kFloat64, {3});
  const Value norm = Sqrt(ReduceSum(Square(x)));
  g.Output("norm", norm);
  g.Output("dx", Gradients({norm}, {x}).value()[0]);
  const Function f = g.Build().value();
  EXPECT_EQ(Finding(f, {{"x", Tensor::Of<double>({3}, {1, 0, 0})}}), "");
  EXPECT_THAT(Finding(f, {{"x", Tensor::Of<double>({3}, {0, 0, 0})}}),
              AllOf(HasSubstr("gradient"), HasSubstr("3 of 3 elements"), HasSubstr("infinit")));
}

TEST(CheckNumericsTest, LooksIntoBodies) {
  GraphBuilder g("loop");
  const Value x = g.Input("x", DType::kFloat32, {});
  const WhileResult r = While(
      {x}, [&](GraphBuilder&, absl::Span<const Value> c) { return Greater(c[0], -2.0); },
      [&](GraphBuilder&, absl::Span<const Value> c) {
        return c[0] - 1.0 + 0.0 * Sqrt(c[0]).Named("root");
      },
      {.max_iterations = 10});
  g.Output("y", r.carried[0]);
  const Function f = g.Build().value();
  EXPECT_THAT(Finding(f, {{"x", Tensor::Of<float>({}, {2.5f})}}),
              AllOf(HasSubstr("(While, "), HasSubstr("root (Sqrt, "),
                    HasSubstr("is the first result that is NaN, at [], 1 of 1 elements")));
}

TEST(CheckNumericsTest, KeepsToItsBudget) {
  const Budget budget{Budget::Limits()};
  budget.Cancel();
  EXPECT_TRUE(absl::IsCancelled(CheckNumerics(Entropy(), {{"a", Tensor::Of<float>({1, 2}, {1, 1})}},
                                              {{"w", Tensor::Of<float>({2}, {1, 1})}}, budget)));
}

}  // namespace
}  // namespace dagrad
