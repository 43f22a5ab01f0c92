#include "dagrad/runtime/byte_size.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace dagrad::runtime {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr ByteSize kMost(ByteSize::kMax);
constexpr ByteSize kTooLarge(ByteSize::kMax + 1);

TEST(ByteSizeTest, CountsAsFarAsItGoes) {
  EXPECT_EQ((ByteSize(3) + ByteSize(4) * 5 + 2 * ByteSize(1)).value(), 25);
  EXPECT_EQ((BytesOf<float>(2, 3, int64_t{5}).value()), 120);
  EXPECT_EQ(BytesOf<double>().value(), 8);
  EXPECT_EQ((kMost + ByteSize(0)).value(), ByteSize::kMax);
  EXPECT_FALSE(kMost.too_large());
  EXPECT_FALSE(BytesOf<char>(int64_t{1} << 23, int64_t{1} << 24).too_large());
}

TEST(ByteSizeTest, WhatLeavesTheRangeStaysOutside) {
  EXPECT_TRUE(kTooLarge.too_large());
  EXPECT_TRUE((kMost + ByteSize(1)).too_large());
  EXPECT_TRUE((kTooLarge + kTooLarge).too_large());
  EXPECT_TRUE((kTooLarge * 1).too_large());
  EXPECT_TRUE(kTooLarge.Aligned().too_large());
  EXPECT_TRUE(BytesOf<float>(kLargest, kLargest, kLargest).too_large());
  EXPECT_EQ(kTooLarge.value(), ByteSize::kMax + 1);
}

// Each of these wraps to a small number in 64 bits.
TEST(ByteSizeTest, NothingWraps) {
  ByteSize sum;
  for (int i = 0; i < 4; ++i) sum += BytesOf<float>(int64_t{1} << 60);
  EXPECT_TRUE(sum.too_large());
  EXPECT_TRUE((ByteSize(int64_t{1} << 32) * (int64_t{1} << 32)).too_large());
  EXPECT_TRUE(BytesOf<float>(int64_t{1} << 31, int64_t{1} << 31).too_large());
  EXPECT_TRUE(ByteSize(-1).too_large());
  EXPECT_TRUE((ByteSize(8) * -1).too_large());
  EXPECT_TRUE(ByteSize(std::numeric_limits<uint64_t>::max()).too_large());
}

TEST(ByteSizeTest, NothingTimesAnythingIsNothing) {
  EXPECT_EQ(BytesOf<float>(kLargest, kLargest, 0), ByteSize());
  EXPECT_EQ(kTooLarge * 0, ByteSize());
}

TEST(ByteSizeTest, AlignsUp) {
  EXPECT_EQ(ByteSize(0).Aligned(), ByteSize(0));
  EXPECT_EQ(ByteSize(1).Aligned(), ByteSize(64));
  EXPECT_EQ(ByteSize(64).Aligned(), ByteSize(64));
  EXPECT_EQ(ByteSize(65).Aligned(4096), ByteSize(4096));
  EXPECT_EQ(kMost.Aligned(), kMost);
}

}  // namespace
}  // namespace dagrad::runtime
