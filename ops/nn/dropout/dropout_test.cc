#include "dagrad/ops/nn/dropout/dropout.h"

#include <cmath>
#include <limits>
#include <string>

#include "dagrad/ops/creation/random/random_golden.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

Tensor Apply(const Tensor& x, const DropoutOptions& options, int64_t counter = 0) {
  GraphBuilder g("f");
  const Shape shape(absl::MakeConstSpan(x.dims()));
  g.Output("y",
           Dropout(g.Input("x", x.dtype(), shape), g.State("rng", DType::kInt64, {2}), options));
  absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return Tensor();
  auto result =
      runtime::EvaluateFunction(*f, {{"x", x}}, {{"rng", Tensor::Of<int64_t>({2}, {42, counter})}});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->outputs["y"] : Tensor();
}

TEST(Dropout, DropsWhatTheGoldenBitsSay) {
  const Tensor x = Tensor::Of<double>({5}, {1, -2, 3, -4, 5});
  const Tensor y =
      Apply(x, {.rate = 0.25, .stream = random_golden::kStream}, random_golden::kKey[1]);
  for (int i = 0; i < 5; ++i) {
    const bool dropped = random_golden::kUniform[i] < 0;  // -1 + 4 u < 0
    EXPECT_DOUBLE_EQ(y.data<double>()[i], dropped ? 0 : x.data<double>()[i] / 0.75) << i;
  }
}

TEST(Dropout, BothDTypesDropTheSameElements) {
  const Tensor a = Apply(Tensor::Full(DType::kFloat32, {1000}, 1), {.rate = 0.3});
  const Tensor b = Apply(Tensor::Full(DType::kFloat64, {1000}, 1), {.rate = 0.3});
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.data<float>()[i] == 0, b.data<double>()[i] == 0) << i;
}

TEST(Dropout, KeepsTheExpectedShareAndMean) {
  constexpr int64_t kCount = 200000;
  for (double rate : {0.01, 0.2, 0.5, 0.9}) {
    const Tensor y = Apply(Tensor::Full(DType::kFloat32, {kCount}, 1), {.rate = rate});
    int64_t kept = 0;
    for (float v : y.data<float>()) {
      if (v == 0) continue;
      ASSERT_FLOAT_EQ(v, static_cast<float>(1 / (1 - rate)));
      ++kept;
    }
    EXPECT_NEAR(kept, (1 - rate) * kCount, 5 * std::sqrt(rate * (1 - rate) * kCount)) << rate;
  }
}

TEST(Dropout, Rate0IsIdentity) {
  const Tensor x = Tensor::Of<float>({3}, {1, -0.0f, std::numeric_limits<float>::infinity()});
  EXPECT_TRUE(SameBits(Apply(x, {.rate = 0}), x));
}

TEST(Dropout, DroppedNonFiniteElementsAreZero) {
  const Tensor y = Apply(
      Tensor::Full(DType::kFloat32, {100}, std::numeric_limits<float>::quiet_NaN()), {.rate = 0.5});
  int zeros = 0;
  for (float v : y.data<float>()) zeros += v == 0;
  EXPECT_GT(zeros, 20);
  EXPECT_LT(zeros, 80);
}

TEST(Dropout, CounterAndStreamChangeTheMask) {
  const Tensor x = Tensor::Full(DType::kFloat32, {64}, 1);
  const Tensor base = Apply(x, {.rate = 0.5, .stream = 1}, 1);
  EXPECT_TRUE(SameBits(base, Apply(x, {.rate = 0.5, .stream = 1}, 1)));
  EXPECT_FALSE(SameBits(base, Apply(x, {.rate = 0.5, .stream = 2}, 1)));
  EXPECT_FALSE(SameBits(base, Apply(x, {.rate = 0.5, .stream = 1}, 2)));
}

TEST(Dropout, NamesARateThatIsNone) {
  GraphBuilder g("f");
  Dropout(g.Input("x", DType::kFloat32, {3}), g.State("rng", DType::kInt64, {2}), {.rate = 1});
  EXPECT_NE(g.status().message().find("rate 1 is outside [0, 1) (dropout_c2)"), std::string::npos)
      << g.status();
}

}  // namespace
}  // namespace dagrad
