#ifndef DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_
#define DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_

#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// The models, each defined in the file of its family. Layers with weights have names, by which
// the peers find the weights.

// mlp.cc: 784-512-512-10; 7-100-100-1; 9-10-5-1.
keras::Model Mlp();
keras::Model Titanic();
keras::Model Wages();

// cnn.cc: two convolutions on 28 x 28 and two dense layers.
keras::Model Cnn();

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_FAMILIES_H_
