#ifndef DAGRAD_KERAS_CALLBACKS_MONITOR_H_
#define DAGRAD_KERAS_CALLBACKS_MONITOR_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "dagrad/keras/callbacks/callback.h"

namespace dagrad::keras::callbacks_internal {

// A number of the logs, and what is better for it.
class Monitor {
 public:
  // `owner`: the callback's class, for messages.
  Monitor(std::string owner, std::string name, std::string mode, double min_delta);

  const std::string& name() const { return name_; }
  // InvalidArgument for an unknown mode, or a min_delta that is not finite.
  absl::Status Validate() const;
  // The value in the logs of an epoch; none, which is said on context.out, if there is none.
  // InvalidArgument where mode "auto" finds no direction.
  absl::StatusOr<std::optional<double>> ValueIn(const CallbackContext& context, const Logs& logs);
  // Behind the first ValueIn.
  bool IsBetter(double value, std::optional<double> than) const;

 private:
  absl::Status FindDirection(const CallbackContext& context);

  std::string owner_;
  std::string name_;
  std::string mode_;
  double min_delta_;
  Direction direction_ = Direction::kUnknown;
};

// Numbers of a callback's state. Read: false where it is missing or of another type.
void Put(const char* name, int64_t value, CallbackState* state);
void Put(const char* name, std::optional<double> value, CallbackState* state);
bool Take(const char* name, CallbackState* state, int64_t* value);
bool Take(const char* name, CallbackState* state, std::optional<double>* value);  // may be missing

}  // namespace dagrad::keras::callbacks_internal

#endif  // DAGRAD_KERAS_CALLBACKS_MONITOR_H_
