// ONNX's own conformance cases, of Debian's package libonnx-testdata (tools/setup installs it).
// not_passing.txt lists those that do not pass, with their outcome: one that passes is to be taken
// off the list.
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/onnx/conform.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr char kData[] = "/usr/share/libonnx-testdata/data/";

// Outcomes by case.
std::map<std::string, std::set<std::string>> NotPassing() {
  std::map<std::string, std::set<std::string>> outcomes;
  std::ifstream file("tests/onnx/not_passing.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(" # ", 1));
    EXPECT_FALSE(parts.second.empty()) << line << ": no reason";
    const std::pair<std::string, std::string> row =
        absl::StrSplit(parts.first, absl::MaxSplits(' ', 1));
    outcomes[row.second].insert(row.first);
  }
  return outcomes;
}

class ConformanceTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ConformanceTest, OutcomesAreTheKnownOnes) {
  const auto not_passing = NotPassing();
  ASSERT_FALSE(not_passing.empty());
  const auto results = RunConformance(absl::StrCat(kData, GetParam()));
  ASSERT_TRUE(results.ok()) << results.status() << "; tools/setup installs the cases";
  ASSERT_FALSE(results->empty());
  for (const CaseResult& r : *results) {
    const std::string name = absl::StrCat(GetParam(), "/", r.name);
    const auto found = not_passing.find(name);
    const std::set<std::string> known =
        found == not_passing.end() ? std::set<std::string>{"passed"} : found->second;
    EXPECT_TRUE(known.contains(std::string(OutcomeName(r.outcome))))
        << name << " " << OutcomeName(r.outcome) << ", not " << absl::StrJoin(known, " or ") << ": "
        << r.reason;
    EXPECT_EQ(r.missing.empty(), r.outcome != CaseResult::Outcome::kUnsupported) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, ConformanceTest,
                         ::testing::Values("node", "simple", "pytorch-converted",
                                           "pytorch-operator"),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace dagrad::onnx
