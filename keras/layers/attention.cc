#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::keras {
namespace {

struct MultiHeadAttentionArgs {
  int64_t num_heads = 1;
  int64_t key_dim = 1;
  MultiHeadAttentionOptions options;

  int64_t value_dim() const { return options.value_dim.value_or(key_dim); }
};

absl::Status CheckArgs(const MultiHeadAttentionArgs& a) {
  if (a.num_heads < 1 || a.key_dim < 1 || a.value_dim() < 1 ||
      a.options.output_shape.value_or(1) < 1) {
    return InvalidArgumentError("num_heads, key_dim, value_dim and output_shape must be positive");
  }
  DAGRAD_RETURN_IF_ERROR(
      Prefixed("activity_regularizer", a.options.activity_regularizer.Validate()));
  if (a.options.dropout >= 0 && a.options.dropout < 1) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("dropout must be in [0, 1), not ", a.options.dropout));
}

// [query], [query, value] or [query, value, key].
absl::Status CheckInputs(absl::Span<const ValueType> inputs) {
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 3));
  for (const ValueType& input : inputs) {
    if (IsFloating(input.dtype) && input.dtype == inputs[0].dtype && input.shape.rank() == 3)
      continue;
    return InvalidArgumentError(absl::StrCat(
        "takes floats of one dtype and rank 3 (batch included), not ", input.ToString()));
  }
  return absl::OkStatus();
}

// The kernel and the bias of a product; -1: none.
struct Projection {
  int kernel = -1;
  int bias = -1;
};

