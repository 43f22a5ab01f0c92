#include "dagrad/runtime/testing/allocation_counter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
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

TEST(AllocationCounterTest, CountsWhatLives) {
  if (!AllocationCounter::Supported()) GTEST_SKIP() << "a sanitizer has its own malloc";
  const AllocationCounter counter;
  {
    const std::vector<int> vector(100);
    EXPECT_EQ(counter.live(), 1);
  }
  EXPECT_EQ(counter.live(), 0);
}

TEST(AllocationFailureTest, FailsOnceOrForEver) {
  if (!AllocationFailure::Supported()) GTEST_SKIP() << "a sanitizer has its own malloc";
  // Through a pointer: the compiler drops an allocation whose result is only freed.
  void* (*volatile allocate)(size_t) = [](size_t size) { return ::operator new(size); };
  const auto fails = [&] {
    try {
      ::operator delete(allocate(8));
      return false;
    } catch (const std::bad_alloc&) {
      return true;
    }
  };
  for (const bool for_ever : {false, true}) {
    bool failed[4] = {};
    bool happened = false;
    {
      const AllocationFailure failure(2, for_ever);
      for (bool& f : failed) f = fails();
      happened = failure.happened();
    }
    EXPECT_TRUE(happened);
    EXPECT_FALSE(failed[0]);
    EXPECT_TRUE(failed[1]);
    EXPECT_EQ(failed[2], for_ever);
    EXPECT_EQ(failed[3], for_ever);
    EXPECT_FALSE(fails());
  }
}

}  // namespace
}  // namespace dagrad::testing
