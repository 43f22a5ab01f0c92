#include "dagrad/keras/callbacks/callback.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"

namespace dagrad::keras {
namespace {

class FunctionsCallback : public CallbackImpl {
 public:
  explicit FunctionsCallback(Callback functions) : f_(std::move(functions)) {}
  absl::Status OnTrainBegin(const Context&) override { return Call(f_.on_train_begin); }
  absl::Status OnTrainEnd(const Context&, const Logs& logs) override {
    return Call(f_.on_train_end, logs);
  }
  absl::Status OnEpochBegin(const Context&, int64_t epoch) override {
    return Call(f_.on_epoch_begin, epoch);
  }
  absl::Status OnEpochEnd(const Context&, int64_t epoch, Logs* logs) override {
    return Call(f_.on_epoch_end, epoch, *logs);
  }
  absl::Status OnTrainBatchBegin(const Context&, int64_t batch) override {
    return Call(f_.on_train_batch_begin, batch);
  }
  absl::Status OnTrainBatchEnd(const Context&, int64_t batch, RunningLogs logs) override {
    return f_.on_train_batch_end ? f_.on_train_batch_end(batch, logs()) : absl::OkStatus();
  }

 private:
  template <typename F, typename... Args>
  static absl::Status Call(const F& f, const Args&... args) {
    return f ? f(args...) : absl::OkStatus();
  }
  Callback f_;
};

}  // namespace

absl::Status CallbackImpl::SetState(const CallbackState& state) {
  if (state.empty()) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("this callback keeps no state; given: ", state.begin()->first));
}

std::shared_ptr<CallbackImpl> ObjectOf(const Callback& callback) {
  if (callback.object != nullptr) return callback.object;
  return std::make_shared<FunctionsCallback>(callback);
}

}  // namespace dagrad::keras
