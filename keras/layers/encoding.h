#ifndef DAGRAD_KERAS_LAYERS_ENCODING_H_
#define DAGRAD_KERAS_LAYERS_ENCODING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/builder.h"

// How numbers of categories leave the layers that make them.
namespace dagrad::keras::layers_internal {

// "int", if `with_int`, "one_hot", "multi_hot" or "count"; multi_hot and count need a rank of 2.
absl::Status CheckOutputMode(const std::string& mode, bool with_int, const ValueType& input);

// int64 `indices`, [batch, …], as float32: CategoryEncoding says how. `weights`: of "count", or
// Value().
Value EncodeCategories(Value indices, const std::string& mode, int64_t depth, Value weights);

// Of each element of x, how many of the rising numbers are <= x: int64. Of x's dtype.
Value CountNotAbove(Value x, const Tensor& rising);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_ENCODING_H_
