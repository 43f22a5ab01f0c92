#include "dagrad/keras/models/fit_loop.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/runtime/run/check_numerics.h"

namespace dagrad::keras {
namespace {

// What a step of the model is fed with, from the batches of one stream.
class Feeds {
 public:
  Feeds(const Model::Impl* model, const Stream& stream) : model_(model), stream_(stream) {}

  // Valid until the next call. Batches that fit already allocate nothing after the first.
  absl::StatusOr<absl::Span<const Tensor>> Of(const Batch& batch) {
    if (!stream_.fitted) {
      const bool weighted = !stream_.weights.empty();
      if (batch.sample_weight.defined() != weighted) {
        return InvalidArgumentError(weighted ? "a batch has no sample weights, unlike the first one"
                                             : "a batch has sample weights, unlike the first one");
      }
      DAGRAD_ASSIGN_OR_RETURN(
          feeds_, model_->FitColumns(batch.x, batch.y, batch.sample_weight, stream_.weights));
      return absl::MakeConstSpan(feeds_);
    }
    feeds_.clear();
    for (const Data* data : {&batch.x, &batch.y, &batch.sample_weight})
      feeds_.insert(feeds_.end(), data->tensors.begin(), data->tensors.end());
    return absl::MakeConstSpan(feeds_);
  }

 private:
  const Model::Impl* model_;
  const Stream& stream_;
  std::vector<Tensor> feeds_;
};

// Runs the step once for a batch, the number of which is given.
using RunStep = absl::FunctionRef<absl::Status(int64_t batch, absl::Span<const Tensor> fed)>;

// One pass over the batches of the epoch at hand. `before` is called before each, with its number,
// `after` behind it, with the logs so far; it says whether to go on.
template <typename Before, typename After>
absl::StatusOr<Logs> RunBatches(const Model::Impl& model, const CompiledStep& step, Stream* stream,
                                RunStep run, Before before, After after) {
  LogAccumulator logs(&step.step);
  Feeds feeds(&model, *stream);
  bool go_on = true;
  for (int64_t b = 0; go_on && b < stream->steps.value_or(b + 1); ++b) {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, stream->Next());
    if (batch == nullptr && b == 0) return InvalidArgumentError("the source gives no batch");
    if (batch == nullptr) break;
    DAGRAD_RETURN_IF_ERROR(before(b));
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const Tensor> fed, feeds.Of(*batch));
    DAGRAD_RETURN_IF_ERROR(run(b, fed));
    logs.Add(step.context->outputs(), fed[0].dims()[0]);
    DAGRAD_ASSIGN_OR_RETURN(go_on, after(b, logs));
  }
  return logs.Result();
}

int64_t Target(const Stream& stream) { return stream.size().value_or(-1); }

}  // namespace

absl::Status ValidationFreq::Validate() const {
  for (const int64_t n : epochs.value_or(std::vector<int64_t>{every})) {
    if (n < 1) {
      return InvalidArgumentError(absl::StrCat("validation_freq must be positive, not ", n,
                                               epochs ? ": epochs count from 1" : ""));
    }
  }
  return absl::OkStatus();
}

bool ValidationFreq::Has(int64_t epoch) const {
  if (!epochs.has_value()) return (epoch + 1) % every == 0;
  return absl::c_linear_search(*epochs, epoch + 1);
}

absl::StatusOr<Stream> Stream::Open(const BatchSourcePtr& source, int64_t epoch) {
  if (source == nullptr) return InvalidArgumentError("the source of batches is null");
  Stream stream;
  stream.source = source;
  DAGRAD_RETURN_IF_ERROR(source->Begin(epoch));
  DAGRAD_ASSIGN_OR_RETURN(stream.first, source->Next());
  if (stream.first == nullptr) return InvalidArgumentError("the source gives no batch");
  return stream;
}

absl::StatusOr<Logs> RunEvaluation(Model::Impl* model, Stream* stream, int verbose,
                                   std::ostream* out, const Budget& budget,
                                   const CallbackList& callbacks) {
  DAGRAD_ASSIGN_OR_RETURN(CompiledStep * step, model->EvaluateStep(stream->weights));
  DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnTestBegin));
  DAGRAD_RETURN_IF_ERROR(stream->Begin(0));
  ProgressBar bar(Target(*stream), verbose, IsTerminal(out), OutputStream(out));
  int64_t done = 0;
  DAGRAD_ASSIGN_OR_RETURN(
      Logs logs, RunBatches(
                     *model, *step, stream,
                     [&](int64_t, absl::Span<const Tensor> fed) {
                       return step->executable->Run(step->context.get(), fed, {budget});
                     },
                     [&](int64_t b) { return callbacks.Call(&CallbackImpl::OnTestBatchBegin, b); },
                     [&](int64_t b, const LogAccumulator& sums) -> absl::StatusOr<bool> {
                       done = b + 1;
                       if (bar.WantsUpdate()) bar.Update(done, sums.Result());
                       const auto running = [&] { return sums.Result(); };
                       DAGRAD_RETURN_IF_ERROR(
                           callbacks.Call(&CallbackImpl::OnTestBatchEnd, b, RunningLogs(running)));
                       return true;
                     }));
  bar.Finish(done, logs);
  DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnTestEnd, logs));
  return logs;
}

