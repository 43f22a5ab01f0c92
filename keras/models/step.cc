#include "dagrad/keras/models/step.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/unique_names.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

using losses_internal::AlignedTo;

// The forward part that both steps share.
struct Forward {
  Step step;
  Value loss;
  int64_t streams = 0;
};

// The leading dimensions that the weights have, made one.
Value JoinSteps(Value v, int count) {
  std::vector<Dim> dims = {1};
  for (int i = 0; i < v.rank(); ++i)
    i < count ? void(dims[0] = dims[0] * v.dim(i)) : dims.push_back(v.dim(i));
  return Reshape(v, Shape(absl::MakeConstSpan(dims)));
}

struct OutputNodes {
  Value target;      // Value() for none
  Value prediction;  // [batch] as [batch, 1]
  Value mask;        // of the prediction; Value() for none
  Value weights;     // of the examples, or of their steps too; Value() for none
  Value loss;        // Value() for none
  std::string name;
  std::string prefix;  // of names in the logs
};

// As Keras names it: a weighted metric "weighted_mae" where the plain name is taken.
std::string MetricName(const std::string& prefix, const Metric& metric, bool weighted,
                       UniqueNames* names) {
  const std::string plain = prefix + metric.name();
  if (!weighted) return names->Add(plain);
  return names->Take(plain) ? plain : names->Add(absl::StrCat(prefix, "weighted_", metric.name()));
}

// The sample weights, if they are wanted; what the mask leaves out weighs 0, where it is heeded.
Value WeightsFor(const Metric& metric, const OutputNodes& nodes, bool weighted) {
  const Value weights = weighted ? nodes.weights : Value();
  if (!nodes.mask.valid() || !metric.reads_mask()) return weights;
  const Value there = Cast(nodes.mask, nodes.prediction.dtype());
  return weights.valid() ? AlignedTo(there, weights) * AlignedTo(weights, there) : there;
}

// Steps that have weights are examples of their own.
std::vector<Value> Accumulate(const Metric& metric, const OutputNodes& nodes, bool weighted) {
  const Value weights = WeightsFor(metric, nodes, weighted);
  const int rank = weights.valid() ? weights.rank() : 1;
  if (rank == 1) return metric.Accumulate(nodes.target, nodes.prediction, weights);
  return metric.Accumulate(JoinSteps(nodes.target, rank), JoinSteps(nodes.prediction, rank),
                           JoinSteps(weights, rank));
}

void AddMetrics(GraphBuilder* g, absl::Span<const Metric> metrics, const OutputNodes& nodes,
                bool weighted, UniqueNames* names, Step* step) {
  for (const Metric& metric : metrics) {
    const std::string name = MetricName(nodes.prefix, metric, weighted, names);
    GraphBuilder::Scope scope(g, absl::StrCat("metrics/", name));
    const std::vector<Value> sums = Accumulate(metric, nodes, weighted);
    Step::Slot slot{name, metric, static_cast<int>(g->function().outputs.size()),
                    static_cast<int>(sums.size())};
    for (size_t i = 0; i < sums.size(); ++i)
      g->Output(absl::StrCat("metrics/", slot.name, "/", i), sums[i]);
    step->slots.push_back(std::move(slot));
  }
}

Value AsColumns(Value v) { return v.valid() && v.rank() == 1 ? ExpandDims(v, 1) : v; }

absl::StatusOr<std::vector<OutputNodes>> AddTargets(GraphBuilder* g, const Network& network,
                                                    const StepSpec& spec,
                                                    const Network::Built& built,
                                                    const WeightRanks& ranks) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> targets, AddTargetInputs(g, network, spec));
  const std::vector<Value> weights = AddWeightInputs(g, network, spec, ranks);
  std::vector<OutputNodes> nodes;
  for (size_t i = 0; i < targets.size(); ++i) {
    OutputNodes n;
    n.name = network.OutputName(i);
    n.prefix = targets.size() > 1 ? LogName(network, i) + "_" : "";
    const bool one_column = built.outputs[i].valid() && built.outputs[i].rank() == 1;
    n.target = one_column ? AsColumns(targets[i]) : targets[i];
    n.prediction = AsColumns(built.outputs[i]);
    n.mask = built.masks[i];
    n.weights = weights[i];
    if (n.target.valid() && n.mask.valid() && n.mask.rank() >= n.prediction.rank()) {
      return InvalidArgumentError(absl::StrCat(
          "output \"", n.name, "\" is ", n.prediction.type().ToString(), " with a mask ",
          n.mask.type().ToString(),
          ", which no loss of it can be weighted by: its layer may drop it by IgnoreMask()"));
    }
    nodes.push_back(std::move(n));
  }
  return nodes;
}

}  // namespace

