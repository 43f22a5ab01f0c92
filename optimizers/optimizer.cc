#include "dagrad/optimizers/optimizer.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/training/clip_factor/clip_factor.h"
#include "dagrad/optimizers/hyperparameters.h"
#include "dagrad/optimizers/rules.h"

namespace dagrad {
namespace {

// The elements into [-v, v].
Value Clipped(Value g, double v) { return Maximum(Minimum(g, v), -v); }

// g times the factor of a norm in which infinities are the largest finite number.
Value Scaled(Value g, Value factor) {
  const double largest = LargestFinite(g.dtype());
  return Clipped(g, largest) * factor;
}

std::string SlotName(const TrainedVariable& variable, absl::string_view slot) {
  return absl::StrCat("optimizer/", variable.state, "/", slot);
}

}  // namespace

absl::StatusOr<Tensor> OptimizerSlot::FirstValue() const {
  DAGRAD_ASSIGN_OR_RETURN(Tensor first, Tensor::Zeros(decl.type.dtype, decl.type.shape.ToDims()));
  if (initial == 0) return first;
  DispatchDType(first.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (T& element : first.mutable_data<T>()) element = static_cast<T>(initial);
  });
  return first;
}

Value Optimizer::Context::Slot(absl::string_view slot_name, double initial) const {
  const ValueType type = variable->value.type();
  const std::string state = SlotName(*variable, slot_name);
  slots->push_back({{state, type, false, ""}, initial});
  return g->State(state, type.dtype, type.shape);
}

void Optimizer::Context::Update(absl::string_view slot_name, Value value) const {
  g->Update(SlotName(*variable, slot_name), value);
}

Value Optimizer::Context::InDType(Value scalar) const {
  return dtype() == DType::kFloat64 ? scalar : Cast(scalar, dtype());
}

absl::Status Optimizer::Validate() const {
  DAGRAD_RETURN_IF_ERROR(learning_rate_.Validate());
  auto fail = [&](absl::string_view why) {
    return InvalidArgumentError(absl::StrCat("optimizer ", name(), ": ", why));
  };
  int clippings = 0;
  for (const std::optional<double>& v :
       {common_.clipvalue, common_.clipnorm, common_.global_clipnorm}) {
    if (!v.has_value()) continue;
    ++clippings;
    if (!(*v > 0)) return fail(absl::StrCat("a clipping bound must be positive, not ", *v));
  }
  if (clippings > 1) return fail("only one of clipvalue, clipnorm and global_clipnorm may be set");
  if (common_.weight_decay.has_value() && !(*common_.weight_decay >= 0))
    return fail("weight_decay must not be negative");
  if (absl::Status s = ValidateOwn(); !s.ok()) return fail(s.message());
  return absl::OkStatus();
}

absl::Status Optimizer::ClipGradients(GraphBuilder* g, std::vector<Value>* gradients) const {
  if (common_.clipvalue.has_value()) {
    for (Value& v : *gradients) v = Clipped(v, *common_.clipvalue);
  } else if (common_.clipnorm.has_value()) {
    for (Value& v : *gradients) v = Scaled(v, ClipFactor({v}, *common_.clipnorm));
  } else if (common_.global_clipnorm.has_value() && !gradients->empty()) {
    const Value factor = ClipFactor(*gradients, *common_.global_clipnorm);
    for (Value& v : *gradients) v = Scaled(v, factor);
  }
  return g->status();
}

Value Optimizer::BuildRate(GraphBuilder* g, Value steps, std::vector<OptimizerSlot>* slots) const {
  const std::optional<double> constant = learning_rate_.constant();
  if (!constant.has_value()) return learning_rate_.Build(g, steps);
  slots->push_back({{std::string(kLearningRateState), {DType::kFloat64, Shape()}, false, ""},
                    *constant,
                    /*may_be_missing=*/true});
  return g->State(kLearningRateState, DType::kFloat64, Shape());
}

