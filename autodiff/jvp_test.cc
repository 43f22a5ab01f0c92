#include "dagrad/autodiff/jvp.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/ops.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr DType kDouble = DType::kFloat64;

std::vector<double> Numbers(GraphBuilder* g, const std::vector<Value>& values,
                            const runtime::TensorMap& feeds) {
  for (size_t i = 0; i < values.size(); ++i) g->Output(absl::StrCat("v", i), values[i]);
  const auto f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return {};
  const auto result = runtime::EvaluateFunction(*f, feeds);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  std::vector<double> all;
  for (size_t i = 0; i < values.size(); ++i) {
    const Tensor& t = result->outputs.at(absl::StrCat("v", i));
    all.insert(all.end(), t.data<double>().begin(), t.data<double>().end());
  }
  return all;
}

TEST(JvpTest, IsTheDerivativeAlongTheDirection) {
  GraphBuilder g("f");
  const Value a = g.Input("a", kDouble, {2}), b = g.Input("b", kDouble, {2});
  const Value da = g.Input("da", kDouble, {2}), db = g.Input("db", kDouble, {2});
  const auto t = Jvp({a * Sin(b), ReduceSum(a * a), b}, {a, b}, {da, db});
  ASSERT_TRUE(t.ok()) << t.status();
  const std::vector<double> found = Numbers(&g, *t,
                                            {{"a", Tensor::Of<double>({2}, {2, 3})},
                                             {"b", Tensor::Of<double>({2}, {0.5, 1})},
                                             {"da", Tensor::Of<double>({2}, {1, -1})},
                                             {"db", Tensor::Of<double>({2}, {10, 0.25})}});
  const std::vector<double> expected = {std::sin(0.5) + 20 * std::cos(0.5),
                                        -std::sin(1) + 0.75 * std::cos(1), 2 * 2 * 1 - 2 * 3 * 1,
                                        10, 0.25};
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-14) << i;
}

TEST(JvpTest, GoesThroughLoopsAndCustomGradients) {
  GraphBuilder g("f");
  const Value x = g.Input("x", kDouble, {}), dx = g.Input("dx", kDouble, {});
  const WhileResult power = While(
      {x, x}, [](GraphBuilder&, absl::Span<const Value> c) { return Less(c[0], 100); },
      [](GraphBuilder&, absl::Span<const Value> c) -> Values {
        return {c[0] * c[1], c[1]};
      },
      {.max_iterations = 10});
  const Value doubled = CustomGradient(
      {x}, [](GraphBuilder&, absl::Span<const Value> in) { return in[0] * 2; },
      [](GraphBuilder&, absl::Span<const Value>, absl::Span<const Value>,
         absl::Span<const Value> dy) { return dy[0] * 7; })[0];
  const auto t = Jvp({power.carried[0], doubled}, {x}, {dx});
  ASSERT_TRUE(t.ok()) << t.status();
  const std::vector<double> found =
      Numbers(&g, *t, {{"x", Tensor::Scalar(3.0)}, {"dx", Tensor::Scalar(0.5)}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NEAR(found[0], 0.5 * 5 * std::pow(3, 4), 1e-10);  // x⁵ is the first above 100
  EXPECT_NEAR(found[1], 3.5, 1e-14);
}

// In the body of a loop, along what it carries: 3 x² times it, three times.
TEST(JvpTest, StandsInABodyForValuesFromOutside) {
  GraphBuilder g("f");
  const Value x = g.Input("x", kDouble, {}), dx = g.Input("dx", kDouble, {});
  const Value y = x * x * x;
  absl::Status status;
  const WhileResult loop = While(
      {dx}, [](GraphBuilder&, absl::Span<const Value> c) { return Less(c[0], 1e3); },
      [&](GraphBuilder&, absl::Span<const Value> c) -> Values {
        const auto t = Jvp({y}, {x}, {c[0]});
        status = t.status();
        return t.ok() ? Values(*t) : Values{c[0]};
      },
      {.max_iterations = 3});
  ASSERT_TRUE(status.ok()) << status;
  const auto found =
      Numbers(&g, {loop.carried[0]}, {{"x", Tensor::Scalar(2.0)}, {"dx", Tensor::Scalar(0.5)}});
  EXPECT_EQ(found, (std::vector<double>{0.5 * 12 * 12 * 12}));
}

TEST(JvpTest, WhatDoesNotDependGetsZeros) {
  GraphBuilder g("f");
  const Value x = g.Input("x", kDouble, {"n"}), y = g.Input("y", kDouble, {"n"});
  const auto t = Jvp({Exp(y), x + y}, {x}, {x});
  ASSERT_TRUE(t.ok()) << t.status();
  EXPECT_EQ((*t)[0].type(), y.type());
  const auto found = Numbers(
      &g, *t, {{"x", Tensor::Of<double>({2}, {2, 3})}, {"y", Tensor::Of<double>({2}, {4, 5})}});
  EXPECT_EQ(found, (std::vector<double>{0, 0, 2, 3}));
}

TEST(HessianVectorProductTest, IsTheHessianTimesTheVector) {
  // y = x₀² x₁ + sin x₁
  GraphBuilder g("f");
  const Value x = g.Input("x", kDouble, {}), z = g.Input("z", kDouble, {});
  const Value v = g.Input("v", kDouble, {}), w = g.Input("w", kDouble, {});
  const auto product = HessianVectorProduct(x * x * z + Sin(z), {x, z}, {v, w});
  ASSERT_TRUE(product.ok()) << product.status();
  const auto found = Numbers(&g, *product,
                             {{"x", Tensor::Scalar(3.0)},
                              {"z", Tensor::Scalar(0.5)},
                              {"v", Tensor::Scalar(2.0)},
                              {"w", Tensor::Scalar(-1.0)}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NEAR(found[0], 2 * 0.5 * 2 + 2 * 3 * -1, 1e-14);
  EXPECT_NEAR(found[1], 2 * 3 * 2 + std::sin(0.5), 1e-14);
}

TEST(JvpTest, WrongArgumentsAreNamed) {
  GraphBuilder g("f");
  const Value x = g.Input("x", kDouble, {2}), i = g.Input("i", DType::kInt64, {2});
  const Value y = Exp(x);
  const auto message = [](const absl::StatusOr<std::vector<Value>>& result) {
    return std::string(result.status().message());
  };
  EXPECT_TRUE(absl::StrContains(message(Jvp({}, {x}, {x})), "Jvp: there is no y"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({y}, {}, {})), "Jvp: there is no x"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({y}, {x}, {})), "1 xs but 0 tangents"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({y}, {x}, {ReduceSum(x)})),
                                "tangent 0 is float64[], x is float64[2]"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({y}, {x}, {Value()})), "tangent 0 is not a value"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({Value()}, {x}, {x})), "y 0 is not a value"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({y, Value()}, {x}, {x})), "y 1 is not a value"));
  EXPECT_TRUE(absl::StrContains(message(Jvp({i}, {x}, {x})), "not of floating type"));
  EXPECT_TRUE(
      absl::StrContains(message(HessianVectorProduct(Value(), {x}, {x})), "y 0 is not a value"));
  EXPECT_TRUE(absl::StrContains(message(HessianVectorProduct(y, {x}, {x, x})),
                                "HessianVectorProduct: 1 xs but 2 vectors"));
}

}  // namespace
}  // namespace dagrad
