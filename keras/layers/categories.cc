#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/adaptable.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/encoding.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/keras/layers/vocabulary.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"

// CategoryEncoding, Discretization and IntegerLookup.
namespace dagrad::keras {
namespace {

using layers_internal::CheckOutputMode;
using layers_internal::ConfiguredLayer;
using layers_internal::EncodeCategories;

Value ToInt64(Value x) { return x.dtype() == DType::kInt64 ? x : Cast(x, DType::kInt64); }

// A graph holds what was learned before it was made.
absl::Status CheckUnused(bool built) {
  if (!built) return absl::OkStatus();
  return FailedPreconditionError("the layer was used already; adapt it before its first use");
}

struct CategoryEncodingArgs {
  int64_t num_tokens = 1;
  CategoryEncodingOptions options;
};

class CategoryEncodingLayer : public ConfiguredLayer<CategoryEncodingLayer, CategoryEncodingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "CategoryEncoding";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("num_tokens", a.num_tokens);
    visit("output_mode", a.options.output_mode);
    visit("input_shape", a.options.input_shape);
  }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 2));
    if (args().num_tokens < 1 || args().num_tokens > kMaxDim) {
      return InvalidArgumentError(
          absl::StrCat("num_tokens must be at least 1, and a size, not ", args().num_tokens));
    }
    DAGRAD_RETURN_IF_ERROR(CheckOutputMode(args().options.output_mode, false, inputs[0]));
    if (inputs.size() == 1) return absl::OkStatus();
    if (args().options.output_mode != "count" || !(inputs[0].shape == inputs[1].shape)) {
      return InvalidArgumentError(
          absl::StrCat("weights are for output_mode count, of the shape of the first input, not ",
                       inputs[1].ToString(), " for ", inputs[0].ToString()));
    }
    return absl::OkStatus();
  }
  IntegerData integer_data() const override { return IntegerData::kIndices; }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    return EncodeCategories(ToInt64(inputs[0]), args().options.output_mode, args().num_tokens,
                            inputs[1]);
  }
};

struct DiscretizationArgs {
  DiscretizationOptions options;
};

// Rising numbers, and for how many examples each stands. Greenwald & Khanna's kind of summary, as
// Keras has it: float32 throughout.
struct Summary {
  std::vector<float> values, weights;
};

// `x` interpolated linearly between the points (from, to).
double Interpolate(double x, const std::vector<double>& from, const std::vector<double>& to) {
  const size_t i = std::upper_bound(from.begin(), from.end(), x) - from.begin();
  if (i == 0) return to.front();
  if (i == from.size()) return to.back();
  return to[i - 1] + (to[i] - to[i - 1]) * (x - from[i - 1]) / (from[i] - from[i - 1]);
}

Summary Compress(const Summary& s, double epsilon) {
  if (static_cast<double>(s.values.size()) * epsilon < 1) return s;
  std::vector<double> sums(s.weights.begin(), s.weights.end()), shares,
      values(s.values.begin(), s.values.end());
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  for (double sum : sums) shares.push_back(sum / sums.back());
  const auto count = static_cast<int64_t>(std::ceil(1 / epsilon));
  Summary result;
  double before = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon;
    const double sum = Interpolate(share, shares, sums);
    result.values.push_back(static_cast<float>(Interpolate(share, shares, values)));
    result.weights.push_back(static_cast<float>(sum - before));
    before = sum;
  }
  return result;
}

Summary Summarize(std::vector<float> values, double epsilon) {
  std::sort(values.begin(), values.end());
  const double step = std::max(static_cast<double>(values.size()) * epsilon, 1.0);
  Summary s;
  for (auto i = static_cast<size_t>(step - 1); i < values.size(); i += static_cast<size_t>(step)) {
    s.values.push_back(values[i]);
    s.weights.push_back(static_cast<float>(step));
  }
  return Compress(s, epsilon);
}

