#include "dagrad/runtime/arena.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace dagrad::runtime {
namespace {

TEST(ArenaTest, BuffersOfDifferentTimesShare) {
  const std::vector<BufferLifetime> buffers = {{100, 0, 1}, {100, 1, 2}, {128, 2, 3}, {64, 3, 4}};
  const ArenaLayout layout = LayOutArena(buffers);
  EXPECT_TRUE(CheckArena(buffers, layout).ok());
  EXPECT_EQ(layout.bytes, 256u);
  EXPECT_EQ(PeakLiveBytes(buffers), 256u);
}

TEST(ArenaTest, EmptyBuffersTakeNothing) {
  const std::vector<BufferLifetime> buffers = {{0, 0, 5}, {0, 1, 2}};
  EXPECT_EQ(LayOutArena(buffers).bytes, 0u);
  EXPECT_EQ(LayOutArena({}).bytes, 0u);
}

TEST(ArenaTest, CheckFindsOverlap) {
  const std::vector<BufferLifetime> buffers = {{100, 0, 2}, {64, 2, 3}};
  EXPECT_TRUE(CheckArena(buffers, {{0, 128}, 192}).ok());
  EXPECT_EQ(CheckArena(buffers, {{0, 64}, 192}).message(),
            "buffers 1 and 0 of the memory plan overlap");
  EXPECT_FALSE(CheckArena(buffers, {{64, 0}, 128}).ok()) << "leaves the arena";
  EXPECT_FALSE(CheckArena(buffers, {{0, 100}, 192}).ok()) << "not aligned";
  EXPECT_TRUE(CheckArena(std::vector<BufferLifetime>{{100, 0, 1}, {64, 2, 3}}, {{0, 0}, 128}).ok());
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
      buffers.push_back({random() % 5 == 0 ? 0 : random() % 10000, first, first + length});
    }
    const ArenaLayout layout = LayOutArena(buffers);
    ASSERT_TRUE(CheckArena(buffers, layout).ok()) << CheckArena(buffers, layout);
    ASSERT_GE(layout.bytes, PeakLiveBytes(buffers));
    ASSERT_LE(layout.bytes, PeakLiveBytes(buffers) * 3 / 2);
  }
}

TEST(ArenaTest, ManyBuffersInATrainingPatternAreNearTheOptimum) {
  // Forward activations that live until their backward step, and short-lived gradients: 200,000
  // buffers.
  std::vector<BufferLifetime> buffers;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    buffers.push_back({static_cast<size_t>(64 + 64 * (i % 7)), i, 2 * n - i});
    buffers.push_back({static_cast<size_t>(64 + 64 * (i % 7)), 2 * n - i, 2 * n - i + 1});
  }
  const ArenaLayout layout = LayOutArena(buffers);
  EXPECT_TRUE(CheckArena(buffers, layout).ok());
  EXPECT_LE(layout.bytes, PeakLiveBytes(buffers) * 101 / 100);
}

}  // namespace
}  // namespace dagrad::runtime
