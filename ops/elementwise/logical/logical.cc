#include "dagrad/ops/elementwise/logical/logical.h"

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/elementwise/logical/logical_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace ops {
namespace logical_internal {
namespace {

constexpr Entry kEntries[] = {
    {Connective::kAnd, "LogicalAnd", "logical_and",
     "Whether both a and b are true, with broadcasting.", "logical_and_c1"},
    {Connective::kOr, "LogicalOr", "logical_or",
     "Whether a or b or both are true, with broadcasting.", "logical_or_c1"},
    {Connective::kXor, "LogicalXor", "logical_xor",
     "Whether exactly one of a and b is true, with broadcasting.", "logical_xor_c1"},
};

template <Connective kConnective>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kConnective);
    auto* op = new OpDef{.name = e.name, .label = e.label, .doc = e.doc};
    op->inputs = {
        {.name = "a", .dtypes = kBoolType, .doc = "left operand", .differentiable = false},
        {.name = "b", .dtypes = kBoolType, .doc = "right operand", .differentiable = false}};
    op->outputs = {
        {.name = "y", .dtypes = kBoolType, .doc = "the results, of the broadcast shape"}};
    op->traits = kElementwise | kInPlace | kCommutative;
    op->constraints = {{e.c1, "the shapes of a and b broadcast"}};
    op->infer = [](InferContext& c) {
      return InferBroadcast(c, DType::kBool, EntryOf(kConnective).c1);
    };
    if (kConnective != Connective::kXor) op->rules = runtime::SameOperandsRules;
    op->make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
      return MakeBinaryKernel(kConnective, request, kernel);
    };
    op->samples = [] { return MakeBinarySamples(EntryOf(kConnective)); };
    return op;
  }();
  return *def;
}

OpDef MakeNot() {
  return {.name = "LogicalNot",
          .label = "logical_not",
          .doc = "Logical negation: y is true where x is false.",
          .inputs = {{.name = "x",
                      .dtypes = kBoolType,
                      .doc = "tensor of any shape",
                      .differentiable = false}},
          .outputs = {{.name = "y", .dtypes = kBoolType, .doc = "the negated x"}},
          .traits = kElementwise | kInPlace,
          .infer =
              [](InferContext& c) {
                c.SetOutput(0, DType::kBool, c.shape(0));
                return absl::OkStatus();
              },
          .make_kernel = MakeNotKernel,
          .rules = runtime::InvolutionRules,
          .samples = MakeNotSamples};
}

}  // namespace

const Entry& EntryOf(Connective connective) { return kEntries[static_cast<int>(connective)]; }

}  // namespace logical_internal

using logical_internal::Connective;
using logical_internal::Def;

const OpDef& LogicalAndOp() { return Def<Connective::kAnd>(); }
const OpDef& LogicalOrOp() { return Def<Connective::kOr>(); }
const OpDef& LogicalXorOp() { return Def<Connective::kXor>(); }
const OpDef& LogicalNotOp() { return Singleton<logical_internal::MakeNot>(); }

}  // namespace ops

Value LogicalAnd(Operand a, Operand b) { return ops::AddBinaryNode(ops::LogicalAndOp(), a, b); }
Value LogicalOr(Operand a, Operand b) { return ops::AddBinaryNode(ops::LogicalOrOp(), a, b); }
Value LogicalXor(Operand a, Operand b) { return ops::AddBinaryNode(ops::LogicalXorOp(), a, b); }

Value LogicalNot(Operand x) { return AddNode(ops::LogicalNotOp(), {x}); }

}  // namespace dagrad
