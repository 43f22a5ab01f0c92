#include "dagrad/ops/shape/concat/concat.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/concat/concat_internal.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

bool AgreeBut(int axis, const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return false;
  for (int i = 0; i < a.rank(); ++i) {
    if (i != axis && !(a.dim(i) == b.dim(i))) return false;
  }
  return true;
}

absl::Status Infer(InferContext& c) {
  Shape y = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(
      const int axis, InferContext::NormalizeAxis(c.attr<int64_t>("axis"), y.rank(), "concat_c1"));
  Dim total = 0;
  for (int i = 0; i < c.num_inputs(); ++i) {
    if (!AgreeBut(axis, c.shape(i), y)) {
      return InferContext::Fail(
          "concat_c2", absl::StrCat("inputs 0 and ", i, " differ outside axis ", axis, ": ",
                                    y.ToString(), " and ", c.shape(i).ToString()));
    }
    total = total + c.shape(i).dim(axis);
  }
  y.set_dim(axis, total);
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

// Each element of y is one of one x_k, so x̄_k is the part of ȳ that begins where x_k was put.
absl::Status Gradient(GradContext& c) {
  const int64_t attr = c.attr<int64_t>("axis");
  const int axis = static_cast<int>(attr < 0 ? attr + c.output().rank() : attr);
  Dim start = 0;
  for (int i = 0; i < c.num_inputs(); ++i) {
    const Shape sizes = c.input(i).shape();
    if (c.needs_grad(i)) {
      Shape starts;
      for (int a = 0; a < sizes.rank(); ++a) starts.push_back(a == axis ? start : Dim(0));
      c.SetGrad(i, Slice(c.cotangent(), std::move(starts), sizes));
    }
    start = start + sizes.dim(axis);
  }
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Concat",
          .label = "concat",
          .doc =
              "Joins tensors along an axis.\n"
              "y[..., o_k + i, ...] = x_k[..., i, ...], with o_k the sum of the dimensions of x_0 "
              "… x_{k-1}.",
          .inputs = {{.name = "values",
                      .dtypes = kAnyElement,
                      .type_variable = "T",
                      .doc = "tensors of equal shapes but for axis",
                      .variadic = true}},
          .outputs = {{"y", kAnyElement, "T", "the values one after the other"}},
          .attrs = {{"axis", AttrKind::kInt, std::nullopt,
                     "axis along which the values follow each other"}},
          .traits = kMovesElements,
          .constraints = {{"concat_c1", "axis is in [-rank, rank)"},
                          {"concat_c2", "shapes are equal but for axis"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::concat_internal::MakeKernel,
          .rules = runtime::SameTypeRules,
          .samples = ops::concat_internal::MakeSamples};
}

GraphBuilder* BuilderOf(absl::Span<const Value> values) {
  for (const Value& v : values) {
    if (v.builder() != nullptr) return v.builder();
  }
  return nullptr;
}

}  // namespace

namespace ops {
const OpDef& ConcatOp() { return Singleton<Make>(); }
}  // namespace ops

Value Concat(absl::Span<const Value> values, int64_t axis, SourceLocation location) {
  GraphBuilder* builder = BuilderOf(values);
  if (builder == nullptr) return Value();
  return builder->AddNode(ops::ConcatOp(), values, {{"axis", axis}}, location);
}

Value Stack(absl::Span<const Value> values, int64_t axis, SourceLocation location) {
  std::vector<Value> expanded;
  for (const Value& v : values) expanded.push_back(ExpandDims(Operand(v, location), axis));
  return Concat(expanded, axis, location);
}

}  // namespace dagrad
