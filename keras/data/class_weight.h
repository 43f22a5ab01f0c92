#ifndef DAGRAD_KERAS_DATA_CLASS_WEIGHT_H_
#define DAGRAD_KERAS_DATA_CLASS_WEIGHT_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

// Sample weights ([examples], float64) that give every example the weight of its class, 1 for a
// class that is not listed, times `sample_weight` where that is defined. `targets` is one tensor of
// class numbers ([n] or [n, 1]; floats are rounded, halves to the even one, as Keras does) or
// one-hot rows ([n, classes], where the first of the greatest values counts). InvalidArgument
// otherwise, and for a value that is not finite, which is named with its row.
absl::StatusOr<Tensor> ClassWeights(const std::map<int64_t, double>& weights,
                                    const std::vector<Tensor>& targets,
                                    const Tensor& sample_weight);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_CLASS_WEIGHT_H_
