#ifndef DAGRAD_KERAS_LAYERS_MERGING_H_
#define DAGRAD_KERAS_LAYERS_MERGING_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers of several inputs. layers.h says what holds for all.
namespace dagrad::keras {

// Sum of one or more tensors, whose dimensions are equal or 1. One of a lower rank gets axes of 1
// behind the batch: [batch, 2] is added to every step of [batch, 3, 2]. Integers and bools become
// what the floats among the inputs are, or the narrowest integers that hold all.
Layer Add(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

// Product, otherwise as Add. Padding counts as 1, or as 0 where it is in all inputs.
Layer Multiply(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

// Difference of two, and the mean, of integers float32, otherwise as Add.
Layer Subtract(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
Layer Average(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

// Maximum and minimum, otherwise as Add. Padding counts for nothing where another input has data;
// where all are padding it is the first input's.
Layer Maximum(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());
Layer Minimum(LayerOptions options = {}, SourceLocation location = SourceLocation::Current());

struct ConcatenateOptions {
  int64_t axis = -1;
  std::string name = {};
};
// Joins one or more tensors along an axis other than the batch's. Dtypes as Add's.
Layer Concatenate(ConcatenateOptions options = {},
                  SourceLocation location = SourceLocation::Current());

// The axes of the two inputs that Dot sums over; one number stands for both.
struct DotAxes {
  int64_t first = 1, second = 1;
  DotAxes(int64_t both) : first(both), second(both) {}  // NOLINT(google-explicit-constructor)
  DotAxes(int both) : first(both), second(both) {}      // NOLINT(google-explicit-constructor)
  DotAxes(int64_t a, int64_t b) : first(a), second(b) {}
};
struct DotOptions {
  bool normalize = false;  // to length 1 along the axes first: the result is the cosine
  std::string name = {};
};
// y[b, i…, j…] = Σ_k x₁[b, …k…] x₂[b, …k…]: of two inputs, with the axes of the first but for the
// one that is summed over, then those of the second. Two of rank 2 give [batch, 1]. Negative axes
// count from the end; the batch's is none.
Layer Dot(DotAxes axes, DotOptions options = {},
          SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_MERGING_H_
