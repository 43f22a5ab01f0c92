#include "dagrad/ops/shape/slice/slice.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/slice/slice_internal.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;

struct Labels {
  absl::string_view entries, strides, inside;
};
constexpr Labels kSlice = {"slice_c1", "slice_c2", "slice_c3"};
constexpr Labels kSliceGrad = {"slice_grad_c1", "slice_grad_c2", "slice_grad_c3"};

absl::Status Outside(const Labels& labels, int axis, const Shape& whole, const Shape& starts,
                     const Shape& sizes) {
  return InferContext::Fail(
      labels.inside, absl::StrCat("axis ", axis, ": starts ", starts.ToString(), " and sizes ",
                                  sizes.ToString(), " leave ", whole.ToString()));
}

bool IsNumber(const Dim& d) {
  return d.is_known() || (d.is_valid() && d.ToString() == absl::StrCat(d.value()));
}

// Whether numbers place elements outside [0, dim). What symbols leave open is checked by the
// kernel.
bool LeavesAxis(const Dim& dim, const Dim& start, const Dim& size, int64_t stride) {
  if (!start.is_valid() || !size.is_valid()) return true;
  if (IsNumber(start) && start.value() < 0) return true;
  if (IsNumber(size) && size.value() < 0) return true;
  if (size == Dim(0)) return false;
  const Dim last = start + (size - 1) * Dim(stride);
  if (!last.is_valid()) return true;
  for (const Dim& end : {start, last}) {
    if (IsNumber(end) && end.value() < 0) return true;
    const Dim room = dim - end - 1;
    if (IsNumber(room) && room.value() < 0) return true;
  }
  return false;
}

absl::Status Check(const Shape& whole, const Shape& starts, const Shape& sizes, const Ints& strides,
                   const Labels& labels) {
  const int rank = whole.rank();
  if (starts.rank() != rank || sizes.rank() != rank ||
      (!strides.empty() && static_cast<int>(strides.size()) != rank)) {
    return InferContext::Fail(
        labels.entries,
        absl::StrCat("rank ", rank, " needs as many starts, sizes and strides; given: ",
                     starts.rank(), ", ", sizes.rank(), ", ", strides.size()));
  }
  for (int a = 0; a < rank; ++a) {
    const int64_t stride = strides.empty() ? 1 : strides[a];
    if (stride == 0)
      return InferContext::Fail(labels.strides, absl::StrCat("the stride of axis ", a, " is 0"));
    if (LeavesAxis(whole.dim(a), starts.dim(a), sizes.dim(a), stride))
      return Outside(labels, a, whole, starts, sizes);
  }
  return absl::OkStatus();
}

absl::Status InferSlice(InferContext& c) {
  const Shape& sizes = c.attr<Shape>("sizes");
  DAGRAD_RETURN_IF_ERROR(
      Check(c.shape(0), c.attr<Shape>("starts"), sizes, c.attr<Ints>("strides"), kSlice));
  c.SetOutput(0, c.dtype(0), sizes);
  return absl::OkStatus();
}

absl::Status InferSliceGrad(InferContext& c) {
  const Shape& shape = c.attr<Shape>("shape");
  DAGRAD_RETURN_IF_ERROR(
      Check(shape, c.attr<Shape>("starts"), c.shape(0), c.attr<Ints>("strides"), kSliceGrad));
  c.SetOutput(0, c.dtype(0), shape);
  return absl::OkStatus();
}

// y[i] = x[p(i)] with p injective, so x̄[p(i)] = ȳ[i], and 0 where p does not reach.
absl::Status SliceGradient(GradContext& c) {
  if (c.needs_grad(0)) {
    c.SetGrad(0, SliceGrad(c.cotangent(), Shape(c.input(0).shape()), c.attr<Shape>("starts"),
                           c.attr<Ints>("strides")));
  }
  return absl::OkStatus();
}

