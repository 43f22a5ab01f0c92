#ifndef DAGRAD_BENCHMARKS_MODELS_CONV_BN_H_
#define DAGRAD_BENCHMARKS_MODELS_CONV_BN_H_

#include <cstdint>
#include <string>

#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

struct ConvBnOptions {
  int64_t filters = 0;  // 0: depthwise, each channel by a filter of its own
  int size = 3;
  int stride = 1;
  const char* activation = nullptr;
};

// Convolution without bias, padded by size / 2 on all sides, batch normalization and activation:
// layers "<name>_conv" and "<name>_bn".
keras::KerasTensor ConvBn(const keras::KerasTensor& x, const std::string& name,
                          const ConvBnOptions& options);

// Mean over the image and a dense layer "classes" with softmax.
keras::KerasTensor Classify(const keras::KerasTensor& x, int64_t classes);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_CONV_BN_H_
