#include "dagrad/graph/or_exit.h"

#include <memory>

#include "dagrad/graph/error.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(OrExit, GivesTheValue) {
  EXPECT_EQ(OrExit(absl::StatusOr<int>(3)), 3);
  EXPECT_EQ(*OrExit(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(4))), 4);
  OrExit(absl::OkStatus());
}

TEST(OrExitDeathTest, PrintsTheErrorAndEnds) {
  const absl::Status error = InvalidArgumentError("there is no file x");
  EXPECT_EXIT(OrExit(error), ::testing::ExitedWithCode(1), "INVALID_ARGUMENT: there is no file x");
  EXPECT_EXIT(OrExit(absl::StatusOr<int>(error)), ::testing::ExitedWithCode(1), "no file x");
}

}  // namespace
}  // namespace dagrad
