#include "dagrad/keras/callbacks/monitor.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/progress_bar.h"

namespace dagrad::keras::callbacks_internal {

Monitor::Monitor(std::string owner, std::string name, std::string mode, double min_delta)
    : owner_(std::move(owner)),
      name_(std::move(name)),
      mode_(std::move(mode)),
      min_delta_(std::abs(min_delta)) {}

absl::Status Monitor::Validate() const {
  if (mode_ != "auto" && mode_ != "min" && mode_ != "max") {
    return InvalidArgumentError(
        absl::StrCat(owner_, ": mode is auto, min or max, not \"", mode_, "\""));
  }
  if (std::isfinite(min_delta_)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(owner_, ": min_delta must be finite"));
}

absl::Status Monitor::FindDirection(const CallbackContext& context) {
  if (direction_ != Direction::kUnknown) return absl::OkStatus();
  if (mode_ != "auto") {
    direction_ = mode_ == "min" ? Direction::kDown : Direction::kUp;
    return absl::OkStatus();
  }
  if (context.direction) direction_ = context.direction(absl::StripPrefix(name_, "val_"));
  if (direction_ != Direction::kUnknown) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(owner_, ": whether \"", name_,
                   "\" is to be low or high is not known: say it by mode, \"min\" or \"max\""));
}

absl::StatusOr<std::optional<double>> Monitor::ValueIn(const CallbackContext& context,
                                                       const Logs& logs) {
  if (!logs.Contains(name_)) {
    std::vector<std::string> names;
    for (const auto& [name, value] : logs.entries()) names.push_back(name);
    Print(OutputStream(context.out),
          absl::StrCat(owner_, ": the logs have no number \"", name_,
                       "\"; they have: ", absl::StrJoin(names, ", "), "\n"));
    return std::optional<double>();
  }
  DAGRAD_RETURN_IF_ERROR(FindDirection(context));
  return std::optional<double>(logs[name_]);
}

bool Monitor::IsBetter(double value, std::optional<double> than) const {
  // A NaN is no better than nothing, and whatever follows is better than one.
  if (std::isnan(value)) return false;
  if (!than.has_value() || std::isnan(*than)) return true;
  return direction_ == Direction::kUp ? value - min_delta_ > *than : value + min_delta_ < *than;
}

void Put(const char* name, int64_t value, CallbackState* state) {
  (*state)[name] = Tensor::Scalar<int64_t>(value);
}

void Put(const char* name, std::optional<double> value, CallbackState* state) {
  if (value.has_value()) (*state)[name] = Tensor::Scalar<double>(*value);
}

bool Take(const char* name, CallbackState* state, int64_t* value) {
  const auto found = state->find(name);
  if (found == state->end() || found->second.dtype() != DType::kInt64 ||
      found->second.num_elements() != 1) {
    return false;
  }
  *value = found->second.data<int64_t>()[0];
  state->erase(found);
  return true;
}

bool Take(const char* name, CallbackState* state, std::optional<double>* value) {
  value->reset();
  const auto found = state->find(name);
  if (found == state->end()) return true;
  if (found->second.dtype() != DType::kFloat64 || found->second.num_elements() != 1) return false;
  *value = found->second.data<double>()[0];
  state->erase(found);
  return true;
}

}  // namespace dagrad::keras::callbacks_internal