// The loss of the outputs and those that layers add.
Value WithLayerLosses(Value loss, absl::Span<const Value> of_layers) {
  for (Value one : of_layers) {
    if (one.dtype() != loss.dtype()) one = Cast(one, loss.dtype());
    loss = loss + (one.rank() == 0 ? one : ReduceSum(one));
  }
  return loss;
}

namespace {

// The trainable weights that have a regularizer or a constraint, by the names of their states.
std::map<std::string, const Weight*> RuledWeights(const Network& network) {
  std::map<std::string, const Weight*> all, ruled;
  for (const auto& [layer, within] : network.placed()) {
    for (const Weight& w : layer->weights()) {
      if (w.regularizer.given() || w.constraint.given()) all[network.StateName(*layer, w)] = &w;
    }
  }
  if (all.empty()) return all;
  for (const StateDecl& s : network.StateDecls()) {
    if (s.trainable && all.contains(s.name)) ruled[s.name] = all[s.name];
  }
  return ruled;
}

}  // namespace

// `loss` and the penalties of all weights, in the order of the weights.
Value WithPenalties(GraphBuilder* g, const Network& network, Value loss) {
  const std::map<std::string, const Weight*> ruled = RuledWeights(network);
  if (ruled.empty()) return loss;
  GraphBuilder::Scope scope(g, "regularization");
  for (const StateDecl& s : network.StateDecls()) {
    const auto found = ruled.find(s.name);
    if (found == ruled.end() || !found->second->regularizer.given()) continue;
    const Value w = g->State(s.name, s.type.dtype, s.type.shape);
    const Value penalty = found->second->regularizer.get()->Penalty(w);
    loss = loss + (penalty.dtype() == loss.dtype() ? penalty : Cast(penalty, loss.dtype()));
  }
  return loss;
}

namespace {

Value MeanLoss(const Loss& loss, const OutputNodes& nodes) {
  const Value losses = loss.PerExample(nodes.target, nodes.prediction, nodes.mask);
  const Value& weights = nodes.weights;
  if (!losses.valid() || !weights.valid()) return ReduceMean(losses);
  if (weights.rank() > losses.rank()) {
    return losses.builder()->Fail(InvalidArgumentError(absl::StrCat(
        "loss ", loss.name(), " of output \"", nodes.name, "\" gives ", losses.type().ToString(),
        ", which sample weights ", weights.type().ToString(), " do not fit")));
  }
  return ReduceMean(losses * AlignedTo(weights, losses));
}

// The losses of the outputs, and their weighted sum, which is returned.
absl::StatusOr<Value> AddLosses(GraphBuilder* g, const StepSpec& spec,
                                std::vector<OutputNodes>* nodes) {
  Value sum;
  for (size_t i = 0; i < nodes->size(); ++i) {
    const StepSpec::OutputSpec& o = spec.outputs[i];
    if (!o.has_loss) continue;
    OutputNodes& n = (*nodes)[i];
    GraphBuilder::Scope scope(g, nodes->size() > 1 ? n.name + "_loss" : "loss");
    n.loss = MeanLoss(o.loss, n);
    const Value weighted = o.weight == 1 ? n.loss : n.loss * o.weight;
    sum = sum.valid() ? sum + weighted : weighted;
    DAGRAD_RETURN_IF_ERROR(g->status());
  }
  return sum;
}

// Losses in the logs: of several of one name the last one, as in Keras.
void LogLosses(GraphBuilder* g, Value sum, absl::Span<const OutputNodes> nodes, UniqueNames* names,
               Step* step) {
  step->losses.push_back(names->Add("loss"));
  g->Output("loss", sum);
  std::map<std::string, size_t> last;
  size_t losses = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].loss.valid()) continue;
    last[nodes[i].prefix] = i;
    ++losses;
  }
  for (size_t i = 0; i < nodes.size() && losses > 1; ++i) {
    if (!nodes[i].loss.valid() || last[nodes[i].prefix] != i) continue;
    step->losses.push_back(names->Add(nodes[i].prefix + "loss"));
    g->Output(step->losses.back(), nodes[i].loss);
  }
}

