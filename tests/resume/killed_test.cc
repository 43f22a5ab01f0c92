// A Fit that is killed at random moments, again and again, and goes on by BackupAndRestore each
// time, ends with the bits of one that was never killed: from arrays, a generator and a Dataset.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr const char* kEpochs = "25";

// The number of kills for each kind of data; DAGRAD_KILLS sets another one.
int Kills() {
  int kills = 6;
  if (const char* const given = std::getenv("DAGRAD_KILLS")) (void)absl::SimpleAtoi(given, &kills);
  return kills;
}

pid_t Start(const std::string& data, const std::string& backup, const std::string& out) {
  const pid_t pid = fork();
  if (pid == 0) {
    const char* const trainer = std::getenv("DAGRAD_TRAINER");
    execl(trainer, trainer, data.c_str(), backup.c_str(), kEpochs, out.c_str(), nullptr);
    _exit(127);
  }
  return pid;
}

// Whether it ended by itself, and well.
bool EndsWell(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::map<std::string, std::string> Files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files[entry.path().filename()] = io::testing::Slurp(entry.path());
  return files;
}

void ExpectSameBits(const std::string& data) {
  SCOPED_TRACE(data);
  const std::string folder = io::testing::FreshDirectory();
  const auto start = steady_clock::now();
  ASSERT_TRUE(EndsWell(Start(data, folder + "whole_backup", folder + "whole")));
  const auto whole = std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
  const auto expected = Files(folder + "whole");
  std::mt19937 random(static_cast<unsigned>(data.size()));
  int killed = 0, resumed = 0;
  for (int run = 0; killed < Kills(); ++run) {
    const std::string backup = absl::StrCat(folder, "backup", run);
    const std::string out = absl::StrCat(folder, "out", run);
    for (bool ended = false; !ended;) {
      const pid_t pid = Start(data, backup, out);
      if (killed < Kills()) {
        std::this_thread::sleep_for(microseconds(random() % whole.count()));
        kill(pid, SIGKILL);
      }
      ended = EndsWell(pid);
      if (!ended) {
        ++killed;
        if (std::filesystem::exists(backup + "/backup.safetensors")) ++resumed;
        ASSERT_LT(killed, 100 * Kills()) << "the trainer fails by itself";
      }
    }
    EXPECT_TRUE(Files(out) == expected) << "after " << killed << " kills";
  }
  EXPECT_GT(resumed, 0) << "no kill left a backup";
}

TEST(KilledTest, Arrays) { ExpectSameBits("arrays"); }
TEST(KilledTest, Generator) { ExpectSameBits("generator"); }
TEST(KilledTest, Dataset) { ExpectSameBits("dataset"); }

}  // namespace
}  // namespace dagrad
