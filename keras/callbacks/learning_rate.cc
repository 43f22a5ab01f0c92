#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/callbacks/monitor.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/models/model.h"

// Callbacks that set the learning rate.
namespace dagrad::keras {
namespace {

using callbacks_internal::Monitor;
using callbacks_internal::Put;
using callbacks_internal::Take;

class PlateauCallback : public CallbackImpl {
 public:
  explicit PlateauCallback(callbacks::ReduceLROnPlateauOptions options)
      : o_(std::move(options)), monitor_("ReduceLROnPlateau", o_.monitor, o_.mode, o_.min_delta) {}

  absl::Status OnTrainBegin(const Context&) override {
    DAGRAD_RETURN_IF_ERROR(monitor_.Validate());
    if (!(o_.factor > 0 && o_.factor < 1)) {
      return InvalidArgumentError(
          absl::StrCat("ReduceLROnPlateau: factor must be in (0, 1), not ", o_.factor));
    }
    if (!(o_.min_lr >= 0)) {
      return InvalidArgumentError(
          absl::StrCat("ReduceLROnPlateau: min_lr must not be negative: ", o_.min_lr));
    }
    if (!std::exchange(resumed_, false)) s_ = {};
    return absl::OkStatus();
  }

  absl::Status OnEpochEnd(const Context& c, int64_t epoch, Logs* logs) override {
    DAGRAD_ASSIGN_OR_RETURN(const double rate, c.model.GetLearningRate());
    logs->Set("learning_rate", rate);
    DAGRAD_ASSIGN_OR_RETURN(const std::optional<double> current, monitor_.ValueIn(c, *logs));
    if (!current.has_value()) return absl::OkStatus();
    if (s_.cooldown_counter > 0) {
      --s_.cooldown_counter;
      s_.wait = 0;
    }
    if (monitor_.IsBetter(*current, s_.best)) {
      s_.best = current;
      s_.wait = 0;
      return absl::OkStatus();
    }
    if (s_.cooldown_counter > 0 || ++s_.wait < o_.patience || rate <= o_.min_lr)
      return absl::OkStatus();
    const double reduced = std::max(rate * o_.factor, o_.min_lr);
    DAGRAD_RETURN_IF_ERROR(c.model.SetLearningRate(reduced));
    if (o_.verbose > 0) {
      Print(OutputStream(c.out),
            absl::StrCat("\nEpoch ", epoch + 1, ": ReduceLROnPlateau reducing learning rate to ",
                         reduced, ".\n"));
    }
    s_.cooldown_counter = o_.cooldown;
    s_.wait = 0;
    return absl::OkStatus();
  }

  CallbackState State() const override {
    CallbackState state;
    Put("wait", s_.wait, &state);
    Put("cooldown_counter", s_.cooldown_counter, &state);
    Put("best", s_.best, &state);
    return state;
  }

  absl::Status SetState(const CallbackState& given) override {
    CallbackState rest = given;
    Progress s;
    if (!Take("wait", &rest, &s.wait) || !Take("cooldown_counter", &rest, &s.cooldown_counter) ||
        !Take("best", &rest, &s.best) || !rest.empty()) {
      return InvalidArgumentError("this is no state of ReduceLROnPlateau");
    }
    s_ = s;
    resumed_ = true;
    return absl::OkStatus();
  }

 private:
  struct Progress {
    int64_t wait = 0;
    int64_t cooldown_counter = 0;
    std::optional<double> best;
  };
  callbacks::ReduceLROnPlateauOptions o_;
  Monitor monitor_;
  Progress s_;
  bool resumed_ = false;
};

class SchedulerCallback : public CallbackImpl {
 public:
  SchedulerCallback(std::function<double(int64_t, double)> schedule, int verbose)
      : schedule_(std::move(schedule)), verbose_(verbose) {}

  absl::Status OnTrainBegin(const Context&) override {
    if (schedule_) return absl::OkStatus();
    return InvalidArgumentError("LearningRateScheduler: there is no schedule");
  }
  absl::Status OnEpochBegin(const Context& c, int64_t epoch) override {
    DAGRAD_ASSIGN_OR_RETURN(const double rate, c.model.GetLearningRate());
    const double wanted = schedule_(epoch, rate);
    DAGRAD_RETURN_IF_ERROR(c.model.SetLearningRate(wanted));
    if (verbose_ > 0) {
      Print(OutputStream(c.out),
            absl::StrCat("\nEpoch ", epoch + 1, ": LearningRateScheduler setting learning rate to ",
                         wanted, ".\n"));
    }
    return absl::OkStatus();
  }
  absl::Status OnEpochEnd(const Context& c, int64_t /*epoch*/, Logs* logs) override {
    DAGRAD_ASSIGN_OR_RETURN(const double rate, c.model.GetLearningRate());
    logs->Set("learning_rate", rate);
    return absl::OkStatus();
  }

 private:
  std::function<double(int64_t, double)> schedule_;
  int verbose_;
};

}  // namespace

Callback callbacks::ReduceLROnPlateau(const ReduceLROnPlateauOptions& options) {
  return {.object = std::make_shared<PlateauCallback>(options)};
}

Callback callbacks::LearningRateScheduler(std::function<double(int64_t, double)> schedule,
                                          int verbose) {
  return {.object = std::make_shared<SchedulerCallback>(std::move(schedule), verbose)};
}

}  // namespace dagrad::keras
