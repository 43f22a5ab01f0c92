#include "dagrad/ops/cast/cast.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/cast/cast_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const DType to = c.attr<DType>("to");
  if (to == DType::kInvalid) return InferContext::Fail("cast_c1", "attribute \"to\" is no dtype");
  c.SetOutput(0, to, c.shape(0));
  return absl::OkStatus();
}

// y = x rounded: its derivative is 1 wherever it has one.
absl::Status Gradient(GradContext& c) {
  const DType from = c.input(0).dtype();
  if (c.needs_grad(0) && IsFloating(from) && IsFloating(c.output().dtype()))
    c.SetGrad(0, Cast(c.cotangent(), from));
  return absl::OkStatus();
}

OpDef Make() {
  OpDef op;
  op.name = "Cast";
  op.label = "cast";
  op.inputs = {{"x", kAnyType}};
  op.outputs = {{"y", kAnyType}};
  op.attrs = {{"to", AttrKind::kDType, std::nullopt, "dtype of the result"}};
  op.traits = kElementwise;
  op.constraints = {{"cast_c1", "to is a valid dtype"}};
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = ops::cast_internal::MakeKernel;
  op.samples = ops::cast_internal::MakeSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& CastOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops

Value Cast(Operand x, DType to) {
  if (x.builder() == nullptr) return Value();
  return x.builder()->AddNode(ops::CastOp(), {x.value()}, {{"to", to}}, x.location());
}

}  // namespace dagrad
