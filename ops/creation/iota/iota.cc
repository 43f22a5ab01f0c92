#include "dagrad/ops/creation/iota/iota.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/iota/iota_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const DType dtype = c.attr<DType>("dtype");
  const Shape& shape = c.attr<Shape>("shape");
  if (!kNumberTypes.Contains(dtype)) {
    return InferContext::Fail("iota_c1", absl::StrCat("dtype is ", DTypeName(dtype),
                                                      "; accepted: ", kNumberTypes.ToString()));
  }
  DAGRAD_RETURN_IF_ERROR(
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), shape.rank(), "iota_c2").status());
  c.SetOutput(0, dtype, shape);
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "Iota",
      .label = "iota",
      .doc = "Counts along an axis: y[i_0, ..., i_{r-1}] = i_axis, that is 0, 1, 2 and so on.",
      .outputs = {{.name = "y", .dtypes = kNumberTypes, .doc = "the numbers, of the given shape"}},
      .attrs = {{"dtype", AttrKind::kDType, std::nullopt, "dtype of the result"},
                {"shape", AttrKind::kShape, std::nullopt, "shape of the result"},
                {"axis", AttrKind::kInt, std::nullopt, "axis along which the numbers count"}},
      .traits = kMovesElements,
      .constraints = {{"iota_c1", "dtype is a number type"},
                      {"iota_c2", "axis is in [-rank, rank)"}},
      .infer = Infer,
      .make_kernel = ops::iota_internal::MakeKernel,
      .samples = ops::iota_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& IotaOp() { return Singleton<Make>(); }
}  // namespace ops

Value Iota(GraphBuilder* builder, DType dtype, Shape shape, int64_t axis, SourceLocation location) {
  if (builder == nullptr) return Value();
  return builder->AddNode(
      ops::IotaOp(), {}, {{"dtype", dtype}, {"shape", std::move(shape)}, {"axis", axis}}, location);
}

}  // namespace dagrad
