#include "dagrad/runtime/testing/allocation_counter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace dagrad::testing {
namespace {

TEST(AllocationCounterTest, CountsEveryKind) {
  if (!AllocationCounter::Supported()) GTEST_SKIP() << "a sanitizer has its own malloc";
  const AllocationCounter counter;
  EXPECT_EQ(counter.count(), 0);
  auto number = std::make_unique<int>(1);
  EXPECT_EQ(counter.count(), 1);
  std::vector<double> vector(10);
  EXPECT_EQ(counter.count(), 2);
  EXPECT_EQ(counter.bytes(), static_cast<int64_t>(sizeof(int) + 10 * sizeof(double)));
  // Called through pointers: the compiler drops an allocation whose result is only freed.
  void* (*volatile aligned)(size_t, size_t) = std::aligned_alloc;
  void (*volatile release)(void*) = std::free;
  release(aligned(64, 128));
  EXPECT_EQ(counter.count(), 3);
}

TEST(AllocationCounterTest, CountsOtherThreads) {
  if (!AllocationCounter::Supported()) GTEST_SKIP() << "a sanitizer has its own malloc";
  const AllocationCounter counter;
  std::vector<int> vector;
  std::thread([&] { vector.resize(100); }).join();
  EXPECT_GE(counter.count(), 1);
}

}  // namespace
}  // namespace dagrad::testing