// dx[p(i)] = dy[i], so the cotangent of dy[i] is that of dx[p(i)].
absl::Status SliceGradGradient(GradContext& c) {
  if (c.needs_grad(0)) {
    c.SetGrad(0, Slice(c.cotangent(), c.attr<Shape>("starts"), Shape(c.input(0).shape()),
                       c.attr<Ints>("strides")));
  }
  return absl::OkStatus();
}

// Of x, what is taken. As elsewhere, elements of 4 bytes.
OpCost SliceCost(const CostContext& c) {
  const double taken = static_cast<double>(NumElements(c.outputs[0]));
  return {.flops = taken, .bytes = 8 * taken};
}

OpDef MakeSlice() {
  return {
      .name = "Slice",
      .label = "slice",
      .doc =
          "Cuts out every strides-th element from starts on: y[i] = x[starts + i strides], of "
          "shape sizes.\n"
          "A negative stride walks backwards.",
      .inputs = {{"x", kAnyElement, "T", "tensor of any shape"}},
      .outputs = {{"y", kAnyElement, "T", "the elements, of shape sizes"}},
      .attrs = {{"starts", AttrKind::kShape, std::nullopt, "first element along each axis"},
                {"sizes", AttrKind::kShape, std::nullopt, "shape of the result"},
                {"strides", AttrKind::kInts, Attribute(Ints()), "step along each axis; empty: 1"}},
      .traits = kMovesElements,
      .constraints = {{kSlice.entries, "one start, size and stride per axis"},
                      {kSlice.strides, "no stride is 0"},
                      {kSlice.inside, "all elements lie inside x"}},
      .infer = InferSlice,
      .gradient = SliceGradient,
      .make_kernel = ops::slice_internal::MakeSliceKernel,
      .cost = SliceCost,
      .samples = ops::slice_internal::SliceSamples};
}

OpDef MakeSliceGrad() {
  return {
      .name = "SliceGrad",
      .label = "slice_grad",
      .doc = "Gradient of Slice: dx[starts + i strides] = dy[i], and 0 elsewhere.",
      .inputs = {{"dy", kFloatTypes, "T", "cotangent of Slice's result"}},
      .outputs = {{"dx", kFloatTypes, "T", "cotangent of Slice's input, of the given shape"}},
      .attrs = {{"shape", AttrKind::kShape, std::nullopt, "shape of the result"},
                {"starts", AttrKind::kShape, std::nullopt,
                 "place of dy's first element along each axis"},
                {"strides", AttrKind::kInts, Attribute(Ints()), "step along each axis; empty: 1"}},
      .traits = kMovesElements,
      .constraints = {{kSliceGrad.entries, "one start and stride per axis of dy and shape"},
                      {kSliceGrad.strides, "no stride is 0"},
                      {kSliceGrad.inside, "all places lie inside shape"}},
      .infer = InferSliceGrad,
      .gradient = SliceGradGradient,
      .make_kernel = ops::slice_internal::MakeSliceGradKernel,
      .samples = ops::slice_internal::SliceGradSamples};
}

}  // namespace

namespace ops {
const OpDef& SliceOp() { return Singleton<MakeSlice>(); }
const OpDef& SliceGradOp() { return Singleton<MakeSliceGrad>(); }
}  // namespace ops

Value Slice(Operand x, Shape starts, Shape sizes, Ints strides) {
  AttrMap attrs = {
      {"starts", std::move(starts)}, {"sizes", std::move(sizes)}, {"strides", std::move(strides)}};
  return AddNode(ops::SliceOp(), {x}, std::move(attrs));
}

Value SliceGrad(Operand dy, Shape shape, Shape starts, Ints strides) {
  AttrMap attrs = {
      {"shape", std::move(shape)}, {"starts", std::move(starts)}, {"strides", std::move(strides)}};
  return AddNode(ops::SliceGradOp(), {dy}, std::move(attrs));
}

}  // namespace dagrad
