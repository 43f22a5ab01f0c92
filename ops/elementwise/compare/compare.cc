#include "dagrad/ops/elementwise/compare/compare.h"

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/elementwise/compare/compare_internal.h"

namespace dagrad {
namespace ops {
namespace compare_internal {
namespace {

constexpr Entry kEntries[] = {
    {Relation::kEqual, "Equal", "equal",
     "Whether a = b, with broadcasting; false where either is NaN.", "equal_c1", kAnyType, true},
    {Relation::kNotEqual, "NotEqual", "not_equal",
     "Whether a ≠ b, with broadcasting; true where either is NaN.", "not_equal_c1", kAnyType, true},
    {Relation::kLess, "Less", "less",
     "Whether a < b, with broadcasting; false where either is NaN.", "less_c1", kNumberTypes,
     false},
    {Relation::kLessEqual, "LessEqual", "less_equal",
     "Whether a <= b, with broadcasting; false where either is NaN.", "less_equal_c1", kNumberTypes,
     false},
    {Relation::kGreater, "Greater", "greater",
     "Whether a > b, with broadcasting; false where either is NaN.", "greater_c1", kNumberTypes,
     false},
    {Relation::kGreaterEqual, "GreaterEqual", "greater_equal",
     "Whether a >= b, with broadcasting; false where either is NaN.", "greater_equal_c1",
     kNumberTypes, false},
};

// Not kInPlace: a broadcast input may have as many bytes as the bools of the output.
template <Relation kRelation>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kRelation);
    auto* op = new OpDef{.name = e.name, .label = e.label, .doc = e.doc};
    op->inputs = {{.name = "a",
                   .dtypes = e.dtypes,
                   .type_variable = "T",
                   .doc = "left operand",
                   .differentiable = false},
                  {.name = "b",
                   .dtypes = e.dtypes,
                   .type_variable = "T",
                   .doc = "right operand",
                   .differentiable = false}};
    op->outputs = {
        {.name = "y", .dtypes = kBoolType, .doc = "the answers, of the broadcast shape"}};
    op->traits = kElementwise;
    if (e.commutative) op->traits |= kCommutative;
    op->constraints = {{e.c1, "the shapes of a and b broadcast"}};
    op->infer = [](InferContext& c) {
      return InferBroadcast(c, DType::kBool, EntryOf(kRelation).c1);
    };
    op->make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
      return MakeKernel(kRelation, request, kernel);
    };
    op->samples = [] { return MakeSamples(EntryOf(kRelation)); };
    return op;
  }();
  return *def;
}

}  // namespace

const Entry& EntryOf(Relation relation) { return kEntries[static_cast<int>(relation)]; }

}  // namespace compare_internal

using compare_internal::Def;
using compare_internal::Relation;

const OpDef& EqualOp() { return Def<Relation::kEqual>(); }
const OpDef& NotEqualOp() { return Def<Relation::kNotEqual>(); }
const OpDef& LessOp() { return Def<Relation::kLess>(); }
const OpDef& LessEqualOp() { return Def<Relation::kLessEqual>(); }
const OpDef& GreaterOp() { return Def<Relation::kGreater>(); }
const OpDef& GreaterEqualOp() { return Def<Relation::kGreaterEqual>(); }

}  // namespace ops

Value Equal(Operand a, Operand b) { return ops::AddBinaryNode(ops::EqualOp(), a, b); }
Value NotEqual(Operand a, Operand b) { return ops::AddBinaryNode(ops::NotEqualOp(), a, b); }
Value Less(Operand a, Operand b) { return ops::AddBinaryNode(ops::LessOp(), a, b); }
Value LessEqual(Operand a, Operand b) { return ops::AddBinaryNode(ops::LessEqualOp(), a, b); }
Value Greater(Operand a, Operand b) { return ops::AddBinaryNode(ops::GreaterOp(), a, b); }
Value GreaterEqual(Operand a, Operand b) { return ops::AddBinaryNode(ops::GreaterEqualOp(), a, b); }

}  // namespace dagrad
