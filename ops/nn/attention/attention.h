#ifndef DAGRAD_OPS_NN_ATTENTION_ATTENTION_H_
#define DAGRAD_OPS_NN_ATTENTION_ATTENTION_H_

#include <optional>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct AttentionOptions {
  // Added to the scores (float, of q's dtype) or saying which keys a query may see (bool, true: it
  // may). Of rank at most 4, broadcast to [batch, heads, q_len, kv_len].
  Value mask = {};
  // By which the products of queries and keys are multiplied, finite and > 0; default
  // 1 / sqrt(head_dim).
  std::optional<double> scale = std::nullopt;
  // Query i sees keys 0 … i only (aligned at the upper left, as ONNX, Keras and PyTorch have it,
  // also where q_len and kv_len differ; another alignment is a mask).
  bool is_causal = false;
};

struct AttentionResult {
  Value y;
  Value lse;  // the logarithm of each softmax's denominator
};

// Scaled dot-product attention of several heads. With g(h) = ⌊h kv_heads / heads⌋, the head of k
// and v that head h of q shares with others (grouped queries):
//   S[b,h,i,j] = scale Σ_d q[b,i,h,d] k[b,j,g(h),d] + mask[b,h,i,j],  -inf where j is not seen,
//   lse[b,h,i] = log Σ_j exp S[b,h,i,j],
//   y[b,i,h,e] = Σ_j exp(S[b,h,i,j] - lse[b,h,i]) v[b,j,g(h),e].
// q [batch, q_len, heads, head_dim], k [batch, kv_len, kv_heads, head_dim], v [batch, kv_len,
// kv_heads, value_dim], of any floating dtype; y [batch, q_len, heads, value_dim], lse [batch,
// heads, q_len]. heads is a multiple of kv_heads. batch, q_len, kv_len and value_dim may be
// symbols. A query that sees no key (or only scores of -inf) gets y = 0 and lse = -inf, and no
// gradient; one of which a finite mask of any size, as the dtype's lowest number, hides all keys
// sees them all alike. NaN in a query's scores gives NaN in its y. The scores are never stored as a
// whole: keys are taken in blocks, with a running maximum and sum (Rabe & Staats, "Self-attention
// does not need O(n²) memory", 2021; Dao et al., "FlashAttention", 2022). Gradient: AttentionGrad;
// that of a float mask stores the scores. Names are those of ONNX's Attention (opset 23), the order
// of axes Keras's. Errors: a rank that is not 4 (attention_c1); dimensions that do not agree
// (attention_c2); heads, kv_heads or head_dim that are symbols, or heads no multiple of kv_heads
// (attention_c3); a bad scale (attention_c4); a mask of another float dtype or that does not
// broadcast (attention_c5).
AttentionResult Attention(Operand q, Operand k, Operand v, const AttentionOptions& options = {});

namespace ops {
// "Attention": inputs q, k, v and optionally mask; scale (0: the default), is_causal. Older files
// call it "MaskedAttention" where it has a mask.
const OpDef& AttentionOp();

// "AttentionGrad": inputs q, k, v, lse, delta [batch, q_len, heads], dy and optionally mask;
// attributes as Attention. Older files call it "MaskedAttentionGrad" where it has a mask.
// With P = exp(S - lse):
//   dS[b,h,i,j] = P[b,h,i,j] (Σ_e dy[b,i,h,e] v[b,j,g(h),e] - delta[b,i,h]),
//   dq[b,i,h,d] = scale Σ_j dS[b,h,i,j] k[b,j,g(h),d],
//   dk[b,j,g,d] = scale Σ_{h: g(h) = g} Σ_i dS[b,h,i,j] q[b,i,h,d],
//   dv[b,j,g,e] = Σ_{h: g(h) = g} Σ_i P[b,h,i,j] dy[b,i,h,e].
// It is Attention's gradient for delta[b,i,h] = Σ_e dy[b,i,h,e] y[b,i,h,e] - dlse[b,h,i]. Where lse
// is -inf, P is 0. What the rounding of an lse far from 0 takes from it is put back. By blocks too.
// Differentiable by every input, through nodes of MatMul and Exp that store all scores: second
// derivatives take memory for batch · heads · q_len · kv_len elements.
const OpDef& AttentionGradOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_ATTENTION_ATTENTION_H_
