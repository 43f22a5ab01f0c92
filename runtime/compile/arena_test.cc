#include "dagrad/runtime/compile/arena.h"
#include "dagrad/runtime/byte_size.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace dagrad::runtime {
namespace {

struct Lifetime {
  int64_t bytes;
  int first, last;
};

std::vector<BufferLifetime> Lifetimes(const std::vector<Lifetime>& lifetimes) {
  std::vector<BufferLifetime> buffers;
  for (const Lifetime& l : lifetimes) buffers.push_back({ByteSize(l.bytes), l.first, l.last});
  return buffers;
}

TEST(ArenaTest, BuffersOfDifferentTimesShare) {
  const std::vector<BufferLifetime> buffers =
      Lifetimes({{100, 0, 1}, {100, 1, 2}, {128, 2, 3}, {64, 3, 4}});
  const ArenaLayout layout = LayOutArena(buffers);
  EXPECT_TRUE(CheckArena(buffers, layout).ok());
  EXPECT_EQ(layout.bytes, ByteSize(256));
  EXPECT_EQ(PeakLiveBytes(buffers), ByteSize(256));
}

TEST(ArenaTest, EmptyBuffersTakeNothing) {
  const std::vector<BufferLifetime> buffers = Lifetimes({{0, 0, 5}, {0, 1, 2}});
  EXPECT_EQ(LayOutArena(buffers).bytes, ByteSize(0));
  EXPECT_EQ(LayOutArena({}).bytes, ByteSize(0));
}

TEST(ArenaTest, CheckFindsOverlap) {
  const std::vector<BufferLifetime> buffers = Lifetimes({{100, 0, 2}, {64, 2, 3}});
  EXPECT_TRUE(CheckArena(buffers, {{0, 128}, ByteSize(192)}).ok());
  EXPECT_EQ(CheckArena(buffers, {{0, 64}, ByteSize(192)}).message(),
            "buffers 1 and 0 of the memory plan overlap");
  EXPECT_FALSE(CheckArena(buffers, {{64, 0}, ByteSize(128)}).ok()) << "leaves the arena";
  EXPECT_FALSE(CheckArena(buffers, {{0, 100}, ByteSize(192)}).ok()) << "not aligned";
  EXPECT_TRUE(CheckArena(Lifetimes({{100, 0, 1}, {64, 2, 3}}), {{0, 0}, ByteSize(128)}).ok());
}

// Sums that are 0, or small, in 64 bits.
TEST(ArenaTest, WhatIsTooLargeIsNotPlaced) {
  const int64_t quarter = int64_t{1} << 62, most = ByteSize::kMax;
  for (const auto& lifetimes :
       {std::vector<Lifetime>(4, {quarter, 0, 1}), std::vector<Lifetime>(4, {quarter + 64, 0, 1}),
        std::vector<Lifetime>{{most, 0, 1}, {1, 0, 1}}}) {
    const std::vector<BufferLifetime> buffers = Lifetimes(lifetimes);
    const ArenaLayout layout = LayOutArena(buffers);
    EXPECT_TRUE(layout.bytes.too_large());
    EXPECT_EQ(layout.offsets, std::vector<size_t>(buffers.size()));
    EXPECT_TRUE(PeakLiveBytes(buffers).too_large());
  }
  EXPECT_EQ(LayOutArena(Lifetimes({{most, 0, 1}})).bytes, ByteSize(most));
}

TEST(ArenaTest, RandomBuffersNeitherOverlapNorWasteMuch) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const int n = 1 + static_cast<int>(random() % 200);
    std::vector<BufferLifetime> buffers;
    for (int i = 0; i < n; ++i) {
      const int first = static_cast<int>(random() % n);
      const int length = static_cast<int>(random() % 4 == 0 ? random() % n : random() % 5);
      buffers.push_back(
          {ByteSize(random() % 5 == 0 ? 0 : random() % 10000), first, first + length});
    }
    const ArenaLayout layout = LayOutArena(buffers);
    ASSERT_TRUE(CheckArena(buffers, layout).ok()) << CheckArena(buffers, layout);
    ASSERT_GE(layout.bytes, PeakLiveBytes(buffers));
    ASSERT_LE(layout.bytes.value(), PeakLiveBytes(buffers).value() * 3 / 2);
  }
}

TEST(ArenaTest, ManyBuffersInATrainingPatternAreNearTheOptimum) {
  // Forward activations that live until their backward step, and short-lived gradients: 200,000
  // buffers.
  std::vector<BufferLifetime> buffers;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    buffers.push_back({ByteSize(64 + 64 * (i % 7)), i, 2 * n - i});
    buffers.push_back({ByteSize(64 + 64 * (i % 7)), 2 * n - i, 2 * n - i + 1});
  }
  const ArenaLayout layout = LayOutArena(buffers);
  EXPECT_TRUE(CheckArena(buffers, layout).ok());
  EXPECT_LE(layout.bytes.value(), PeakLiveBytes(buffers).value() * 101 / 100);
}

}  // namespace
}  // namespace dagrad::runtime
