#include "dagrad/ops/elementwise/bitwise/bitwise.h"

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/bitwise/bitwise_internal.h"
#include "dagrad/ops/elementwise/broadcast.h"

namespace dagrad {
namespace ops {
namespace bitwise_internal {
namespace {

constexpr Entry kEntries[] = {
    {Kind::kAnd, "BitwiseAnd", "bitwise_and", "The bits that a and b both have.", "bitwise_and_c1"},
    {Kind::kOr, "BitwiseOr", "bitwise_or", "The bits that a or b or both have.", "bitwise_or_c1"},
    {Kind::kXor, "BitwiseXor", "bitwise_xor", "The bits that one of a and b has.",
     "bitwise_xor_c1"},
    {Kind::kShiftLeft, "ShiftLeft", "shift_left",
     "The low bits of a times 2 to the power of b; 0 where b is negative.", "shift_left_c1"},
    {Kind::kShiftRight, "ShiftRight", "shift_right",
     "a over 2 to the power of b, rounded down; 0 or -1 where b is negative.", "shift_right_c1"},
};

template <Kind kKind>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kKind);
    const bool is_shift = kKind == Kind::kShiftLeft || kKind == Kind::kShiftRight;
    auto* op = new OpDef{.name = e.name, .label = e.label, .doc = e.doc};
    op->inputs = {{.name = "a",
                   .dtypes = kIntegerTypes,
                   .type_variable = "T",
                   .doc = "left operand",
                   .differentiable = false},
                  {.name = "b",
                   .dtypes = kIntegerTypes,
                   .type_variable = "T",
                   .doc = is_shift ? "numbers of bits" : "right operand",
                   .differentiable = false}};
    op->outputs = {{"y", kIntegerTypes, "T", "the results, of the broadcast shape"}};
    op->traits = kElementwise | kInPlace | (is_shift ? 0U : uint32_t{kCommutative});
    op->constraints = {{e.c1, "the shapes of a and b broadcast"}};
    op->infer = [](InferContext& c) { return InferBroadcast(c, c.dtype(0), EntryOf(kKind).c1); };
    op->make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
      return MakeBinaryKernel(kKind, request, kernel);
    };
    op->samples = [] { return MakeBinarySamples(EntryOf(kKind)); };
    return op;
  }();
  return *def;
}

OpDef MakeNot() {
  return {.name = "BitwiseNot",
          .label = "bitwise_not",
          .doc = "The bits that x has not.",
          .inputs = {{.name = "x",
                      .dtypes = kIntegerTypes,
                      .type_variable = "T",
                      .doc = "tensor of any shape",
                      .differentiable = false}},
          .outputs = {{"y", kIntegerTypes, "T", "the other bits"}},
          .traits = kElementwise | kInPlace,
          .infer =
              [](InferContext& c) {
                c.SetOutput(0, c.dtype(0), c.shape(0));
                return absl::OkStatus();
              },
          .make_kernel = MakeNotKernel,
          .samples = MakeNotSamples};
}

}  // namespace

const Entry& EntryOf(Kind kind) { return kEntries[static_cast<int>(kind)]; }

}  // namespace bitwise_internal

using bitwise_internal::Def;
using bitwise_internal::Kind;

const OpDef& BitwiseAndOp() { return Def<Kind::kAnd>(); }
const OpDef& BitwiseOrOp() { return Def<Kind::kOr>(); }
const OpDef& BitwiseXorOp() { return Def<Kind::kXor>(); }
const OpDef& ShiftLeftOp() { return Def<Kind::kShiftLeft>(); }
const OpDef& ShiftRightOp() { return Def<Kind::kShiftRight>(); }
const OpDef& BitwiseNotOp() { return Singleton<bitwise_internal::MakeNot>(); }

}  // namespace ops

Value BitwiseAnd(Operand a, Operand b) { return ops::AddBinaryNode(ops::BitwiseAndOp(), a, b); }
Value BitwiseOr(Operand a, Operand b) { return ops::AddBinaryNode(ops::BitwiseOrOp(), a, b); }
Value BitwiseXor(Operand a, Operand b) { return ops::AddBinaryNode(ops::BitwiseXorOp(), a, b); }
Value ShiftLeft(Operand a, Operand b) { return ops::AddBinaryNode(ops::ShiftLeftOp(), a, b); }
Value ShiftRight(Operand a, Operand b) { return ops::AddBinaryNode(ops::ShiftRightOp(), a, b); }

Value BitwiseNot(Operand x) { return AddNode(ops::BitwiseNotOp(), {x}); }

}  // namespace dagrad
