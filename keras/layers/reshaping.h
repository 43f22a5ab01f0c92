#ifndef DAGRAD_KERAS_LAYERS_RESHAPING_H_
#define DAGRAD_KERAS_LAYERS_RESHAPING_H_

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers that give their input another shape. layers.h says what holds for all.
namespace dagrad::keras {

// [batch, …] to [batch, product]. Any dtype.
Layer Flatten(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
// [batch, …] to [batch, target_shape…]; one entry may be -1. Any dtype.
Layer Reshape(Dims target_shape, LayerOptions options = {},
              SourceLocation location = SourceLocation::Current());

// Zeros around the height and width of [batch, h, w, c].
Layer ZeroPadding2D(Padding2D padding = 1, LayerOptions options = {},
                    SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_RESHAPING_H_
