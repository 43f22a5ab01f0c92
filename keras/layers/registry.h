#ifndef DAGRAD_KERAS_LAYERS_REGISTRY_H_
#define DAGRAD_KERAS_LAYERS_REGISTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "dagrad/keras/layers/layer.h"

namespace dagrad::keras::layers_internal {

// The classes that each file of this folder defines; registry.cc lists them all.
LayerClass DenseClass();
LayerClass Conv2DClass();
LayerClass Conv1DClass();
LayerClass DepthwiseConv2DClass();
LayerClass SeparableConv2DClass();
LayerClass EmbeddingClass();
LayerClass MaskingClass();
LayerClass PermuteClass();
LayerClass RepeatVectorClass();
LayerClass UpSampling1DClass();
LayerClass UpSampling2DClass();
LayerClass ZeroPadding1DClass();
LayerClass Cropping1DClass();
LayerClass Cropping2DClass();
LayerClass LeakyReLUClass();
LayerClass ELUClass();
LayerClass PReLUClass();
LayerClass IdentityClass();
LayerClass SubtractClass();
LayerClass AverageClass();
LayerClass MaximumClass();
LayerClass MinimumClass();
LayerClass SpatialDropout1DClass();
LayerClass SpatialDropout2DClass();
LayerClass GaussianDropoutClass();
LayerClass AlphaDropoutClass();
LayerClass GaussianNoiseClass();
LayerClass UnitNormalizationClass();
LayerClass RMSNormalizationClass();
LayerClass GroupNormalizationClass();
LayerClass ActivityRegularizationClass();
LayerClass MaxPooling1DClass();
LayerClass AveragePooling1DClass();
LayerClass MaxPooling2DClass();
LayerClass AveragePooling2DClass();
LayerClass GlobalMaxPooling1DClass();
LayerClass GlobalAveragePooling1DClass();
LayerClass GlobalMaxPooling2DClass();
LayerClass GlobalAveragePooling2DClass();
LayerClass ZeroPadding2DClass();
LayerClass ReLUClass();
LayerClass SoftmaxClass();
LayerClass FlattenClass();
LayerClass ReshapeClass();
LayerClass ActivationClass();
LayerClass DropoutClass();
LayerClass BatchNormalizationClass();
LayerClass LayerNormalizationClass();
LayerClass LSTMClass();
LayerClass GRUClass();
LayerClass MultiHeadAttentionClass();
LayerClass AddClass();
LayerClass MultiplyClass();
LayerClass ConcatenateClass();
LayerClass TimeDistributedClass();
LayerClass BidirectionalClass();
LayerClass FunctionalClass();
LayerClass SequentialClass();

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_REGISTRY_H_
