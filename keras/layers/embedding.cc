#include <memory>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/indexing/gather/gather.h"

namespace dagrad::keras {
namespace {

struct EmbeddingArgs {
  int64_t input_dim = 1;
  int64_t output_dim = 1;
  EmbeddingOptions options;
};

class EmbeddingLayer : public layers_internal::ConfiguredLayer<EmbeddingLayer, EmbeddingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Embedding";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("input_dim", a.input_dim);
    visit("output_dim", a.output_dim);
    visit("embeddings_initializer", a.options.embeddings_initializer);
    visit("embeddings_regularizer", a.options.embeddings_regularizer);
    visit("embeddings_constraint", a.options.embeddings_constraint);
    visit("mask_zero", a.options.mask_zero);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    if (inputs[0].dtype == DType::kBool) {
      return InvalidArgumentError(
          absl::StrCat("takes integers or floats, not ", inputs[0].ToString()));
    }
    if (args().input_dim < 1 || args().output_dim < 1) {
      return InvalidArgumentError(absl::StrCat("input_dim and output_dim must be positive, not ",
                                               args().input_dim, " and ", args().output_dim));
    }
    const DType dtype = inputs[0].dtype == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
    embeddings_ =
        WithRules(AddWeight("embeddings", dtype, {args().input_dim, args().output_dim},
                            args().options.embeddings_initializer),
                  args().options.embeddings_regularizer, args().options.embeddings_constraint);
    return absl::OkStatus();
  }

  IntegerData integer_data() const override { return IntegerData::kIndices; }

  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value indices = inputs[0];
    if (!indices.valid()) return indices;
    const Value mask = args().options.mask_zero ? NotEqual(indices, 0) : Value();
    if (!kIndexTypes.Contains(indices.dtype())) indices = Cast(indices, DType::kInt32);
    return {{Gather(WeightValue(context, embeddings_), indices)}, {mask}};
  }

  bool supports_masking() const override { return args().options.mask_zero; }

 private:
  int embeddings_ = -1;
};

}  // namespace

Layer Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options,
                SourceLocation location) {
  std::string name = options.name;
  return Layer(std::make_shared<EmbeddingLayer>(
      EmbeddingArgs{input_dim, output_dim, std::move(options)}, std::move(name), location));
}

LayerClass layers_internal::EmbeddingClass() {
  return {EmbeddingLayer::kClassName, EmbeddingLayer::FromConfig};
}

}  // namespace dagrad::keras
