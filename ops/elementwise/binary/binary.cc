#include "dagrad/ops/elementwise/binary/binary.h"

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary_internal.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace ops {
namespace binary_internal {
namespace {

constexpr uint32_t kPlain = kElementwise | kInPlace;

constexpr Entry kEntries[] = {
    {Binary::kAdd, "Add", "add", "Sum, with broadcasting: y = a + b.", "add_c1",
     kPlain | kCommutative, AddGradient, AddRules},
    {Binary::kSub, "Sub", "sub", "Difference, with broadcasting: y = a - b.", "sub_c1", kPlain,
     SubGradient, SubRules},
    {Binary::kMul, "Mul", "mul", "Product, with broadcasting: y = a b.", "mul_c1",
     kPlain | kCommutative, MulGradient, MulRules},
    {Binary::kDiv, "Div", "div",
     "Quotient, with broadcasting: y = a / b.\n"
     "Integers truncate toward 0; division by 0 gives 0 for them.",
     "div_c1", kPlain, DivGradient, DivRules},
    {Binary::kFloorMod, "FloorMod", "floor_mod",
     "Remainder with b's sign, with broadcasting: y = a - ⌊a / b⌋ b (numpy.mod).\n"
     "By 0: NaN for floats, 0 for integers.",
     "floor_mod_c1", kPlain, FloorModGradient},
    {Binary::kMaximum, "Maximum", "maximum",
     "Larger of two, with broadcasting: y = max(a, b); NaN if either is.", "maximum_c1", kPlain,
     MaximumGradient, runtime::SameOperandsRules, true},
    {Binary::kMinimum, "Minimum", "minimum",
     "Smaller of two, with broadcasting: y = min(a, b); NaN if either is.", "minimum_c1", kPlain,
     MinimumGradient, runtime::SameOperandsRules, true},
};

template <Binary kOp>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kOp);
    auto* op = new OpDef{.name = e.name, .label = e.label, .doc = e.doc};
    op->inputs = {{"a", kNumberTypes, "T", "left operand"},
                  {"b", kNumberTypes, "T", "right operand"}};
    op->outputs = {{"y", kNumberTypes, "T", "the results, of the broadcast shape"}};
    if (e.has_ties) {
      op->attrs = {{"ties_to_a", AttrKind::kBool, Attribute(false),
                    "where a = b the gradient is a's alone, as at the bounds of Clip"}};
    }
    op->traits = e.traits;
    op->constraints = {{e.c1, "the shapes of a and b broadcast"}};
    op->infer = [](InferContext& c) { return InferBroadcast(c, c.dtype(0), EntryOf(kOp).c1); };
    op->gradient = e.gradient;
    op->rules = e.rules;
    op->make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
      return MakeKernel(kOp, request, kernel);
    };
    op->samples = [] { return MakeSamples(EntryOf(kOp)); };
    return op;
  }();
  return *def;
}

}  // namespace

const Entry& EntryOf(Binary op) { return kEntries[static_cast<int>(op)]; }

}  // namespace binary_internal

using binary_internal::Binary;
using binary_internal::Def;

const OpDef& AddOp() { return Def<Binary::kAdd>(); }
const OpDef& SubOp() { return Def<Binary::kSub>(); }
const OpDef& MulOp() { return Def<Binary::kMul>(); }
const OpDef& DivOp() { return Def<Binary::kDiv>(); }
const OpDef& FloorModOp() { return Def<Binary::kFloorMod>(); }
const OpDef& MaximumOp() { return Def<Binary::kMaximum>(); }
const OpDef& MinimumOp() { return Def<Binary::kMinimum>(); }

}  // namespace ops

Value Add(Operand a, Operand b) { return ops::AddBinaryNode(ops::AddOp(), a, b); }
Value Sub(Operand a, Operand b) { return ops::AddBinaryNode(ops::SubOp(), a, b); }
Value Mul(Operand a, Operand b) { return ops::AddBinaryNode(ops::MulOp(), a, b); }
Value Div(Operand a, Operand b) { return ops::AddBinaryNode(ops::DivOp(), a, b); }
Value FloorMod(Operand a, Operand b) { return ops::AddBinaryNode(ops::FloorModOp(), a, b); }
Value Maximum(Operand a, Operand b) { return ops::AddBinaryNode(ops::MaximumOp(), a, b); }
Value Minimum(Operand a, Operand b) { return ops::AddBinaryNode(ops::MinimumOp(), a, b); }

namespace {

// The greatest (least) of x and a bound that it may reach.
Value Bounded(const OpDef& op, const Operand& x, const Operand& bound) {
  const ops::OperandPair pair = ops::PairOperands(x, bound, op.name);
  if (pair.builder == nullptr) return Value();
  return pair.builder->AddNode(op, pair.values, {{"ties_to_a", true}}, pair.location);
}

}  // namespace

Value ClipMin(Operand x, Operand lo) { return Bounded(ops::MaximumOp(), x, lo); }
Value ClipMax(Operand x, Operand hi) { return Bounded(ops::MinimumOp(), x, hi); }
Value Clip(Operand x, Operand lo, Operand hi) {
  return ClipMax(Operand(ClipMin(x, lo), x.location()), hi);
}

}  // namespace dagrad
