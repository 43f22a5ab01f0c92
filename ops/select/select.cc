#include "dagrad/ops/select/select.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/select/select_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) { return ops::InferBroadcast(c, c.dtype(1), "select_c1"); }

// y = c·a + (1-c)·b with c in {0, 1}: ∂y/∂a = c and ∂y/∂b = 1-c.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(1)) c.SetGrad(1, Select(c.input(0), c.cotangent(), 0.0));
  if (c.needs_grad(2)) c.SetGrad(2, Select(c.input(0), 0.0, c.cotangent()));
  return absl::OkStatus();
}

OpDef Make() {
  OpDef op;
  op.name = "Select";
  op.label = "select";
  op.inputs = {{.name = "condition", .dtypes = kBoolType, .differentiable = false},
               {.name = "a", .dtypes = kAnyType, .type_variable = "T"},
               {.name = "b", .dtypes = kAnyType, .type_variable = "T"}};
  op.outputs = {{"y", kAnyType, "T"}};
  op.traits = kElementwise | kInPlace;
  op.constraints = {{"select_c1", "the shapes of condition, a and b broadcast"}};
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = ops::select_internal::MakeKernel;
  op.samples = ops::select_internal::MakeSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& SelectOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops

Value Select(Operand condition, Operand a, Operand b) {
  const ops::OperandPair pair = ops::PairOperands(a, b, "Select");
  if (pair.builder == nullptr) return Value();
  return pair.builder->AddNode(ops::SelectOp(), {condition.value(), pair.values[0], pair.values[1]},
                               {}, pair.location);
}

}  // namespace dagrad
