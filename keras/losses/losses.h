#ifndef DAGRAD_KERAS_LOSSES_LOSSES_H_
#define DAGRAD_KERAS_LOSSES_LOSSES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad::keras {

// What the targets of an output look like.
enum class TargetKind {
  kDense,   // as the output: [batch, …, n]
  kSparse,  // class numbers: int64 [batch, …], the output's shape without its last axis
};

// A loss by its name in Keras (long, or short in brackets), y the target and p the prediction. Each
// gives a value per example: the mean over the last axis, where nothing else is said. What is
// minimised is the mean over all examples (and inner positions), each times its sample weight.
//
//   mean_squared_error (mse)               (y - p)²
//   mean_absolute_error (mae)              |y - p|
//   mean_absolute_percentage_error (mape)  100 |y - p| / max(|y|, 1e-7)
//   mean_squared_logarithmic_error (msle)  (ln(max(y, 1e-7) + 1) - ln(max(p, 1e-7) + 1))²
//   huber (delta 1)                        d²/2 for |d| <= delta, else delta |d| - delta²/2, with d
//   = y - p log_cosh (logcosh)                     d + softplus(-2 d) - ln 2, with d = p - y hinge,
//   squared_hinge                   max(1 - y p, 0), its square; y of 0/1 is taken as -1/1 poisson
//   p - y ln(p + 1e-7) kl_divergence (kld)                    sum over the last axis of y ln(y /
//   p), both clipped to [1e-7, 1] cosine_similarity                      minus the sum over the
//   last axis of y/max(|y|, 1e-7) · p/max(|p|, 1e-7) binary_crossentropy (bce)              -y ln p
//   - (1 - y) ln(1 - p) categorical_crossentropy               -Σ y ln p over the last axis, p
//   scaled to sum 1 sparse_categorical_crossentropy        -ln p[y]
//
// The cross-entropies take probabilities, clipped to [1e-7, 1 - 1e-7]; or logits with from_logits.
// Where the output is itself a Sigmoid or Softmax node they go back to its logits, which is exact
// for saturated outputs too. label_smoothing s: binary y (1-s) + s/2; categorical y (1-s) +
// s/classes. Source: Keras 3.
struct LossOptions {
  bool from_logits = false;
  double label_smoothing = 0;
  double delta = 1;
};

class Loss {
 public:
  Loss(const char* name,
       LossOptions options = {});  // NOLINT(google-explicit-constructor): .loss = "mse"
  Loss(const std::string& name, LossOptions options = {});  // NOLINT(google-explicit-constructor)

  // Keras's long name, or as given if it is unknown.
  const std::string& name() const { return name_; }
  const LossOptions& options() const { return options_; }
  // InvalidArgument for an unknown name, an option that this loss does not have, or one out of
  // range. from_logits is an option of the cross-entropies, label_smoothing of the dense ones,
  // delta of huber.
  absl::Status Validate() const;
  TargetKind target_kind() const;
  // Values per example: the shape of `prediction` without its last axis.
  Value PerExample(Value target, Value prediction) const;

  Json ToJson() const;
  static absl::StatusOr<Loss> FromJson(const Json& json);

 private:
  std::string name_;
  LossOptions options_;
};

// Keras's long names, sorted.
std::vector<std::string> LossNames();
// The short ones: "bce", …
std::vector<std::string> LossAliases();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LOSSES_LOSSES_H_
