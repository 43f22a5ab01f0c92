#include "dagrad/ops/indexing/gather/gather.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/indexing/gather/gather_internal.h"

namespace dagrad {
namespace {

// `x` with its axis replaced by the axes of `indices`.
Shape GatheredShape(const Shape& x, const Shape& indices, int axis) {
  Shape y;
  for (int a = 0; a < axis; ++a) y.push_back(x.dim(a));
  for (const Dim& d : indices.dims()) y.push_back(d);
  for (int a = axis + 1; a < x.rank(); ++a) y.push_back(x.dim(a));
  return y;
}

absl::Status InferGather(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(
      const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"), x.rank(), "gather_c1"));
  c.SetOutput(0, c.dtype(0), GatheredShape(x, c.shape(1), axis));
  return absl::OkStatus();
}

absl::Status InferScatterAdd(InferContext& c) {
  const Shape& y = c.attr<Shape>("shape");
  DAGRAD_ASSIGN_OR_RETURN(const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"),
                                                                      y.rank(), "scatter_add_c1"));
  const Shape expected = GatheredShape(y, c.shape(0), axis);
  if (!(c.shape(1) == expected)) {
    return InferContext::Fail(
        "scatter_add_c2",
        absl::StrCat("updates are ", c.shape(1).ToString(), "; indices ", c.shape(0).ToString(),
                     " into ", y.ToString(), " need ", expected.ToString()));
  }
  c.SetOutput(0, c.dtype(1), y);
  return absl::OkStatus();
}

// y[o, j, i] = x[o, indices[j], i], so x̄[o, v, i] is the sum of ȳ[o, j, i] over all j with
// indices[j] = v.
absl::Status GatherGradient(GradContext& c) {
  if (c.needs_grad(0)) {
    c.SetGrad(0, ScatterAdd(c.input(1), c.cotangent(), Shape(c.input(0).shape()),
                            {.axis = c.attr<int64_t>("axis")}));
  }
  return absl::OkStatus();
}

// updates[o, j, i] is added to y[o, indices[j], i], so its cotangent is that of this element.
absl::Status ScatterAddGradient(GradContext& c) {
  if (c.needs_grad(1))
    c.SetGrad(1, Gather(c.cotangent(), c.input(0), {.axis = c.attr<int64_t>("axis")}));
  return absl::OkStatus();
}

// Of x, what is taken; each index once. As elsewhere, elements of 4 bytes.
OpCost GatherCost(const CostContext& c) {
  const double taken = static_cast<double>(NumElements(c.outputs[0]));
  return {.flops = taken, .bytes = 8 * taken + 4 * static_cast<double>(NumElements(c.inputs[1]))};
}

OpCost ScatterAddCost(const CostContext& c) {
  const double updates = static_cast<double>(NumElements(c.inputs[1]));
  return {.flops = updates,
          .bytes = 8 * updates + 4 * static_cast<double>(NumElements(c.outputs[0]))};
}

PortSpec Indices() {
  return {.name = "indices",
          .dtypes = kIndexTypes,
          .doc = "places along axis, of any shape",
          .differentiable = false};
}

OpDef MakeGather() {
  return {.name = "Gather",
          .label = "gather",
          .doc =
              "Takes slices of x along an axis (numpy.take): y[o, j, i] = x[o, indices[j], i].\n"
              "Negative indices count from the end. An index out of range is an error of the run.",
          .inputs = {{"x", kAnyElement, "T", "tensor of rank 1 or more"}, Indices()},
          .outputs = {{"y", kAnyElement, "T", "x with axis replaced by the axes of indices"}},
          .attrs = {{"axis", AttrKind::kInt, Attribute(0), "axis of x that is indexed"}},
          .traits = kMovesElements,
          .constraints = {{"gather_c1", "axis is in [-rank, rank)"}},
          .infer = InferGather,
          .gradient = GatherGradient,
          .make_kernel = ops::gather_internal::MakeGatherKernel,
          .cost = GatherCost,
          .samples = ops::gather_internal::GatherSamples};
}

OpDef MakeScatterAdd() {
  return {.name = "ScatterAdd",
          .label = "scatter_add",
          .doc =
              "Sums updates into zeros at indices: y[o, v, i] = Σ updates[o, j, i] over the j with "
              "indices[j] = v.\n"
              "Negative indices count from the end. An index out of range is an error of the run.",
          .inputs = {Indices(),
                     {"updates", kNumberTypes, "T",
                      "what to add, with the axes of indices in place of axis"}},
          .outputs = {{"y", kNumberTypes, "T", "the sums, of the given shape"}},
          .attrs = {{"shape", AttrKind::kShape, std::nullopt, "shape of the result"},
                    {"axis", AttrKind::kInt, Attribute(0), "axis of the result that is indexed"}},
          .constraints = {{"scatter_add_c1", "axis is in [-rank, rank)"},
                          {"scatter_add_c2",
                           "updates have shape's axes with those of indices in place of axis"}},
          .infer = InferScatterAdd,
          .gradient = ScatterAddGradient,
          .make_kernel = ops::gather_internal::MakeScatterAddKernel,
          .cost = ScatterAddCost,
          .samples = ops::gather_internal::ScatterAddSamples};
}

}  // namespace

namespace ops {
const OpDef& GatherOp() { return Singleton<MakeGather>(); }
const OpDef& ScatterAddOp() { return Singleton<MakeScatterAdd>(); }
}  // namespace ops

Value Gather(Operand x, Operand indices, const GatherOptions& options) {
  return AddNode(ops::GatherOp(), {x, indices}, {{"axis", options.axis}});
}

Value ScatterAdd(Operand indices, Operand updates, Shape shape, const ScatterAddOptions& options) {
  return AddNode(ops::ScatterAddOp(), {indices, updates},
                 {{"shape", std::move(shape)}, {"axis", options.axis}});
}

}  // namespace dagrad
