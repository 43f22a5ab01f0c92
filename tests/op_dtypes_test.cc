// Every op in the dtypes that kernels do not compute in: float16 and bfloat16 give what float32
// gives for the same numbers, rounded once; integers give the low bits of what int64 gives. So the
// suites that walk samples of float32, float64, int32 and int64 speak for all dtypes.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

bool Accepts(const OpCase& c) {
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    if (!c.op->InputPort(static_cast<int>(i)).dtypes.Contains(c.inputs[i].dtype())) return false;
  }
  return MakeFunction(c).ok();
}

// The case with tensors and attributes of the dtypes `from` become `to`, but for inputs that cannot
// be of it (indices).
OpCase Recast(OpCase c, const DTypeSet& from, DType to) {
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    Tensor& t = c.inputs[i];
    if (from.Contains(t.dtype()) && c.op->InputPort(static_cast<int>(i)).dtypes.Contains(to))
      t = *t.Cast(to);
  }
  const AttrMap attrs = c.attrs;
  for (const AttrMap::Entry& e : attrs.entries()) {
    const DType* d = e.value.get_if<DType>();
    const Tensor* t = e.value.get_if<Tensor>();
    if (d != nullptr && from.Contains(*d)) c.attrs.Set(e.name, to);
    if (t != nullptr && from.Contains(t->dtype())) c.attrs.Set(e.name, *t->Cast(to));
  }
  return c;
}

// Runs `narrow` and `wide`, and expects the results of the latter as the former has them.
void ExpectCastOf(const OpCase& wide, const OpCase& narrow, KernelMode mode) {
  const auto expected = Evaluate(wide, mode);
  const auto actual = Evaluate(narrow, mode);
  ASSERT_TRUE(expected.ok()) << expected.status();
  ASSERT_TRUE(actual.ok()) << actual.status();
  ASSERT_EQ(actual->size(), expected->size());
  for (size_t i = 0; i < actual->size(); ++i) {
    const Tensor cast = *(*expected)[i].Cast((*actual)[i].dtype());
    EXPECT_TRUE(SameBits((*actual)[i], cast)) << "output " << i << ": " << (*actual)[i].ToString(64)
                                              << "\nexpected: " << (*expected)[i].ToString(64);
  }
}

TEST_P(OpTest, HalvesAreFloat32Rounded) {
  int cases = 0;
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    if (!HasFloat32Case(op(), s) || !HasDerivedCases(op(), DType::kFloat16)) continue;
    for (DType half : {DType::kFloat16, DType::kBFloat16}) {
      const OpCase narrow = Recast(MakeCase(op(), s, DType::kFloat32), {DType::kFloat32}, half);
      if (!Accepts(narrow)) continue;
      const OpCase wide = Recast(narrow, {half}, DType::kFloat32);
      for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
        SCOPED_TRACE(absl::StrCat(wide.Name(), " as ", DTypeName(half)));
        ExpectCastOf(wide, narrow, mode);
        ++cases;
      }
    }
  }
  RecordProperty("cases", cases);
}

// Numbers that every integer dtype holds.
OpCase Small(OpCase c) {
  for (Tensor& t : c.inputs) {
    if (t.dtype() != DType::kInt64) continue;
    for (int64_t& v : t.mutable_data<int64_t>()) v = (v < 0 ? -(v + 1) : v) % 100;
  }
  return c;
}

TEST_P(OpTest, IntegersAreTheLowBitsOfInt64) {
  int cases = 0;
  for (const OpCase& c : Float64Cases(op())) {
    // Size refuses what a dtype does not hold.
    if (!HasDerivedCases(op(), DType::kInt8) || op().Has(kRandom) || op().name == "Size") continue;
    const OpCase wide = Small(Recast(c, {DType::kInt32, DType::kInt64}, DType::kInt64));
    for (DType narrow : {DType::kInt8, DType::kInt16, DType::kUInt16, DType::kUInt32,
                         DType::kUInt64, DType::kUInt8}) {
      OpCase recast = Recast(wide, {DType::kInt64}, narrow);
      if (!Accepts(recast) || !Accepts(wide)) continue;
      for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
        SCOPED_TRACE(absl::StrCat(wide.Name(), " as ", DTypeName(narrow)));
        ExpectCastOf(wide, recast, mode);
        ++cases;
      }
    }
  }
  RecordProperty("cases", cases);
}

bool HasInputOf(const OpCase& c, DType dtype) {
  return std::any_of(c.inputs.begin(), c.inputs.end(),
                     [dtype](const Tensor& t) { return t.dtype() == dtype; });
}

// An op that is said to accept a dtype has a case of it above.
TEST_P(OpTest, EveryAcceptedDTypeIsReached) {
  for (DType d : kAllDTypes) {
    if (!HasDerivedCases(op(), d)) continue;
    bool accepts = false, reached = false;
    for (const PortSpec& port : op().inputs) accepts |= port.dtypes.Contains(d);
    for (const ops::Sample& s : SamplesOf(op()).samples) {
      const DTypeSet from =
          IsFloating(d) ? DTypeSet{DType::kFloat32} : DTypeSet{DType::kInt32, DType::kInt64};
      const OpCase c = Recast(MakeCase(op(), s, DType::kFloat32), from, d);
      reached |= HasInputOf(c, d) && Accepts(c);
    }
    EXPECT_TRUE(reached || !accepts) << DTypeName(d);
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
