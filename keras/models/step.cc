#include "dagrad/keras/models/step.h"

#include <algorithm>
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
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {
namespace {

// The forward part that both steps share.
struct Forward {
  Step step;
  Value loss;
  int64_t streams = 0;
};

UniqueNames InputNames(const Network& network) {
  UniqueNames names;
  for (size_t i = 0; i < network.inputs().size(); ++i) names.Take(network.InputName(i));
  return names;
}

std::string TargetName(const Network& network, size_t i, UniqueNames* names) {
  const bool several = network.outputs().size() > 1;
  return names->Add(several ? absl::StrCat("target/", network.OutputName(i)) : "target");
}

// `weights`, whose dimensions are the first ones of `values`.
Value TimesWeights(Value values, Value weights) {
  if (!weights.valid() || !values.valid()) return values;
  std::vector<Dim> dims(values.rank(), Dim(1));
  for (int i = 0; i < weights.rank(); ++i) dims[i] = weights.dim(i);
  return values * Reshape(weights, Shape(absl::MakeConstSpan(dims)));
}

// Weights by which a mean over all is one over what the mask has: true / the share of true, else 0.
Value MaskWeights(Value mask, DType dtype) {
  if (!mask.valid()) return mask;
  constexpr double kLeast = 1e-30;  // a mask of false only has 0 / kLeast = 0
  const Value there = Cast(mask, dtype);
  return there / Maximum(ReduceMean(there), kLeast);
}

// The leading dimensions that the mask has, made one.
Value JoinSteps(Value v, int count) {
  std::vector<Dim> dims = {1};
  for (int i = 0; i < v.rank(); ++i)
    i < count ? void(dims[0] = dims[0] * v.dim(i)) : dims.push_back(v.dim(i));
  return Reshape(v, Shape(absl::MakeConstSpan(dims)));
}

struct OutputNodes {
  Value target;
  Value prediction;
  Value mask;  // of the prediction; Value() for none
  Value loss;
  std::string prefix;  // of names in the logs
};

// As Keras names it: a weighted metric "weighted_mae" where the plain name is taken.
std::string MetricName(const std::string& prefix, const Metric& metric, bool weighted,
                       UniqueNames* names) {
  const std::string plain = prefix + metric.name();
  if (!weighted) return names->Add(plain);
  return names->Take(plain) ? plain : names->Add(absl::StrCat(prefix, "weighted_", metric.name()));
}

// Steps that the mask leaves out weigh 0; the others are examples of their own.
std::vector<Value> Accumulate(const Metric& metric, const OutputNodes& nodes, Value weights) {
  if (!nodes.mask.valid() || !metric.reads_mask())
    return metric.Accumulate(nodes.target, nodes.prediction, weights);
  const Value there = TimesWeights(Cast(nodes.mask, nodes.prediction.dtype()), weights);
  const int rank = there.rank();
  return metric.Accumulate(JoinSteps(nodes.target, rank), JoinSteps(nodes.prediction, rank),
                           JoinSteps(there, rank));
}

void AddMetrics(GraphBuilder* g, absl::Span<const Metric> metrics, const OutputNodes& nodes,
                bool weighted, Value weights, UniqueNames* names, Step* step) {
  for (const Metric& metric : metrics) {
    const std::string name = MetricName(nodes.prefix, metric, weighted, names);
    GraphBuilder::Scope scope(g, absl::StrCat("metrics/", name));
    const std::vector<Value> sums = Accumulate(metric, nodes, weights);
    Step::Slot slot{name, metric, static_cast<int>(g->function().outputs.size()),
                    static_cast<int>(sums.size())};
    for (size_t i = 0; i < sums.size(); ++i)
      g->Output(absl::StrCat("metrics/", slot.name, "/", i), sums[i]);
    step->slots.push_back(std::move(slot));
  }
}

absl::StatusOr<std::vector<OutputNodes>> AddTargets(GraphBuilder* g, const Network& network,
                                                    const StepSpec& spec,
                                                    const Network::Built& built) {
  const std::vector<Value>& predictions = built.outputs;
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> targets, AddTargetInputs(g, network, spec));
  std::vector<OutputNodes> nodes;
  for (size_t i = 0; i < predictions.size(); ++i) {
    OutputNodes n;
    n.prefix = predictions.size() > 1 ? network.OutputName(i) + "_" : "";
    n.target = targets[i];
    n.prediction = predictions[i];
    n.mask = built.masks[i];
    if (n.mask.valid() && n.mask.rank() >= n.prediction.rank()) {
      return InvalidArgumentError(absl::StrCat(
          "output \"", network.OutputName(i), "\" is ", n.prediction.type().ToString(),
          " with a mask ", n.mask.type().ToString(),
          ", which no loss of it can be weighted by: its layer may drop it by IgnoreMask()"));
    }
    nodes.push_back(n);
  }
  return nodes;
}

}  // namespace

