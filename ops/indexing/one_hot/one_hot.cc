#include "dagrad/ops/indexing/one_hot/one_hot.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/indexing/one_hot/one_hot_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& indices = c.shape(0);
  const int64_t depth = c.attr<int64_t>("depth");
  if (depth < 0) return InferContext::Fail("one_hot_c1", absl::StrCat("depth is ", depth));
  DAGRAD_ASSIGN_OR_RETURN(
      const int axis,
      InferContext::NormalizeAxis(c.attr<int64_t>("axis"), indices.rank() + 1, "one_hot_c2"));
  const DType dtype = c.attr<DType>("dtype");
  for (absl::string_view name : {"on", "off"}) {
    const double value = c.attr<double>(name);
    if (dtype != DType::kInvalid && ops::IsRepresentable(value, dtype)) continue;
    return InferContext::Fail("one_hot_c3",
                              absl::StrCat(DTypeName(dtype), " cannot hold ", name, ", ", value));
  }
  Shape y;
  for (int a = 0; a <= indices.rank(); ++a) {
    if (a == axis) y.push_back(depth);
    if (a < indices.rank()) y.push_back(indices.dim(a));
  }
  c.SetOutput(0, dtype, std::move(y));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "OneHot",
          .label = "one_hot",
          .doc =
              "One-hot encoding: y[..., k, ...] = on where the index is k, else off, for 0 <= k < "
              "depth.\n"
              "An index outside [0, depth) gives off everywhere.",
          .inputs = {{.name = "indices",
                      .dtypes = kIndexTypes,
                      .doc = "class numbers, of any shape",
                      .differentiable = false}},
          .outputs = {{.name = "y",
                       .dtypes = kAnyType,
                       .doc = "indices' shape with a new axis of size depth"}},
          .attrs = {{"depth", AttrKind::kInt, std::nullopt, "size of the new axis"},
                    {"axis", AttrKind::kInt, Attribute(-1), "place of the new axis in the result"},
                    {"dtype", AttrKind::kDType, Attribute(DType::kFloat32), "dtype of the result"},
                    {"on", AttrKind::kFloat, Attribute(1.0), "value at the index"},
                    {"off", AttrKind::kFloat, Attribute(0.0), "value elsewhere"}},
          .traits = kMovesElements,
          .constraints = {{"one_hot_c1", "depth is not negative"},
                          {"one_hot_c2", "axis is in [-rank-1, rank]"},
                          {"one_hot_c3", "dtype is valid and holds on and off"}},
          .infer = Infer,
          .make_kernel = ops::one_hot_internal::MakeKernel,
          .samples = ops::one_hot_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& OneHotOp() { return Singleton<Make>(); }
}  // namespace ops

Value OneHot(Operand indices, int64_t depth, const OneHotOptions& options) {
  return AddNode(ops::OneHotOp(), {indices},
                 {{"depth", depth},
                  {"axis", options.axis},
                  {"dtype", options.dtype},
                  {"on", options.on},
                  {"off", options.off}});
}

}  // namespace dagrad
