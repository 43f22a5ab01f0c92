#include "dagrad/ops/nn/conv/depthwise_loops.h"

#include <cmath>
#include <random>
#include <vector>

#include "dagrad/runtime/simd/for_each_target.h"
#include "gtest/gtest.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::simd::ForEachTarget;

constexpr uint32_t kSeed = 7;

std::vector<float> Random(int64_t n, std::mt19937* random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> v(n);
  for (float& x : v) x = uniform(*random);
  return v;
}

struct Case {
  int64_t rows, columns, count, channels;
};

// A window that steps over every second pixel of a row, whose taps stand in the filter from the
// last to the first.
DepthwiseRun RunOf(const Case& c) {
  const int64_t width = 2 * c.count + c.columns;
  return {.count = c.count,
          .rows = c.rows,
          .columns = c.columns,
          .source = {2 * c.channels, width * c.channels, c.channels},
          .filter = {0, -c.columns * c.channels, -c.channels},
          .target_step = 3 * c.channels};
}

// The same sums in float64, of either function.
template <typename F>
void ForProducts(const Case& c, F f) {
  const DepthwiseRun r = RunOf(c);
  for (int64_t t = 0; t < c.count; ++t) {
    for (int64_t tap = 0; tap < c.rows * c.columns; ++tap) {
      const int64_t i = tap / c.columns, j = tap % c.columns;
      for (int64_t k = 0; k < c.channels; ++k) {
        f(t * r.source.pixel + i * r.source.row + j * r.source.column + k,
          (c.rows * c.columns - 1 - tap) * c.channels + k, t * r.target_step + k);
      }
    }
  }
}

void ExpectNear(const std::vector<double>& expected, const std::vector<float>& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_NEAR(expected[i], got[i], 2e-6 * (1 + std::abs(expected[i]))) << i;
    }
  }
}

void ExpectRight(const Case& c) {
  SCOPED_TRACE(testing::Message() << c.rows << " x " << c.columns << ", " << c.count
                                  << " pixels of " << c.channels << ", seed " << kSeed);
  const DepthwiseRun run = RunOf(c);
  const int64_t taps = c.rows * c.columns, last = (taps - 1) * c.channels;
  const int64_t sources = (2 * c.count + c.columns) * c.rows * c.channels;
  std::mt19937 random(kSeed);
  const std::vector<float> source = Random(sources, &random);
  std::vector<float> filter = Random(taps * c.channels, &random);

  // NaN where nothing may be written.
  std::vector<float> target(3 * c.count * c.channels, NAN);
  std::vector<double> expected(target.begin(), target.end());
  for (int64_t t = 0; t < c.count; ++t) {
    for (int64_t k = 0; k < c.channels; ++k) expected[t * run.target_step + k] = 0;
  }
  ForProducts(c, [&](int64_t s, int64_t f, int64_t t) {
    expected[t] += static_cast<double>(source[s]) * filter[f];
  });
  DepthwiseForward(run, c.channels, source.data(), filter.data() + last, target.data());
  ExpectNear(expected, target);

  expected.assign(filter.begin(), filter.end());
  target = Random(static_cast<int64_t>(target.size()), &random);
  ForProducts(c, [&](int64_t s, int64_t f, int64_t t) {
    expected[f] += static_cast<double>(source[s]) * target[t];
  });
  DepthwiseFilterGrad(run, c.channels, source.data(), target.data(), filter.data() + last);
  ExpectNear(expected, filter);
}

TEST(DepthwiseTest, AgreesWithTheDefinition) {
  ForEachTarget([] {
    for (int64_t rows : {1, 2, 3, 5}) {
      for (int64_t columns : {1, 2, 3, 7}) {
        for (int64_t channels : {1, 7, 16, 51}) ExpectRight({rows, columns, 6, channels});
      }
    }
    ExpectRight({3, 3, 0, 16});
    ExpectRight({3, 3, 1, 33});
  });
}

TEST(DepthwiseTest, NoTapsGiveZeros) {
  ForEachTarget([] {
    std::vector<float> target(4, NAN);
    DepthwiseForward(
        {.count = 2, .rows = 0, .columns = 3, .source = {}, .filter = {}, .target_step = 2}, 2,
        nullptr, nullptr, target.data());
    EXPECT_EQ(target, std::vector<float>(4, 0));
  });
}

}  // namespace
}  // namespace dagrad::ops::conv2d_internal
