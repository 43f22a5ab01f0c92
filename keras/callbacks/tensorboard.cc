#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/tensorboard/event_file.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/callbacks/monitor.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

using callbacks_internal::Put;
using callbacks_internal::Take;
using io::tensorboard::EventFile;

constexpr const char* kBatches = "batches";
using Clock = std::chrono::steady_clock;

double PerSecond(double count, Clock::time_point since) {
  return count / std::chrono::duration<double>(Clock::now() - since).count();
}

class TensorBoardCallback : public CallbackImpl {
 public:
  TensorBoardCallback(std::string log_dir, callbacks::TensorBoardOptions options)
      : log_dir_(std::move(log_dir)), o_(options) {}

  absl::Status OnTrainBegin(const Context&) override {
    if (log_dir_.empty()) return InvalidArgumentError("TensorBoard: log_dir is empty");
    if (o_.histogram_freq < 0 || o_.update_freq < 0) {
      return InvalidArgumentError(absl::StrCat(
          "TensorBoard: histogram_freq and update_freq must not be negative: ", o_.histogram_freq,
          ", ", o_.update_freq));
    }
    if (!restored_) batches_ = 0;
    restored_ = false;
    return absl::OkStatus();
  }

  absl::Status OnEpochBegin(const Context& c, int64_t) override {
    if (!o_.write_steps_per_second) return absl::OkStatus();
    iterations_before_ = c.model.GetIterations().value_or(0);
    epoch_begin_ = Clock::now();
    return absl::OkStatus();
  }

  absl::Status OnTrainBatchBegin(const Context&, int64_t) override {
    ++batches_;
    if (o_.write_steps_per_second) batch_begin_ = Clock::now();
    return absl::OkStatus();
  }

  absl::Status OnTrainBatchEnd(const Context&, int64_t, RunningLogs logs) override {
    if (o_.update_freq == 0 || batches_ % o_.update_freq != 0) return absl::OkStatus();
    if (o_.write_steps_per_second) {
      DAGRAD_RETURN_IF_ERROR(
          AddScalar(&train_, "batch_steps_per_second", batches_, PerSecond(1, batch_begin_)));
    }
    const Logs running = logs();
    for (const auto& [name, value] : running.entries())
      DAGRAD_RETURN_IF_ERROR(AddScalar(&train_, absl::StrCat("batch_", name), batches_, value));
    return absl::OkStatus();
  }

  absl::Status OnTestEnd(const Context& c, const Logs& logs) override {
    const int64_t iterations = c.model.GetIterations().value_or(0);  // without an optimizer none
    for (const auto& [name, value] : logs.entries()) {
      DAGRAD_RETURN_IF_ERROR(AddScalar(
          &validation_, absl::StrCat("evaluation_", name, "_vs_iterations"), iterations, value));
    }
    return Flush();
  }

  absl::Status OnEpochEnd(const Context& c, int64_t epoch, Logs* logs) override {
    for (const auto& [name, value] : logs->entries()) {
      absl::string_view shown = name;
      const bool of_validation = absl::ConsumePrefix(&shown, "val_");
      if (shown == "learning_rate") continue;  // of another callback, as it was
      DAGRAD_RETURN_IF_ERROR(AddScalar(of_validation ? &validation_ : &train_,
                                       absl::StrCat("epoch_", shown), epoch, value));
    }
    const absl::StatusOr<double> rate = c.model.GetLearningRate();
    if (rate.ok()) DAGRAD_RETURN_IF_ERROR(AddScalar(&train_, "epoch_learning_rate", epoch, *rate));
    if (o_.write_steps_per_second) {
      const int64_t iterations = c.model.GetIterations().value_or(0);
      const auto steps = static_cast<double>(iterations - iterations_before_);
      DAGRAD_RETURN_IF_ERROR(
          AddScalar(&train_, "epoch_steps_per_second", epoch, PerSecond(steps, epoch_begin_)));
    }
    if (o_.histogram_freq > 0 && epoch % o_.histogram_freq == 0)
      DAGRAD_RETURN_IF_ERROR(AddWeights(c, epoch));
    return Flush();
  }

  // A later Fit begins new files.
  absl::Status OnTrainEnd(const Context&, const Logs&) override {
    const absl::Status flushed = Flush();
    train_.reset();
    validation_.reset();
    return flushed;
  }

  CallbackState State() const override {
    CallbackState state;
    Put(kBatches, batches_, &state);
    return state;
  }
  absl::Status SetState(const CallbackState& state) override {
    CallbackState rest = state;
    if (!Take(kBatches, &rest, &batches_) || !rest.empty())
      return InvalidArgumentError("TensorBoard: not what it keeps");
    restored_ = true;
    return absl::OkStatus();
  }

 private:
  // The file of a folder in log_dir, made when it is first written to.
  absl::StatusOr<EventFile*> FileOf(std::optional<EventFile>* file) {
    if (!file->has_value()) {
      const char* const folder = file == &train_ ? "/train" : "/validation";
      absl::StatusOr<EventFile> made = EventFile::Create(log_dir_ + folder);
      if (!made.ok()) return Prefixed("TensorBoard", made.status());
      *file = *std::move(made);
    }
    return &**file;
  }

  absl::Status AddScalar(std::optional<EventFile>* file, absl::string_view tag, int64_t step,
                         double value) {
    DAGRAD_ASSIGN_OR_RETURN(EventFile* const open, FileOf(file));
    return Prefixed("TensorBoard", open->AddScalar(tag, step, value));
  }

  absl::Status AddWeights(const Context& c, int64_t epoch) {
    DAGRAD_ASSIGN_OR_RETURN(EventFile* const open, FileOf(&train_));
    DAGRAD_ASSIGN_OR_RETURN(const auto state, c.model.GetState());
    for (const auto& [name, tensor] : state) {
      if (absl::StartsWith(name, "optimizer/") || name == CallContext::kRandomKeyState) continue;
      DAGRAD_RETURN_IF_ERROR(Prefixed(
          "TensorBoard", open->AddHistogram(absl::StrCat(name, "/histogram"), epoch, tensor)));
    }
    return absl::OkStatus();
  }

  absl::Status Flush() {
    for (std::optional<EventFile>* file : {&train_, &validation_}) {
      if (file->has_value()) DAGRAD_RETURN_IF_ERROR(Prefixed("TensorBoard", (*file)->Flush()));
    }
    return absl::OkStatus();
  }

  std::string log_dir_;
  callbacks::TensorBoardOptions o_;
  std::optional<EventFile> train_, validation_;
  int64_t batches_ = 0;  // of training, since it began
  bool restored_ = false;
  int64_t iterations_before_ = 0;
  Clock::time_point epoch_begin_, batch_begin_;
};

}  // namespace

Callback callbacks::TensorBoard(const std::string& log_dir, const TensorBoardOptions& options) {
  return {.object = std::make_shared<TensorBoardCallback>(log_dir, options)};
}

}  // namespace dagrad::keras
