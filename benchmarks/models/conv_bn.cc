#include "dagrad/benchmarks/models/conv_bn.h"

#include <string>

namespace dagrad::benchmarks {

using keras::KerasTensor;

KerasTensor ConvBn(const KerasTensor& x, const std::string& name, const ConvBnOptions& options) {
  // "same" pads evenly with stride 1 only.
  const bool pad = options.stride > 1 && options.size > 1;
  const char* const padding = pad ? "valid" : "same";
  KerasTensor y = pad ? keras::ZeroPadding2D(options.size / 2)(x) : x;
  if (options.filters == 0) {
    y = keras::DepthwiseConv2D(
        options.size,
        {.strides = options.stride, .padding = padding, .use_bias = false, .name = name + "_conv"})(
        y);
  } else {
    y = keras::Conv2D(
        options.filters, options.size,
        {.strides = options.stride, .padding = padding, .use_bias = false, .name = name + "_conv"})(
        y);
  }
  y = keras::BatchNormalization({.name = name + "_bn"})(y);
  return options.activation == nullptr ? y : keras::Activation(options.activation)(y);
}

KerasTensor Classify(const KerasTensor& x, int64_t classes) {
  return keras::Dense(
      classes, {.activation = "softmax", .name = "classes"})(keras::GlobalAveragePooling2D()(x));
}

}  // namespace dagrad::benchmarks
