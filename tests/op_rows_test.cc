// Phases by rows: any range of the rows gives the same bits, reads and writes its own rows only,
// and may stand in the buffer of an input that it reads by rows.

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "dagrad/tests/kernel_runner.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

void ExpectSameBits(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_TRUE(SameBits(actual[i], expected[i])) << "output " << i << ":\n"
                                                  << actual[i].ToString(32) << "\nexpected:\n"
                                                  << expected[i].ToString(32);
  }
}

// Runs the case in ranges, with output 0 over `over` (-1: over none). Gives what was run.
RunReport ExpectSameInRanges(const OpCase& c, KernelMode mode, int over,
                             const std::vector<Tensor>& expected) {
  std::mt19937 ranges(static_cast<uint32_t>(c.seed) + 31 * (over + 1));
  RunReport report;
  const auto actual =
      RunKernel(c, {.mode = mode, .output_over_input = over, .ranges = &ranges}, &report);
  EXPECT_TRUE(actual.ok()) << actual.status();
  if (actual.ok()) ExpectSameBits(*actual, expected);
  return report;
}

// Of all cases of `op`. Gives the number of phases by rows that were run.
int CheckRows(const OpDef& op) {
  int phases = 0;
  for (const OpCase& c : AllCases(op)) {
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      SCOPED_TRACE(c.Name() + (mode == KernelMode::kFast ? ", fast" : ", reference"));
      const auto expected = RunKernel(c, {.mode = mode});
      EXPECT_TRUE(expected.ok()) << expected.status();
      if (!expected.ok()) continue;
      const RunReport report = ExpectSameInRanges(c, mode, -1, *expected);
      phases += report.row_phases;
      if (report.row_phases == 0) continue;
      for (size_t i = 0; i < c.inputs.size(); ++i) {
        if (!op.MayTakePlace(0, i) || (report.aligned >> i & 1) == 0) continue;
        if (c.inputs[i].byte_size() != (*expected)[0].byte_size()) continue;
        SCOPED_TRACE("over input " + std::to_string(i));
        ExpectSameInRanges(c, mode, static_cast<int>(i), *expected);
      }
    }
  }
  return phases;
}

TEST_P(OpTest, RangesOfRowsGiveTheSame) {
  if (op().make_kernel == nullptr) return;  // a view
  const int phases = CheckRows(op());
  RecordProperty("row_phases", phases);
  if (op().Has(kElementwise)) {
    EXPECT_GT(phases, 0) << "every element should be a row";
  }
}

// Else the suite would pass without a look at anything.
TEST(OpRowsTest, ManyOpsHaveRows) {
  std::vector<std::string> with_rows;
  for (const OpDef* op : ops::AllOps()) {
    RunReport report;
    if (op->make_kernel == nullptr) continue;
    for (const OpCase& c : AllCases(*op)) RunKernel(c, {}, &report).IgnoreError();
    if (report.row_phases > 0) with_rows.emplace_back(op->name);
  }
  EXPECT_GT(with_rows.size(), 50) << absl::StrJoin(with_rows, " ");
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
