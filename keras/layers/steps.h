#ifndef DAGRAD_KERAS_LAYERS_STEPS_H_
#define DAGRAD_KERAS_LAYERS_STEPS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "dagrad/keras/layers/layers.h"

// Loops over the steps of sequences.
namespace dagrad::keras::layers_internal {

// One step: {y, new states …} of x and the states.
using Step = std::function<std::vector<Value>(Value x, absl::Span<const Value> states)>;

struct StepOptions {
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool zero_output_for_mask = false;
  int64_t output_size = 1;
  int output_state = 0;  // what stands in for y where the mask leaves a step out
};

// Those of LSTM and its like.
template <typename Options>
StepOptions StepOptionsOf(const Options& o, int64_t units) {
  return {.return_sequences = o.return_sequences,
          .return_state = o.return_state || o.stateful,
          .go_backwards = o.go_backwards,
          .zero_output_for_mask = o.zero_output_for_mask,
          .output_size = units};
}

// The mask [batch, steps] of inputs[0]: a step is there if any of its parts is, where the mask goes
// on as [batch, steps, …]. Value() without one.
Value StepMask(CallContext& context, const LayerInputs& inputs);

// State i that a call starts from, [batch, size]: CallArgs::initial_state, or zeros.
Value FirstState(CallContext& context, const LayerInputs& inputs, size_t i, int64_t size);

// A layer over steps that is stateful if it wants to: the last states of a batch are the first ones
// of the next.
class StepsLayer : public LayerImpl {
 public:
  using LayerImpl::LayerImpl;

 protected:
  // In Build of a stateful layer: its states, [batch, size], for batches of inputs[0].
  absl::Status CarryStates(const ValueType& x, absl::Span<const int64_t> sizes);
  // The states that a call starts from: CallArgs::initial_state, those carried, or zeros.
  std::vector<Value> FirstStates(CallContext& context, const LayerInputs& inputs,
                                 absl::Span<const int64_t> sizes) const;
  // What the call gives, of a result and, where return_state or stateful ask for them, the last
  // states: a stateful layer carries these on, and gives them only if `return_state`.
  LayerOutputs CarryOn(CallContext& context, LayerOutputs all, bool return_state) const;

 private:
  std::vector<int> carried_;
};

// What a layer gives that takes `step` over inputs[0], [batch, steps, …], from `states` on.
LayerOutputs RunSteps(CallContext& context, const LayerInputs& inputs, std::vector<Value> states,
                      const Step& step, const StepOptions& options);

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_STEPS_H_
