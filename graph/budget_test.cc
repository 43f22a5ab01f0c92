#include "dagrad/graph/budget.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(BudgetTest, WithoutLimitsNothingIsCounted) {
  const Budget none;
  EXPECT_FALSE(none.limited());
  EXPECT_TRUE(none.Take(std::numeric_limits<int64_t>::max(), "x").ok());
  EXPECT_TRUE(none.Take(std::numeric_limits<int64_t>::max(), "x").ok());
  none.Cancel();
  EXPECT_TRUE(none.Check().ok());
  EXPECT_EQ(none.taken(), 0);
}

TEST(BudgetTest, LeasesGiveBack) {
  const Budget budget({.bytes = 1000});
  {
    absl::StatusOr<Budget::Lease> lease = budget.Lend(600, "reading");
    ASSERT_TRUE(lease.ok());
    EXPECT_EQ(budget.taken(), 600);
    EXPECT_EQ(budget.Take(500, "the tensor"),
              absl::ResourceExhaustedError(
                  "the tensor takes 500 bytes; 600 of 1000 that are allowed are taken"));
    EXPECT_EQ(budget.Take(std::numeric_limits<int64_t>::max(), "x").code(),
              absl::StatusCode::kResourceExhausted);
    Budget::Lease other = *std::move(lease);
    EXPECT_EQ(budget.taken(), 600) << "once, whoever holds it";
    other = Budget::Lease();
    EXPECT_EQ(budget.taken(), 0);
    other = *budget.Lend(300, "reading");
    other.Keep();
  }
  EXPECT_EQ(budget.taken(), 300);
  EXPECT_TRUE(budget.Take(700, "the rest").ok());
  EXPECT_FALSE(budget.Take(1, "more").ok());
}

TEST(BudgetTest, CopiesShareOneAccount) {
  const Budget budget({.bytes = 1'000'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([copy = budget] {
      for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(copy.Take(7, "x").ok());
        ASSERT_TRUE(copy.Lend(100, "x").ok());
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(budget.taken(), 28000);
}

TEST(BudgetTest, TimeAndCancellation) {
  const Budget soon({.time = std::chrono::milliseconds(0)});
  EXPECT_EQ(soon.Check(), absl::DeadlineExceededError("the work takes more than the allowed 0 ms"));
  const Budget late({.time = std::chrono::nanoseconds::max()});
  EXPECT_TRUE(late.Check().ok());
  const Budget copy = late;
  copy.Cancel();
  EXPECT_EQ(late.Check(), absl::CancelledError("the work was cancelled"));
}

}  // namespace
}  // namespace dagrad
