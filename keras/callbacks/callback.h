#ifndef DAGRAD_KERAS_CALLBACKS_CALLBACK_H_
#define DAGRAD_KERAS_CALLBACKS_CALLBACK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/callbacks/history.h"
#include "dagrad/keras/metrics/metric.h"

namespace dagrad::keras {

class Model;

class CallbackImpl;

// What a callback is given of the run that calls it.
struct CallbackContext {
  // The model that runs. A callback may call everything of it that does not change what is being
  // run: Predict, Evaluate, Save, GetWeights, SetWeights (the next batch starts from them),
  // GetLearningRate, SetLearningRate, StopTraining, Summary, … Compile, Fit and Sequential::Add are
  // refused: FailedPrecondition. Predict and Evaluate need a BatchSource of their own: one that the
  // run reads would lose its place.
  Model& model;
  int64_t epochs = 0;                 // FitOptions::epochs; 0 of Evaluate and Predict
  std::optional<int64_t> steps = {};  // batches of an epoch, where that is known
  std::ostream* out = nullptr;        // where the run writes
  // Whether lower or higher values of the logs' `name` are better.
  std::function<Direction(absl::string_view name)> direction = {};
  // All of the run, in their order.
  absl::Span<const std::shared_ptr<CallbackImpl>> callbacks = {};
};

// The running logs of an epoch, made when they are asked for.
using RunningLogs = absl::FunctionRef<Logs()>;

// What a callback keeps from one call to the next, by names: what a checkpoint has to hold.
using CallbackState = std::map<std::string, Tensor>;

// What a class of callbacks implements; callbacks.h has Keras's. An error ends the run with that
// error. Fit calls the train, epoch and train-batch functions, and for validation, as Evaluate, the
// test functions; Predict calls its own. One run calls one function at a time.
class CallbackImpl {
 public:
  using Context = CallbackContext;
  virtual ~CallbackImpl() = default;

  // Of all callbacks before the first OnTrainBegin. What goes on with a training that was broken
  // off sets the number of the first epoch.
  virtual absl::Status BeforeTraining(const Context&, int64_t* /*first_epoch*/) {
    return absl::OkStatus();
  }
  virtual absl::Status OnTrainBegin(const Context&) { return absl::OkStatus(); }
  // With the logs of the last epoch.
  virtual absl::Status OnTrainEnd(const Context&, const Logs&) { return absl::OkStatus(); }
  virtual absl::Status OnEpochBegin(const Context&, int64_t /*epoch*/) { return absl::OkStatus(); }
  // Behind validation. What is added to the logs is in the History.
  virtual absl::Status OnEpochEnd(const Context&, int64_t /*epoch*/, Logs*) {
    return absl::OkStatus();
  }
  // When all callbacks have seen the end of the epoch: what they keep is that of the next one.
  // `last`: StopTraining was called.
  virtual absl::Status AfterEpoch(const Context&, int64_t /*epoch*/, bool /*last*/) {
    return absl::OkStatus();
  }
  virtual absl::Status OnTrainBatchBegin(const Context&, int64_t /*batch*/) {
    return absl::OkStatus();
  }
  virtual absl::Status OnTrainBatchEnd(const Context&, int64_t /*batch*/, RunningLogs) {
    return absl::OkStatus();
  }
  virtual absl::Status OnTestBegin(const Context&) { return absl::OkStatus(); }
  virtual absl::Status OnTestEnd(const Context&, const Logs&) { return absl::OkStatus(); }
  virtual absl::Status OnTestBatchBegin(const Context&, int64_t /*batch*/) {
    return absl::OkStatus();
  }
  virtual absl::Status OnTestBatchEnd(const Context&, int64_t /*batch*/, RunningLogs) {
    return absl::OkStatus();
  }
  virtual absl::Status OnPredictBegin(const Context&) { return absl::OkStatus(); }
  virtual absl::Status OnPredictEnd(const Context&) { return absl::OkStatus(); }
  virtual absl::Status OnPredictBatchBegin(const Context&, int64_t /*batch*/) {
    return absl::OkStatus();
  }
  virtual absl::Status OnPredictBatchEnd(const Context&, int64_t /*batch*/) {
    return absl::OkStatus();
  }

  // An error ends the call of Fit, Evaluate or Predict; of what began, no end is called.
  virtual void OnFailure(const Context&) {}

  // After SetState with what State gave, between two epochs, a Fit with that epoch as
  // initial_epoch goes on as if nothing had happened: the next OnTrainBegin keeps the state.
  virtual CallbackState State() const { return {}; }
  // InvalidArgument for what State of this class does not give.
  virtual absl::Status SetState(const CallbackState& state);
};

// A callback as Fit takes it: functions, as Keras's LambdaCallback, or an object, which is called
// in their place. Copies share the object.
struct Callback {
  std::function<absl::Status(int64_t epoch)> on_epoch_begin = {};
  std::function<absl::Status(int64_t epoch, const Logs& logs)> on_epoch_end = {};
  std::function<absl::Status()> on_train_begin = {};
  std::function<absl::Status(const Logs& logs)> on_train_end = {};
  std::function<absl::Status(int64_t batch)> on_train_batch_begin = {};
  std::function<absl::Status(int64_t batch, const Logs& logs)> on_train_batch_end = {};
  std::shared_ptr<CallbackImpl> object = {};
};

// The object that is called for `callback`.
std::shared_ptr<CallbackImpl> ObjectOf(const Callback& callback);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_CALLBACKS_CALLBACK_H_
