#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"

#include <utility>
#include <vector>

#include "dagrad/graph/dtype.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/cast/cast.h"

namespace dagrad::ops {
namespace {

Value Widened(Value v) { return InDType(v, ComputeDType(v.dtype())); }

// The first output of the node once more, of wide inputs.
Value WideNode(const GradContext& c) {
  std::vector<Value> inputs;
  for (int i = 0; i < c.num_inputs(); ++i) inputs.push_back(Widened(c.input(i)));
  const OpDef& op = *c.node().op;
  return c.builder()->AddNode(op, inputs, AttrMap(c.node().attrs), SourceLocation::Current());
}

}  // namespace

bool IsOfHalves(const GradContext& c) {
  const DType dtype = c.input(0).dtype();
  return ComputeDType(dtype) != dtype;
}

absl::Status WideGradient(GradContext& c, absl::Status (*gradient)(GradContext&)) {
  const Value node = WideNode(c);
  if (!node.valid()) return c.builder()->status();
  std::vector<Value> cotangents(c.num_outputs());
  for (int i = 0; i < c.num_outputs(); ++i) {
    if (c.has_cotangent(i)) cotangents[i] = Widened(c.cotangent(i));
  }
  std::vector<bool> needs(c.num_inputs());
  for (int i = 0; i < c.num_inputs(); ++i) needs[i] = c.needs_grad(i);
  GraphBuilder* const builder = node.builder();
  GradContext wide(
      builder, node.ref().node, std::move(cotangents), std::move(needs),
      [builder](const ValueType& type) { return Full(builder, type.dtype, type.shape, 0); });
  DAGRAD_RETURN_IF_ERROR(gradient(wide));
  for (int i = 0; i < c.num_inputs(); ++i) {
    const Value grad = wide.grads()[i];
    if (grad.valid()) c.SetGrad(i, InDType(grad, c.input(i).dtype()));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops
