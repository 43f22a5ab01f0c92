#ifndef DAGRAD_OPTIMIZERS_OPTIMIZER_H_
#define DAGRAD_OPTIMIZERS_OPTIMIZER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/optimizers/schedule.h"

namespace dagrad {

// A weight to be trained: its state, its value on entry, and the gradient of the loss with respect
// to it.
struct TrainedVariable {
  std::string state;
  Value value;
  Value gradient;
  // What the new value is made of that the step gives; none: that.
  std::function<Value(Value)> constraint = {};
};

// A state that an optimizer keeps beside the weights, and the first value of all its elements.
struct OptimizerSlot {
  StateDecl decl;
  double initial;
  bool may_be_missing = false;  // in files of earlier versions: it has its first value then

  absl::StatusOr<Tensor> FirstValue() const;
};

// What all optimizers share, with Keras's names and defaults: the options of each have these
// members too. At most one kind of clipping may be set. Norms are those of ClipFactor: right for
// all finite gradients. By clipnorm and global_clipnorm infinite elements are taken for the largest
// finite number of the dtype, so that the direction of the infinite ones is what remains; a NaN
// makes all elements NaN (Keras and PyTorch: NaN for both).
struct OptimizerCommon {
  // Decoupled: w ← w (1 - weight_decay · learning_rate), before the step.
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};        // every element of every gradient into [-v, v]
  std::optional<double> clipnorm = {};         // every gradient g times min(1, v/‖g‖₂)
  std::optional<double> global_clipnorm = {};  // all gradients times min(1, v/‖(g₁, g₂, …)‖₂)
  // Each weight has a moving average, the state "optimizer/<weight>/average": a ← m a + (1 - m) w,
  // with m the momentum, in [0, 1], 0 in the first step; w as the rule leaves it, before its
  // constraint. At the end of keras::Model::Fit the weights become the averages.
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};  // w ← a in every n-th step as well; n >= 1
  // Of every n steps, n >= 2, the first n - 1 add up the gradients and change nothing else, the
  // n-th takes the mean of all n. What counts steps, t and the frequency above, counts every n-th;
  // schedules and "optimizer/iteration" count all.
  std::optional<int64_t> gradient_accumulation_steps = {};
  // Weights of whose name one of these is a part do not decay: {"bias", "layer_normalization"}.
  // Keras: a method, of regular expressions and the names of the weights without their layer's.
  std::vector<std::string> exclude_from_weight_decay = {};
};

// A rule that turns gradients into new weights, as nodes of the graph. In the formulas of the
// subclasses w is a weight, g its gradient after clipping, t the number of this step from 1 (an
// int64 state, "optimizer/iteration", one less on entry), η the learning rate of step t: the
// schedule's value at t - 1, or, where the rate is a number, what the float64 state
// "optimizer/learning_rate" holds, which begins with that number and may be set between steps. All
// arithmetic is in the weight's dtype, but for η and powers of t, which are computed in float64. So
// of float32 gradients the squares that Rmsprop, Adagrad and Adam add up are infinite from 1.8e19
// on, and those weights stand still from then on, as with Keras: clipping is against that.
// Immutable; thread-safe.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  static constexpr absl::string_view kIterationState = "optimizer/iteration";
  static constexpr absl::string_view kLearningRateState = "optimizer/learning_rate";

  virtual absl::string_view name() const = 0;  // Keras's, in lower case: "adam"
  // InvalidArgument for a hyperparameter out of range.
  absl::Status Validate() const;
  // {"name": "adam", "learning_rate": …, "beta_1": 0.9, …}
  Json ToJson() const;
  // The state that holds the moving average of the weight `state`, with use_ema.
  static std::string AverageOf(absl::string_view state);

  // Adds the nodes of one step to `g`: an Update for every variable, slot and the step counter.
  // Appends the slots to `slots`: "optimizer/<weight>/<slot>", zeros or what the optimizer says,
  // "optimizer/iteration" and, without a schedule, "optimizer/learning_rate". A second optimizer of
  // the function has another `scope` in place of "optimizer".
  absl::Status Apply(GraphBuilder* g, absl::Span<const TrainedVariable> variables,
                     std::vector<OptimizerSlot>* slots,
                     SourceLocation location = SourceLocation::Current(),
                     absl::string_view scope = "optimizer") const;

  const LearningRate& learning_rate() const { return learning_rate_; }
  const OptimizerCommon& common() const { return common_; }

 protected:
  Optimizer(LearningRate learning_rate, OptimizerCommon common)
      : learning_rate_(std::move(learning_rate)), common_(std::move(common)) {}

  // What all variables of one step share.
  struct StepContext {
    GraphBuilder* g;
    std::vector<OptimizerSlot>* slots;
    std::string scope;    // what the names of states begin with
    Value learning_rate;  // float64 scalar
    Value step;           // t as float64 scalar
    Value updates;        // with accumulation: whether this step changes weights, a bool scalar

    // `changed`, or in a step that only adds up gradients `old`.
    Value IfUpdates(Value changed, Value old) const;
  };

  // What a subclass needs for one variable of one step.
  struct Context : StepContext {
    const TrainedVariable* variable;
    Value of_step;  // what OfStep gave

    DType dtype() const { return variable->value.dtype(); }
    // The slot's value on entry, of the weight's shape, first filled with `initial`.
    Value Slot(absl::string_view slot_name, double initial = 0) const;
    void Update(absl::string_view slot_name, Value value) const;
    // A float64 scalar in the weight's dtype.
    Value InDType(Value scalar) const;
  };
  // The new value of the weight `w` (after decay) with gradient `gradient` (after clipping);
  // updates its slots.
  virtual Value NewValue(const Context& c, Value w, Value gradient) const = 0;
  // What all variables of step t share, with a state of its own; none by default.
  virtual Value OfStep(const StepContext&) const { return Value(); }
  virtual absl::Status ValidateOwn() const = 0;
  virtual Json WriteOwn() const = 0;  // the hyperparameters that are its own

 private:
  absl::Status ValidateCommon() const;
  absl::Status ClipGradients(GraphBuilder* g, std::vector<Value>* gradients) const;
  // The gradients of the variables, or with accumulation the means of those so far.
  std::vector<Value> Accumulated(const StepContext& step,
                                 absl::Span<const TrainedVariable> variables) const;
  bool Decays(absl::string_view state) const;
  // With use_ema the weight that `updated` becomes; updates the average.
  Value Averaged(const Context& c, Value updated, Value iteration) const;
  // η as a float64 scalar, after `steps` steps.
  Value BuildRate(const StepContext& step, Value steps) const;

  LearningRate learning_rate_;
  OptimizerCommon common_;
};

