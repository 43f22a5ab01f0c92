#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/callbacks/monitor.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

using callbacks_internal::Monitor;
using callbacks_internal::Put;
using callbacks_internal::Take;

class EarlyStoppingCallback : public CallbackImpl {
 public:
  explicit EarlyStoppingCallback(callbacks::EarlyStoppingOptions options)
      : o_(std::move(options)), monitor_("EarlyStopping", o_.monitor, o_.mode, o_.min_delta) {}

  absl::Status OnTrainBegin(const Context&) override {
    DAGRAD_RETURN_IF_ERROR(monitor_.Validate());
    if (!std::exchange(resumed_, false)) s_ = {};
    return absl::OkStatus();
  }

  absl::Status OnEpochEnd(const Context& c, int64_t epoch, Logs* logs) override {
    DAGRAD_ASSIGN_OR_RETURN(const std::optional<double> current, monitor_.ValueIn(c, *logs));
    if (!current.has_value() || epoch < o_.start_from_epoch) return absl::OkStatus();
    if (o_.restore_best_weights && s_.best_weights.empty())
      DAGRAD_RETURN_IF_ERROR(KeepWeights(c, epoch));
    ++s_.wait;
    if (monitor_.IsBetter(*current, s_.best)) {
      s_.best = current;
      DAGRAD_RETURN_IF_ERROR(KeepWeights(c, epoch));
      if (!o_.baseline.has_value() || monitor_.IsBetter(*current, o_.baseline)) s_.wait = 0;
      return absl::OkStatus();
    }
    if (s_.wait >= o_.patience && epoch > 0) {
      s_.stopped_epoch = epoch;
      c.model.StopTraining();
    }
    return absl::OkStatus();
  }

  absl::Status OnTrainEnd(const Context& c, const Logs&) override {
    if (s_.stopped_epoch > 0)
      Say(c, absl::StrCat("Epoch ", s_.stopped_epoch + 1, ": early stopping\n"));
    if (s_.best_weights.empty()) return absl::OkStatus();
    Say(c, absl::StrCat("Restoring model weights from the end of the best epoch: ",
                        s_.best_epoch + 1, ".\n"));
    return c.model.SetWeights(s_.best_weights);
  }

  CallbackState State() const override {
    CallbackState state;
    Put("wait", s_.wait, &state);
    Put("stopped_epoch", s_.stopped_epoch, &state);
    Put("best_epoch", s_.best_epoch, &state);
    Put("best", s_.best, &state);
    for (size_t i = 0; i < s_.best_weights.size(); ++i)
      state[absl::StrCat("best_weights/", i)] = s_.best_weights[i];
    return state;
  }

  absl::Status SetState(const CallbackState& given) override {
    CallbackState rest = given;
    Progress s;
    bool good = Take("wait", &rest, &s.wait) && Take("stopped_epoch", &rest, &s.stopped_epoch) &&
                Take("best_epoch", &rest, &s.best_epoch) && Take("best", &rest, &s.best);
    for (size_t i = 0; good && !rest.empty(); ++i) {
      auto weight = rest.extract(absl::StrCat("best_weights/", i));
      good = !weight.empty();
      if (good) s.best_weights.push_back(weight.mapped());
    }
    if (!good) return InvalidArgumentError("this is no state of EarlyStopping");
    s_ = std::move(s);
    resumed_ = true;
    return absl::OkStatus();
  }

 private:
  struct Progress {
    int64_t wait = 0;
    int64_t stopped_epoch = 0;
    int64_t best_epoch = 0;
    std::optional<double> best;
    std::vector<Tensor> best_weights;  // none where they are not restored
  };

  absl::Status KeepWeights(const Context& c, int64_t epoch) {
    s_.best_epoch = epoch;
    if (!o_.restore_best_weights) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(s_.best_weights, c.model.GetWeights());
    return absl::OkStatus();
  }
  void Say(const Context& c, const std::string& text) const {
    if (o_.verbose > 0) Print(OutputStream(c.out), text);
  }

  callbacks::EarlyStoppingOptions o_;
  Monitor monitor_;
  Progress s_;
  bool resumed_ = false;
};

}  // namespace

Callback callbacks::EarlyStopping(const EarlyStoppingOptions& options) {
  return {.object = std::make_shared<EarlyStoppingCallback>(options)};
}

}  // namespace dagrad::keras
