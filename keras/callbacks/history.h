#ifndef DAGRAD_KERAS_CALLBACKS_HISTORY_H_
#define DAGRAD_KERAS_CALLBACKS_HISTORY_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

// Values of losses and metrics in the order in which they are shown: {"loss", 0.31}, {"accuracy",
// 0.9}. Metrics whose result is a vector or a matrix are tensors beside them: these are not shown
// by the progress bar, and cannot be monitored.
class Logs {
 public:
  void Set(absl::string_view name, double value);
  void Set(absl::string_view name, Tensor value);
  // NaN if there is no number of that name.
  double operator[](absl::string_view name) const;
  // Not defined() if there is no tensor of that name.
  Tensor GetTensor(absl::string_view name) const;
  // Whether there is a number of that name.
  bool Contains(absl::string_view name) const;
  const std::vector<std::pair<std::string, double>>& entries() const { return entries_; }
  const std::vector<std::pair<std::string, Tensor>>& tensors() const { return tensors_; }

 private:
  std::vector<std::pair<std::string, double>> entries_;
  std::vector<std::pair<std::string, Tensor>> tensors_;  // float64
};

// A batch of an epoch, both counted from 0.
struct BatchNumber {
  int64_t epoch = 0;
  int64_t batch = 0;
};

// What Fit did: the logs of each epoch, as Keras's History.
struct History {
  std::vector<int64_t> epoch;            // numbers of the epochs, from 0
  std::vector<Logs> logs;                // one per epoch; validation's names begin with "val_"
  std::vector<double> seconds;           // time of each epoch, validation included
  std::optional<BatchNumber> first_nan;  // the first batch whose loss was NaN
  // All values of one name, by epoch (history["val_loss"]); empty if there is none.
  std::vector<double> operator[](absl::string_view name) const;
};

// "accuracy: 0.9, loss: 0.31"; a line "epoch 1: …" for each epoch; or the error.
std::ostream& operator<<(std::ostream& out, const Logs& logs);
std::ostream& operator<<(std::ostream& out, const History& history);
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Logs>& logs);
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<History>& history);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_CALLBACKS_HISTORY_H_
