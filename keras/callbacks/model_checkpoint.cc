#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/callbacks/monitor.h"
#include "dagrad/keras/callbacks/path_template.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

using callbacks_internal::FillTemplate;
using callbacks_internal::Monitor;
using callbacks_internal::NamedNumber;
using callbacks_internal::Put;
using callbacks_internal::Take;

class CheckpointCallback : public CallbackImpl {
 public:
  CheckpointCallback(std::string filepath, callbacks::ModelCheckpointOptions options)
      : filepath_(std::move(filepath)),
        o_(std::move(options)),
        monitor_("ModelCheckpoint", o_.monitor, o_.mode, 0),
        best_(o_.initial_value_threshold) {}

  absl::Status OnTrainBegin(const Context&) override {
    if (filepath_.empty()) return InvalidArgumentError("ModelCheckpoint: filepath is empty");
    if (o_.save_freq < 0) {
      return InvalidArgumentError(
          absl::StrCat("ModelCheckpoint: save_freq must not be negative: ", o_.save_freq));
    }
    return monitor_.Validate();
  }

  absl::Status OnEpochBegin(const Context&, int64_t epoch) override {
    epoch_ = epoch;
    return absl::OkStatus();
  }

  absl::Status OnTrainBatchEnd(const Context& c, int64_t batch, RunningLogs logs) override {
    if (o_.save_freq == 0 || ++batches_ < o_.save_freq) return absl::OkStatus();
    batches_ = 0;
    return SaveIfBetter(c, batch, logs());
  }

  absl::Status OnEpochEnd(const Context& c, int64_t epoch, Logs* logs) override {
    epoch_ = epoch;
    return o_.save_freq == 0 ? SaveIfBetter(c, std::nullopt, *logs) : absl::OkStatus();
  }

  CallbackState State() const override {
    CallbackState state;
    Put("batches", batches_, &state);
    Put("best", best_, &state);
    return state;
  }

  absl::Status SetState(const CallbackState& given) override {
    CallbackState rest = given;
    int64_t batches = 0;
    std::optional<double> best;
    if (!Take("batches", &rest, &batches) || !Take("best", &rest, &best) || !rest.empty())
      return InvalidArgumentError("this is no state of ModelCheckpoint");
    batches_ = batches;
    best_ = best;
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::string> Path(std::optional<int64_t> batch, const Logs& logs) const {
    std::vector<NamedNumber> numbers = {{"epoch", epoch_ + 1}};
    if (batch.has_value()) numbers.push_back({"batch", *batch + 1});
    for (const auto& [name, value] : logs.entries()) numbers.push_back({name, value});
    absl::StatusOr<std::string> path = FillTemplate(filepath_, numbers);
    if (path.ok()) return path;
    return Prefixed(absl::StrCat("ModelCheckpoint: filepath \"", filepath_, "\""), path.status());
  }

  // Whether the logs are better than ever, or nobody asks.
  absl::StatusOr<bool> IsToBeSaved(const Context& c, const std::string& path, const Logs& logs) {
    if (!o_.save_best_only) return true;
    DAGRAD_ASSIGN_OR_RETURN(const std::optional<double> current, monitor_.ValueIn(c, logs));
    if (!current.has_value()) return true;
    const std::string best =
        best_.has_value() ? absl::StrFormat("%.5f", *best_) : std::string("None");
    const bool better = monitor_.IsBetter(*current, best_);
    if (better) {
      Say(c, absl::StrFormat("%s improved from %s to %.5f, saving model to %s", o_.monitor, best,
                             *current, path));
      best_ = current;
    } else {
      Say(c, absl::StrCat(o_.monitor, " did not improve from ", best));
    }
    return better;
  }

  absl::Status SaveIfBetter(const Context& c, std::optional<int64_t> batch, const Logs& logs) {
    DAGRAD_ASSIGN_OR_RETURN(const std::string path, Path(batch, logs));
    DAGRAD_ASSIGN_OR_RETURN(const bool saved, IsToBeSaved(c, path, logs));
    if (!saved) return absl::OkStatus();
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    DAGRAD_RETURN_IF_ERROR(Prefixed(
        "ModelCheckpoint", o_.save_weights_only ? c.model.SaveWeights(path) : c.model.Save(path)));
    Say(c, absl::StrCat("finished saving model to ", path));
    return absl::OkStatus();
  }

  void Say(const Context& c, const std::string& text) const {
    if (o_.verbose > 0)
      Print(OutputStream(c.out), absl::StrCat("\nEpoch ", epoch_ + 1, ": ", text, "\n"));
  }

  std::string filepath_;
  callbacks::ModelCheckpointOptions o_;
  Monitor monitor_;
  std::optional<double> best_;
  int64_t epoch_ = 0;
  int64_t batches_ = 0;  // since the last saving
};

}  // namespace

Callback callbacks::ModelCheckpoint(const std::string& filepath,
                                    const ModelCheckpointOptions& options) {
  return {.object = std::make_shared<CheckpointCallback>(filepath, options)};
}

}  // namespace dagrad::keras
