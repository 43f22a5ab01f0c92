#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  const Shape& shape = c.attr<Shape>("shape");
  bool fits = x.rank() <= shape.rank();
  for (int i = 1; fits && i <= x.rank(); ++i)
    fits = x.dim(-i) == Dim(1) || x.dim(-i) == shape.dim(-i);
  if (!fits) {
    return InferContext::Fail(
        "broadcast_to_c1",
        absl::StrCat("shape ", x.ToString(), " does not broadcast to ", shape.ToString()));
  }
  c.SetOutput(0, c.dtype(0), shape);
  return absl::OkStatus();
}

// Each element of x is the source of all y[i] that differ only along the repeated axes, so x̄ is the
// sum of ȳ over these: what the driver does with a gradient of y's shape.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, c.cotangent());
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "BroadcastTo",
          .label = "broadcast_to",
          .doc =
              "Repeats x along its axes of size 1 up to the given shape (numpy.broadcast_to).\n"
              "y[i] = x[j], where j is the last rank(x) indices of i, with 0 along the axes of x "
              "that have size 1.",
          .inputs = {{"x", kAnyElement, "T", "tensor whose shape broadcasts to shape"}},
          .outputs = {{"y", kAnyElement, "T", "x repeated, of the given shape"}},
          .attrs = {{"shape", AttrKind::kShape, std::nullopt, "shape of the result"}},
          .traits = kMovesElements,
          .constraints = {{"broadcast_to_c1", "x's shape broadcasts to shape"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::broadcast_to_internal::MakeKernel,
          .rules = runtime::SameTypeRules,
          .samples = ops::broadcast_to_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& BroadcastToOp() { return Singleton<Make>(); }
}  // namespace ops

Value BroadcastTo(Operand x, Shape shape) {
  return AddNode(ops::BroadcastToOp(), {x}, {{"shape", std::move(shape)}});
}

}  // namespace dagrad