absl::StatusOr<History> FitLoop::Run(Stream train, std::optional<Stream> validation) {
  train_ = std::move(train);
  validation_ = std::move(validation);
  DAGRAD_ASSIGN_OR_RETURN(step_, model_->TrainStep(train_.weights));
  if (validation_.has_value())
    DAGRAD_RETURN_IF_ERROR(model_->EvaluateStep(validation_->weights).status());
  if (options_.debug_nans) nans_.emplace(step_, &model_->state, options_.budget);
  int64_t first = options_.initial_epoch;
  DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::BeforeTraining, &first));
  if (first != options_.initial_epoch) train_.first = nullptr;  // of another epoch
  DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::OnTrainBegin));
  Logs logs;
  for (int64_t epoch = first; epoch < options_.epochs && !model_->stop_training; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    DAGRAD_ASSIGN_OR_RETURN(logs, RunEpoch(epoch));
    history_.seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::OnEpochEnd, epoch, &logs));
    history_.epoch.push_back(epoch);
    history_.logs.push_back(logs);
    const bool last = model_->stop_training;
    DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::AfterEpoch, epoch, last));
  }
  if (!history_.epoch.empty()) model_->TakeAverages();
  DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::OnTrainEnd, logs));
  return std::move(history_);
}

absl::StatusOr<Logs> FitLoop::RunEpoch(int64_t epoch) {
  DAGRAD_RETURN_IF_ERROR(callbacks_->Call(&CallbackImpl::OnEpochBegin, epoch));
  std::ostream* const out = OutputStream(options_.out);
  if (options_.verbose > 0)
    Print(out, absl::StrCat("Epoch ", epoch + 1, "/", options_.epochs, "\n"));
  DAGRAD_RETURN_IF_ERROR(train_.Begin(epoch));
  ProgressBar bar(Target(train_), options_.verbose, IsTerminal(options_.out), out);
  const bool was_nan = history_.first_nan.has_value();
  int64_t done = 0;
  DAGRAD_ASSIGN_OR_RETURN(
      Logs logs,
      RunBatches(
          *model_, *step_, &train_,
          [&](int64_t b, absl::Span<const Tensor> fed) { return RunOneStep(epoch, b, fed); },
          [&](int64_t b) { return callbacks_->Call(&CallbackImpl::OnTrainBatchBegin, b); },
          [&](int64_t b, const LogAccumulator& sums) {
            done = b + 1;
            if (bar.WantsUpdate()) bar.Update(done, sums.Result());
            return AfterBatch(epoch, b, sums);
          }));
  if (validation_.has_value() && options_.validation_freq.Has(epoch)) {
    DAGRAD_ASSIGN_OR_RETURN(const Logs val, RunEvaluation(model_, &*validation_, 0, options_.out,
                                                          options_.budget, *callbacks_));
    for (const auto& [name, value] : val.entries()) logs.Set("val_" + name, value);
    for (const auto& [name, value] : val.tensors()) logs.Set("val_" + name, value);
  }
  bar.Finish(done, logs);
  if (!was_nan && history_.first_nan.has_value() && options_.verbose > 0) {
    *out << "Epoch " << epoch + 1 << ": the loss is nan from batch "
         << history_.first_nan->batch + 1 << " on\n";
  }
  return logs;
}

absl::Status FitLoop::RunOneStep(int64_t epoch, int64_t batch, absl::Span<const Tensor> fed) {
  if (nans_.has_value()) DAGRAD_RETURN_IF_ERROR(nans_->Remember());
  DAGRAD_RETURN_IF_ERROR(step_->executable->Run(step_->context.get(), fed, {options_.budget}));
  return nans_.has_value() ? nans_->Check(epoch, batch, fed) : absl::OkStatus();
}

// Whether to go on.
absl::StatusOr<bool> FitLoop::AfterBatch(int64_t epoch, int64_t batch, const LogAccumulator& sums) {
  if (!history_.first_nan.has_value() && HasNan(step_->context->outputs()[0]))
    history_.first_nan = {epoch, batch};
  const auto running = [&] { return sums.Result(); };
  DAGRAD_RETURN_IF_ERROR(
      callbacks_->Call(&CallbackImpl::OnTrainBatchEnd, batch, RunningLogs(running)));
  return !model_->stop_training;
}

}  // namespace dagrad::keras
