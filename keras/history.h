#ifndef DAGRAD_KERAS_HISTORY_H_
#define DAGRAD_KERAS_HISTORY_H_

#include <string>
#include <utility>
#include <vector>

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

// What Fit did: the logs of each epoch, as Keras's History.
struct History {
  std::vector<int64_t> epoch;   // numbers of the epochs, from 0
  std::vector<Logs> logs;       // one per epoch; validation's names begin with "val_"
  std::vector<double> seconds;  // time of each epoch, validation included
  // All values of one name, by epoch (history["val_loss"]); empty if there is none.
  std::vector<double> operator[](absl::string_view name) const;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_HISTORY_H_
