#ifndef DAGRAD_BENCHMARKS_MODELS_DENSE_STACK_H_
#define DAGRAD_BENCHMARKS_MODELS_DENSE_STACK_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// Dense layers "<prefix>1", "<prefix>2", ..., all but the last with ReLU.
keras::KerasTensor DenseStack(keras::KerasTensor x, const std::string& prefix,
                              std::initializer_list<int64_t> units,
                              const std::string& last_activation);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_DENSE_STACK_H_
