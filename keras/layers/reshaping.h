#ifndef DAGRAD_KERAS_LAYERS_RESHAPING_H_
#define DAGRAD_KERAS_LAYERS_RESHAPING_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers that give their input another shape. layers.h says what holds for all.
namespace dagrad::keras {

// [batch, …] to [batch, product]. Any dtype.
Layer Flatten(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
// [batch, …] to [batch, target_shape…]; one entry may be -1. Any dtype. Where sizes of the input
// are kNone, elements without a place are an error of the run.
Layer Reshape(Dims target_shape, LayerOptions options = {},
              SourceLocation location = SourceLocation::Current());

// Zeros around the height and width of [batch, h, w, c].
Layer ZeroPadding2D(Padding2D padding = 1, LayerOptions options = {},
                    SourceLocation location = SourceLocation::Current());

// Zeros before and after the steps of [batch, steps, c].
Layer ZeroPadding1D(Padding1D padding = 1, LayerOptions options = {},
                    SourceLocation location = SourceLocation::Current());

// [batch, steps, c], or [batch, h, w, c], without so many steps, or rows and columns, at the ends.
// At least one must be left. Any dtype.
Layer Cropping1D(Padding1D cropping = 1, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());
Layer Cropping2D(Padding2D cropping = 0, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());

// [batch, steps, c] with every step `size` times in a row. Any dtype.
Layer UpSampling1D(int64_t size = 2, LayerOptions options = {},
                   SourceLocation location = SourceLocation::Current());

struct UpSampling2DOptions {
  std::string interpolation = "nearest";  // or "bilinear", "bicubic", as in Resizing
  InputShape input_shape = {};
  std::string name = {};
};
// [batch, h, w, c] with every row and every column so many times in a row, of any dtype; or, where
// interpolation is not "nearest", resized to h · size.height and w · size.width, as Resizing does:
// images of known height and width, to floats.
Layer UpSampling2D(Size2D size = 2, UpSampling2DOptions options = {},
                   SourceLocation location = SourceLocation::Current());

// [batch, c] n times: [batch, n, c]. Any dtype.
Layer RepeatVector(int64_t n, LayerOptions options = {},
                   SourceLocation location = SourceLocation::Current());

// Axis i of the result, i ≥ 1, is axis dims[i - 1] of the input; the batch's stays the first. {2,
// 1} swaps the others of [batch, a, b]. Any dtype.
Layer Permute(Dims dims, LayerOptions options = {},
              SourceLocation location = SourceLocation::Current());

// The same for volumes [batch, depth, height, width, c].
Layer ZeroPadding3D(Padding3D padding = 1, LayerOptions options = {},
                    SourceLocation location = SourceLocation::Current());
Layer Cropping3D(Padding3D cropping = 1, LayerOptions options = {},
                 SourceLocation location = SourceLocation::Current());
Layer UpSampling3D(Size3D size = 2, LayerOptions options = {},
                   SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_RESHAPING_H_
