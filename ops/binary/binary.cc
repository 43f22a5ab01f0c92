#include "dagrad/ops/binary/binary.h"

#include "dagrad/ops/binary/binary_internal.h"
#include "dagrad/ops/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"

namespace dagrad {
namespace ops {
namespace binary_internal {
namespace {

constexpr uint32_t kPlain = kElementwise | kInPlace;

constexpr Entry kEntries[] = {
    {Binary::kAdd, "Add", "add", "add_c1", kPlain | kCommutative, AddGradient},
    {Binary::kSub, "Sub", "sub", "sub_c1", kPlain, SubGradient},
    {Binary::kMul, "Mul", "mul", "mul_c1", kPlain | kCommutative, MulGradient},
    {Binary::kDiv, "Div", "div", "div_c1", kPlain, DivGradient},
    {Binary::kFloorMod, "FloorMod", "floor_mod", "floor_mod_c1", kPlain, FloorModGradient},
    {Binary::kMaximum, "Maximum", "maximum", "maximum_c1", kPlain, MaximumGradient, true},
    {Binary::kMinimum, "Minimum", "minimum", "minimum_c1", kPlain, MinimumGradient, true},
};

template <Binary kOp>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kOp);
    auto* op = new OpDef;
    op->name = e.name;
    op->label = e.label;
    op->inputs = {{"a", kNumberTypes, "T"}, {"b", kNumberTypes, "T"}};
    op->outputs = {{"y", kNumberTypes, "T"}};
    if (e.has_ties) {
      op->attrs = {{"ties_to_a", AttrKind::kBool, Attribute(false),
                    "where a = b the gradient is a's alone, as at the bounds of Clip"}};
    }
    op->traits = e.traits;
    op->constraints = {{e.c1, "the shapes of a and b broadcast"}};
    op->infer = [](InferContext& c) { return InferBroadcast(c, c.dtype(0), EntryOf(kOp).c1); };
    op->gradient = e.gradient;
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

Value Clip(Operand x, Operand lo, Operand hi) {
  const Value above = Bounded(ops::MaximumOp(), x, lo);
  return Bounded(ops::MinimumOp(), Operand(above, x.location()), hi);
}

}  // namespace dagrad
