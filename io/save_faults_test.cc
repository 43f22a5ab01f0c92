// Every call that a save makes fails once, or is the last one of its process.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/io/recorded_file_system.h"
#include "dagrad/io/save_scenarios.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io::testing {
namespace {

// The calls that the save of a scenario makes.
std::vector<FileOp> CallsOf(const SaveScenario& scenario, const std::string& directory) {
  PrepareDirectory(scenario, directory);
  std::vector<FileOp> calls;
  RecordedFileSystem fs([&](int64_t, const FileOp& op) {
    calls.push_back(op);
    return 0;
  });
  const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
  EXPECT_TRUE(saved.ok()) << scenario.name << ": " << saved;
  EXPECT_EQ(FindLoss(scenario, directory, /*only_new=*/true), "") << scenario.name;
  return calls;
}

// Whether the error is the one after which the new model is in force.
bool IsInForce(const absl::Status& saved) {
  return saved.ok() || absl::StrContains(saved.message(), "is written and in force");
}

// A save without faults then succeeds, and clears away all that the one before has left.
void ExpectRecovery(const SaveScenario& scenario, const std::string& directory,
                    const std::vector<std::string>& clean, const std::string& what) {
  RecordedFileSystem fs;
  const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
  EXPECT_TRUE(saved.ok()) << what << ": " << saved;
  EXPECT_EQ(FindLoss(scenario, directory, /*only_new=*/true), "") << what;
  EXPECT_EQ(Tree(directory), clean) << what;
}

// A call that fails: `error`, or for a read or write less than was asked for.
struct Fault {
  int error;
  int bytes;  // if error is 0
};
constexpr Fault kFaults[] = {{ENOSPC, 0}, {EIO, 0}, {EINTR, 0}, {0, 1}};

// Saves with `fault` at call `at`; the status of that.
absl::Status SaveWithFault(const SaveScenario& scenario, const std::string& directory, size_t at,
                           const Fault& fault, const std::string& what) {
  PrepareDirectory(scenario, directory);
  const std::vector<std::string> before = Tree(directory);
  RecordedFileSystem fs([&](int64_t number, const FileOp&) {
    if (number != static_cast<int64_t>(at)) return 0;
    return fault.error == 0 ? fault.bytes : -fault.error;
  });
  const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
  EXPECT_EQ(FindLoss(scenario, directory, IsInForce(saved)), "") << what << saved;
  if (saved.ok()) return saved;
  EXPECT_NE(fault.error, 0) << what << saved;
  EXPECT_TRUE(absl::StrContains(saved.message(), std::generic_category().message(fault.error)))
      << what << saved;
  if (IsInForce(saved)) return saved;
  const std::vector<std::string> after = Tree(directory);
  EXPECT_TRUE(std::includes(before.begin(), before.end(), after.begin(), after.end()))
      << what << saved << " left: " << absl::StrJoin(after, " ");
  return saved;
}

TEST(SaveFaultsTest, AFailedCallLeavesTheOlderModelAndNothingElse) {
  const MemoryDirectory memory;
  const std::string& directory = memory.path();
  int faults = 0;
  int failures = 0;
  for (const SaveScenario& scenario : SaveScenarios()) {
    const std::vector<FileOp> calls = CallsOf(scenario, directory);
    const std::vector<std::string> clean = Tree(directory);
    for (size_t at = 0; at < calls.size(); ++at) {
      const bool takes_bytes = calls[at].kind == FileOp::kRead || calls[at].kind == FileOp::kWrite;
      for (const Fault& fault : kFaults) {
        if (fault.error == 0 && !takes_bytes) continue;
        const std::string what =
            absl::StrCat(scenario.name, ", error ", fault.error, " at call ", at, ", of kind ",
                         calls[at].kind, ", ", calls[at].path, ": ");
        ++faults;
        if (!SaveWithFault(scenario, directory, at, fault, what).ok()) ++failures;
        ExpectRecovery(scenario, directory, clean, what);
      }
    }
  }
  EXPECT_GE(faults, 1500);
  EXPECT_GE(failures, 500);  // the others hit what can be tried again, or what clears away
}

// Whatever fails, fails from then on: the disk is full, or gone.
TEST(SaveFaultsTest, WhatKeepsFailingLeavesTheOlderModel) {
  const MemoryDirectory memory;
  const std::string& directory = memory.path();
  for (const SaveScenario& scenario : SaveScenarios()) {
    const size_t calls = CallsOf(scenario, directory).size();
    for (size_t from = 0; from < calls; ++from) {
      PrepareDirectory(scenario, directory);
      RecordedFileSystem fs([&](int64_t number, const FileOp&) {
        return number < static_cast<int64_t>(from) ? 0 : -EIO;
      });
      const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
      EXPECT_EQ(FindLoss(scenario, directory, IsInForce(saved)), "")
          << scenario.name << ", from call " << from << ": " << saved;
    }
  }
}

// Saves in a child that ends at call `at`: before it, or, of a write, in the middle of it.
// Whether the child ended there.
bool DiesAt(const SaveScenario& scenario, const std::string& directory, int64_t at, bool within) {
  constexpr int kDied = 42;
  const pid_t child = fork();
  if (child == 0) {
    int64_t last = -1;
    RecordedFileSystem fs([&](int64_t number, const FileOp& op) {
      if (last >= 0 || (number == at && !within)) _exit(kDied);
      if (number != at || op.kind != FileOp::kWrite || op.number < 2) return 0;
      last = number;
      return static_cast<int>(op.number / 2);
    });
    const absl::Status saved = SaveValue(directory + scenario.saved, scenario.value, fs);
    _exit(saved.ok() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << scenario.name << ", call " << at;
  EXPECT_NE(WEXITSTATUS(status), 1) << scenario.name << ", call " << at;
  return WEXITSTATUS(status) == kDied;
}

TEST(SaveFaultsTest, AProcessThatEndsAtAnyCallLeavesTheOldOrTheNewModel) {
  const MemoryDirectory memory;
  const std::string& directory = memory.path();
  int points = 0;
  for (const SaveScenario& scenario : SaveScenarios()) {
    const auto calls = static_cast<int64_t>(CallsOf(scenario, directory).size());
    const std::vector<std::string> clean = Tree(directory);
    for (int64_t at = 0; at < calls; ++at) {
      for (const bool within : {false, true}) {
        PrepareDirectory(scenario, directory);
        if (!DiesAt(scenario, directory, at, within)) continue;
        ++points;
        const std::string what =
            absl::StrCat(scenario.name, ", ended ", within ? "within" : "before", " call ", at);
        EXPECT_EQ(FindLoss(scenario, directory, /*only_new=*/false), "") << what;
        ExpectRecovery(scenario, directory, clean, what);
      }
    }
  }
  EXPECT_GE(points, 1000);
}

}  // namespace
}  // namespace dagrad::io::testing
