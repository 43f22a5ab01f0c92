#include <cmath>
#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

class NanCallback : public CallbackImpl {
 public:
  explicit NanCallback(const callbacks::TerminateOnNaNOptions& options) : o_(options) {}
  absl::Status OnTrainBatchEnd(const Context& c, int64_t batch, RunningLogs logs) override {
    const Logs so_far = logs();
    if (!so_far.Contains("loss")) return absl::OkStatus();
    const double loss = so_far["loss"];
    if (std::isfinite(loss)) return absl::OkStatus();
    if (o_.raise_error) {
      return FailedPreconditionError(
          absl::StrCat("TerminateOnNaN: the loss is ", loss, " at batch ", batch));
    }
    Print(OutputStream(c.out),
          absl::StrCat("Batch ", batch, ": Invalid loss, terminating training\n"));
    c.model.StopTraining();
    return absl::OkStatus();
  }

 private:
  callbacks::TerminateOnNaNOptions o_;
};

}  // namespace

Callback callbacks::TerminateOnNaN(const TerminateOnNaNOptions& options) {
  return {.object = std::make_shared<NanCallback>(options)};
}

}  // namespace dagrad::keras
