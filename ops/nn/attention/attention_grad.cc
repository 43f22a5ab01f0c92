#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/nn/attention/attention_internal.h"
#include "dagrad/ops/nn/attention/attention_scores.h"
#include "dagrad/ops/nn/wide_gradient/wide_gradient.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad {
namespace {

using namespace ops::attention_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  DAGRAD_RETURN_IF_ERROR(CheckInputs(c, "attention_grad", kGradMask));
  const Shape& q = c.shape(kQ);
  const Shape expected[] = {{q.dim(0), q.dim(2), q.dim(1)},
                            {q.dim(0), q.dim(1), q.dim(2)},
                            {q.dim(0), q.dim(1), q.dim(2), c.shape(kV).dim(3)}};
  const absl::string_view names[] = {"lse", "delta", "dy"};
  for (int i = 0; i < 3; ++i) {
    if (c.shape(kLse + i) == expected[i]) continue;
    return InferContext::Fail(
        "attention_grad_c6",
        absl::StrCat(names[i], " ", c.shape(kLse + i).ToString(), " must be of shape ",
                     expected[i].ToString(), " for q ", q.ToString()));
  }
  for (int i : {kQ, kK, kV}) c.SetOutput(i, c.dtype(kQ), c.shape(i));
  return absl::OkStatus();
}

// For one head, with α = scale and matrices of queries × keys S = α q kᵀ + mask, P = exp(S - lse),
// dP = dy vᵀ and dS = P ∘ (dP - δ):  dq = α dS k,  dk = α dSᵀ q,  dv = Pᵀ dy.
// Let A, B, C be their cotangents, so L = Σ A∘dq + Σ B∘dk + Σ C∘dv. Then
//   dS̄ = α (A kᵀ + q Bᵀ),   P̄ = dy Cᵀ + dS̄ ∘ (dP - δ),   dP̄ = dS̄ ∘ P,   S̄ = P̄ ∘ P,
//   q̄ = α (S̄ k + dS B),   k̄ = α (S̄ᵀ q + dSᵀ A),   v̄ = dP̄ᵀ dy,   dȳ = dP̄ v + P C,
//   lse̅ = -Σ_keys S̄,   δ̄ = -Σ_keys dP̄,   mask̄ = S̄.
absl::Status Gradient(GradContext& c) {
  if (ops::IsOfHalves(c)) return ops::WideGradient(c, Gradient);
  std::vector<Value> inputs;
  for (int i = 0; i < c.num_inputs(); ++i) inputs.push_back(c.input(i));
  const Scores s = ScoresOf(c, inputs);
  const Value a = s.ToQueries(c.cotangent(kQ)), b = s.ToKeys(c.cotangent(kK)),
              d = s.ToKeys(c.cotangent(kV));
  const Value dds =
      (MatMul(a, s.k, {.transpose_b = true}) + MatMul(s.q, b, {.transpose_b = true})) * s.scale;
  const Value ddp = dds * s.p;
  const Value dscores = (MatMul(s.dy, d, {.transpose_b = true}) + dds * (s.dp - s.delta)) * s.p;
  const Value ds = s.dscores();
  const auto sum = [](Value x) { return ReduceSum(x, {.axes = {4}, .keepdims = true}); };
  if (c.needs_grad(kQ)) c.SetGrad(kQ, s.Queries((MatMul(dscores, s.k) + MatMul(ds, b)) * s.scale));
  if (c.needs_grad(kK)) {
    c.SetGrad(kK, s.Keys((MatMul(dscores, s.q, {.transpose_a = true}) +
                          MatMul(ds, a, {.transpose_a = true})) *
                         s.scale));
  }
  if (c.needs_grad(kV)) c.SetGrad(kV, s.Keys(MatMul(ddp, s.dy, {.transpose_a = true})));
  if (c.needs_grad(kDy)) c.SetGrad(kDy, s.Queries(MatMul(ddp, s.v) + MatMul(s.p, d)));
  if (c.needs_grad(kLse)) c.SetGrad(kLse, Neg(s.PerQuery(sum(dscores))));
  if (c.needs_grad(kDelta)) c.SetGrad(kDelta, Neg(Transpose(s.PerQuery(sum(ddp)), {0, 2, 1})));
  if (c.needs_grad(kGradMask)) c.SetGrad(kGradMask, s.OfScores(dscores));
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) { return CostOfProducts(c, 5); }

OpDef Make() {
  return {
      .name = "AttentionGrad",
      .label = "attention_grad",
      .doc =
          "Gradient of Attention. With S as there, P = exp(S - lse) and dS = P (dy vᵀ - delta):\n"
          "dq = scale dS k, dk = scale dSᵀ q and dv = Pᵀ dy for each head, dk and dv summed over "
          "the\n"
          "heads that share them. delta = Σ dy y over the last axis, minus the cotangent of lse.",
      .inputs = {{"q", kFloatTypes, "T", "Attention's q"},
                 {"k", kFloatTypes, "T", "Attention's k"},
                 {"v", kFloatTypes, "T", "Attention's v"},
                 {"lse", kFloatTypes, "T", "Attention's lse"},
                 {"delta", kFloatTypes, "T", "see above [batch, q_len, heads]"},
                 {"dy", kFloatTypes, "T", "cotangent of Attention's y"},
                 MaskPort()},
      .outputs = {{"dq", kFloatTypes, "T", "cotangent of q"},
                  {"dk", kFloatTypes, "T", "cotangent of k"},
                  {"dv", kFloatTypes, "T", "cotangent of v"}},
      .attrs = SharedAttrs(),
      .constraints = {{"attention_grad_c1", "q, k and v are of rank 4"},
                      {"attention_grad_c2", "batch, head_dim, kv_len and kv_heads agree"},
                      {"attention_grad_c3",
                       "heads is a multiple of kv_heads; these and head_dim are numbers"},
                      {"attention_grad_c4", "scale is finite and >= 0"},
                      {"attention_grad_c5",
                       "mask is bool or of q's dtype, and broadcasts to [batch, heads, q_len, "
                       "kv_len]"},
                      {"attention_grad_c6", "lse, delta and dy have the shapes that belong to q"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeGradKernel,
      .cost = Cost,
      .former_names = {"MaskedAttentionGrad"},
      .samples = MakeGradSamples};
}

}  // namespace

namespace ops {
const OpDef& AttentionGradOp() { return Singleton<Make>(); }
}  // namespace ops
}  // namespace dagrad
