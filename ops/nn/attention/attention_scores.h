#ifndef DAGRAD_OPS_NN_ATTENTION_ATTENTION_SCORES_H_
#define DAGRAD_OPS_NN_ATTENTION_ATTENTION_SCORES_H_

#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/gradient.h"

namespace dagrad::ops::attention_internal {

// All of attention's scores as nodes of ordinary ops, for gradients. Queries are seen as
// [batch, kv_heads, group, q_len, dim], keys as [batch, kv_heads, 1, kv_len, dim], so scores are
// [batch, kv_heads, group, q_len, kv_len].
class Scores {
 public:
  // `inputs`: those of AttentionGrad; the mask may be Value().
  Scores(const std::vector<Value>& inputs, double scale, bool is_causal);

  // The inputs in that order of axes, and lse and delta with a last axis of 1.
  Value q, k, v, lse, delta, dy;
  double scale;
  Value p;   // exp(S - lse)
  Value dp;  // Σ_e dy v

  Value dscores() const;  // p (dp - delta)
  Value ds() const;       // that as [batch, heads, q_len, kv_len]

  // Of what has q's or k's order of axes.
  Value ToQueries(Value x) const { return ByHead(x, false); }
  Value ToKeys(Value x) const { return ByHead(x, true); }
  // Back to that order; what belongs to keys is summed over the group.
  Value Queries(Value x) const;
  Value Keys(Value x) const;
  Value OfScores(Value x) const;  // [batch, heads, q_len, …]
  Value PerQuery(Value x) const;  // [batch, heads, q_len], of a last axis of 1

 private:
  Value ByHead(Value x, bool keys) const;
  Value Mask(Value mask) const;
  Value Seen() const;  // bool [q_len, kv_len]
  // exp of S - lse, which rounding has taken something from (RestOfLse).
  static Value Weights(Value differences, Value lse);

  Dim batch_, q_len_, kv_len_, heads_, kv_heads_, group_;
};

// For the node of `c`, which has attributes scale and is_causal.
Scores ScoresOf(GradContext& c, const std::vector<Value>& inputs);

}  // namespace dagrad::ops::attention_internal

#endif  // DAGRAD_OPS_NN_ATTENTION_ATTENTION_SCORES_H_
