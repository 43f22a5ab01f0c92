#ifndef DAGRAD_KERAS_MODELS_NAN_DEBUGGER_H_
#define DAGRAD_KERAS_MODELS_NAN_DEBUGGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/keras/models/model_impl.h"

namespace dagrad::keras {

// Finds where the first NaN of a training comes from (FitOptions::debug_nans). Steps are watched
// one by one: Remember, the step, Check.
class NanDebugger {
 public:
  NanDebugger(const CompiledStep* step, StateStore* state, Budget budget)
      : step_(*step), state_(*state), budget_(std::move(budget)) {}

  // Keeps the state as it is before the step.
  absl::Status Remember();
  // OK if neither the loss of the step that was fed with `fed` nor a new state is NaN. Else the
  // state is again what Remember kept, and the error names epoch, batch and the first node.
  absl::Status Check(int64_t epoch, int64_t batch, absl::Span<const Tensor> fed);

 private:
  std::string FirstNan() const;  // "the loss"; empty if nothing is NaN
  void Restore();

  const CompiledStep& step_;
  StateStore& state_;
  const Budget budget_;  // of the search
  std::map<std::string, Tensor> before_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_NAN_DEBUGGER_H_
