// Fast kernels give what the reference gives over the whole range of float32: with inputs that are
// tiny or huge, one by one, two by two and all together. Where they do not, docs/accuracy.md says
// so.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

constexpr double kFactors[] = {1e-30, 1e-25, 1e-20, 1e-10, 1e10, 1e18, 5e18, 1e30, 3e38};
constexpr double kPairFactors[] = {1e-25, 1e-18, 1e-10, 1e10, 1e18, 1e25};  // and their inverses

// The factor of each input.
using Factors = std::vector<double>;

// Up to which factor of one input, and of all, the kernels of an op agree.
struct Bound {
  double one = HUGE_VAL, all = HUGE_VAL;
};

// Between an op and its optional input, in a row of the document.
constexpr char kWith[] = " with ";

// The rows "| `Op` | one | all | reason |" and "| `Op` with `input` | … |" of the document.
std::map<std::string, Bound> ReadBounds() {
  std::map<std::string, Bound> bounds;
  std::ifstream file("docs/accuracy.md");
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 6 || !absl::StartsWith(cells[1], " `")) continue;
    double number;
    if (absl::SimpleAtod(cells[4], &number)) continue;  // a row of another table: it has no reason
    const std::string name = absl::StrReplaceAll(absl::StripAsciiWhitespace(cells[1]), {{"`", ""}});
    Bound b;
    if (absl::SimpleAtod(cells[2], &b.one) && absl::SimpleAtod(cells[3], &b.all)) bounds[name] = b;
  }
  return bounds;
}

// Where dx is 0 but for what rounding leaves of a difference of equal numbers.
bool Cancels(const OpCase& c) {
  return (c.op->name == "LayerNormGrad" && c.sample->name == "one_element") ||
         (c.op->name == "BatchNormGrad" && c.sample->name == "one_row");
}

// The case with its floats times the factors; finite numbers stay finite.
OpCase Scaled(const OpCase& c, const Factors& factors) {
  constexpr double kMost = std::numeric_limits<float>::max();
  OpCase scaled = c;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    if (factors[i] == 1 || (factors[i] > 1 && IsBounded(c, i))) continue;
    scaled.inputs[i] = *c.inputs[i].Clone();
    for (float& v : scaled.inputs[i].mutable_data<float>()) {
      if (std::isfinite(v)) v = static_cast<float>(std::clamp(v * factors[i], -kMost, kMost));
    }
  }
  return scaled;
}

// The largest difference of finite numbers, relative to the largest of the tensor; infinite where
// only one of two is finite. Numbers below the normal ones may be 0.
double Distance(const Tensor& fast, const Tensor& reference) {
  const auto a = fast.data<float>(), b = reference.data<float>();
  double largest = 0, distance = 0;
  for (const float v : b) {
    if (std::isfinite(v)) largest = std::max<double>(largest, std::abs(v));
  }
  for (size_t i = 0; i < b.size(); ++i) {
    if (!std::isfinite(a[i]) && !std::isfinite(b[i])) continue;
    const double d = std::abs(static_cast<double>(a[i]) - b[i]);
    if (std::isnan(d)) return HUGE_VAL;
    if (d > std::numeric_limits<float>::min()) distance = std::max(distance, d / largest);
  }
  return distance;
}

// What differs between the fast kernel and the reference; empty: nothing.
std::string Difference(const OpCase& c, const Factors& factors) {
  const OpCase scaled = Scaled(c, factors);
  const auto fast = Evaluate(scaled, KernelMode::kFast);
  const auto reference = Evaluate(scaled, KernelMode::kReference);
  if (fast.ok() != reference.ok()) return "only one kernel fails";
  for (size_t i = 0; fast.ok() && i < fast->size(); ++i) {
    if ((*fast)[i].dtype() != DType::kFloat32) continue;
    const double distance = Distance((*fast)[i], (*reference)[i]);
    if (distance <= 2 * c.sample->float32_tolerance) continue;
    return absl::StrCat(c.Name(), ", inputs times ", absl::StrJoin(factors, ", "), ": output ", i,
                        " differs by ", distance);
  }
  return "";
}

// All factors that are to be tried: one input, all inputs, one up and another down.
std::vector<Factors> AllFactors(const OpCase& c) {
  const size_t n = c.inputs.size();
  std::vector<size_t> floats;
  for (size_t i = 0; i < n; ++i) {
    if (c.inputs[i].dtype() == DType::kFloat32) floats.push_back(i);
  }
  std::vector<Factors> all;
  const auto add = [&](std::vector<size_t> inputs, double first, double others) {
    all.emplace_back(n, 1.0);
    for (size_t i : inputs) all.back()[i] = i == inputs[0] ? first : others;
  };
  for (const double f : kFactors) {
    for (size_t i : floats) add({i}, f, f);
    if (floats.size() > 1) add(floats, f, f);
  }
  for (const double f : kPairFactors) {
    for (size_t i : floats) {
      for (size_t j : floats) {
        if (i != j) add({i, j}, f, 1 / f);
      }
    }
  }
  return all;
}

bool IsWithin(const Bound& bound, const Factors& factors) {
  const double largest = *std::max_element(factors.begin(), factors.end());
  const bool one = std::count(factors.begin(), factors.end(), largest) == 1;
  return largest <= (one ? bound.one : bound.all);
}

// Compares the kernels at every scale. Gives how often they differ beyond the bound.
int CountBeyond(const OpCase& c, const Bound& bound) {
  int beyond = 0;
  for (const Factors& factors : AllFactors(c)) {
    const std::string difference = Difference(c, factors);
    if (difference.empty()) continue;
    EXPECT_FALSE(IsWithin(bound, factors)) << difference;
    ++beyond;
  }
  return beyond;
}

// The row of the case: that of its op with its last input, if this is an optional one that has a
// row, else that of its op; "" if there is neither.
std::string RowOf(const OpCase& c, const std::map<std::string, Bound>& bounds) {
  const std::string name(c.op->name);
  if (c.inputs.size() > c.op->MinInputs()) {
    std::string row = absl::StrCat(name, kWith, c.op->InputPort(c.inputs.size() - 1).name);
    if (bounds.contains(row)) return row;
  }
  return bounds.contains(name) ? name : "";
}

TEST_P(OpTest, FastIsReferenceAtEveryScale) {
  const std::map<std::string, Bound> bounds = ReadBounds();
  ASSERT_FALSE(bounds.empty());
  std::map<std::string, int> beyond;
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    if (!HasFloat32Case(op(), s)) continue;
    const OpCase c = MakeCase(op(), s, DType::kFloat32);
    if (Cancels(c)) continue;
    const std::string row = RowOf(c, bounds);
    beyond[row] += CountBeyond(c, row.empty() ? Bound() : bounds.at(row));
  }
  for (const auto& [row, bound] : bounds) {
    if (row != op().name && !absl::StartsWith(row, absl::StrCat(op().name, kWith))) continue;
    EXPECT_GT(beyond[row], 0) << "docs/accuracy.md needs no bound for " << row;
  }
}

TEST(OpRangeTest, BoundsAreOfOps) {
  for (const auto& [row, bound] : ReadBounds()) {
    const std::vector<std::string> parts = absl::StrSplit(row, kWith);
    const OpDef* op = ops::FindOp(parts[0]);
    ASSERT_NE(op, nullptr) << row;
    EXPECT_TRUE(parts.size() == 1 ||
                std::any_of(op->inputs.begin(), op->inputs.end(),
                            [&](const PortSpec& p) { return p.optional && p.name == parts[1]; }))
        << row;
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