absl::StatusOr<std::vector<Value>> AddTargetInputs(GraphBuilder* g, const Network& network,
                                                   const StepSpec& spec) {
  UniqueNames names = InputNames(network);
  std::vector<Value> targets;
  for (size_t i = 0; i < spec.outputs.size(); ++i) {
    DAGRAD_ASSIGN_OR_RETURN(const ValueType type,
                            TargetType(network.output_type(i), spec.outputs[i].loss));
    targets.push_back(g->Input(TargetName(network, i, &names), type.dtype, type.shape));
  }
  return targets;
}

Value AddWeightInput(GraphBuilder* g, const Network& network, const StepSpec& spec) {
  UniqueNames names = InputNames(network);
  for (size_t i = 0; i < spec.outputs.size(); ++i) TargetName(network, i, &names);
  const ValueType& output = network.output_type(0);
  return g->Input(names.Add("sample_weight"), output.dtype, Shape({output.shape.dim(0)}));
}

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

absl::StatusOr<Forward> BuildForward(GraphBuilder* g, const Network& network, const StepSpec& spec,
                                     bool training, bool sample_weight) {
  Forward f;
  DAGRAD_ASSIGN_OR_RETURN(const Network::Built built, network.Build(g, training, &f.streams));
  GraphBuilder::LocatedAt located(g, spec.location);
  DAGRAD_ASSIGN_OR_RETURN(std::vector<OutputNodes> nodes, AddTargets(g, network, spec, built));
  const Value weights = sample_weight ? AddWeightInput(g, network, spec) : Value();
  for (size_t i = 0; i < nodes.size(); ++i) {
    GraphBuilder::Scope scope(g, absl::StrCat(nodes[i].prefix, "loss"));
    nodes[i].loss = ReduceMean(TimesWeights(
        TimesWeights(spec.outputs[i].loss.PerExample(nodes[i].target, nodes[i].prediction),
                     MaskWeights(nodes[i].mask, nodes[i].prediction.dtype())),
        weights));
    Value weighted =
        spec.outputs[i].weight == 1 ? nodes[i].loss : nodes[i].loss * spec.outputs[i].weight;
    f.loss = i == 0 ? weighted : f.loss + weighted;
    DAGRAD_RETURN_IF_ERROR(g->status());
  }
  f.loss = WithLayerLosses(f.loss, built.losses);
  DAGRAD_RETURN_IF_ERROR(g->status());
  f.loss = WithPenalties(g, network, f.loss);
  DAGRAD_RETURN_IF_ERROR(g->status());
  UniqueNames names;
  f.step.losses.push_back(names.Add("loss"));
  g->Output("loss", f.loss);
  for (size_t i = 0; i < nodes.size() && nodes.size() > 1; ++i) {
    f.step.losses.push_back(names.Add(nodes[i].prefix + "loss"));
    g->Output(f.step.losses.back(), nodes[i].loss);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    AddMetrics(g, spec.outputs[i].metrics, nodes[i], false, Value(), &names, &f.step);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    AddMetrics(g, spec.outputs[i].weighted_metrics, nodes[i], true, weights, &names, &f.step);
  }
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

absl::StatusOr<ValueType> TargetType(const ValueType& type, const Loss& loss) {
  if (type.shape.rank() < 2 || !IsFloating(type.dtype)) {
    return InvalidArgumentError(absl::StrCat(
        "loss ", loss.name(), " needs a float output of rank 2 or more, not ", type.ToString()));
  }
  if (loss.target_kind() == TargetKind::kDense) return type;
  if (loss.target_kind() == TargetKind::kSequence)
    return ValueType{DType::kInt64, Shape({type.shape.dim(0), Dim("labels")})};
  return ValueType{DType::kInt64,
                   Shape(absl::MakeConstSpan(type.shape.dims()).first(type.shape.rank() - 1))};
}

absl::StatusOr<Step> MakeEvaluateStep(const Network& network, const StepSpec& spec,
                                      bool sample_weight) {
  GraphBuilder g("evaluate_step");
  DAGRAD_ASSIGN_OR_RETURN(Forward f,
                          BuildForward(&g, network, spec, /*training=*/false, sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(f.step.function, g.Build());
  return std::move(f.step);
}

absl::StatusOr<Step> MakeTrainStep(const Network& network, const StepSpec& spec,
                                   const Optimizer& optimizer, bool sample_weight) {
  if (spec.train_step) return MakeOwnTrainStep(network, spec, optimizer, sample_weight);
  GraphBuilder g("train_step");
  DAGRAD_ASSIGN_OR_RETURN(Forward f,
                          BuildForward(&g, network, spec, /*training=*/true, sample_weight));
  GraphBuilder::LocatedAt located(&g, spec.location);
  DAGRAD_RETURN_IF_ERROR(ApplyGradients(&g, f.loss, VariablesOf(&g, network, nullptr), optimizer,
                                        "optimizer", &f.step.slots_of_optimizer));
  f.step.optimizer = optimizer;
  f.step.uses_random_key = f.streams > 0;
  if (f.step.uses_random_key) AdvanceRandomKey(&g);
  DAGRAD_ASSIGN_OR_RETURN(f.step.function, g.Build());
  return std::move(f.step);
}

LogAccumulator::LogAccumulator(const Step* step)
    : step_(step), losses_(step->losses.size()), sums_(step->slots.size()) {
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i].resize(step->slots[i].count);
}

void LogAccumulator::Add(absl::Span<const Tensor> outputs, int64_t examples) {
  auto each = [](const Tensor& t, auto f) {
    DispatchDType(t.dtype(), [&](auto zero) {
      int64_t i = 0;
      for (auto v : t.data<decltype(zero)>()) f(i++, static_cast<double>(v));
    });
  };
  examples_ += static_cast<double>(examples);
  for (size_t i = 0; i < losses_.size(); ++i) {
    each(outputs[i], [&](int64_t, double v) { losses_[i] += v * static_cast<double>(examples); });
  }
  for (size_t s = 0; s < sums_.size(); ++s) {
    for (int a = 0; a < step_->slots[s].count; ++a) {
      const Tensor& t = outputs[step_->slots[s].first + a];
      Tensor& sum = sums_[s][a];
      if (!sum.defined()) sum = Tensor::Full(DType::kFloat64, t.dims(), 0);
      const absl::Span<double> sums = sum.mutable_data<double>();
      each(t, [&](int64_t i, double v) { sums[i] += v; });
    }
  }
}

Logs LogAccumulator::Result() const {
  std::vector<std::pair<std::string, Tensor>> entries;
  if (examples_ > 0) {
    for (size_t i = 0; i < losses_.size(); ++i)
      entries.emplace_back(step_->losses[i], Tensor::Scalar<double>(losses_[i] / examples_));
    for (size_t s = 0; s < sums_.size(); ++s) {
      const Tensor result = step_->slots[s].metric.Result(sums_[s]);
      const absl::StatusOr<Tensor> own = result.Clone();  // it may be the very sums, which go on
      entries.emplace_back(step_->slots[s].name, own.ok() ? *own : Tensor());
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Logs logs;
  for (auto& [name, value] : entries) {
    if (value.defined() && value.rank() == 0) {
      logs.Set(name, value.data<double>()[0]);
    } else {
      logs.Set(name, std::move(value));
    }
  }
  return logs;
}

}  // namespace dagrad::keras
