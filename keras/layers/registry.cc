#include "dagrad/keras/layers/registry.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/keras/layers/layers.h"

namespace dagrad::keras {
namespace {

std::vector<layers_internal::LayerClass> AllClasses() {
  using namespace layers_internal;  // NOLINT(google-build-using-namespace)
  return {ActivationClass(),
          AddClass(),
          AveragePooling1DClass(),
          AveragePooling2DClass(),
          BatchNormalizationClass(),
          BidirectionalClass(),
          ConcatenateClass(),
          Conv1DClass(),
          Conv2DClass(),
          DenseClass(),
          DepthwiseConv2DClass(),
          DropoutClass(),
          EmbeddingClass(),
          FlattenClass(),
          FunctionalClass(),
          GRUClass(),
          GlobalAveragePooling1DClass(),
          GlobalAveragePooling2DClass(),
          GlobalMaxPooling1DClass(),
          GlobalMaxPooling2DClass(),
          LSTMClass(),
          LayerNormalizationClass(),
          MaxPooling1DClass(),
          MaxPooling2DClass(),
          MultiHeadAttentionClass(),
          MultiplyClass(),
          ReLUClass(),
          ReshapeClass(),
          SeparableConv2DClass(),
          SequentialClass(),
          SoftmaxClass(),
          TimeDistributedClass(),
          ZeroPadding2DClass()};
}

}  // namespace

absl::StatusOr<Layer> LayerFromConfig(const std::string& class_name, const std::string& name,
                                      const Json& config) {
  for (const layers_internal::LayerClass& c : AllClasses()) {
    if (c.name != class_name) continue;
    absl::StatusOr<Layer> layer = c.from_config(name, config);
    if (layer.ok()) return layer;
    return Prefixed(absl::StrCat("layer \"", name, "\" (", class_name, ")"), layer.status());
  }
  return InvalidArgumentError(absl::StrCat("unknown layer class \"", class_name, "\"",
                                           PerhapsOf(class_name, LayerClassNames())));
}

std::vector<std::string> LayerClassNames() {
  std::vector<std::string> names;
  for (const layers_internal::LayerClass& c : AllClasses()) names.emplace_back(c.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dagrad::keras
