// A model that one process builds, trains and saves, and another loads and trains on, is the one
// that a third trains without the break: every weight, slot, counter and random key, bit for bit.

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "dagrad/optimizers/optimizer.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// The exit status of a process of `trainer`, on the given number of threads.
int Trainer(const std::string& arguments, int threads) {
  const std::string command =
      absl::StrCat("DAGRAD_NUM_THREADS=", threads, " ", std::getenv("DAGRAD_TRAINER"), arguments);
  const int status = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// The saved files' bytes by name.
std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename()] = io::testing::Slurp(entry.path());
  }
  return files;
}

TEST(ResumeTest, AnotherProcessGoesOnWithTheSameBits) {
  const std::string folder = io::testing::FreshDirectory();
  for (const std::string& optimizer : OptimizerNames()) {
    const std::string part = absl::StrCat(folder, optimizer, ".part");
    const std::string resumed = absl::StrCat(folder, optimizer, ".resumed");
    const std::string whole = absl::StrCat(folder, optimizer, ".whole");
    ASSERT_EQ(Trainer(absl::StrCat(" new ", optimizer, " 0 5 ", whole), 1), 0);
    ASSERT_EQ(Trainer(absl::StrCat(" new ", optimizer, " 0 2 ", part), 2), 0);
    ASSERT_EQ(Trainer(absl::StrCat(" ", part, " ", optimizer, " 2 5 ", resumed), 3), 0);
    const auto expected = Files(whole);
    const auto got = Files(resumed);
    EXPECT_NE(Files(part), expected) << optimizer << ": the rest of the training changed nothing";
    ASSERT_EQ(got.size(), expected.size()) << optimizer;
    for (const auto& [name, bytes] : expected) {
      const auto found = got.find(name);
      ASSERT_NE(found, got.end()) << optimizer << ": no " << name;
      EXPECT_TRUE(found->second == bytes) << optimizer << ": " << name << " differs";
    }
  }
}

}  // namespace
}  // namespace dagrad
