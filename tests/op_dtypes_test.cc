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

// The case with tensors and attributes of the dtypes `from` become `to`.
OpCase Recast(OpCase c, const DTypeSet& from, DType to) {
  for (Tensor& t : c.inputs) {
    if (from.Contains(t.dtype())) t = *t.Cast(to);
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

// Casting casts by itself, and is tested so; bodies of control flow round within.
bool HasCasesElsewhere(const OpDef& op) { return op.name == "Cast" || op.Has(kControl); }

TEST_P(OpTest, HalvesAreFloat32Rounded) {
  int cases = 0;
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    if (!HasFloat32Case(op(), s) || HasCasesElsewhere(op())) continue;
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
    if (HasCasesElsewhere(op()) || op().Has(kRandom) || op().name == "Size") continue;
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

// An op that is said to accept a dtype has a case of it above.
TEST_P(OpTest, EveryAcceptedHalfIsReached) {
  if (HasCasesElsewhere(op()) || op().Has(kStructural)) GTEST_SKIP();
  bool accepts = false, reached = false;
  for (const PortSpec& port : op().inputs) accepts |= port.dtypes.Contains(DType::kFloat16);
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    reached |= HasFloat32Case(op(), s) && Accepts(Recast(MakeCase(op(), s, DType::kFloat32),
                                                         {DType::kFloat32}, DType::kFloat16));
  }
  EXPECT_TRUE(reached || !accepts);
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
