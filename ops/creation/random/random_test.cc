#include "dagrad/ops/creation/random/random.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dagrad/ops/creation/random/random_golden.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using Draw = Value (*)(Operand key, const Shape& shape, DType dtype, int64_t stream);

Value Uniform(Operand key, const Shape& shape, DType dtype, int64_t stream) {
  return RandomUniform(key, shape, {.lo = -1, .hi = 3, .stream = stream, .dtype = dtype});
}
Value Normal(Operand key, const Shape& shape, DType dtype, int64_t stream) {
  return RandomNormal(key, shape, {.mean = 1, .stddev = 2, .stream = stream, .dtype = dtype});
}
Value Truncated(Operand key, const Shape& shape, DType dtype, int64_t stream) {
  return TruncatedNormal(key, shape, {.mean = 1, .stddev = 2, .stream = stream, .dtype = dtype});
}

std::vector<double> Values(Draw draw, const Shape& shape, DType dtype, int64_t seed,
                           int64_t counter, int64_t stream) {
  GraphBuilder g("f");
  g.Output("y", draw(g.State("rng", DType::kInt64, {2}), shape, dtype, stream));
  absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return {};
  auto result =
      runtime::EvaluateFunction(*f, {}, {{"rng", Tensor::Of<int64_t>({2}, {seed, counter})}});
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  const Tensor y = *result->outputs["y"].Cast(DType::kFloat64);
  return {y.data<double>().begin(), y.data<double>().end()};
}

struct Case {
  std::string name;
  Draw draw;
  absl::Span<const double> golden;
  double mean, stddev;
  double (*cdf)(double);  // of the standardised variable: (y - 1) / 2
};

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }
double TruncatedCdf(double z) {
  return std::clamp((NormalCdf(z) - NormalCdf(-2)) / (NormalCdf(2) - NormalCdf(-2)), 0.0, 1.0);
}

class RandomTest : public testing::TestWithParam<Case> {};

TEST_P(RandomTest, KnownValues) {
  const auto& p = GetParam();
  const auto* key = random_golden::kKey;
  const std::vector<double> y64 =
      Values(p.draw, {10}, DType::kFloat64, key[0], key[1], random_golden::kStream);
  const std::vector<double> y32 =
      Values(p.draw, {2, 5}, DType::kFloat32, key[0], key[1], random_golden::kStream);
  ASSERT_EQ(y64.size(), 10u);
  ASSERT_EQ(y32.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(y64[i], p.golden[i], 1e-14) << i;
    EXPECT_NEAR(y32[i], p.golden[i], 1e-6) << i;
  }
}

// Mean and variance within 5 standard errors, and Kolmogorov and Smirnov's distance below the bound
// that is exceeded with a probability of 1e-6.
TEST_P(RandomTest, Distribution) {
  const auto& p = GetParam();
  constexpr int64_t kSeed = 20240607, kCount = 200000;
  SCOPED_TRACE(kSeed);
  for (DType dtype : {DType::kFloat32, DType::kFloat64}) {
    std::vector<double> y = Values(p.draw, {kCount}, dtype, kSeed, 1, 2);
    ASSERT_EQ(y.size(), static_cast<size_t>(kCount));
    double sum = 0, squares = 0, lag = 0;
    for (int64_t i = 0; i < kCount; ++i) {
      sum += y[i];
      squares += (y[i] - p.mean) * (y[i] - p.mean);
      if (i > 0) lag += (y[i] - p.mean) * (y[i - 1] - p.mean);
    }
    const double variance = p.stddev * p.stddev, root_n = std::sqrt(1.0 * kCount);
    EXPECT_NEAR(sum / kCount, p.mean, 5 * p.stddev / root_n);
    EXPECT_NEAR(squares / kCount, variance, 5 * 1.5 * variance / root_n);
    EXPECT_NEAR(lag / kCount, 0, 5 * variance / root_n);
    std::sort(y.begin(), y.end());
    double distance = 0;
    for (int64_t i = 0; i < kCount; ++i) {
      const double c = p.cdf((y[i] - 1) / 2);
      distance = std::max({distance, c - static_cast<double>(i) / kCount, (i + 1.0) / kCount - c});
    }
    EXPECT_LT(distance, 2.7 / root_n);
  }
}

TEST_P(RandomTest, KeyAndStreamMatterShapeDoesNot) {
  const Draw draw = GetParam().draw;
  const auto base = Values(draw, {12}, DType::kFloat32, 1, 2, 3);
  EXPECT_EQ(base, Values(draw, {3, 4}, DType::kFloat32, 1, 2, 3));
  EXPECT_NE(base, Values(draw, {12}, DType::kFloat32, 2, 2, 3));
  EXPECT_NE(base, Values(draw, {12}, DType::kFloat32, 1, 3, 3));
  EXPECT_NE(base, Values(draw, {12}, DType::kFloat32, 1, 2, 4));
}

// The cdf of the uniform case is over (y - 1) / 2 too: y in [-1, 3) is [-1, 1) there.
INSTANTIATE_TEST_SUITE_P(
    All, RandomTest,
    testing::Values(Case{"Uniform", Uniform, random_golden::kUniform, 1, 4 / std::sqrt(12.0),
                         [](double z) { return (z + 1) / 2; }},
                    Case{"Normal", Normal, random_golden::kNormal, 1, 2, NormalCdf},
                    Case{"TruncatedNormal", Truncated, random_golden::kTruncatedNormal, 1,
                         2 * 0.87962566103423978, TruncatedCdf}),
    [](const auto& info) { return info.param.name; });

TEST(RandomUniform, StaysBelowItsUpperBound) {
  GraphBuilder g("f");
  // Two floats apart: half of all sums would round up.
  g.Output("y",
           RandomUniform(g.State("rng", DType::kInt64, {2}), {1000}, {.lo = 1, .hi = 1 + 0x1p-23}));
  const Function f = *g.Build();
  auto result = runtime::EvaluateFunction(f, {}, {{"rng", Tensor::Of<int64_t>({2}, {0, 0})}});
  ASSERT_TRUE(result.ok()) << result.status();
  for (float y : result->outputs["y"].data<float>()) ASSERT_EQ(y, 1.0f);
}

TEST(TruncatedNormal, StaysWithinTwoDeviations) {
  const auto y = Values(Truncated, {100000}, DType::kFloat32, 5, 6, 7);
  EXPECT_GE(*std::min_element(y.begin(), y.end()), -3);
  EXPECT_LE(*std::max_element(y.begin(), y.end()), 5);
}

TEST(RandomUniform, SymbolicShapeIsBoundByTheInputs) {
  GraphBuilder g("f");
  g.Output("x", g.Input("x", DType::kFloat32, {"batch", 2}));
  g.Output("y", RandomUniform(g.State("rng", DType::kInt64, {2}), {"batch", 3}));
  const Function f = *g.Build();
  auto result = runtime::EvaluateFunction(f, {{"x", Tensor::Full(DType::kFloat32, {5, 2}, 0)}},
                                          {{"rng", Tensor::Of<int64_t>({2}, {0, 0})}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(DimsToString(result->outputs["y"].dims()), "[5,3]");
}

TEST(RandomUniform, NamesAKeyThatIsNone) {
  GraphBuilder g("f");
  const Value y = RandomUniform(g.Input("x", DType::kInt64, {3}), {2});
  EXPECT_FALSE(y.valid());
  EXPECT_NE(g.status().message().find("the key is int64[3], not int64[2] (random_uniform_c1)"),
            std::string::npos)
      << g.status();
  EXPECT_FALSE(RandomNormal(Value(), {2}).valid());
}

}  // namespace
}  // namespace dagrad
