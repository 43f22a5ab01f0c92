#ifndef DAGRAD_KERAS_DATA_TIMESERIES_H_
#define DAGRAD_KERAS_DATA_TIMESERIES_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/data/batch_source.h"

namespace dagrad::keras {

struct TimeseriesOptions {
  int64_t sequence_stride = 1;  // steps from the begin of a window to that of the next
  int64_t sampling_rate = 1;    // steps between the elements of a window
  int64_t batch_size = 128;
  // The order of each epoch is a permutation made of the seed and the epoch's number; Keras's
  // shuffles are others.
  bool shuffle = false;
  int64_t seed = 0;
  int64_t start_index = 0;                // of the data that are used …
  std::optional<int64_t> end_index = {};  // … and behind the last of them; default: all
};

// Windows over series: with data [steps, …], targets [steps, …] (or not defined) and d =
// data[start_index … end_index], window i is
//
//   x[i, k] = d[i · sequence_stride + k · sampling_rate],  k < sequence_length
//   y[i] = targets[start_index + i · sequence_stride]
//
// for all i whose windows lie in d and that have a target. To predict the step behind a window,
// targets are the data from step sequence_length on. Windows are made batch by batch, not all at
// once. InvalidArgument for options out of range, and where there is no window. Source: Keras 3,
// keras.utils.timeseries_dataset_from_array.
absl::StatusOr<BatchSourcePtr> TimeseriesDatasetFromArray(const Tensor& data, const Tensor& targets,
                                                          int64_t sequence_length,
                                                          const TimeseriesOptions& options = {});

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_TIMESERIES_H_
