#include "dagrad/keras/models/train_step.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/unique_names.h"
#include "dagrad/keras/models/model.h"
#include "dagrad/keras/models/step.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/shape/identity/identity.h"

// Training steps of one's own.
namespace dagrad::keras {

struct TrainStep::Impl {
  GraphBuilder* g;
  const Network* network;
  const Optimizer* optimizer;
  CallContext context;
  std::vector<Value> x, y;
  std::vector<Value> weights;     // of each output
  std::set<std::string> changed;  // weights, by Minimize
  int minimized = 0;
  UniqueNames logs;
  Step step;

  void Fail(const absl::Status& status) {
    if (!status.ok()) g->Fail(status);
  }
  // Else fails.
  bool IsOfModel(const Layer& layer) {
    if (network->Contains(*layer)) return true;
    Fail(layer->Prefixed(
        InvalidArgumentError("a train_step uses it, but it is no layer of the model")));
    return false;
  }
};

GraphBuilder* TrainStep::builder() const { return impl_->g; }

Value TrainStep::x(size_t i) const {
  if (i < impl_->x.size()) return impl_->x[i];
  impl_->Fail(InvalidArgumentError(
      absl::StrCat("the train_step reads input ", i, " of a model with ", impl_->x.size())));
  return Value();
}

Value TrainStep::y(size_t i) const {
  if (i < impl_->y.size() && impl_->y[i].valid()) return impl_->y[i];
  if (i < impl_->y.size()) {
    impl_->Fail(InvalidArgumentError(absl::StrCat("the train_step reads target ", i,
                                                  ", of an output without a loss and metrics")));
    return Value();
  }
  impl_->Fail(InvalidArgumentError(
      absl::StrCat("the train_step reads target ", i, " of ", impl_->y.size(),
                   impl_->y.empty() ? ": Compile's loss says what targets are" : "")));
  return Value();
}

Value TrainStep::sample_weight(size_t i) const {
  return i < impl_->weights.size() ? impl_->weights[i] : Value();
}

std::vector<Value> TrainStep::Outputs() {
  absl::StatusOr<LayerOutputs> outputs = impl_->network->CallLayers(impl_->context, {impl_->x});
  impl_->Fail(outputs.status());
  if (outputs.ok()) return outputs->values;
  return std::vector<Value>(impl_->network->outputs().size());
}

std::vector<Value> TrainStep::Call(const Layer& layer, absl::Span<const Value> inputs) {
  if (!impl_->IsOfModel(layer)) return {Value()};
  return impl_->context.CallLayer(*layer, {inputs}).values;
}

Value TrainStep::Call(const Layer& layer, Value input) { return Call(layer, {&input, 1})[0]; }

Value TrainStep::Call(const Model& model, Value input) {
  const absl::StatusOr<Layer> layer = model.AsLayer();
  impl_->Fail(layer.status());
  return layer.ok() ? Call(*layer, input) : Value();
}

Value TrainStep::LayerLosses(DType dtype) {
  const Value none = Full(impl_->g, dtype, Shape(), 0);
  return WithPenalties(impl_->g, *impl_->network, WithLayerLosses(none, impl_->context.losses()));
}

Value TrainStep::RandomNormal(const Shape& shape, RandomNormalOptions options) {
  options.stream = impl_->context.NextStream();
  return dagrad::RandomNormal(impl_->context.RandomKey(), shape, options);
}

Value TrainStep::RandomUniform(const Shape& shape, RandomUniformOptions options) {
  options.stream = impl_->context.NextStream();
  return dagrad::RandomUniform(impl_->context.RandomKey(), shape, options);
}

namespace {

void AddWithin(const LayerImpl& layer, std::set<const LayerImpl*>* all) {
  all->insert(&layer);
  for (const LayerImpl::Sublayer& s : layer.sublayers()) AddWithin(*s.layer, all);
}

}  // namespace

void TrainStep::Minimize(Value loss) { MinimizeFor(loss, nullptr, *impl_->optimizer); }

void TrainStep::Minimize(Value loss, const std::vector<Layer>& layers) {
  Minimize(loss, layers, *impl_->optimizer);
}

void TrainStep::Minimize(Value loss, const std::vector<Layer>& layers, const Optimizer& optimizer) {
  std::set<const LayerImpl*> within;
  for (const Layer& layer : layers) {
    if (!impl_->IsOfModel(layer)) return;
    AddWithin(*layer, &within);
  }
  MinimizeFor(loss, &within, optimizer);
}

void TrainStep::Minimize(Value loss, const Model& model, const Optimizer& optimizer) {
  const absl::StatusOr<Layer> layer = model.AsLayer();
  impl_->Fail(layer.status());
  if (layer.ok()) Minimize(loss, {*layer}, optimizer);
}

void TrainStep::MinimizeFor(Value loss, const std::set<const LayerImpl*>* layers,
                            const Optimizer& optimizer) {
  Impl& impl = *impl_;
  if (!loss.valid()) return;  // of an error
  if (loss.rank() != 0 || !IsFloating(loss.dtype())) {
    return impl.Fail(InvalidArgumentError(
        absl::StrCat("Minimize takes a float scalar, not ", loss.type().ToString())));
  }
  if (impl.minimized > 0 && optimizer.rule()->common().use_ema)
    return impl.Fail(
        InvalidArgumentError("use_ema is for the optimizer of the first Minimize only"));
  std::vector<TrainedVariable> variables = VariablesOf(impl.g, *impl.network, layers);
  for (TrainedVariable& v : variables) {
    if (!impl.changed.insert(v.state).second) {
      return impl.Fail(InvalidArgumentError(
          absl::StrCat("the weight \"", v.state, "\" is changed by two calls of Minimize")));
    }
    // What is called from here on reads what the step makes of the weight.
    v.constraint = [&context = impl.context, state = v.state, own = v.constraint](Value w) {
      const Value after = own ? own(w) : w;
      context.Replace(state, StopGradient(after));
      return after;
    };
  }
  const std::string scope =
      impl.minimized == 0 ? "optimizer" : absl::StrCat("optimizer_", impl.minimized);
  if (impl.minimized++ == 0) impl.step.optimizer = optimizer;
  impl.Fail(ApplyGradients(impl.g, loss, std::move(variables), optimizer, scope,
                           &impl.step.slots_of_optimizer));
}

void TrainStep::Log(const std::string& name, Value scalar) {
  Impl& impl = *impl_;
  if (!scalar.valid()) return;  // of an error
  if (scalar.rank() != 0 || !IsFloating(scalar.dtype())) {
    return impl.Fail(InvalidArgumentError(absl::StrCat(
        "Log(\"", Printable(name), "\") takes a float scalar, not ", scalar.type().ToString())));
  }
  if (name.empty() || !impl.logs.Take(name)) {
    return impl.Fail(InvalidArgumentError(absl::StrCat(
        "Log(\"", Printable(name), "\"): ", name.empty() ? "no name" : "the name is taken")));
  }
  impl.step.losses.push_back(name);
  impl.g->Output(name, scalar);
}

absl::StatusOr<Step> MakeOwnTrainStep(const Network& network, const StepSpec& spec,
                                      const Optimizer& optimizer, const WeightRanks& weights) {
  GraphBuilder g("train_step");
  int64_t streams = 0;
  TrainStep::Impl impl{&g, &network, &optimizer, network.Context(&g, /*training=*/true, &streams)};
  impl.x = network.AddInputs(impl.context);
  DAGRAD_RETURN_IF_ERROR(g.status());
  GraphBuilder::LocatedAt located(&g, spec.location);
  DAGRAD_ASSIGN_OR_RETURN(impl.y, AddTargetInputs(&g, network, spec));
  impl.weights = AddWeightInputs(&g, network, spec, weights);
  TrainStep step(&impl);
  DAGRAD_RETURN_IF_ERROR(spec.train_step(step));
  impl.context.Finish();
  DAGRAD_RETURN_IF_ERROR(g.status());
  if (impl.step.losses.empty())
    return InvalidArgumentError("the train_step logs nothing: Log shows what it minimizes");
  impl.step.uses_random_key = streams > 0;
  if (impl.step.uses_random_key) AdvanceRandomKey(&g);
  DAGRAD_ASSIGN_OR_RETURN(impl.step.function, g.Build());
  return std::move(impl.step);
}

}  // namespace dagrad::keras
