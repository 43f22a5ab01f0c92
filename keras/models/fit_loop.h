#ifndef DAGRAD_KERAS_MODELS_FIT_LOOP_H_
#define DAGRAD_KERAS_MODELS_FIT_LOOP_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callback.h"
#include "dagrad/keras/data/batch_source.h"
#include "dagrad/keras/models/model_impl.h"
#include "dagrad/keras/models/nan_debugger.h"

namespace dagrad::keras {

// The callbacks of one run.
class CallbackList {
 public:
  CallbackList(const std::vector<Callback>& callbacks, CallbackContext context)
      : context_(std::move(context)) {
    for (const Callback& c : callbacks) objects_.push_back(ObjectOf(c));
    context_.callbacks = objects_;
  }
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;
  // list.Call(&CallbackImpl::OnEpochBegin, epoch): of each, until the first error.
  template <typename... Params, typename... Args>
  absl::Status Call(absl::Status (CallbackImpl::*f)(const CallbackContext&, Params...),
                    const Args&... args) const {
    for (const auto& object : objects_)
      DAGRAD_RETURN_IF_ERROR((object.get()->*f)(context_, args...));
    return absl::OkStatus();
  }
  // Of each: an error ends the run.
  void Fail() const {
    for (const auto& object : objects_) object->OnFailure(context_);
  }
  CallbackContext& context() { return context_; }

 private:
  CallbackContext context_;
  std::vector<std::shared_ptr<CallbackImpl>> objects_;
};

// A source, and how its batches become what a step is fed with.
struct Stream {
  BatchSourcePtr source;
  bool fitted = false;           // its tensors have the types that the model takes
  WeightRanks weights;           // sample weights of its batches
  const Batch* first = nullptr;  // read already, and not given out yet
  std::optional<int64_t> steps;  // the most batches of an epoch

  // A source that is not known: begun at `epoch`, its first batch read. InvalidArgument if it is
  // null or gives none.
  static absl::StatusOr<Stream> Open(const BatchSourcePtr& source, int64_t epoch);
  absl::Status Begin(int64_t epoch) {
    return first != nullptr ? absl::OkStatus() : source->Begin(epoch);
  }
  // Batches of an epoch, where that is known.
  std::optional<int64_t> size() const {
    const std::optional<int64_t> all = source->size();
    return all.has_value() && steps.has_value() ? std::min(*all, *steps) : all;
  }
  absl::StatusOr<const Batch*> Next() {
    if (first != nullptr) return std::exchange(first, nullptr);
    return source->Next();
  }
};

// Evaluates what the stream gives in one epoch.
absl::StatusOr<Logs> RunEvaluation(Model::Impl* model, Stream* stream, int verbose,
                                   std::ostream* out, const Budget& budget,
                                   const CallbackList& callbacks);

// One call of Fit.
class FitLoop {
 public:
  FitLoop(Model::Impl* model, const FitOptions& options, CallbackList* callbacks)
      : model_(model), options_(options), callbacks_(callbacks) {}
  absl::StatusOr<History> Run(Stream train, std::optional<Stream> validation);

 private:
  absl::StatusOr<Logs> RunEpoch(int64_t epoch);
  absl::Status RunOneStep(int64_t epoch, int64_t batch, absl::Span<const Tensor> fed);
  absl::StatusOr<bool> AfterBatch(int64_t epoch, int64_t batch, const LogAccumulator& sums);

  Model::Impl* model_;
  const FitOptions& options_;
  CallbackList* callbacks_;
  Stream train_;
  std::optional<Stream> validation_;
  CompiledStep* step_ = nullptr;
  std::optional<NanDebugger> nans_;
  History history_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_FIT_LOOP_H_
