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

namespace dagrad::keras {

// Values of losses and metrics in the order in which they are shown: {"loss", 0.31}, {"accuracy",
// 0.9}.
class Logs {
 public:
  void Set(absl::string_view name, double value);
  // NaN if there is none of that name.
  double operator[](absl::string_view name) const;
  bool Contains(absl::string_view name) const;
  const std::vector<std::pair<std::string, double>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, double>> entries_;
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
