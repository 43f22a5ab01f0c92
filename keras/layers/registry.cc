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
          AdaptiveAveragePooling1DClass(),
          AdaptiveAveragePooling2DClass(),
          AdaptiveAveragePooling3DClass(),
          AdaptiveMaxPooling1DClass(),
          AdaptiveMaxPooling2DClass(),
          AdaptiveMaxPooling3DClass(),
          AddClass(),
          AdditiveAttentionClass(),
          AlphaDropoutClass(),
          AttentionClass(),
          AverageClass(),
          AveragePooling1DClass(),
          AveragePooling2DClass(),
          AveragePooling3DClass(),
          BatchNormalizationClass(),
          BidirectionalClass(),
          CategoryEncodingClass(),
          CenterCropClass(),
          ConcatenateClass(),
          Conv1DClass(),
          Conv1DTransposeClass(),
          Conv2DClass(),
          Conv2DTransposeClass(),
          Conv3DClass(),
          Cropping1DClass(),
          Cropping2DClass(),
          Cropping3DClass(),
          DenseClass(),
          DepthwiseConv1DClass(),
          DepthwiseConv2DClass(),
          DiscretizationClass(),
          DotClass(),
          DropoutClass(),
          ELUClass(),
          EinsumDenseClass(),
          EmbeddingClass(),
          FlattenClass(),
          FunctionalClass(),
          GRUClass(),
          GRUCellClass(),
          GaussianDropoutClass(),
          GaussianNoiseClass(),
          GlobalAveragePooling1DClass(),
          GlobalAveragePooling2DClass(),
          GlobalAveragePooling3DClass(),
          GlobalMaxPooling1DClass(),
          GlobalMaxPooling2DClass(),
          GlobalMaxPooling3DClass(),
          GroupNormalizationClass(),
          HashingClass(),
          IdentityClass(),
          IntegerLookupClass(),
          LSTMClass(),
          LSTMCellClass(),
          LambdaClass(),
          LayerNormalizationClass(),
          LeakyReLUClass(),
          MaskingClass(),
          MaxPooling1DClass(),
          MaxPooling2DClass(),
          MaxPooling3DClass(),
          MaximumClass(),
          MinimumClass(),
          MultiHeadAttentionClass(),
          MultiplyClass(),
          NormalizationClass(),
          PReLUClass(),
          PermuteClass(),
          RMSNormalizationClass(),
          RNNClass(),
          RandomBrightnessClass(),
          RandomContrastClass(),
          RandomCropClass(),
          RandomFlipClass(),
          RandomGrayscaleClass(),
          RandomInvertClass(),
          RandomRotationClass(),
          RandomTranslationClass(),
          RandomZoomClass(),
          ReLUClass(),
          RepeatVectorClass(),
          RescalingClass(),
          ReshapeClass(),
          ResizingClass(),
          SeparableConv1DClass(),
          SeparableConv2DClass(),
          SequentialClass(),
          SimpleRNNClass(),
          SimpleRNNCellClass(),
          SoftmaxClass(),
          SpatialDropout1DClass(),
          SpatialDropout2DClass(),
          SpatialDropout3DClass(),
          StackedRNNCellsClass(),
          SubtractClass(),
          TimeDistributedClass(),
          UnitNormalizationClass(),
          UpSampling1DClass(),
          UpSampling2DClass(),
          UpSampling3DClass(),
          ZeroPadding1DClass(),
          ZeroPadding2DClass(),
          ZeroPadding3DClass()};
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
