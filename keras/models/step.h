#ifndef DAGRAD_KERAS_MODELS_STEP_H_
#define DAGRAD_KERAS_MODELS_STEP_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/keras/callbacks/history.h"
#include "dagrad/keras/layers/network.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/metrics/metrics.h"
#include "dagrad/keras/models/train_step.h"
#include "dagrad/keras/optimizers/optimizers.h"

namespace dagrad::keras {

// What a model is compiled for, made definite: one loss and weight per output, metrics resolved.
struct StepSpec {
  struct OutputSpec {
    bool has_loss = true;
    Loss loss = "mse";  // without one: what the targets of the metrics are those of
    double weight = 1;
    std::vector<Metric> metrics;
    std::vector<Metric> weighted_metrics;
    bool has_target() const { return has_loss || !metrics.empty() || !weighted_metrics.empty(); }
  };
  std::vector<OutputSpec> outputs;  // none: train_step has no targets
  SourceLocation location;          // of the nodes that no layer makes
  TrainStepFunction train_step;     // null: the loss's gradients and the optimizer
};

// The sample weights that a step takes: none (empty); of all outputs alike, [batch] (one number,
// 1); or of each output, the first axes of its losses: their number, 0 for none.
using WeightRanks = std::vector<int>;

// A step as a function: feeds are the model's inputs, a target per output that has one, and, where
// asked for, sample weights; outputs are the losses and the accumulators of the metrics.
struct Step {
  // One accumulated quantity: `count` outputs from `first`.
  struct Slot {
    std::string name;  // in the logs, unique: "accuracy"; "out_a_accuracy" with several outputs
    Metric metric;
    int first;
    int count;
  };
  Function function;
  // Names in the logs of the first outputs: "loss", then one per output with a loss, if several.
  std::vector<std::string> losses;
  std::vector<Slot> slots;
  std::vector<OptimizerSlot> slots_of_optimizer;
  std::optional<Optimizer> optimizer;  // whose states begin with "optimizer/"; none: no Minimize
  bool uses_random_key = false;
};

// The type of the target of output `type` under `loss`; InvalidArgument if the output does not suit
// the loss.
absl::StatusOr<ValueType> TargetType(const ValueType& type, const Loss& loss);
// The output as losses and metrics see it: [batch] as one column, [batch, 1].
ValueType WithColumns(const ValueType& output);
// The type of sample weights of output i with `rank` axes.
ValueType WeightType(const Network& network, size_t i, int rank);
// What names of output i in the logs begin with: its layer's name, as in Keras also where the layer
// gives several outputs.
const std::string& LogName(const Network& network, size_t i);

absl::StatusOr<Step> MakeEvaluateStep(const Network& network, const StepSpec& spec,
                                      const WeightRanks& weights);
// Adds the gradients of the loss and the optimizer's updates.
absl::StatusOr<Step> MakeTrainStep(const Network& network, const StepSpec& spec,
                                   const Optimizer& optimizer, const WeightRanks& weights);

// The same by spec.train_step.
absl::StatusOr<Step> MakeOwnTrainStep(const Network& network, const StepSpec& spec,
                                      const Optimizer& optimizer, const WeightRanks& weights);

// Parts that all of them share.
//
// Inputs for sample weights; of each output its own, or that of all, or Value() for none.
std::vector<Value> AddWeightInputs(GraphBuilder* g, const Network& network, const StepSpec& spec,
                                   const WeightRanks& ranks);
// An input for the target of every output that has one, else Value(), beside those of the network.
absl::StatusOr<std::vector<Value>> AddTargetInputs(GraphBuilder* g, const Network& network,
                                                   const StepSpec& spec);
// `loss` and the losses that layers add; and the penalties of all weights, in their order.
Value WithLayerLosses(Value loss, absl::Span<const Value> of_layers);
Value WithPenalties(GraphBuilder* g, const Network& network, Value loss);
// The trainable weights in their order, of the layers in `of` where it is not null, without their
// gradients.
std::vector<TrainedVariable> VariablesOf(GraphBuilder* g, const Network& network,
                                         const std::set<const LayerImpl*>* of);
// Hands the gradients of `loss` to the optimizer, whose states begin with `scope`.
absl::Status ApplyGradients(GraphBuilder* g, Value loss, std::vector<TrainedVariable> variables,
                            const Optimizer& optimizer, absl::string_view scope,
                            std::vector<OptimizerSlot>* slots);
// The random key of the next step is another one.
void AdvanceRandomKey(GraphBuilder* g);

// Adds up a step's outputs over the batches of an epoch.
class LogAccumulator {
 public:
  explicit LogAccumulator(const Step* step);
  void Add(absl::Span<const Tensor> outputs, int64_t examples);
  Logs Result() const;  // by name: numbers, tensors

 private:
  const Step* step_;
  double examples_ = 0;
  std::vector<double> losses_;
  std::vector<std::vector<Tensor>> sums_;  // by slot and accumulator: float64
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_STEP_H_
