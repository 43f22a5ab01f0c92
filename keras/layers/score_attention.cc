#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Attention of one head, whose scores are stored.
namespace dagrad::keras {
namespace {

template <typename Options>
struct ScoreArgs {
  Options options;
};

// tanh of the sums of all pairs of steps, [batch, q_len, kv_len, dim].
Value TanhOfSums(Value query, Value key, Value scale) {
  const Value sums = ExpandDims(query, 2) + ExpandDims(key, 1);
  return Tanh(scale.valid() ? sums * scale : sums);
}

template <typename T, typename Options>
class ScoreLayer : public layers_internal::ConfiguredLayer<T, ScoreArgs<Options>> {
 public:
  using Base = layers_internal::ConfiguredLayer<T, ScoreArgs<Options>>;
  using Base::args;
  using Base::Base;

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 2, 3));
    for (const ValueType& input : inputs) {
      if (IsFloating(input.dtype) && input.dtype == inputs[0].dtype && input.shape.rank() == 3)
        continue;
      return InvalidArgumentError(absl::StrCat(
          "takes floats of one dtype and rank 3 (batch included), not ", input.ToString()));
    }
    const double dropout = args().options.dropout;
    if (!(dropout >= 0 && dropout < 1))
      return InvalidArgumentError(absl::StrCat("dropout must be in [0, 1), not ", dropout));
    return AddWeights(inputs[0]);
  }

  bool supports_masking() const override { return true; }
  bool takes_attention_mask() const override { return true; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value query = inputs[0], value = inputs[1],
                key = inputs[inputs.size() > 2 ? 2 : inputs.size() - 1];
    if (!query.valid() || !key.valid() || !value.valid()) return Value();
    if (inputs.attention_mask.valid()) {
      return context.builder()->Fail(this->Prefixed(
          InvalidArgumentError("takes no attention_mask, only masks of its inputs")));
    }
    Value scores = Scores(context, query, key);
    const Value seen = Seen(inputs, scores);
    // As Keras has it: where nothing is seen all of it is, alike.
    if (seen.valid()) scores = dagrad::Select(seen, scores, scores - 1e9);
    Value shares = dagrad::Softmax(scores);
    const auto& o = args().options;
    if (context.training() && o.dropout > 0) {
      const int64_t stream = context.NextStream() ^ (o.seed.value_or(0) << 20);
      shares = dagrad::Dropout(shares, context.RandomKey(), {.rate = o.dropout, .stream = stream});
    }
    Value y = MatMul(shares, value);
    const Value mask = inputs.mask(0);
    if (mask.valid()) y = dagrad::Select(ExpandDims(mask, 2), y, 0.0);
    std::vector<Value> results = {y};
    if (o.return_attention_scores) results.push_back(shares);
    return {std::move(results), {mask}};
  }

 protected:
  virtual absl::Status AddWeights(const ValueType& query) = 0;
  virtual Value Scores(CallContext& context, Value query, Value key) const = 0;

 private:
  // Which steps of the value each step of the query sees; Value(): all.
  Value Seen(const LayerInputs& inputs, Value scores) const {
    Value seen = inputs.mask(1);
    if (seen.valid()) seen = ExpandDims(seen, 1);
    if (!(inputs.use_causal_mask || args().options.use_causal_mask) || !scores.valid()) return seen;
    const Shape pairs = {1, scores.dim(1), scores.dim(2)};
    const Value causal = GreaterEqual(Iota(scores.builder(), DType::kInt64, pairs, 1),
                                      Iota(scores.builder(), DType::kInt64, pairs, 2));
    return seen.valid() ? LogicalAnd(seen, causal) : causal;
  }
};

template <typename Options, typename V>
void CommonFields(Options& o, V& visit) {
  visit("use_scale", o.use_scale);
  visit("dropout", o.dropout);
  visit("seed", o.seed);
  visit("use_causal_mask", o.use_causal_mask);
  visit("return_attention_scores", o.return_attention_scores);
}

class AttentionLayer : public ScoreLayer<AttentionLayer, AttentionOptions> {
 public:
  using ScoreLayer::ScoreLayer;
  static constexpr const char* kClassName = "Attention";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("score_mode", a.options.score_mode);
    CommonFields(a.options, visit);
  }

 protected:
  absl::Status AddWeights(const ValueType& query) override {
    const std::string& mode = args().options.score_mode;
    if (mode != "dot" && mode != "concat")
      return InvalidArgumentError(
          absl::StrCat("score_mode must be dot or concat, not \"", mode, "\""));
    if (args().options.use_scale) scale_ = AddWeight("scale", query.dtype, {}, "ones");
    if (mode == "concat") concat_ = AddWeight("concat_score_weight", query.dtype, {}, "ones");
    return absl::OkStatus();
  }
  Value Scores(CallContext& context, Value query, Value key) const override {
    const Value scale = scale_ >= 0 ? WeightValue(context, scale_) : Value();
    if (concat_ >= 0) {
      return ReduceSum(TanhOfSums(query, key, scale), {.axes = {-1}}) *
             WeightValue(context, concat_);
    }
    const Value scores = MatMul(query, key, {.transpose_b = true});
    return scale.valid() ? scores * scale : scores;
  }

 private:
  int scale_ = -1;
  int concat_ = -1;
};

class AdditiveAttentionLayer : public ScoreLayer<AdditiveAttentionLayer, AdditiveAttentionOptions> {
 public:
  using ScoreLayer::ScoreLayer;
  static constexpr const char* kClassName = "AdditiveAttention";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    CommonFields(a.options, visit);
  }

 protected:
  absl::Status AddWeights(const ValueType& query) override {
    if (!args().options.use_scale) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(const int64_t dim, layers_internal::LastDim(query));
    scale_ = AddWeight("scale", query.dtype, {dim}, "glorot_uniform");
    return absl::OkStatus();
  }
  Value Scores(CallContext& context, Value query, Value key) const override {
    const Value tanh = TanhOfSums(query, key, Value());
    return ReduceSum(scale_ >= 0 ? tanh * WeightValue(context, scale_) : tanh, {.axes = {-1}});
  }

 private:
  int scale_ = -1;
};

}  // namespace

Layer Attention(AttentionOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<AttentionLayer>(ScoreArgs<AttentionOptions>{std::move(options)},
                                                    location);
}
Layer AdditiveAttention(AdditiveAttentionOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<AdditiveAttentionLayer>(
      ScoreArgs<AdditiveAttentionOptions>{std::move(options)}, location);
}

namespace layers_internal {
LayerClass AttentionClass() { return {AttentionLayer::kClassName, AttentionLayer::FromConfig}; }
LayerClass AdditiveAttentionClass() {
  return {AdditiveAttentionLayer::kClassName, AdditiveAttentionLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
