#include "dagrad/ops/shape/reshape/reshape.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/reshape/reshape_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  const Shape& shape = c.attr<Shape>("shape");
  const Dim from = x.NumElements();
  const Dim to = shape.NumElements();
  if (!from.is_valid() || !(from == to)) {
    return InferContext::Fail("reshape_c1",
                              absl::StrCat(x.ToString(), " has ", from.ToString(), " elements, ",
                                           shape.ToString(), " has ", to.ToString()));
  }
  c.SetOutput(0, c.dtype(0), shape);
  return absl::OkStatus();
}

// The k-th element of y is the k-th of x, so x̄ holds ȳ's elements in the same order.
absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, Reshape(c.cotangent(), Shape(c.input(0).shape())));
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "Reshape",
      .label = "reshape",
      .doc =
          "The elements of x in the same row-major order under another shape; nothing is copied.",
      .inputs = {{"x", kAnyElement, "T", "tensor of any shape"}},
      .outputs = {{"y", kAnyElement, "T", "x with the given shape"}},
      .attrs = {{"shape", AttrKind::kShape, std::nullopt, "shape of the result"}},
      .traits = kView,
      .constraints = {{"reshape_c1", "x and shape have the same number of elements"}},
      .infer = Infer,
      .gradient = Gradient,
      .samples = ops::reshape_internal::MakeSamples};
}

// `shape` with its InferDim(), if it has one, worked out for `x`.
absl::StatusOr<Shape> Resolve(const Shape& x, Shape shape) {
  const auto is_unknown = [](const Dim& d) { return d == InferDim(); };
  const auto& dims = shape.dims();
  const auto unknown = std::find_if(dims.begin(), dims.end(), is_unknown);
  if (unknown == dims.end()) return shape;
  if (std::count_if(dims.begin(), dims.end(), is_unknown) > 1) {
    return InvalidArgumentError(
        absl::StrCat("shape ", shape.ToString(), " leaves more than one dimension open"));
  }
  const int axis = static_cast<int>(unknown - dims.begin());
  shape.set_dim(axis, 1);
  const Dim rest = shape.NumElements();
  const std::optional<Dim> d = rest == Dim(0) ? std::nullopt : Dim::ExactDiv(x.NumElements(), rest);
  if (!d.has_value()) {
    return InvalidArgumentError(absl::StrCat(x.ToString(), " has ", x.NumElements().ToString(),
                                             " elements, which is no multiple of the ",
                                             rest.ToString(), " that the given dimensions have"));
  }
  shape.set_dim(axis, *d);
  return shape;
}

// The axes that Squeeze removes, as flags.
absl::StatusOr<std::vector<bool>> SqueezedAxes(const Shape& x, const std::vector<int64_t>& axes) {
  std::vector<bool> squeezed(x.rank(), false);
  for (int a = 0; axes.empty() && a < x.rank(); ++a) squeezed[a] = x.dim(a) == Dim(1);
  for (int64_t axis : axes) {
    DAGRAD_ASSIGN_OR_RETURN(const int a, InferContext::NormalizeAxis(axis, x.rank(), "squeeze"));
    if (!(x.dim(a) == Dim(1))) {
      return InvalidArgumentError(absl::StrCat("axis ", axis, " of ", x.ToString(), " is not 1"));
    }
    if (squeezed[a]) return InvalidArgumentError(absl::StrCat("axis ", axis, " is given twice"));
    squeezed[a] = true;
  }
  return squeezed;
}

}  // namespace

namespace ops {
const OpDef& ReshapeOp() { return Singleton<Make>(); }
}  // namespace ops

Value Reshape(Operand x, Shape shape) {
  if (x.builder() == nullptr) return Value();
  if (x.value().valid()) {
    absl::StatusOr<Shape> resolved = Resolve(x.value().shape(), std::move(shape));
    if (!resolved.ok())
      return x.builder()->Fail("Reshape", x.location(), resolved.status().message());
    shape = *std::move(resolved);
  }
  return x.builder()->AddNode(ops::ReshapeOp(), {x.value()}, {{"shape", std::move(shape)}},
                              x.location());
}

Value Flatten(Operand x, int64_t axis) {
  if (!x.value().valid()) return x.value();
  const int rank = x.value().rank();
  if (axis < -rank || axis > rank) {
    return x.builder()->Fail("Flatten", x.location(),
                             absl::StrCat("axis ", axis, " is outside [", -rank, ", ", rank,
                                          "] for ", x.value().type().ToString()));
  }
  const int first = static_cast<int>(axis < 0 ? axis + rank : axis);
  Shape shape;
  for (int a = 0; a < first; ++a) shape.push_back(x.value().dim(a));
  Dim rest = 1;
  for (int a = first; a < rank; ++a) rest = rest * x.value().dim(a);
  shape.push_back(rest);
  return Reshape(x, std::move(shape));
}

Value Squeeze(Operand x, std::vector<int64_t> axes) {
  if (!x.value().valid()) return x.value();
  const absl::StatusOr<std::vector<bool>> squeezed = SqueezedAxes(x.value().shape(), axes);
  if (!squeezed.ok())
    return x.builder()->Fail("Squeeze", x.location(), squeezed.status().message());
  Shape shape;
  for (int a = 0; a < x.value().rank(); ++a) {
    if (!(*squeezed)[a]) shape.push_back(x.value().dim(a));
  }
  return Reshape(x, std::move(shape));
}

Value ExpandDims(Operand x, int64_t axis) {
  if (!x.value().valid()) return x.value();
  const int rank = x.value().rank();
  const absl::StatusOr<int> at = InferContext::NormalizeAxis(axis, rank + 1, "expand_dims");
  if (!at.ok()) return x.builder()->Fail("ExpandDims", x.location(), at.status().message());
  Shape shape;
  for (int a = 0; a < rank; ++a) {
    if (a == *at) shape.push_back(1);
    shape.push_back(x.value().dim(a));
  }
  if (*at == rank) shape.push_back(1);
  return Reshape(x, std::move(shape));
}

}  // namespace dagrad
