// What the registries have gives what Keras gives: every case in golden/, and one or more of every
// registered class.

#include <string>

#include "absl/strings/str_join.h"
#include "dagrad/tests/keras/golden_kinds.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {
namespace {

TEST(GoldenTest, EveryClassOfEveryRegistry) {
  for (const GoldenKind& kind : GoldenKinds()) {
    SCOPED_TRACE(kind.name);
    const absl::StatusOr<Coverage> coverage = CoverageOf(kind);
    ASSERT_TRUE(coverage.ok()) << coverage.status();
    EXPECT_GT(coverage->with_golden, 0);
    EXPECT_TRUE(coverage->faults.empty()) << absl::StrJoin(coverage->faults, "\n");
  }
}

TEST(GoldenTest, ClassWithoutCasesIsAFault) {
  GoldenKind kind = GoldenKinds().front();
  kind.registered.push_back("STFTSpectrogram");
  kind.registered.push_back("Invented");
  const absl::StatusOr<Coverage> coverage = CoverageOf(kind);
  ASSERT_TRUE(coverage.ok()) << coverage.status();
  EXPECT_EQ(coverage->faults.size(), 2u) << absl::StrJoin(coverage->faults, "\n");
}

TEST(GoldenTest, ACaseThatDoesNotAgreeIsAFault) {
  GoldenKind kind = GoldenKinds().front();
  const int all = CoverageOf(kind)->with_golden;
  kind.check = [check = kind.check](const std::string& name, const Json& golden) {
    Json other = golden;
    if (name == "Dense") other.at_pointer("/expected/outputs/0/values/0") = 7.0;
    if (name == "Conv1D") other.at_pointer("/expected/weight_gradients/0/0") = 70.0;
    if (name == "BatchNormalization") other.at_pointer("/expected").as_object()["updates"] = {1, 2};
    return check(name, other);
  };
  const absl::StatusOr<Coverage> coverage = CoverageOf(kind);
  ASSERT_TRUE(coverage.ok()) << coverage.status();
  EXPECT_EQ(coverage->with_golden, all - 3) << absl::StrJoin(coverage->faults, "\n");
}

}  // namespace
}  // namespace dagrad::keras_parity
