// What an output does not depend on does not disturb it: not if it is infinite, NaN or huge.

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

constexpr int kPlaces = 4;  // of each input that are changed, one after the other

// All outputs, one after the other, in float64; empty if the op refuses the values.
std::vector<double> Run(const OpCase& c, KernelMode mode) {
  std::vector<double> all;
  const auto outputs = Evaluate(c, mode);
  if (!outputs.ok()) return all;
  for (const Tensor& t : *outputs) {
    const Tensor wide = *t.Cast(DType::kFloat64);
    all.insert(all.end(), wide.data<double>().begin(), wide.data<double>().end());
  }
  return all;
}

bool AreSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The case with another number at `place` of input `input`.
OpCase With(const OpCase& c, size_t input, int64_t place, float value) {
  OpCase other = c;
  other.inputs[input] = *c.inputs[input].Clone();
  other.inputs[input].mutable_data<float>()[place] = value;
  return other;
}

// Which outputs keep their bits, whatever finite number stands there.
std::vector<bool> Independent(const OpCase& c, size_t input, int64_t place,
                              const std::vector<double>& before) {
  const float old = c.inputs[input].data<float>()[place];
  std::vector<bool> independent(before.size(), true);
  for (float value : {old / 2 + 0.25f, -old, 1e30f, -1e30f}) {
    const std::vector<double> after = Run(With(c, input, place, value), KernelMode::kReference);
    for (size_t i = 0; i < before.size(); ++i)
      independent[i] = independent[i] && i < after.size() && AreSame(before[i], after[i]);
  }
  return independent;
}

struct Checked {
  int64_t outputs = 0;
};

// As the op's header says: dy times the zeros of the padding.
bool MayDisturb(const OpCase& c, size_t input, float value) {
  return c.op->name == "Conv2DFilterGrad" && input == 1 && !std::isfinite(value);
}

// That the fast kernel leaves alone, too, what the reference does.
void CheckPlace(const OpCase& c, size_t input, int64_t place, const std::vector<double>& before,
                Checked* checked) {
  const std::vector<bool> independent = Independent(c, input, place, before);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (float value : {kInfinity, -kInfinity, std::nanf(""), 1e30f}) {
    if (MayDisturb(c, input, value)) continue;
    const OpCase changed = With(c, input, place, value);
    const std::vector<double> reference = Run(changed, KernelMode::kReference);
    const std::vector<double> fast = Run(changed, KernelMode::kFast);
    ASSERT_EQ(fast.size(), reference.size());
    for (size_t i = 0; i < reference.size(); ++i) {
      // Zero times infinity is a dependence that finite numbers do not show.
      if (!independent[i] || !AreSame(reference[i], before[i])) continue;
      ++checked->outputs;
      const double bound = 2 * c.sample->float32_tolerance * std::max(1.0, std::abs(before[i]));
      if (AreSame(fast[i], before[i]) || std::abs(fast[i] - before[i]) <= bound) continue;
      ADD_FAILURE() << c.Name() << ": " << value << " at " << place << " of input " << input
                    << " makes output element " << i << " " << fast[i] << ", not " << before[i];
      return;
    }
  }
}

void CheckCase(const OpCase& c, Checked* checked) {
  std::mt19937 random(static_cast<uint32_t>(c.seed));
  const std::vector<double> before = Run(c, KernelMode::kReference);
  for (size_t input = 0; input < c.inputs.size(); ++input) {
    const Tensor& t = c.inputs[input];
    if (t.dtype() != DType::kFloat32 || t.num_elements() == 0 || IsBounded(c, input)) continue;
    for (int i = 0; i < kPlaces; ++i) {
      const int64_t n = t.num_elements();
      const int64_t place = i == 0 ? 0 : i == 1 ? n - 1 : static_cast<int64_t>(random() % n);
      CheckPlace(c, input, place, before, checked);
    }
  }
}

TEST_P(OpTest, OutputsAreNotDisturbed) {
  if (op().Has(kRandom)) return;
  Checked checked;
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    if (HasFloat32Case(op(), s)) CheckCase(MakeCase(op(), s, DType::kFloat32), &checked);
  }
  RecordProperty("outputs", absl::StrCat(checked.outputs));
}

// Else the suite would pass without a look at anything.
TEST(OpDisturbanceTest, LooksAtMostOps) {
  int ops_checked = 0;
  for (const OpDef* op : ops::AllOps()) {
    Checked checked;
    for (const ops::Sample& s : SamplesOf(*op).samples) {
      if (checked.outputs > 0 || op->Has(kRandom) || !HasFloat32Case(*op, s)) continue;
      CheckCase(MakeCase(*op, s, DType::kFloat32), &checked);
    }
    ops_checked += checked.outputs > 0 ? 1 : 0;
  }
  EXPECT_GT(ops_checked, 60);
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
