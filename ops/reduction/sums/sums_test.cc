#include "dagrad/ops/reduction/sums/sums.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad::ops {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

double SumOfAll(const std::vector<double>& x) {
  return SumOf(static_cast<int64_t>(x.size()), [&](int64_t i) { return x[i]; });
}

TEST(Sums, OfWholeNumbersAreExactForEveryLength) {
  for (int64_t n = 0; n < 700; ++n) {
    EXPECT_EQ(SumOf(n, [](int64_t i) { return i + 1; }), static_cast<double>(n * (n + 1) / 2)) << n;
  }
}

// One after the other, these sums would be 1e-10 and more off.
TEST(Sums, OfTenMillionTermsAreRoundedOnceOrTwice) {
  constexpr uint32_t kSeed = 20240517;
  SCOPED_TRACE(kSeed);
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> x(10'000'000);
  long double expected = 0;
  for (double& v : x) {
    v = uniform(random);
    expected += v;
  }
  EXPECT_NEAR(SumOfAll(x) / static_cast<double>(expected), 1, 5e-16);
  const double tenth = SumOf(10'000'000, [](int64_t) { return 0.1; });
  EXPECT_NEAR(tenth / 1e6, 1, 3e-16);
}

TEST(Sums, KeepWhatCancels) {
  CompensatedSum sum(1e16);
  for (int i = 0; i < 1000; ++i) sum += 1;
  sum += -1e16;
  EXPECT_EQ(static_cast<double>(sum), 1000);
  EXPECT_EQ(static_cast<double>(sum + CompensatedSum(-1000)), 0);
}

TEST(Sums, OfInfinityAndNan) {
  EXPECT_EQ(SumOfAll({1, kInf, 2}), kInf);
  EXPECT_EQ(SumOfAll({1, -kInf, 2}), -kInf);
  EXPECT_TRUE(std::isnan(SumOfAll({kInf, -kInf})));
  EXPECT_TRUE(std::isnan(SumOfAll({1, std::nan("")})));
  std::vector<double> many(1000, 1);
  many[3] = kInf;
  EXPECT_EQ(SumOfAll(many), kInf);
  EXPECT_EQ(SumOfAll(std::vector<double>(300, 1e307)), kInf);
}

TEST(RestOfMean, IsWhatRoundingTook) {
  const float mean = 10000.3F;
  EXPECT_DOUBLE_EQ(RestOfMean(10 * (10000.3 - mean), 10, mean), 10000.3 - mean);
  // A mean that is not that of the numbers.
  EXPECT_LT(std::abs(RestOfMean(50.0, 10, mean)), 0.002);
  EXPECT_EQ(RestOfMean(50.0, 10, 0.0F), 0);
}

}  // namespace
}  // namespace dagrad::ops