class MultiHeadAttentionLayer
    : public layers_internal::ConfiguredLayer<MultiHeadAttentionLayer, MultiHeadAttentionArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "MultiHeadAttention";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("num_heads", a.num_heads);
    visit("key_dim", a.key_dim);
    visit("value_dim", a.options.value_dim);
    visit("dropout", a.options.dropout);
    visit("seed", a.options.seed);
    visit("use_bias", a.options.use_bias);
    visit("output_shape", a.options.output_shape);
    visit("use_causal_mask", a.options.use_causal_mask);
    visit("return_attention_scores", a.options.return_attention_scores);
    visit("kernel_initializer", a.options.kernel_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("kernel_regularizer", a.options.kernel_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("kernel_constraint", a.options.kernel_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(CheckArgs(args()));
    DAGRAD_RETURN_IF_ERROR(CheckInputs(inputs));
    const int64_t heads = args().num_heads, key_dim = args().key_dim,
                  value_dim = args().value_dim();
    const ValueType &query = inputs[0], &value = inputs[inputs.size() > 1 ? 1 : 0],
                    &key = inputs[inputs.size() > 2 ? 2 : inputs.size() - 1];
    DAGRAD_ASSIGN_OR_RETURN(const int64_t query_in, layers_internal::LastDim(query));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t key_in, layers_internal::LastDim(key));
    DAGRAD_ASSIGN_OR_RETURN(const int64_t value_in, layers_internal::LastDim(value));
    query_ = Add("query", query.dtype, {query_in, heads, key_dim}, 1);
    key_ = Add("key", query.dtype, {key_in, heads, key_dim}, 1);
    value_ = Add("value", query.dtype, {value_in, heads, value_dim}, 1);
    const int64_t out = args().options.output_shape.value_or(query_in);
    output_ = Add("attention_output", query.dtype, {heads, value_dim, out}, 2);
    return absl::OkStatus();
  }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value query = inputs[0], value = inputs[inputs.size() > 1 ? 1 : 0],
                key = inputs[inputs.size() > 2 ? 2 : inputs.size() - 1];
    if (!query.valid() || !key.valid() || !value.valid()) return Value();
    const MultiHeadAttentionOptions& o = args().options;
    const int64_t heads = args().num_heads, value_dim = args().value_dim();
    const Value q = ByHead(context, query_, query, args().key_dim),
                k = ByHead(context, key_, key, args().key_dim),
                v = ByHead(context, value_, value, value_dim);
    const bool causal = inputs.use_causal_mask || o.use_causal_mask;
    Attended attended;
    if ((context.training() && o.dropout > 0) || o.return_attention_scores) {
      attended = Stored(context, q, k, v, Mask(inputs), causal);
    } else {
      attended.y = dagrad::Attention(q, k, v, {.mask = Mask(inputs), .is_causal = causal}).y;
    }
    const Value joined = Reshape(attended.y, {query.dim(0), query.dim(1), heads * value_dim});
    std::vector<Value> results = {Project(context, output_, joined, heads * value_dim)};
    for (const Value& activity : {q, k, v, results[0]})
      context.AddActivityLoss(o.activity_regularizer, activity);
    if (o.return_attention_scores) results.push_back(attended.scores);
    return {std::move(results), {inputs.mask()}};
  }

  // Call adds what it costs: not of the scores, but of what is inside.
  const Regularizer& activity_regularizer() const override {
    return LayerImpl::activity_regularizer();
  }

  bool supports_masking() const override { return true; }
  bool takes_attention_mask() const override { return true; }

 private:
  struct Attended {
    Value y;       // [batch, q_len, heads, value_dim]
    Value scores;  // [batch, heads, q_len, kv_len], before dropout
  };

  // The same as the op, with scores that are stored. q, k and v are [batch, len, heads, dim].
  Attended Stored(CallContext& context, Value q, Value k, Value v, Value seen, bool causal) const {
    const MultiHeadAttentionOptions& o = args().options;
    const std::vector<int64_t> heads_first = {0, 2, 1, 3};
    const double scale = 1 / std::sqrt(static_cast<double>(args().key_dim));
    Value scores =
        MatMul(Transpose(q, heads_first), Transpose(k, heads_first), {.transpose_b = true}) * scale;
    if (causal) {
      const Shape pairs = {1, 1, scores.dim(2), scores.dim(3)};
      const Value before = GreaterEqual(Iota(context.builder(), DType::kInt64, pairs, 2),
                                        Iota(context.builder(), DType::kInt64, pairs, 3));
      seen = seen.valid() ? LogicalAnd(seen, before) : before;
    }
    if (seen.valid()) scores = dagrad::Select(seen, scores, -LargestFinite(scores.dtype()));
    Attended attended;
    attended.scores = dagrad::Softmax(scores);
    if (seen.valid()) attended.scores = dagrad::Select(seen, attended.scores, 0.0);
    Value shares = attended.scores;
    if (context.training() && o.dropout > 0) {
      const int64_t stream = context.NextStream() ^ (o.seed.value_or(0) << 20);
      shares = dagrad::Dropout(shares, context.RandomKey(), {.rate = o.dropout, .stream = stream});
    }
    attended.y = Transpose(MatMul(shares, Transpose(v, heads_first)), heads_first);
    return attended;
  }

  // Which steps of the key each step of the query sees, for all heads: those of attention_mask,
  // where none of query, value and key is padding.
  static Value Mask(const LayerInputs& inputs) {
    Value all = inputs.attention_mask;
    if (all.valid()) {
      if (all.dtype() != DType::kBool) all = Cast(all, DType::kBool);
      if (all.rank() == 3) all = ExpandDims(all, 1);
    }
    const auto both = [&](Value mask, std::vector<int64_t> axes) {
      for (int64_t axis : axes) mask = ExpandDims(mask, axis);
      all = all.valid() ? LogicalAnd(all, mask) : mask;
    };
    for (size_t i = 0; i < std::max<size_t>(inputs.size(), 2); ++i) {
      const Value mask = inputs.mask(inputs.size() == 1 ? 0 : i);
      if (mask.valid()) i == 0 ? both(mask, {1, 3}) : both(mask, {1, 1});
    }
    return all;
  }

  // The product sums over the kernel's first `input_axes` axes; the bias has the others.
  Projection Add(const std::string& name, DType dtype, const Dims& kernel, int input_axes) {
    Projection p;
    p.kernel = WithRules(AddWeight(name + "/kernel", dtype, kernel,
                                   args().options.kernel_initializer.ForProduct(input_axes)),
                         args().options.kernel_regularizer, args().options.kernel_constraint);
    const Dims bias(kernel.begin() + input_axes, kernel.end());
    if (args().options.use_bias)
      p.bias = WithRules(AddWeight(name + "/bias", dtype, bias, args().options.bias_initializer),
                         args().options.bias_regularizer, args().options.bias_constraint);
    return p;
  }

  // x [batch, len, in] times the kernel as a matrix of `in` rows, plus the bias.
  Value Project(CallContext& context, const Projection& p, const Value& x, int64_t in) const {
    Value y = MatMul(x, Reshape(WeightValue(context, p.kernel), {in, InferDim()}));
    if (p.bias >= 0) y = y + Reshape(WeightValue(context, p.bias), {InferDim()});
    return y;
  }

  // [batch, len, heads, dim].
  Value ByHead(CallContext& context, const Projection& p, const Value& x, int64_t dim) const {
    const Value y = Project(context, p, x, x.dim(2).value());
    return Reshape(y, {x.dim(0), x.dim(1), args().num_heads, dim});
  }

  Projection query_, key_, value_, output_;
};

}  // namespace

Layer MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options,
                         SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<MultiHeadAttentionLayer>(
      MultiHeadAttentionArgs{num_heads, key_dim, std::move(options)}, std::move(name), location));
}

LayerClass layers_internal::MultiHeadAttentionClass() {
  return {MultiHeadAttentionLayer::kClassName, MultiHeadAttentionLayer::FromConfig};
}

}  // namespace dagrad::keras
