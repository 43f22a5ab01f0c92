#include "dagrad/optimizers/optimizer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
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

// Whether the whole number `x`, a float64 scalar, is one of `n`.
Value IsMultiple(Value x, int64_t n) {
  const auto divisor = static_cast<double>(n);
  return Equal(Floor(x / divisor) * divisor, x);
}

std::string SlotName(const std::string& scope, const TrainedVariable& variable,
                     absl::string_view slot) {
  return absl::StrCat(scope, "/", variable.state, "/", slot);
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

std::string Optimizer::AverageOf(absl::string_view state) {
  return absl::StrCat("optimizer/", state, "/average");
}

Value Optimizer::StepContext::IfUpdates(Value changed, Value old) const {
  return updates.valid() ? Select(updates, changed, old) : changed;
}

Value Optimizer::Context::Slot(absl::string_view slot_name, double initial) const {
  const ValueType type = variable->value.type();
  const std::string state = SlotName(scope, *variable, slot_name);
  slots->push_back({{state, type, false, ""}, initial});
  return g->State(state, type.dtype, type.shape);
}

void Optimizer::Context::Update(absl::string_view slot_name, Value value) const {
  const std::string state = SlotName(scope, *variable, slot_name);
  const ValueType type = variable->value.type();
  g->Update(state,
            updates.valid() ? IfUpdates(value, g->State(state, type.dtype, type.shape)) : value);
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
  for (const absl::Status& s : {ValidateCommon(), ValidateOwn()}) {
    if (!s.ok()) return fail(s.message());
  }
  return absl::OkStatus();
}

absl::Status Optimizer::ValidateCommon() const {
  const OptimizerCommon& o = common_;
  if (!(o.ema_momentum >= 0 && o.ema_momentum <= 1)) {
    return InvalidArgumentError(
        absl::StrCat("ema_momentum must be in [0, 1], not ", o.ema_momentum));
  }
  if (o.ema_overwrite_frequency.value_or(1) < 1) {
    return InvalidArgumentError(absl::StrCat("ema_overwrite_frequency must be 1 or more, not ",
                                             *o.ema_overwrite_frequency));
  }
  if (o.ema_overwrite_frequency.has_value() && !o.use_ema)
    return InvalidArgumentError("ema_overwrite_frequency has no effect without use_ema");
  if (o.gradient_accumulation_steps.value_or(2) < 2) {
    return InvalidArgumentError(absl::StrCat("gradient_accumulation_steps must be 2 or more, not ",
                                             *o.gradient_accumulation_steps));
  }
  const std::vector<std::string>& excluded = o.exclude_from_weight_decay;
  if (std::find(excluded.begin(), excluded.end(), "") == excluded.end()) return absl::OkStatus();
  return InvalidArgumentError("exclude_from_weight_decay has an empty name, a part of every name");
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

Value Optimizer::BuildRate(const StepContext& step, Value steps) const {
  const std::optional<double> constant = learning_rate_.constant();
  if (!constant.has_value()) return learning_rate_.Build(step.g, steps);
  const std::string state = absl::StrCat(step.scope, "/learning_rate");
  step.slots->push_back(
      {{state, {DType::kFloat64, Shape()}, false, ""}, *constant, /*may_be_missing=*/true});
  return step.g->State(state, DType::kFloat64, Shape());
}

std::vector<Value> Optimizer::Accumulated(const StepContext& step,
                                          absl::Span<const TrainedVariable> variables) const {
  std::vector<Value> gradients;
  for (const TrainedVariable& v : variables) {
    gradients.push_back(v.gradient);
    if (!step.updates.valid()) continue;
    const std::string state = SlotName(step.scope, v, "gradient_accumulator");
    const ValueType type = v.value.type();
    step.slots->push_back({{state, type, false, ""}, 0});
    const Value sum = step.g->State(state, type.dtype, type.shape) + v.gradient;
    step.g->Update(state, Select(step.updates, 0.0, sum));
    gradients.back() = sum / static_cast<double>(*common_.gradient_accumulation_steps);
  }
  return gradients;
}

bool Optimizer::Decays(absl::string_view state) const {
  if (!common_.weight_decay.has_value()) return false;
  const std::vector<std::string>& excluded = common_.exclude_from_weight_decay;
  return std::none_of(excluded.begin(), excluded.end(),
                      [&](const std::string& name) { return absl::StrContains(state, name); });
}

Value Optimizer::Averaged(const Context& c, Value updated, Value iteration) const {
  if (!common_.use_ema) return updated;
  const std::string state = AverageOf(c.variable->state);
  const ValueType type = updated.type();
  c.slots->push_back({{state, type, false, ""}, 0});
  const Value before = c.g->State(state, type.dtype, type.shape);
  const Value momentum =
      c.InDType(Select(Equal(iteration, 0.0), Full(c.g, DType::kFloat64, Shape(), 0),
                       Full(c.g, DType::kFloat64, Shape(), common_.ema_momentum)));
  const Value average = momentum * before + (1.0 - momentum) * updated;
  c.g->Update(state, average);
  if (!common_.ema_overwrite_frequency.has_value()) return updated;
  return Select(IsMultiple(iteration + 1.0, *common_.ema_overwrite_frequency), average, updated);
}

absl::Status Optimizer::Apply(GraphBuilder* g, absl::Span<const TrainedVariable> variables,
                              std::vector<OptimizerSlot>* slots, SourceLocation location,
                              absl::string_view scope) const {
  DAGRAD_RETURN_IF_ERROR(Validate());
  GraphBuilder::LocatedAt located(g, location);
  GraphBuilder::Scope nodes(g, scope);
  const std::string counter = absl::StrCat(scope, "/iteration");
  slots->push_back({{counter, {DType::kInt64, Shape()}, false, ""}, 0});
  const Value count = g->State(counter, DType::kInt64, Shape());
  const Value steps = Cast(count, DType::kFloat64);
  StepContext shared{g, slots, std::string(scope), {}, {}, {}};
  Value iteration = steps;  // that of steps that change weights
  if (common_.gradient_accumulation_steps.has_value()) {
    const int64_t n = *common_.gradient_accumulation_steps;
    shared.updates = IsMultiple(steps + 1.0, n);
    iteration = Floor(steps / static_cast<double>(n));
  }
  std::vector<Value> gradients = Accumulated(shared, variables);
  DAGRAD_RETURN_IF_ERROR(ClipGradients(g, &gradients));
  shared.learning_rate = BuildRate(shared, steps);
  shared.step = iteration + 1.0;
  const Value of_step = OfStep(shared);
  for (size_t i = 0; i < variables.size(); ++i) {
    const TrainedVariable& variable = variables[i];
    GraphBuilder::Scope variable_scope(g, variable.state);
    const Context c{shared, &variable, of_step};
    Value w = variable.value;
    if (Decays(variable.state)) w = w * c.InDType(1.0 - c.learning_rate * *common_.weight_decay);
    const Value updated = c.IfUpdates(NewValue(c, w, gradients[i]), variable.value);
    const Value averaged = Averaged(c, updated, iteration);
    g->Update(variable.state, variable.constraint ? variable.constraint(averaged) : averaged);
  }
  g->Update(counter, count + 1.0);
  return g->status();
}

Json Optimizer::ToJson() const {
  boost::json::object json = {{"name", std::string(name())},
                              {"learning_rate", learning_rate_.ToJson()}};
  FieldWriter writer;
  optimizers_internal::CommonFields(common_, writer);
  for (const Json& fields : {writer.Take(), WriteOwn()}) {
    for (const auto& field : fields.get_object()) json[field.key()] = field.value();
  }
  return json;
}

namespace {

struct Entry {
  const char* name;
  OptimizerPtr (*with_defaults)();
  absl::StatusOr<OptimizerPtr> (*from_json)(const Json& json,
                                            absl::Span<const ScheduleClass> schedules);
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

absl::StatusOr<OptimizerPtr> OptimizerFromJson(const Json& json,
                                               absl::Span<const ScheduleClass> schedules) {
  std::string name;
  if (!ReadJson(Member(json, "name"), &name))
    return InvalidArgumentError("not the description of an optimizer");
  DAGRAD_ASSIGN_OR_RETURN(const Entry* entry, FindEntry(name));
  return entry->from_json(json, schedules);
}

}  // namespace dagrad
