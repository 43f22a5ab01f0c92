#include "dagrad/ops/training/clip_factor/clip_factor.h"

#include "absl/strings/str_cat.h"
#include "dagrad/ops/training/clip_factor/clip_factor_internal.h"

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
  return {.name = "ClipFactor",
          .label = "clip_factor",
          .doc =
              "Factor that limits a norm: min(1, clipnorm / ‖(x_1, x_2, ...)‖₂).\n"
              "Gradients are multiplied by it so that their joint norm is at most clipnorm "
              "(Pascanu et al., 2013).",
          .inputs = {{.name = "x",
                      .dtypes = kFloatTypes,
                      .type_variable = "T",
                      .doc = "tensors of any shapes",
                      .variadic = true,
                      .differentiable = false}},
          .outputs = {{"factor", kFloatTypes, "T", "the factor, a scalar"}},
          .attrs = {{"clipnorm", AttrKind::kFloat, std::nullopt, "the largest norm"}},
          .constraints = {{"clip_factor_c1", "clipnorm is > 0"}},
          .infer = Infer,
          .make_kernel = ops::clip_factor_internal::MakeKernel,
          .cost = Cost,
          .samples = ops::clip_factor_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& ClipFactorOp() { return Singleton<Make>(); }
}  // namespace ops

Value ClipFactor(absl::Span<const Value> x, double clipnorm, SourceLocation location) {
  if (x.empty() || x[0].builder() == nullptr) return Value();
  return x[0].builder()->AddNode(ops::ClipFactorOp(), x, {{"clipnorm", clipnorm}}, location);
}

}  // namespace dagrad
