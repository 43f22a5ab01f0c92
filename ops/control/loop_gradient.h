#ifndef DAGRAD_OPS_CONTROL_LOOP_GRADIENT_H_
#define DAGRAD_OPS_CONTROL_LOOP_GRADIENT_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/gradient.h"

namespace dagrad::ops {

// What the gradients of Scan and While share. The node that is differentiated runs `body`, whose
// inputs are the node's: c (carried), x (scanned) and w (the same in every step). Its gradient is a
// Scan backwards, whose step is
//   (c̄, w̄, H_t, x_t, ȳ_t, H̄_t, w) to (c̄_t + H̄_t, w̄ + w̄_t, x̄_t),
//   (c̄_t, x̄_t, w̄_t) = vjp(H_t, x_t, w; c̄, ȳ_t),
// where H_t is c before step t and vjp that of `body` (GradContext::Vjp). Of c and ȳ only what is
// floating has a cotangent, of x and w only what needs one; of H only what vjp reads is kept, and
// has a cotangent only in the gradient of a gradient.
class LoopGradient {
 public:
  // The node has its outputs for H from `first_kept` on.
  static absl::StatusOr<LoopGradient> Make(GradContext& c, const BodyPtr& body, size_t carried,
                                           size_t scanned, size_t first_kept);

  // Operands of the gradient: c̄ after the last step, w̄ = 0; H; ȳ, H̄.
  std::vector<Value> InitialCotangents();
  std::vector<Value> KeptValues();
  std::vector<Value> StepCotangents();
  // The step. `guarded`: it has a number k before H and a number n before w (int64 scalars), and
  // where k >= n gives c̄ and w̄ as they are; nothing is scanned but H then.
  absl::StatusOr<BodyPtr> MakeStep(bool guarded);
  // Takes the gradients of the inputs from the outputs of the gradient's Scan.
  void SetGrads(absl::Span<const Value> outputs);

 private:
  struct StepInputs {
    std::vector<Value> carried_grads, sums, kept, scanned, step_grads, kept_grads, others;
  };

  LoopGradient(GradContext& c, const BodyPtr& body, size_t carried, size_t scanned)
      : c_(c), body_(body->function()), carried_(carried), scanned_(scanned) {}

  const ValueType& InputType(size_t i) const { return body_.nodes[body_.inputs[i]].outputs[0]; }
  bool IsOther(size_t i) const { return i >= carried_ + scanned_; }
  void FindGradsOfKept(size_t first_kept);
  StepInputs AddInputs(bool guarded, GraphBuilder* step, std::vector<Value>* guard) const;
  absl::StatusOr<std::vector<Value>> Apply(const StepInputs& in, GraphBuilder* builder) const;

  GradContext& c_;
  const Function& body_;
  size_t carried_;
  size_t scanned_;
  std::vector<bool> needs_;        // by input of the body
  std::vector<bool> kept_;         // by carried value
  std::vector<int> grad_of_kept_;  // likewise: the output whose cotangent is H̄; -1 if there is none
  BodyPtr vjp_;
};

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_CONTROL_LOOP_GRADIENT_H_