using OptimizerPtr = std::shared_ptr<const Optimizer>;

// v ← m v - η g; w ← w + v, or with nesterov w ← w + m v - η g; without momentum w ← w - η g, and
// nesterov is refused.
struct SgdOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeSgd(const SgdOptions& options = {});

// s ← ρ s + (1-ρ) g²; with centered a ← ρ a + (1-ρ) g and d = s - a² + ε, else d = s + ε; u = η g /
// sqrt(d); with momentum v ← m v + u, w ← w - v; else w ← w - u. Source: Tieleman & Hinton 2012, as
// in Keras 3.
struct RmspropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeRmsprop(const RmspropOptions& options = {});

// a ← a + g², from initial_accumulator_value; w ← w - η g / sqrt(a + ε). Source: Duchi et al. 2011,
// as in Keras 3.
struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeAdagrad(const AdagradOptions& options = {});

// m ← m + (g - m)(1-β₁); v ← v + (g² - v)(1-β₂); α = η sqrt(1-β₂ᵗ)/(1-β₁ᵗ); w ← w - α m / (sqrt(v)
// + ε); with amsgrad v̂ ← max(v̂, v) stands for v under the root. Source: Kingma & Ba 2015 (the form
// with α), as in Keras 3.
struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeAdam(const AdamOptions& options = {});

// Adam with decoupled weight decay, 0.004 where weight_decay says nothing. Source:
// Loshchilov & Hutter 2019.
OptimizerPtr MakeAdamW(const AdamOptions& options = {});

// s ← ρ s + (1-ρ) g²; u = g sqrt(d + ε) / sqrt(s + ε); d ← ρ d + (1-ρ) u²; w ← w - η u. Source:
// Zeiler 2012, as in Keras 3.
struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeAdadelta(const AdadeltaOptions& options = {});

// m ← m + (g - m)(1-β₁); u ← max(β₂ u, |g|); w ← w - η m / ((1-β₁ᵗ)(u + ε)). Source: Kingma & Ba
// 2015, section 7.1, as in Keras 3.
struct AdamaxOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeAdamax(const AdamaxOptions& options = {});

// m and v as Adam; with μₜ = β₁ (1 - 0.96ᵗ/2) and Πₜ = μ₁ … μₜ, a float64 state of the optimizer's,
// w ← w - η (μₜ₊₁ m/(1 - Πₜ₊₁) + (1 - μₜ) g/(1 - Πₜ)) / (sqrt(v/(1-β₂ᵗ)) + ε). Source: Dozat 2016,
// as in Keras 3.
struct NadamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeNadam(const NadamOptions& options = {});

// n ← n + g², from initial_accumulator_value; with p = -learning_rate_power, n' the n before and λ
// the strengths, z ← z + g + 2 λ_shrinkage w - (nᵖ - n'ᵖ) w/η; w ← (clip(z, -λ₁, λ₁) - z) / ((nᵖ +
// β)/η + 2 λ₂). Source: McMahan et al. 2013, as in Keras 3.
struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;  // 0 or less
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeFtrl(const FtrlOptions& options = {});

// w ← w - η sign(β₁ m + (1-β₁) g); m ← β₂ m + (1-β₂) g. Source: Chen et al. 2023, as in Keras 3.
struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;  // in (0, 1]
  double beta_2 = 0.99;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeLion(const LionOptions& options = {});

// m and v as Adam; u = (m/(1-β₁ᵗ)) / (sqrt(v/(1-β₂ᵗ)) + ε); w ← w - η ‖w‖₂/‖u‖₂ u, of each weight
// by itself, with 1 for the ratio where either norm is 0. Source: You et al. 2020, as in Keras 3.
struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipvalue = {};
  std::optional<double> clipnorm = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_from_weight_decay = {};
};
OptimizerPtr MakeLamb(const LambOptions& options = {});

// An optimizer with its defaults by Keras's name, in any case: "sgd", "RMSprop", "adagrad", "adam",
// "adamw", "adadelta", "adamax", "nadam", "ftrl", "lion", "lamb". InvalidArgument, with the known
// names, for another one.
absl::StatusOr<OptimizerPtr> MakeOptimizer(absl::string_view name);
// Reads what ToJson wrote.
// `schedules`: classes of the program's own.
absl::StatusOr<OptimizerPtr> OptimizerFromJson(const Json& json,
                                               absl::Span<const ScheduleClass> schedules = {});
std::vector<std::string> OptimizerNames();  // sorted

}  // namespace dagrad

#endif  // DAGRAD_OPTIMIZERS_OPTIMIZER_H_
