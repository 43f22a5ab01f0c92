#include "dagrad/ops/nn/attention/attention_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/attention/attention_internal.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::ops::attention_internal {

Scores::Scores(const std::vector<Value>& inputs, double scale_attr, bool is_causal) {
  const Value &q_in = inputs[kQ], &k_in = inputs[kK];
  batch_ = q_in.dim(0);
  q_len_ = q_in.dim(1);
  kv_len_ = k_in.dim(1);
  kv_heads_ = k_in.dim(2);
  heads_ = q_in.dim(2);
  group_ = q_in.dim(2).value() / kv_heads_.value();
  scale = scale_attr > 0
              ? scale_attr
              : 1 / std::sqrt(static_cast<double>(std::max<int64_t>(1, q_in.dim(3).value())));
  q = ByHead(q_in, false);
  k = ByHead(k_in, true);
  v = ByHead(inputs[kV], true);
  dy = ByHead(inputs[kDy], false);
  lse = Reshape(inputs[kLse], {batch_, kv_heads_, group_, q_len_, 1});
  delta = Reshape(Transpose(inputs[kDelta], {0, 2, 1}), {batch_, kv_heads_, group_, q_len_, 1});
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  Value s = MatMul(q, k, {.transpose_b = true}) * scale;
  if (is_causal) s = Select(Seen(), s, kLowest);
  bool is_biased = false;
  if (inputs.size() > kGradMask && inputs[kGradMask].builder() != nullptr) {
    const Value mask = Mask(inputs[kGradMask]);
    is_biased = mask.dtype() != DType::kBool;
    s = is_biased ? s + mask : Select(mask, s, kLowest);
  }
  // Where lse is -inf so are all scores, and exp(-inf - 0) = 0.
  const Value finite = Select(Equal(lse, kLowest), 0.0, lse);
  p = is_biased ? Weights(s - finite, finite) : Exp(s - finite);
  dp = MatMul(dy, v, {.transpose_b = true});
}

// With m the largest difference d, Σ exp(d) is e^(m + log Σ exp(d - m)), which is 1 but for the
// rounding of lse.
Value Scores::Weights(Value differences, Value lse) {
  const bool is_double = lse.dtype() == DType::kFloat64;
  const double lowest =
      is_double ? std::numeric_limits<double>::lowest() : std::numeric_limits<float>::lowest();
  const double epsilon =
      is_double ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  const ReduceOptions keys = {.axes = {4}, .keepdims = true};
  // A query that sees no key has differences of -inf.
  const Value most = Maximum(ReduceMax(differences, keys), lowest);
  const Value weights = Exp(differences - most);
  const Value bound = Abs(lse) * epsilon;
  // The sum is at least 1, or 0 where no key is seen: not that of which the logarithm is taken
  // then.
  const Value sum = Maximum(ReduceSum(weights, keys), 0.5);
  const Value rest = Clip(most + Log(sum), Neg(bound), bound);
  return weights * Exp(most - rest);
}

Value Scores::ByHead(Value x, bool keys) const {
  const Value heads = Transpose(x, {0, 2, 1, 3});
  return Reshape(heads, {batch_, kv_heads_, keys ? Dim(1) : group_, x.dim(1), x.dim(3)});
}

Value Scores::Mask(Value mask) const {
  Shape shape = {1, 1, 1, 1};
  for (int i = 1; i <= mask.rank(); ++i) shape.set_dim(4 - i, mask.dim(mask.rank() - i));
  const bool by_head = !(shape.dim(1) == Dim(1));
  return Reshape(mask, {shape.dim(0), by_head ? kv_heads_ : Dim(1), by_head ? group_ : Dim(1),
                        shape.dim(2), shape.dim(3)});
}

Value Scores::Seen() const {
  const Shape shape = {q_len_, kv_len_};
  return GreaterEqual(Iota(q.builder(), DType::kInt64, shape, 0),
                      Iota(q.builder(), DType::kInt64, shape, 1));
}

Value Scores::dscores() const { return p * (dp - delta); }

Value Scores::ds() const { return OfScores(dscores()); }

Value Scores::OfScores(Value x) const { return Reshape(x, {batch_, heads_, q_len_, x.dim(4)}); }

Value Scores::PerQuery(Value x) const { return Reshape(x, {batch_, heads_, q_len_}); }

Value Scores::Queries(Value x) const { return Transpose(OfScores(x), {0, 2, 1, 3}); }

Value Scores::Keys(Value x) const { return Transpose(ReduceSum(x, {.axes = {2}}), {0, 2, 1, 3}); }

Scores ScoresOf(GradContext& c, const std::vector<Value>& inputs) {
  return Scores(inputs, c.attr<double>("scale"), c.attr<bool>("is_causal"));
}

}  // namespace dagrad::ops::attention_internal