absl::Status Optimizer::Apply(GraphBuilder* g, absl::Span<const TrainedVariable> variables,
                              std::vector<OptimizerSlot>* slots, SourceLocation location) const {
  DAGRAD_RETURN_IF_ERROR(Validate());
  GraphBuilder::LocatedAt located(g, location);
  GraphBuilder::Scope scope(g, "optimizer");
  std::vector<Value> gradients;
  for (const TrainedVariable& v : variables) gradients.push_back(v.gradient);
  DAGRAD_RETURN_IF_ERROR(ClipGradients(g, &gradients));

  slots->push_back({{std::string(kIterationState), {DType::kInt64, Shape()}, false, ""}, 0});
  Value iteration = g->State(kIterationState, DType::kInt64, Shape());
  Value steps = Cast(iteration, DType::kFloat64);
  Value rate = BuildRate(g, steps, slots);
  Value step = steps + 1.0;
  const Value of_step = OfStep(g, step, slots);
  for (size_t i = 0; i < variables.size(); ++i) {
    GraphBuilder::Scope variable_scope(g, variables[i].state);
    const Context c{g, &variables[i], slots, rate, step, of_step};
    Value w = variables[i].value;
    if (common_.weight_decay.has_value()) w = w * c.InDType(1.0 - rate * *common_.weight_decay);
    const Value updated = NewValue(c, w, gradients[i]);
    const auto& constraint = variables[i].constraint;
    g->Update(variables[i].state, constraint ? constraint(updated) : updated);
  }
  g->Update(kIterationState, iteration + 1.0);
  return g->status();
}

Json Optimizer::ToJson() const {
  boost::json::object json = {{"name", std::string(name())},
                              {"learning_rate", learning_rate_.ToJson()}};
  optimizers_internal::HyperparameterWriter writer(&json);
  optimizers_internal::CommonFields(common_, writer);
  WriteOwn(&json);
  return json;
}

namespace {

struct Entry {
  const char* name;
  OptimizerPtr (*with_defaults)();
  absl::StatusOr<OptimizerPtr> (*from_json)(const Json& json);
};

constexpr Entry kTable[] = {
    {"adadelta", [] { return MakeAdadelta(); }, optimizers_internal::AdadeltaFromJson},
    {"adagrad", [] { return MakeAdagrad(); }, optimizers_internal::AdagradFromJson},
    {"adam", [] { return MakeAdam(); }, optimizers_internal::AdamFromJson},
    {"adamax", [] { return MakeAdamax(); }, optimizers_internal::AdamaxFromJson},
    {"adamw", [] { return MakeAdamW(); }, optimizers_internal::AdamWFromJson},
    {"ftrl", [] { return MakeFtrl(); }, optimizers_internal::FtrlFromJson},
    {"lamb", [] { return MakeLamb(); }, optimizers_internal::LambFromJson},
    {"lion", [] { return MakeLion(); }, optimizers_internal::LionFromJson},
    {"nadam", [] { return MakeNadam(); }, optimizers_internal::NadamFromJson},
    {"rmsprop", [] { return MakeRmsprop(); }, optimizers_internal::RmspropFromJson},
    {"sgd", [] { return MakeSgd(); }, optimizers_internal::SgdFromJson},
};

absl::StatusOr<const Entry*> FindEntry(absl::string_view name) {
  for (const Entry& e : kTable) {
    if (absl::AsciiStrToLower(name) == e.name) return &e;
  }
  return InvalidArgumentError(
      absl::StrCat("unknown optimizer \"", name, "\"", PerhapsOf(name, OptimizerNames())));
}

}  // namespace

std::vector<std::string> OptimizerNames() {
  std::vector<std::string> names;
  for (const Entry& e : kTable) names.emplace_back(e.name);
  return names;
}

absl::StatusOr<OptimizerPtr> MakeOptimizer(absl::string_view name) {
  DAGRAD_ASSIGN_OR_RETURN(const Entry* entry, FindEntry(name));
  return entry->with_defaults();
}

absl::StatusOr<OptimizerPtr> OptimizerFromJson(const Json& json) {
  std::string name;
  if (!ReadJson(Member(json, "name"), &name))
    return InvalidArgumentError("not the description of an optimizer");
  DAGRAD_ASSIGN_OR_RETURN(const Entry* entry, FindEntry(name));
  return entry->from_json(json);
}

}  // namespace dagrad
