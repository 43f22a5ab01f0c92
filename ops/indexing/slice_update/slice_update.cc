#include "dagrad/ops/indexing/slice_update/slice_update.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/slice_update/slice_update_internal.h"
#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape &x = c.shape(0), &update = c.shape(1), &start = c.shape(2);
  DAGRAD_ASSIGN_OR_RETURN(const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"),
                                                                      x.rank(), "slice_update_c1"));
  Shape expected = x;
  if (update.rank() == x.rank()) expected.set_dim(axis, update.dim(axis));
  if (!(update == expected)) {
    return InferContext::Fail(
        "slice_update_c2", absl::StrCat("update ", update.ToString(), " must be of the shape of x ",
                                        x.ToString(), " but for axis ", axis));
  }
  const bool by_row = start.rank() == 1 && axis > 0 && start.dim(0) == x.dim(0);
  if (start.rank() != 0 && !by_row) {
    return InferContext::Fail(
        "slice_update_c3",
        absl::StrCat("start ", start.ToString(), " must be a scalar",
                     axis > 0 ? absl::StrCat(" or of shape [", x.dim(0).ToString(), "]") : ""));
  }
  c.SetOutput(0, c.dtype(0), x);
  return absl::OkStatus();
}

// Where the elements of the update stand along the axis: [n], or [rows, n] for a start by row.
Value Places(GradContext& c, int axis) {
  const Value update = c.input(1);
  const Dim n = update.shape().dim(axis);
  Value start = Cast(c.input(2), DType::kInt64);
  if (start.shape().rank() == 1) start = Reshape(start, {start.shape().dim(0), 1});
  const Value places = start + Iota(c.builder(), DType::kInt64, {n}, 0);
  if (!c.attr<bool>("circular")) return places;
  return FloorMod(places, Size(c.input(0), {axis}, DType::kInt64));
}

// What stands in ȳ where the update stands in y.
Value Updated(GradContext& c) {
  const Shape shape = c.input(1).shape();
  const int64_t given = c.attr<int64_t>("axis");
  const int axis = static_cast<int>(given < 0 ? given + shape.rank() : given);
  const Value places = Places(c, axis);
  if (places.shape().rank() == 1) return Gather(c.cotangent(), places, {.axis = axis});
  Shape spread;
  for (int a = 0; a < shape.rank(); ++a)
    spread.push_back(a == 0 || a == axis ? shape.dim(a) : Dim(1));
  return TakeAlongAxis(c.cotangent(), BroadcastTo(Reshape(places, spread), shape), axis);
}

absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(1)) c.SetGrad(1, Updated(c));
  if (c.needs_grad(0)) {
    const ValueType type = c.input(1).type();
    c.SetGrad(0, SliceUpdate(c.cotangent(), Full(c.builder(), type.dtype, type.shape, 0),
                             c.input(2), {c.attr<int64_t>("axis"), c.attr<bool>("circular")}));
  }
  return absl::OkStatus();
}

// In place; as elsewhere, elements of 4 bytes.
OpCost Cost(const CostContext& c) {
  const double written = static_cast<double>(NumElements(c.inputs[1]));
  return {.flops = written, .bytes = 8 * written};
}

OpDef Make() {
  return {.name = "SliceUpdate",
          .label = "slice_update",
          .doc =
              "x with update in the place of its elements from start on along an axis.\n"
              "A start that leaves no room for the update is an error of the run.",
          .inputs = {{"x", kAnyType, "T", "tensor of rank 1 or more"},
                     {"update", kAnyType, "T", "of x's shape but for axis"},
                     {.name = "start",
                      .dtypes = kIndexTypes,
                      .doc = "where the update begins: a scalar, or one for each place of the "
                             "first axis",
                      .differentiable = false}},
          .outputs = {{.name = "y",
                       .dtypes = kAnyType,
                       .type_variable = "T",
                       .doc = "x with the update",
                       .in_place_of = "x"}},
          .attrs = {{"axis", AttrKind::kInt, Attribute(0), "axis of x along which it is written"},
                    {"circular", AttrKind::kBool, Attribute(false),
                     "whether it goes on at the beginning behind the end of the axis"}},
          .traits = kMovesElements,
          .constraints = {{"slice_update_c1", "axis is in [-rank, rank)"},
                          {"slice_update_c2", "update is of x's shape but for axis"},
                          {"slice_update_c3",
                           "start is a scalar, or has x's first dimension, which is not axis"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::slice_update_internal::MakeKernel,
          .cost = Cost,
          .samples = ops::slice_update_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& SliceUpdateOp() { return Singleton<Make>(); }
}  // namespace ops

Value SliceUpdate(Operand x, Operand update, Operand start, const SliceUpdateOptions& options) {
  return AddNode(ops::SliceUpdateOp(), {x, update, start},
                 {{"axis", options.axis}, {"circular", options.circular}});
}

}  // namespace dagrad