class DiscretizationLayer : public ConfiguredLayer<DiscretizationLayer, DiscretizationArgs>,
                            public layers_internal::Adaptable {
 public:
  DiscretizationLayer(DiscretizationArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location),
        boundaries_(this->args().options.bin_boundaries) {}
  static constexpr const char* kClassName = "Discretization";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("bin_boundaries", a.options.bin_boundaries);
    visit("num_bins", a.options.num_bins);
    visit("epsilon", a.options.epsilon);
    visit("output_mode", a.options.output_mode);
    visit("input_shape", a.options.input_shape);
  }
  Json Config() const override {
    DiscretizationArgs now = args();
    now.options.bin_boundaries = boundaries_;
    layers_internal::ConfigWriter writer;
    Fields(now, writer);
    return writer.Take();
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneNumberInput(inputs, 1, kMaxRank));
    DAGRAD_RETURN_IF_ERROR(CheckOutputMode(args().options.output_mode, true, inputs[0]));
    if (boundaries_.empty()) {
      return FailedPreconditionError(
          "has no bin_boundaries: give them, or num_bins and call Adapt before the first use");
    }
    if (std::is_sorted(boundaries_.begin(), boundaries_.end())) return absl::OkStatus();
    return InvalidArgumentError("bin_boundaries must rise");
  }
  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    const Value x = layers_internal::AsFloats(inputs[0]);
    if (!x.valid()) return x;
    absl::StatusOr<Tensor> rising = Tensor::Of<double>({static_cast<int64_t>(boundaries_.size())},
                                                       absl::MakeConstSpan(boundaries_))
                                        .Cast(x.dtype());
    if (!rising.ok()) return x.builder()->Fail(rising.status());
    const Value bins = layers_internal::CountNotAbove(x, *rising);
    const std::string& mode = args().options.output_mode;
    if (mode == "int") return Cast(bins, DType::kInt32);
    return EncodeCategories(bins, mode, static_cast<int64_t>(boundaries_.size()) + 1, Value());
  }

  absl::Status Adapt(const Tensor& data) override {
    DAGRAD_RETURN_IF_ERROR(CheckUnused(built()));
    const DiscretizationOptions& o = args().options;
    if (!o.num_bins.has_value() || *o.num_bins < 2 || !(o.epsilon > 0 && o.epsilon <= 1))
      return InvalidArgumentError("to adapt takes num_bins of 2 or more, and epsilon in (0, 1]");
    DAGRAD_ASSIGN_OR_RETURN(const Tensor numbers, data.Cast(DType::kFloat32));
    const auto x = numbers.data<float>();
    if (x.empty() || std::any_of(x.begin(), x.end(), [](float v) { return std::isnan(v); }))
      return InvalidArgumentError("no numbers to adapt to, or a NaN among them");
    const Summary s =
        Compress(Summarize({x.begin(), x.end()}, o.epsilon), 1 / static_cast<double>(*o.num_bins));
    boundaries_.assign(s.values.begin(), s.values.end() - 1);
    if (!boundaries_.empty()) return absl::OkStatus();
    return InvalidArgumentError("too few numbers to adapt to");
  }

 private:
  std::vector<double> boundaries_;
};

struct IntegerLookupArgs {
  IntegerLookupOptions options;
};

