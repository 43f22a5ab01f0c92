// The derivatives at kinks and special points, against PyTorch's and JAX's: golden.json, made by
// make_kinks_golden.py. Where they disagree, docs/kinks.md says so and why, place by place: this
// test writes the tables of that document, and fails if they are others.

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/kinks/derivatives.h"
#include "dagrad/tests/kinks/reasons.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

constexpr char kGolden[] = "tests/kinks/golden.json";
constexpr char kDocument[] = "docs/kinks.md";
constexpr char kTables[] = "<!-- What follows is written by tests/kinks:kinks_test. -->\n";

bool Same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-7 * std::max({1e-5, std::abs(a), std::abs(b)});
}

std::string Text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "∞" : "-∞";
  return absl::StrFormat("%.4g", v);
}

// Disagreements of one function, by derivative and values: where they are.
using Group = std::map<std::vector<std::string>, std::vector<std::string>>;

class Document {
 public:
  void Add(const GoldenCase& c, const Derivatives& dagrad) {
    Group against_torch, against_jax;
    for (const Place& p : Places(c, dagrad)) {
      const std::vector<std::string> numbers = {p.derivative, Text(p.dagrad), Text(p.torch),
                                                Text(p.jax)};
      if (!Same(p.dagrad, p.torch)) {
        against_torch[numbers].push_back(p.at);
      } else if (!Same(p.dagrad, p.jax)) {
        against_jax[numbers].push_back(p.at);
      }
    }
    for (const auto& [numbers, at] : against_torch) {
      const Reason* reason = FindReason(c.name, numbers[0], numbers[1]);
      if (reason != nullptr) used_.insert(reason);
      if (reason == nullptr) {
        absl::StrAppend(&unexplained_, c.name, " ", absl::StrJoin(numbers, " "), " at ",
                        absl::StrJoin(at, "; "), "\n");
      }
      absl::StrAppend(&torch_, Row(c, numbers, at), " ", reason == nullptr ? "?" : reason->key,
                      " |\n");
    }
    for (const auto& [numbers, at] : against_jax) absl::StrAppend(&jax_, Row(c, numbers, at), "\n");
  }

  std::string ToString() const {
    return absl::StrCat(kTables, "\n## Reasons\n\n", Reasons(),
                        "\n## Where dagrad and PyTorch disagree\n\n| function | derivative | at | "
                        "dagrad | PyTorch | "
                        "JAX | reason |\n|---|---|---|---|---|---|---|\n",
                        torch_,
                        "\n## Where dagrad is as PyTorch, and JAX is not\n\n| function | "
                        "derivative | at | dagrad | "
                        "PyTorch | JAX |\n|---|---|---|---|---|---|\n",
                        jax_);
  }

  const std::set<const Reason*>& used() const { return used_; }
  const std::string& unexplained() const { return unexplained_; }

 private:
  static std::string Row(const GoldenCase& c, const std::vector<std::string>& numbers,
                         const std::vector<std::string>& at) {
    return absl::StrCat("| ", c.name, " | ", numbers[0], " | ", absl::StrJoin(at, "; "), " | ",
                        numbers[1], " | ", numbers[2], " | ", numbers[3], " |");
  }

  static std::string Reasons() {
    std::string text;
    for (const Explanation& e : AllExplanations())
      absl::StrAppend(&text, "- **", e.key, "**: ", e.text, "\n");
    return text;
  }

  std::string torch_, jax_, unexplained_;
  std::set<const Reason*> used_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class KinksTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::vector<GoldenCase>> golden = ReadGolden(kGolden);
    ASSERT_TRUE(golden.ok()) << golden.status();
    for (const GoldenCase& c : *golden) {
      SCOPED_TRACE(c.name);
      const absl::StatusOr<Derivatives> d = Differentiate(c, &differentiated_);
      ASSERT_TRUE(d.ok()) << d.status();
      document_.Add(c, *d);
    }
  }
  static Document document_;
  static std::set<std::string> differentiated_;
};
Document KinksTest::document_;
std::set<std::string> KinksTest::differentiated_;

TEST_F(KinksTest, DocumentListsEveryDisagreement) {
  const std::string text = ReadFile(kDocument);
  const size_t tables = text.find(kTables);
  ASSERT_NE(tables, std::string::npos) << kDocument << " has no place for the tables";
  const std::string expected = text.substr(0, tables) + document_.ToString();
  if (text == expected) return;
  const char* const outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  const std::string written = absl::StrCat(outputs == nullptr ? "/tmp" : outputs, "/kinks.md");
  std::ofstream(written) << expected;
  ADD_FAILURE() << kDocument << " is out of date; as it should be, it is in " << written
                << " (in bazel-testlogs, test.outputs)";
}

TEST_F(KinksTest, EveryDisagreementHasItsReason) { EXPECT_EQ(document_.unexplained(), ""); }

TEST_F(KinksTest, EveryReasonHasItsDisagreement) {
  for (const Reason& r : AllReasons()) {
    EXPECT_TRUE(document_.used().contains(&r))
        << "nothing is left of: " << r.name << " " << r.derivative << " " << r.value;
  }
}

TEST_F(KinksTest, EveryOpWithAGradientIsHere) {
  for (const OpDef* op : ops::AllOps()) {
    // The derivative of control flow is that of the ops in its bodies.
    if (op->gradient == nullptr || op->Has(kControl)) continue;
    EXPECT_TRUE(differentiated_.contains(std::string(op->name)))
        << op->name << " has a gradient, but no special points in kink_cases.py";
  }
}

}  // namespace
}  // namespace dagrad::tests
