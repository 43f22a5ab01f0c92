#ifndef DAGRAD_KERAS_LAYERS_RANDOM_IMAGE_H_
#define DAGRAD_KERAS_LAYERS_RANDOM_IMAGE_H_

#include <cstdint>
#include <optional>

#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/image_size.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/random/random.h"

// What the layers share that change images at random.
namespace dagrad::keras::layers_internal {

// Uniform on [low, high), one for each image: [batch, 1, 1, 1].
inline Value DrawEach(CallContext& context, Value x, const std::optional<int64_t>& seed, double low,
                      double high) {
  if (low == high) return Full(x.builder(), x.dtype(), {x.dim(0), 1, 1, 1}, low);
  const int64_t stream = context.NextStream() ^ (seed.value_or(0) << 20);
  return RandomUniform(context.RandomKey(), {x.dim(0), 1, 1, 1},
                       {.lo = low, .hi = high, .stream = stream, .dtype = x.dtype()});
}

// `what` of numbers in [least, most].
inline absl::Status CheckFactor(const char* what, const Factor& f, double least, double most) {
  if (f.lower >= least && f.upper <= most && f.lower <= f.upper) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(what, " must be in [", least, ", ", most, "], not [",
                                           f.lower, ", ", f.upper, "]"));
}

// Of a layer that changes images in training only: T::Change(context, x) says how.
template <typename T, typename Args>
class RandomImageLayer : public ConfiguredLayer<T, Args> {
 public:
  using ConfiguredLayer<T, Args>::ConfiguredLayer;
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = AsFloats(inputs[0]);
    if (!context.training() || !x.valid()) return x;
    return static_cast<const T*>(this)->Change(context, x);
  }
};

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_RANDOM_IMAGE_H_
