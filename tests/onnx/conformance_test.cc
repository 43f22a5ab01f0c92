// ONNX's own conformance cases, of Debian's package libonnx-testdata (tools/setup installs it).
// not_passing.txt lists those that do not pass, with their outcome: one that passes is to be taken
// off the list.
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/onnx/conform.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

constexpr char kData[] = "/usr/share/libonnx-testdata/data/";

// Outcomes by case.
std::map<std::string, std::string> NotPassing() {
  std::map<std::string, std::string> outcomes;
  std::ifstream file("tests/onnx/not_passing.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::pair<std::string, std::string> row = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    outcomes[row.second] = row.first;
  }
  return outcomes;
}

class ConformanceTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ConformanceTest, OutcomesAreTheKnownOnes) {
  std::map<std::string, std::string> not_passing = NotPassing();
  ASSERT_FALSE(not_passing.empty());
  const auto results = RunConformance(absl::StrCat(kData, GetParam()));
  ASSERT_TRUE(results.ok()) << results.status() << "; tools/setup installs the cases";
  for (const CaseResult& r : *results) {
    const std::string name = absl::StrCat(GetParam(), "/", r.name);
    const auto known = not_passing.find(name);
    EXPECT_EQ(OutcomeName(r.outcome), known == not_passing.end() ? "passed" : known->second)
        << name << ": " << r.reason;
    EXPECT_EQ(r.missing.empty(), r.outcome != CaseResult::Outcome::kUnsupported) << name;
    if (known != not_passing.end()) not_passing.erase(known);
  }
  for (const auto& [name, outcome] : not_passing) {
    EXPECT_FALSE(absl::StartsWith(name, absl::StrCat(GetParam(), "/")))
        << "there is no case " << name;
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