class IntegerLookupLayer : public ConfiguredLayer<IntegerLookupLayer, IntegerLookupArgs>,
                           public layers_internal::Adaptable {
 public:
  IntegerLookupLayer(IntegerLookupArgs args, std::string name, SourceLocation location)
      : ConfiguredLayer(std::move(args), std::move(name), location),
        tokens_(this->args().options.vocabulary),
        idf_(this->args().options.idf_weights) {}
  static constexpr const char* kClassName = "IntegerLookup";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("max_tokens", a.options.max_tokens);
    visit("num_oov_indices", a.options.num_oov_indices);
    visit("mask_token", a.options.mask_token);
    visit("oov_token", a.options.oov_token);
    visit("vocabulary", a.options.vocabulary);
    visit("idf_weights", a.options.idf_weights);
    visit("invert", a.options.invert);
    visit("output_mode", a.options.output_mode);
    visit("pad_to_max_tokens", a.options.pad_to_max_tokens);
    visit("input_shape", a.options.input_shape);
  }
  Json Config() const override {
    IntegerLookupArgs now = args();
    now.options.vocabulary = tokens_;
    now.options.idf_weights = idf_;
    layers_internal::ConfigWriter writer;
    Fields(now, writer);
    return writer.Take();
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    const IntegerLookupOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(CheckOptions());
    // Weighted counts.
    DAGRAD_RETURN_IF_ERROR(
        CheckOutputMode(o.output_mode == "tf_idf" ? "count" : o.output_mode, true, inputs[0]));
    if (tokens_.empty()) {
      return FailedPreconditionError(
          "has no vocabulary: give it, or call Adapt before the first use");
    }
    std::vector<int64_t> sorted = tokens_;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
      return InvalidArgumentError("the vocabulary has a token twice");
    if (o.mask_token.has_value() && std::binary_search(sorted.begin(), sorted.end(), *o.mask_token))
      return InvalidArgumentError("the vocabulary has mask_token, which comes before it");
    if (o.max_tokens.has_value() && Size() > *o.max_tokens)
      return InvalidArgumentError(
          absl::StrCat("the vocabulary has ", Size(), " tokens; max_tokens is ", *o.max_tokens));
    if (o.output_mode == "tf_idf" && idf_.size() != tokens_.size())
      return InvalidArgumentError("tf_idf takes as many idf_weights as the vocabulary has tokens");
    return absl::OkStatus();
  }
  IntegerData integer_data() const override { return IntegerData::kIndices; }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const Value x = ToInt64(inputs[0]);
    const IntegerLookupOptions& o = args().options;
    if (o.invert) return Tokens(x);
    const Value numbers = NumbersOf(x);
    if (o.output_mode == "int") return numbers;
    const int64_t depth = o.pad_to_max_tokens ? o.max_tokens.value_or(Size()) : Size();
    const bool weighted = o.output_mode == "tf_idf";
    const Value y = EncodeCategories(numbers, weighted ? "count" : o.output_mode, depth, Value());
    return weighted ? y * Weights(y, depth) : y;
  }

  absl::Status Adapt(const Tensor& data) override {
    DAGRAD_RETURN_IF_ERROR(CheckUnused(built()));
    DAGRAD_RETURN_IF_ERROR(CheckOptions());
    const IntegerLookupOptions& o = args().options;
    if (!o.vocabulary.empty())
      return InvalidArgumentError("the vocabulary is given: there is nothing to adapt");
    DAGRAD_ASSIGN_OR_RETURN(const Tensor numbers, data.Cast(DType::kInt64));
    if (numbers.rank() == 0 || numbers.num_elements() == 0)
      return InvalidArgumentError("no examples to adapt to");
    std::vector<std::vector<int64_t>> documents;
    const auto x = numbers.data<int64_t>();
    const auto row = static_cast<size_t>(numbers.num_elements() / numbers.dims()[0]);
    for (size_t i = 0; i < x.size(); i += row)
      documents.emplace_back(x.begin() + i, x.begin() + i + row);
    std::vector<int64_t> others = {o.oov_token};
    if (o.mask_token.has_value()) others.push_back(*o.mask_token);
    const int64_t most = o.max_tokens.value_or(kMaxDim) - FirstToken();
    layers_internal::Vocabulary<int64_t> learned = layers_internal::LearnVocabulary(
        documents, others, static_cast<size_t>(std::max<int64_t>(most, 0)));
    tokens_ = std::move(learned.tokens);
    if (o.output_mode == "tf_idf") idf_ = std::move(learned.idf);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckOptions() const {
    const IntegerLookupOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOovIndices(o.num_oov_indices));
    if (o.max_tokens.has_value() && *o.max_tokens <= 1)
      return InvalidArgumentError(absl::StrCat("max_tokens must be above 1, not ", *o.max_tokens));
    if (o.invert && o.output_mode != "int")
      return InvalidArgumentError("invert is for output_mode int only");
    if (o.invert && o.num_oov_indices > 1)
      return InvalidArgumentError("invert takes at most one of num_oov_indices");
    if (o.pad_to_max_tokens && !o.max_tokens.has_value())
      return InvalidArgumentError("pad_to_max_tokens needs max_tokens");
    return absl::OkStatus();
  }
  bool HasMask() const {
    return args().options.mask_token.has_value() && args().options.output_mode == "int";
  }
  int64_t FirstOov() const { return HasMask() ? 1 : 0; }
  int64_t FirstToken() const { return FirstOov() + args().options.num_oov_indices; }
  int64_t Size() const { return FirstToken() + static_cast<int64_t>(tokens_.size()); }

  Value NumbersOf(Value x) const {
    const auto n = static_cast<int64_t>(tokens_.size());
    std::vector<std::pair<int64_t, int64_t>> sorted;
    for (int64_t i = 0; i < n; ++i) sorted.emplace_back(tokens_[i], FirstToken() + i);
    std::sort(sorted.begin(), sorted.end());
    std::vector<int64_t> tokens, numbers;
    for (const auto& [token, number] : sorted) {
      tokens.push_back(token);
      numbers.push_back(number);
    }
    const auto list = [n](const std::vector<int64_t>& v) { return Tensor::Of<int64_t>({n}, v); };
    GraphBuilder* const g = x.builder();
    const Value place = dagrad::Maximum(layers_internal::CountNotAbove(x, list(tokens)) - 1.0, 0.0);
    const Value known = Equal(Gather(Constant(g, list(tokens)), place), x);
    const int64_t oov = args().options.num_oov_indices;
    Value other = Full(g, DType::kInt64, Shape({}), oov == 0 ? -1 : FirstOov());
    if (oov > 1) other = FloorMod(x, static_cast<double>(oov)) + static_cast<double>(FirstOov());
    Value y = dagrad::Select(known, Gather(Constant(g, list(numbers)), place), other);
    if (!args().options.mask_token.has_value()) return y;
    // A token that is masked is 0 among numbers, and in no column of the other modes.
    const Value mask = Constant(g, Tensor::Scalar<int64_t>(*args().options.mask_token));
    const Value masked = Full(g, DType::kInt64, Shape({}), HasMask() ? 0 : -1);
    return dagrad::Select(Equal(x, mask), masked, y);
  }
  Value Tokens(Value x) const {
    std::vector<int64_t> all(static_cast<size_t>(FirstToken()), args().options.oov_token);
    if (HasMask()) all[0] = *args().options.mask_token;
    all.insert(all.end(), tokens_.begin(), tokens_.end());
    const auto n = static_cast<double>(all.size());
    const Value table =
        Constant(x.builder(), Tensor::Of<int64_t>({static_cast<int64_t>(all.size())}, all));
    const Value inside = LogicalAnd(GreaterEqual(x, 0.0), Less(x, n));
    const Value token = Gather(table, Clip(x, 0.0, n - 1));
    return dagrad::Select(inside, token,
                          Constant(x.builder(), Tensor::Scalar<int64_t>(args().options.oov_token)));
  }
  Value Weights(Value y, int64_t depth) const {
    const double mean =
        std::accumulate(idf_.begin(), idf_.end(), 0.0) / static_cast<double>(idf_.size());
    std::vector<float> all(static_cast<size_t>(FirstToken()), static_cast<float>(mean));
    for (double w : idf_) all.push_back(static_cast<float>(w));
    all.resize(static_cast<size_t>(depth), 0);
    return Constant(y.builder(), Tensor::Of<float>({depth}, all));
  }

  std::vector<int64_t> tokens_;
  std::vector<double> idf_;
};

}  // namespace

Layer CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options,
                       SourceLocation location) {
  return layers_internal::MakeLayer<CategoryEncodingLayer>(
      CategoryEncodingArgs{num_tokens, std::move(options)}, location);
}
Layer Discretization(DiscretizationOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<DiscretizationLayer>(DiscretizationArgs{std::move(options)},
                                                         location);
}
Layer IntegerLookup(IntegerLookupOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<IntegerLookupLayer>(IntegerLookupArgs{std::move(options)},
                                                        location);
}

namespace layers_internal {
LayerClass CategoryEncodingClass() {
  return {CategoryEncodingLayer::kClassName, CategoryEncodingLayer::FromConfig};
}
LayerClass DiscretizationClass() {
  return {DiscretizationLayer::kClassName, DiscretizationLayer::FromConfig};
}
LayerClass IntegerLookupClass() {
  return {IntegerLookupLayer::kClassName, IntegerLookupLayer::FromConfig};
}
}  // namespace layers_internal

}  // namespace dagrad::keras
