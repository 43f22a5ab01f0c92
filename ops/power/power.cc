#include "dagrad/ops/power/power.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/binary/binary.h"
#include "dagrad/ops/compare/compare.h"
#include "dagrad/ops/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/power/power_internal.h"
#include "dagrad/ops/select/select.h"
#include "dagrad/ops/unary/unary.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) { return ops::InferBroadcast(c, c.dtype(0), "pow_c1"); }

// y = a^b = e^(b·ln a): ∂y/∂a = b·a^(b-1) and ∂y/∂b = y·ln a. Where b = 0 the former is 0, though
// 0·a^-1 is not at a = 0: the exponent is taken as 1 there. Where a <= 0 the latter is complex or a
// limit (0 for b > 0): ln 1 stands there.
absl::Status Gradient(GradContext& c) {
  const Value a = c.input(0);
  const Value b = c.input(1);
  if (c.needs_grad(0)) {
    const Value exponent = Select(Equal(b, 0.0), 1.0, b - 1.0);
    c.SetGrad(0, c.cotangent() * (b * Pow(a, exponent)));
  }
  if (c.needs_grad(1)) {
    const Value log_a = Log(Select(Greater(a, 0.0), a, 1.0));
    c.SetGrad(1, c.cotangent() * (c.output() * log_a));
  }
  return absl::OkStatus();
}

OpDef Make() {
  OpDef op;
  op.name = "Pow";
  op.label = "pow";
  op.inputs = {{"a", kNumberTypes, "T"}, {"b", kNumberTypes, "T"}};
  op.outputs = {{"y", kNumberTypes, "T"}};
  op.traits = kElementwise | kInPlace;
  op.constraints = {{"pow_c1", "the shapes of a and b broadcast"}};
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = ops::power_internal::MakeKernel;
  op.samples = ops::power_internal::MakeSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& PowOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops

Value Pow(Operand a, Operand b) { return ops::AddBinaryNode(ops::PowOp(), a, b); }

}  // namespace dagrad
