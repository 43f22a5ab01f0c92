#include "dagrad/ops/creation/random/philox.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "dagrad/ops/creation/random/normal.h"
#include "dagrad/ops/creation/random/philox_simd.h"
#include "dagrad/ops/creation/random/random_golden.h"
#include "gtest/gtest.h"

namespace dagrad::random {
namespace {

// The known answers that Random123 publishes for philox4x32-10.
TEST(Philox, KnownAnswers) {
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, BlocksAtOnceAreTheBlocks) {
  // Across the carry into the high half of the index.
  const uint64_t first = (uint64_t{5} << 32) - 19;
  const uint64_t counter = 0x0123456789abcdef;
  const PhiloxKey key = {0xdeadbeef, 0x600df00d};
  std::vector<uint32_t> words(4 * 53);
  FillBlocks(first, counter, key, 53, words.data());
  for (int b = 0; b < 53; ++b) {
    const uint64_t index = first + b;
    const PhiloxBlock expected =
        Philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                    static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32)},
                   key);
    for (int w = 0; w < 4; ++w)
      EXPECT_EQ(words[4 * b + w], expected[w]) << "block " << b << ", word " << w;
  }
}

TEST(ElementBits, DependOnTheIndexAlone) {
  const ElementBits bits(42, 7, 3);
  std::vector<uint32_t> all(300), part(300);
  for (bool high : {true, false}) {
    const auto fill = high ? &ElementBits::High : &ElementBits::Low;
    (bits.*fill)(0, 300, all.data());
    for (int begin : {0, 1, 2, 3, 4, 5, 131}) {
      for (int count : {0, 1, 2, 3, 4, 7, 64, 169}) {
        (bits.*fill)(begin, count, part.data());
        EXPECT_TRUE(std::equal(part.begin(), part.begin() + count, all.begin() + begin))
            << begin << " " << count;
      }
    }
  }
}

TEST(ElementBits, SeedCounterAndStreamAllMatter) {
  const auto first = [](int64_t seed, int64_t counter, int64_t stream) {
    uint32_t w[2];
    ElementBits(seed, counter, stream).High(0, 1, w);
    ElementBits(seed, counter, stream).Low(0, 1, w + 1);
    return uint64_t{w[0]} << 32 | w[1];
  };
  std::vector<uint64_t> seen;
  for (int64_t seed : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1} << 32}) {
    for (int64_t counter : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1} << 32}) {
      for (int64_t stream : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1} << 32}) {
        seen.push_back(first(seed, counter, stream));
      }
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(Permutation, KnownValues) {
  const auto& golden = random_golden::kPermutation;
  EXPECT_EQ(Permutation(random_golden::kKey[0], 3, 12),
            std::vector<int64_t>(std::begin(golden), std::end(golden)));
}

TEST(Permutation, IsOneAndChangesWithTheEpoch) {
  std::vector<int64_t> order = Permutation(1, 0, 1000);
  EXPECT_NE(order, Permutation(1, 1, 1000));
  EXPECT_NE(order, Permutation(2, 0, 1000));
  EXPECT_EQ(order, Permutation(1, 0, 1000));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
  EXPECT_TRUE(Permutation(1, 0, 0).empty());
  EXPECT_TRUE(Permutation(1, 0, -3).empty());
}

// Each element is in each place about equally often: chi-squared over the 25 cells of orders of 5,
// 16 degrees of freedom, whose value exceeds 52 with a probability of 1e-5.
TEST(Permutation, IsUniform) {
  constexpr int kOrders = 20000;
  double count[5][5] = {};
  for (int epoch = 0; epoch < kOrders; ++epoch) {
    const std::vector<int64_t> order = Permutation(7, epoch, 5);
    for (int i = 0; i < 5; ++i) ++count[i][order[i]];
  }
  double chi_squared = 0;
  for (const auto& row : count) {
    for (double n : row) chi_squared += (n - kOrders / 5.0) * (n - kOrders / 5.0) / (kOrders / 5.0);
  }
  EXPECT_LT(chi_squared * 4 / 5, 52);
}

TEST(InverseNormalCdf, KnownValues) {
  for (size_t i = 0; i < std::size(random_golden::kProbabilities); ++i) {
    const double expected = random_golden::kQuantiles[i];
    EXPECT_NEAR(InverseNormalCdf(random_golden::kProbabilities[i]), expected,
                2e-15 * std::max(1.0, std::abs(expected)))
        << "p = " << random_golden::kProbabilities[i];
  }
}

}  // namespace
}  // namespace dagrad::random
