#include "dagrad/keras/layers/registry.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/models/custom_objects.h"

namespace dagrad::keras {
namespace {

std::vector<LayerClass> MakeClasses() {
  using namespace layers_internal;  // NOLINT(google-build-using-namespace)
  return {ActivationClass(),
          ActivityRegularizationClass(),
          AddClass(),
          AlphaDropoutClass(),
          AverageClass(),
          AveragePooling1DClass(),
          AveragePooling2DClass(),
          BatchNormalizationClass(),
          BidirectionalClass(),
          ConcatenateClass(),
          Conv1DClass(),
          Conv2DClass(),
          Cropping1DClass(),
          Cropping2DClass(),
          DenseClass(),
          DepthwiseConv2DClass(),
          DropoutClass(),
          ELUClass(),
          EmbeddingClass(),
          FlattenClass(),
          FunctionalClass(),
          GRUClass(),
          GaussianDropoutClass(),
          GaussianNoiseClass(),
          GlobalAveragePooling1DClass(),
          GlobalAveragePooling2DClass(),
          GlobalMaxPooling1DClass(),
          GlobalMaxPooling2DClass(),
          GroupNormalizationClass(),
          IdentityClass(),
          LSTMClass(),
          LayerNormalizationClass(),
          LeakyReLUClass(),
          MaskingClass(),
          MaxPooling1DClass(),
          MaxPooling2DClass(),
          MaximumClass(),
          MinimumClass(),
          MultiHeadAttentionClass(),
          MultiplyClass(),
          PReLUClass(),
          PermuteClass(),
          RMSNormalizationClass(),
          ReLUClass(),
          RepeatVectorClass(),
          ReshapeClass(),
          SeparableConv2DClass(),
          SequentialClass(),
          SoftmaxClass(),
          SpatialDropout1DClass(),
          SpatialDropout2DClass(),
          SubtractClass(),
          TimeDistributedClass(),
          UnitNormalizationClass(),
          UpSampling1DClass(),
          UpSampling2DClass(),
          ZeroPadding1DClass(),
          ZeroPadding2DClass()};
}

const std::vector<LayerClass>& AllClasses() {
  static const auto* const classes = new std::vector<LayerClass>(MakeClasses());
  return *classes;
}

}  // namespace

absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config, const CustomObjects& custom) {
  for (absl::Span<const LayerClass> classes :
       {absl::MakeConstSpan(custom.layers), absl::MakeConstSpan(AllClasses())}) {
    for (const LayerClass& c : classes) {
      if (c.name != class_name) continue;
      absl::StatusOr<Layer> layer = c.make(name, config, custom);
      if (layer.ok()) return layer;
      return Prefixed(absl::StrCat("layer \"", name, "\" (", class_name, ")"), layer.status());
    }
  }
  return InvalidArgumentError(
      absl::StrCat("layer \"", name, "\": unknown layer class \"", class_name, "\"",
                   PerhapsOf(class_name, LayerClassNames()),
                   "; a class of your own is given to Load as custom_objects: .layers = {{\"",
                   class_name, "\", …}}"));
}

absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config) {
  return LayerFromConfig(class_name, name, config, CustomObjects());
}

std::vector<std::string> LayerClassNames() {
  std::vector<std::string> names;
  for (const LayerClass& c : AllClasses()) names.push_back(c.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dagrad::keras
