#include "dagrad/ops/nn/attention/attention.h"

#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/nn/attention/attention_internal.h"
#include "dagrad/ops/nn/attention/attention_scores.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad {
namespace {

using namespace ops::attention_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckInputs(c, "attention", kMask));
  const Shape& q = c.shape(kQ);
  c.SetOutput(0, c.dtype(kQ), {q.dim(0), q.dim(1), q.dim(2), c.shape(kV).dim(3)});
  c.SetOutput(1, c.dtype(kQ), {q.dim(0), q.dim(2), q.dim(1)});
  return absl::OkStatus();
}

// For one query, with P_j = exp(S_j - lse) and dP_j = Σ_e ȳ_e v_je, from ∂lse/∂S_j = P_j:
//   S̄_j = P_j (dP_j - Σ_l P_l dP_l) + P_j lse̅ = P_j (dP_j - δ),  δ = Σ_e ȳ_e y_e - lse̅,
// since Σ_l P_l dP_l = Σ_e ȳ_e y_e. AttentionGrad has what follows for q, k and v; the mask is
// added to S, so S̄ is its cotangent.
absl::Status Gradient(GradContext& c) {
  if (!c.has_cotangent(0) && !c.has_cotangent(1)) return absl::OkStatus();
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  const Value dy = c.cotangent(0);
  Value delta = ReduceSum(dy * c.output(0), {.axes = {3}});
  if (c.has_cotangent(1)) delta = delta - Transpose(c.cotangent(1), {0, 2, 1});
  const std::vector<Value> inputs = {c.input(kQ), c.input(kK), c.input(kV),   c.output(1),
                                     delta,       dy,          c.input(kMask)};
  if (c.needs_grad(kMask)) c.SetGrad(kMask, ScoresOf(c, inputs).ds());
  if (!c.needs_grad(kQ) && !c.needs_grad(kK) && !c.needs_grad(kV)) return absl::OkStatus();
  const Value first = c.builder()->AddNode(
      ops::AttentionGradOp(), inputs,
      {{"scale", c.attr<double>("scale")}, {"is_causal", c.attr<bool>("is_causal")}},
      SourceLocation::Current());
  const std::vector<Value> grads = c.builder()->Outputs(first, 3);
  for (int i : {kQ, kK, kV}) {
    if (c.needs_grad(i)) c.SetGrad(i, grads[i]);
  }
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) { return CostOfProducts(c, 2); }

OpDef Make() {
  return {
      .name = "Attention",
      .label = "attention",
      .doc =
          "Scaled dot-product attention of several heads, which may share keys and values in "
          "groups.\n"
          "S = scale q kᵀ + mask for each head (-inf where a key is not seen), y = softmax(S) v,\n"
          "lse = log Σ_keys exp(S). A query that sees no key gets y = 0 and lse = -inf.",
      .inputs = {{"q", kFloatTypes, "T", "queries [batch, q_len, heads, head_dim]"},
                 {"k", kFloatTypes, "T", "keys [batch, kv_len, kv_heads, head_dim]"},
                 {"v", kFloatTypes, "T", "values [batch, kv_len, kv_heads, value_dim]"},
                 MaskPort()},
      .outputs = {{"y", kFloatTypes, "T", "weighted values [batch, q_len, heads, value_dim]"},
                  {"lse", kFloatTypes, "T",
                   "logarithm of each softmax's denominator [batch, heads, q_len]"}},
      .attrs = SharedAttrs(),
      .constraints = {{"attention_c1", "q, k and v are of rank 4"},
                      {"attention_c2", "batch, head_dim, kv_len and kv_heads agree"},
                      {"attention_c3",
                       "heads is a multiple of kv_heads; these and head_dim are numbers"},
                      {"attention_c4", "scale is finite and >= 0"},
                      {"attention_c5",
                       "mask is bool or of q's dtype, and broadcasts to [batch, heads, q_len, "
                       "kv_len]"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeKernel,
      .cost = Cost,
      .former_names = {"MaskedAttention"},
      .samples = MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& AttentionOp() { return Singleton<Make>(); }
}  // namespace ops

AttentionResult Attention(Operand q, Operand k, Operand v, const AttentionOptions& options) {
  if (q.builder() == nullptr) return {};
  if (options.scale.has_value() && !(*options.scale > 0)) {
    return {q.builder()->Fail("Attention", q.location(), "scale must be > 0"), Value()};
  }
  const Value y = q.builder()->AddNode(
      ops::AttentionOp(), {q.value(), k.value(), v.value(), options.mask},
      {{"scale", options.scale.value_or(0.0)}, {"is_causal", options.is_causal}}, q.location());
  const std::vector<Value> outputs = q.builder()->Outputs(y, 2);
  return {outputs[0], outputs[1]};
}

}  // namespace dagrad