absl::StatusOr<Forward> BuildForward(GraphBuilder* g, const Network& network, const StepSpec& spec,
                                     bool training, const WeightRanks& ranks) {
  Forward f;
  DAGRAD_ASSIGN_OR_RETURN(const Network::Built built, network.Build(g, training, &f.streams));
  GraphBuilder::LocatedAt located(g, spec.location);
  DAGRAD_ASSIGN_OR_RETURN(std::vector<OutputNodes> nodes,
                          AddTargets(g, network, spec, built, ranks));
  DAGRAD_ASSIGN_OR_RETURN(f.loss, AddLosses(g, spec, &nodes));
  f.loss = WithLayerLosses(f.loss, built.losses);
  DAGRAD_RETURN_IF_ERROR(g->status());
  f.loss = WithPenalties(g, network, f.loss);
  DAGRAD_RETURN_IF_ERROR(g->status());
  UniqueNames names;
  LogLosses(g, f.loss, nodes, &names, &f.step);
  for (size_t i = 0; i < nodes.size(); ++i)
    AddMetrics(g, spec.outputs[i].metrics, nodes[i], false, &names, &f.step);
  for (size_t i = 0; i < nodes.size(); ++i)
    AddMetrics(g, spec.outputs[i].weighted_metrics, nodes[i], true, &names, &f.step);
  DAGRAD_RETURN_IF_ERROR(g->status());
  return f;
}

}  // namespace

std::vector<TrainedVariable> VariablesOf(GraphBuilder* g, const Network& network,
                                         const std::set<const LayerImpl*>* of) {
  std::vector<TrainedVariable> variables;
  const std::map<std::string, const Weight*> ruled = RuledWeights(network);
  for (const StateDecl& s : network.WeightDecls(of)) {
    if (!s.trainable) continue;
    variables.push_back({s.name, g->State(s.name, s.type.dtype, s.type.shape), Value()});
    const auto found = ruled.find(s.name);
    if (found == ruled.end() || !found->second->constraint.given()) continue;
    variables.back().constraint = [constraint = found->second->constraint.get()](Value w) {
      return constraint->Apply(w);
    };
  }
  return variables;
}

absl::Status ApplyGradients(GraphBuilder* g, Value loss, std::vector<TrainedVariable> variables,
                            const Optimizer& optimizer, absl::string_view scope,
                            std::vector<OptimizerSlot>* slots) {
  DAGRAD_RETURN_IF_ERROR(optimizer.Validate());
  std::vector<Value> weights;
  for (const TrainedVariable& v : variables) weights.push_back(v.value);
  if (!weights.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(std::vector<Value> gradients, Gradients({loss}, weights));
    for (size_t i = 0; i < variables.size(); ++i) variables[i].gradient = gradients[i];
  }
  return optimizer.rule()->Apply(g, variables, slots, SourceLocation::Current(), scope);
}

void AdvanceRandomKey(GraphBuilder* g) {
  Value key = g->State(CallContext::kRandomKeyState, DType::kInt64, {2});
  g->Update(CallContext::kRandomKeyState, key + Constant(g, Tensor::Of<int64_t>({2}, {0, 1})));
}

absl::StatusOr<Step> MakeEvaluateStep(const Network& network, const StepSpec& spec,
                                      const WeightRanks& weights) {
  GraphBuilder g("evaluate_step");
  DAGRAD_ASSIGN_OR_RETURN(Forward f, BuildForward(&g, network, spec, /*training=*/false, weights));
  DAGRAD_ASSIGN_OR_RETURN(f.step.function, g.Build());
  return std::move(f.step);
}

absl::StatusOr<Step> MakeTrainStep(const Network& network, const StepSpec& spec,
                                   const Optimizer& optimizer, const WeightRanks& weights) {
  if (spec.train_step) return MakeOwnTrainStep(network, spec, optimizer, weights);
  GraphBuilder g("train_step");
  DAGRAD_ASSIGN_OR_RETURN(Forward f, BuildForward(&g, network, spec, /*training=*/true, weights));
  GraphBuilder::LocatedAt located(&g, spec.location);
  DAGRAD_RETURN_IF_ERROR(ApplyGradients(&g, f.loss, VariablesOf(&g, network, nullptr), optimizer,
                                        "optimizer", &f.step.slots_of_optimizer));
  f.step.optimizer = optimizer;
  f.step.uses_random_key = f.streams > 0;
  if (f.step.uses_random_key) AdvanceRandomKey(&g);
  DAGRAD_ASSIGN_OR_RETURN(f.step.function, g.Build());
  return std::move(f.step);
}

}  // namespace dagrad::keras
