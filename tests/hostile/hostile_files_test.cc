// Files that try to harm who opens them: each is taken through all that dagrad does with a model,
// in a process of its own, and gives the status that its table says, within a budget of time and
// memory.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/tests/hostile/child.h"
#include "dagrad/tests/hostile/model_walk.h"
#include "dagrad/tests/under_sanitizer.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

constexpr char kCorpus[] = "tests/hostile/corpus";
constexpr double kUserSeconds = 1;
constexpr int64_t kPeakBytes = int64_t{256} << 20;

struct HostileFile {
  const char* name;
  absl::StatusCode expected;
  const char* what;
};

using Code = absl::StatusCode;
const HostileFile kFiles[] = {
    {"conv_fpe.pb", Code::kResourceExhausted, "a convolution of more than 32 bits count"},
    {"conv_hang.pb", Code::kResourceExhausted, "the same, with an image of 2^31 pixels in a row"},
    {"ctl2.pb", Code::kInvalidArgument, "an unknown attribute, named by terminal sequences"},
    {"esc.pb", Code::kOk, "a function named by a terminal sequence"},
    {"full_softmax.pb", Code::kOk, "softmax of 2^40 rows of nothing"},
    {"harmless.pbtxt", Code::kOk, "none of them: it comes through"},
    {"u.pbtxt", Code::kDataLoss, "strings that escapes make to no UTF-8"},
    {"wrap.pb", Code::kResourceExhausted, "four outputs of 2^62 bytes, whose sum is 2^64"},
    {"wrap5.pb", Code::kResourceExhausted, "the same and one more"},
    {"z_LayerNorm.pb", Code::kOk, "layer norm of 2^40 rows of nothing"},
    {"z_LogSoftmax.pb", Code::kOk, "log-softmax of 2^40 rows of nothing"},
};

class HostileFileTest : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileFileTest, GivesItsStatusWithinItsBudget) {
  const std::string path = absl::StrCat(kCorpus, "/", GetParam().name);
  const ChildReport report = RunInChild([&] { return WalkModel(path); });
  ASSERT_EQ(report.signal, 0) << report.ToString();
  EXPECT_EQ(report.status.code(), GetParam().expected) << report.ToString();
  if (UnderSanitizer()) return;
  EXPECT_LE(report.user_seconds, kUserSeconds);
  EXPECT_LE(report.peak_bytes, kPeakBytes);
}

INSTANTIATE_TEST_SUITE_P(Corpus, HostileFileTest, testing::ValuesIn(kFiles),
                         [](const testing::TestParamInfo<HostileFile>& i) {
                           std::string name = i.param.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(HostileFilesTest, TheTableNamesEveryFile) {
  std::set<std::string> in_folder, in_table;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus))
    in_folder.insert(entry.path().filename());
  for (const HostileFile& file : kFiles) in_table.insert(file.name);
  EXPECT_EQ(in_folder, in_table);
}

// The budget is enforced: a child that dies, hangs or takes memory is seen to.
TEST(ChildTest, ReportsHowItEnded) {
  EXPECT_EQ(RunInChild([]() -> absl::Status { abort(); }).signal, SIGABRT);
  EXPECT_EQ(RunInChild([] { return absl::DataLossError("x"); }).status, absl::DataLossError("x"));
  const ChildReport busy = RunInChild(
      [] {
        for (volatile int forever = 1; forever == 1;) continue;
        return absl::OkStatus();
      },
      {.cpu_seconds = 1});
  EXPECT_EQ(busy.signal, SIGKILL) << busy.ToString();
  EXPECT_GT(busy.user_seconds, 0.5);
  const ChildReport large = RunInChild([] {
    const std::vector<char> block(64 << 20, 1);
    return block[12345] == 1 ? absl::OkStatus() : absl::InternalError("");
  });
  EXPECT_TRUE(large.status.ok()) << large.ToString();
  EXPECT_GE(large.peak_bytes, 64 << 20);
}

}  // namespace
}  // namespace dagrad::tests
