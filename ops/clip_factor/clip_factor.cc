#include "dagrad/ops/clip_factor/clip_factor.h"

#include "absl/strings/str_cat.h"
#include "dagrad/ops/clip_factor/clip_factor_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const double clipnorm = c.attr<double>("clipnorm");
  if (!(clipnorm > 0)) {
    return InferContext::Fail("clip_factor_c1", absl::StrCat("clipnorm ", clipnorm, " is not > 0"));
  }
  c.SetOutput(0, c.dtype(0), Shape());
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  double n = 0;
  for (const Dims& dims : c.inputs) n += static_cast<double>(NumElements(dims));
  return {2 * n, 0};
}

OpDef Make() {
  OpDef op;
  op.name = "ClipFactor";
  op.label = "clip_factor";
  op.inputs = {{.name = "x",
                .dtypes = kFloatTypes,
                .type_variable = "T",
                .variadic = true,
                .differentiable = false}};
  op.outputs = {{"factor", kFloatTypes, "T"}};
  op.attrs = {{"clipnorm", AttrKind::kFloat, std::nullopt, "the largest norm"}};
  op.constraints = {{"clip_factor_c1", "clipnorm is > 0"}};
  op.infer = Infer;
  op.cost = Cost;
  op.make_kernel = ops::clip_factor_internal::MakeKernel;
  op.samples = ops::clip_factor_internal::MakeSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& ClipFactorOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
}  // namespace ops

Value ClipFactor(absl::Span<const Value> x, double clipnorm, SourceLocation location) {
  if (x.empty() || x[0].builder() == nullptr) return Value();
  return x[0].builder()->AddNode(ops::ClipFactorOp(), x, {{"clipnorm", clipnorm}}, location);
}

}  // namespace dagrad
