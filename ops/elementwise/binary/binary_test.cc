#include "dagrad/ops/elementwise/binary/binary.h"

#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using runtime::KernelMode;
using Doubles = std::vector<double>;

// Evaluates f(x) for x of one dimension, in both modes, which must agree in every bit.
template <typename F>
Doubles Evaluate(DType dtype, const Doubles& x, F f) {
  const Dims dims = {static_cast<int64_t>(x.size())};
  GraphBuilder g("f");
  g.Output("y", f(g.Input("x", dtype, Shape(absl::MakeConstSpan(dims)))));
  absl::StatusOr<Function> function = g.Build();
  if (!function.ok()) {
    ADD_FAILURE() << function.status();
    return {};
  }
  const Tensor feed = *Tensor::Of<double>(dims, x).Cast(dtype);
  auto plain = runtime::EvaluateFunction(*function, {{"x", feed}}, {}, KernelMode::kReference);
  auto fast = runtime::EvaluateFunction(*function, {{"x", feed}}, {}, KernelMode::kFast);
  EXPECT_TRUE(plain.ok() && fast.ok()) << plain.status() << fast.status();
  EXPECT_TRUE(SameBits(plain->outputs["y"], fast->outputs["y"]));
  const Tensor y = *plain->outputs["y"].Cast(DType::kFloat64);
  return Doubles(y.data<double>().begin(), y.data<double>().end());
}

// dy/dx for y = f(x), with cotangents of one.
template <typename F>
Doubles Derivative(const Doubles& x, F f) {
  return Evaluate(DType::kFloat64, x, [&f](Value v) {
    auto gradients = Gradients({f(v)}, {v});
    EXPECT_TRUE(gradients.ok()) << gradients.status();
    return gradients.ok() ? gradients->front() : Value();
  });
}

TEST(Operators, MixValuesAndNumbers) {
  for (DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64}) {
    EXPECT_EQ(Evaluate(dtype, {1, 2, 6}, [](Value x) { return 2 * x + 1; }), Doubles({3, 5, 13}));
    EXPECT_EQ(Evaluate(dtype, {1, 2, 6}, [](Value x) { return 12.0 / x - x; }),
              Doubles({11, 4, -4}));
    EXPECT_EQ(Evaluate(dtype, {1, 2, 6}, [](Value x) { return -x * x / 2; }),
              dtype == DType::kInt32 || dtype == DType::kInt64 ? Doubles({0, -2, -18})
                                                               : Doubles({-0.5, -2, -18}));
  }
  EXPECT_EQ(Evaluate(DType::kUInt8, {1, 200}, [](Value x) { return x + 100; }), Doubles({101, 44}));
}

TEST(Operators, ANumberThatTheDTypeLacksIsAnError) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kInt32, {3});
  const int line = __LINE__ + 1;
  const Value y = x * 0.5;
  EXPECT_FALSE(y.valid());
  EXPECT_FALSE((y + 1.0).valid());
  EXPECT_EQ(g.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(g.status().message());
  EXPECT_NE(message.find("Mul (binary_test.cc:" + std::to_string(line) + ")"), std::string::npos)
      << message;
  EXPECT_NE(message.find("0.5 is no int32"), std::string::npos) << message;
}

TEST(Operators, ErrorsNameOpLineAndShapes) {
  GraphBuilder g("f");
  const Value a = g.Input("a", DType::kFloat32, {"batch", 3});
  const Value b = g.Input("b", DType::kFloat32, {4});
  const int line = __LINE__ + 1;
  EXPECT_FALSE((a + b).valid());
  const std::string message(g.status().message());
  for (const std::string& part :
       {std::string("Add"), "binary_test.cc:" + std::to_string(line), std::string("add_c1"),
        std::string("[batch,3]"), std::string("[4]")}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }
}

TEST(Operators, NumbersAloneMakeNoNode) {
  EXPECT_FALSE(Add(1.0, 2.0).valid());
  EXPECT_EQ(Add(1.0, 2.0).builder(), nullptr);
  EXPECT_FALSE(Add(Value(), 2.0).valid());
}

TEST(Operators, DTypesAreNotMixed) {
  GraphBuilder g("f");
  EXPECT_FALSE((g.Input("a", DType::kFloat32, {3}) * g.Input("b", DType::kFloat64, {3})).valid());
  EXPECT_NE(g.status().message().find("mul_dtype"), absl::string_view::npos) << g.status();
}

TEST(Composites, Values) {
  EXPECT_EQ(Evaluate(DType::kFloat64, {-3, 0.5, 9}, [](Value x) { return Clip(x, -1.0, 2.0); }),
            Doubles({-1, 0.5, 2}));
  EXPECT_EQ(
      Evaluate(DType::kFloat32, {-3, 0.5, 9}, [](Value x) { return SquaredDifference(1.0, x); }),
      Doubles({16, 0.25, 64}));
}

// The conventions that the headers state, where the derivative has no value.
TEST(Kinks, Derivatives) {
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return Relu(x); }), Doubles({0, 0, 1}));
  EXPECT_EQ(Derivative({-1, 0, 2, 6, 7}, [](Value x) { return Relu6(x); }),
            Doubles({0, 0, 1, 0, 0}));
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return Abs(x); }), Doubles({-1, 0, 1}));
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return LeakyRelu(x, 0.25); }),
            Doubles({0.25, 0.25, 1}));
  EXPECT_EQ(Derivative({0, 2}, [](Value x) { return Elu(x, 0.25); }), Doubles({0.25, 1}));
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return Maximum(x, 0.0); }), Doubles({0, 0.5, 1}));
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return Minimum(0.0, x); }), Doubles({1, 0.5, 0}));
  EXPECT_EQ(Derivative({-1, 0, 2}, [](Value x) { return Maximum(x, x); }), Doubles({1, 1, 1}));
  EXPECT_EQ(Derivative({-2, -1, 0, 3, 4}, [](Value x) { return Clip(x, -1.0, 3.0); }),
            Doubles({0, 1, 1, 1, 0}));
  EXPECT_EQ(Derivative({1.5, -1.5}, [](Value x) { return Floor(x) + Round(x) + Sign(x); }),
            Doubles({0, 0}));
}

TEST(Kinks, Powers) {
  EXPECT_EQ(Derivative({-2, 0, 3}, [](Value x) { return Pow(x, 2.0); }), Doubles({-4, 0, 6}));
  EXPECT_EQ(Derivative({0, 3}, [](Value x) { return Pow(x, 1.0); }), Doubles({1, 1}));
  EXPECT_EQ(Derivative({0, 3}, [](Value x) { return Pow(x, 0.0); }), Doubles({0, 0}));
  EXPECT_EQ(Derivative({0, 2}, [](Value x) { return Pow(0.0, x); }), Doubles({0, 0}));
  EXPECT_EQ(Derivative({0, 2}, [](Value x) { return Pow(1.0, x); }), Doubles({0, 0}));
}

}  // namespace
}  // namespace dagrad
