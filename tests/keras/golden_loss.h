#ifndef DAGRAD_TESTS_KERAS_GOLDEN_LOSS_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_LOSS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/json.h"

namespace dagrad::keras_parity {

// Keras's names of the registered losses; "Loss" stands for one of the program's own.
std::vector<std::string> RegisteredLosses();
// Whether the loss that the registry makes of this class and the case's "config" gives the case's
// losses with and without weights, of a batch and in an evaluation, and its gradient.
absl::Status CheckLoss(const std::string& class_name, const Json& golden);

// Keras's names of the registered metrics; "Metric" and "MeanMetricWrapper" stand for the program's
// own.
std::vector<std::string> RegisteredMetrics();
// Whether the metric gives the case's results over batches of 2, with weights and without.
absl::Status CheckMetric(const std::string& class_name, const Json& golden);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_LOSS_H_
