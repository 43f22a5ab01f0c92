// What the registries have gives what Keras gives: every case in golden/, and one or more of every
// registered class.

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/golden_case.h"
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

// Whether every option of every class stands in a case of it, away from its default.
template <typename Class>
void ExpectEveryOption(const std::string& kind, const std::vector<Class>& classes) {
  std::set<std::string> covered;
  const absl::StatusOr<std::vector<GoldenClass>> classes_of_kind = ReadGoldenClasses(kind);
  ASSERT_TRUE(classes_of_kind.ok()) << classes_of_kind.status();
  for (const GoldenClass& golden : *classes_of_kind) {
    for (const Json& one : golden.cases) {
      const Json* const config = Member(one, "config");
      if (config == nullptr) continue;
      for (const auto& member : config->as_object())
        covered.insert(absl::StrCat(golden.name, " ", ViewOf(member.key())));
    }
  }
  for (const Class& c : classes) {
    if (c.name == "accuracy" || c.name == "confusion_matrix") continue;  // none of Keras's
    const auto plain = c.make(boost::json::object());
    ASSERT_TRUE(plain.ok()) << c.name << plain.status();
    const Json config = (*plain)->Config();
    for (const auto& member : config.as_object()) {
      const std::string option = absl::StrCat(KerasNameOf(c), " ", ViewOf(member.key()));
      EXPECT_TRUE(covered.contains(option)) << kind << ": no case has " << option;
    }
  }
}

TEST(GoldenTest, EveryOptionHasACase) {
  ExpectEveryOption("losses", keras::LossClasses());
  ExpectEveryOption("metrics", keras::MetricClasses());
  ExpectEveryOption("schedules", ScheduleClasses());
  ExpectEveryOption("regularizers", keras::RegularizerClasses());
  ExpectEveryOption("constraints", keras::ConstraintClasses());
}

}  // namespace
}  // namespace dagrad::keras_parity
