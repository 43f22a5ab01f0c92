#include "dagrad/tests/keras/golden_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/config/configured.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/golden_case.h"

namespace dagrad::keras_parity {
namespace {

constexpr double kTolerance = 1e-6;

boost::json::object ConfigOf(const Json& golden) {
  const Json* const config = Member(golden, "config");
  return config == nullptr ? boost::json::object() : config->as_object();
}

double NumberOf(const boost::json::object& config, const char* key, double otherwise) {
  if (const Json* const json = config.if_contains(key)) NumberFromJson(*json, &otherwise);
  return otherwise;
}

// What f makes of the case's tensor, compared with "result"; and its gradient, of Σ of the result,
// where the case has one.
absl::Status CheckFunction(const Json& golden, absl::FunctionRef<Value(Value)> f) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor t, TensorOfCase(golden.at("x"), 0));
  GraphBuilder g("f");
  const Value x = g.Input("x", t.dtype(), Shape(absl::MakeConstSpan(t.dims())));
  const Value y = f(x);
  if (!g.ok()) return g.status();
  g.Output("result", y);
  const Json& expected = golden.at("expected");
  if (Member(expected, "gradient") != nullptr) {
    const Value ys[] = {ReduceSum(y * y)}, xs[] = {x};
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradient, Gradients(ys, xs));
    g.Output("gradient", gradient[0]);
  }
  DAGRAD_ASSIGN_OR_RETURN(const Function function, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                          runtime::EvaluateFunction(function, {{"x", t}}));
  for (const auto& [name, tensor] : r.outputs)
    DAGRAD_RETURN_IF_ERROR(ExpectNumbers(name, tensor, Member(expected, name), kTolerance));
  return absl::OkStatus();
}

// "glorot_uniform" → "GlorotUniform"
std::string CamelCase(const std::string& name) {
  std::string camel;
  bool upper = true;
  for (const char c : name) {
    if (c != '_') camel += upper ? absl::ascii_toupper(c) : c;
    upper = c == '_';
  }
  return camel;
}

std::string SnakeCase(const std::string& name) {
  std::string snake;
  for (const char c : name) {
    if (absl::ascii_isupper(c) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

// Rules of the program's own: golden_rules.py has the same.
class SumOfCubes : public Configured<SumOfCubes, keras::RegularizerImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "Regularizer";
  Value Penalty(Value w) const override { return ReduceSum(Abs(w) * Square(w)); }
};

class Halved : public Configured<Halved, keras::ConstraintImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "Constraint";
  Value Apply(Value w) const override { return w * 0.5; }
};

struct WarmupOptions {
  double peak = 0;
  double steps = 0;
};

class Warmup : public Configured<Warmup, ScheduleImpl, WarmupOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "LearningRateSchedule";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("peak", o.peak);
    visit("steps", o.steps);
  }
  Value Rate(Value steps) const override {
    const Value s = steps + 1.0;
    return options().peak * Minimum(s / options().steps, Sqrt(options().steps / s));
  }
};

template <typename Class>
std::vector<std::string> NamesOf(const std::vector<Class>& classes, const char* own) {
  std::vector<std::string> names = {own};
  for (const Class& c : classes) names.push_back(KerasNameOf(c));
  return names;
}

}  // namespace

std::vector<std::string> RegisteredOptimizers() {
  const std::vector<std::string> of_keras = *ReadKerasClasses("optimizers");
  std::vector<std::string> names;
  for (const std::string& name : OptimizerNames()) {
    const auto found = std::find_if(of_keras.begin(), of_keras.end(), [&](const std::string& k) {
      return absl::AsciiStrToLower(k) == name;
    });
    names.push_back(found == of_keras.end() ? name : *found);
  }
  return names;
}

absl::Status CheckOptimizer(const std::string& class_name, const Json& golden) {
  boost::json::object json = ConfigOf(golden);
  json["name"] = absl::AsciiStrToLower(class_name);
  DAGRAD_ASSIGN_OR_RETURN(const OptimizerPtr optimizer, OptimizerFromJson(json));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor first, TensorOfCase(golden.at("weight"), 0));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor target, TensorOfCase(golden.at("target"), 0));
  GraphBuilder g("step");
  const Value w = g.State("w", DType::kFloat64, Shape(absl::MakeConstSpan(first.dims())));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide_target, target.Cast(DType::kFloat64));
  const Value gradient = (w - Constant(&g, wide_target)) * 2.0;
  std::vector<OptimizerSlot> slots;
  DAGRAD_RETURN_IF_ERROR(optimizer->Apply(&g, {{"w", w, gradient}}, &slots));
  DAGRAD_ASSIGN_OR_RETURN(const Function f, g.Build());
  runtime::TensorMap state;
  DAGRAD_ASSIGN_OR_RETURN(state["w"], first.Cast(DType::kFloat64));
  for (const OptimizerSlot& s : slots) {
    DAGRAD_ASSIGN_OR_RETURN(state[s.decl.name], s.FirstValue());
  }
  const Json& expected = golden.at("expected");
  for (int step = 1; step <= 10; ++step) {
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                            runtime::EvaluateFunction(f, {}, state));
    for (const auto& [name, tensor] : r.updates) state[name] = tensor;
    if (step != 1 && step != 10) continue;
    const char* const key = step == 1 ? "first" : "tenth";
    DAGRAD_RETURN_IF_ERROR(ExpectNumbers(key, state["w"], Member(expected, key), kTolerance));
  }
  if (!optimizer->common().use_ema) return absl::OkStatus();
  return ExpectNumbers("average", state[Optimizer::AverageOf("w")], Member(expected, "average"),
                       kTolerance);
}

std::vector<std::string> RegisteredSchedules() { return NamesOf(ScheduleClasses(), Warmup::kName); }

absl::Status CheckSchedule(const std::string& class_name, const Json& golden) {
  const std::vector<ScheduleClass> own = {Warmup::Class()};
  DAGRAD_ASSIGN_OR_RETURN(SchedulePtr schedule,
                          ScheduleImpl::All().Make(class_name, ConfigOf(golden), own));
  const LearningRate rate = std::move(schedule);
  DAGRAD_ASSIGN_OR_RETURN(const LearningRate read, LearningRate::FromJson(rate.ToJson(), own));
  std::vector<int64_t> steps;
  if (!ReadJson(Member(golden, "steps"), &steps)) return InvalidArgumentError("no steps");
  GraphBuilder g("rate");
  const Value s = g.Input("s", DType::kFloat64, Shape());
  g.Output("rate", read.Build(&g, s));
  DAGRAD_ASSIGN_OR_RETURN(const Function f, g.Build());
  const auto count = static_cast<int64_t>(steps.size());
  Tensor numbers = Tensor::Full(DType::kFloat64, {count}, 0);
  Tensor nodes = Tensor::Full(DType::kFloat64, {count}, 0);
  for (int64_t i = 0; i < count; ++i) {
    numbers.mutable_data<double>()[i] = rate.At(steps[i]);
    DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                            runtime::EvaluateFunction(
                                f, {{"s", Tensor::Scalar<double>(static_cast<double>(steps[i]))}}));
    nodes.mutable_data<double>()[i] = r.outputs.at("rate").data<double>()[0];
  }
  const Json* const expected = Member(golden.at("expected"), "rates");
  DAGRAD_RETURN_IF_ERROR(ExpectNumbers("rates", numbers, expected, kTolerance));
  return ExpectNumbers("rates of nodes", nodes, expected, kTolerance);
}

std::vector<std::string> RegisteredRegularizers() {
  return NamesOf(keras::RegularizerClasses(), "Regularizer");
}

absl::Status CheckRegularizer(const std::string& class_name, const Json& golden) {
  const std::vector<keras::RegularizerClass> own = {SumOfCubes::Class()};
  DAGRAD_ASSIGN_OR_RETURN(const keras::RegularizerPtr rule,
                          keras::RegularizerImpl::All().Make(class_name, ConfigOf(golden), own));
  return CheckFunction(golden, [&](Value w) { return rule->Penalty(w); });
}

std::vector<std::string> RegisteredConstraints() {
  return NamesOf(keras::ConstraintClasses(), "Constraint");
}

absl::Status CheckConstraint(const std::string& class_name, const Json& golden) {
  const std::vector<keras::ConstraintClass> own = {Halved::Class()};
  DAGRAD_ASSIGN_OR_RETURN(const keras::ConstraintPtr rule,
                          keras::ConstraintImpl::All().Make(class_name, ConfigOf(golden), own));
  return CheckFunction(golden, [&](Value w) { return rule->Apply(w); });
}

std::vector<std::string> RegisteredInitializers() {
  std::vector<std::string> names;
  for (const std::string& name : keras::InitializerNames())
    names.push_back(name == "blocks" ? name : CamelCase(name));
  return names;
}

absl::Status CheckInitializer(const std::string& class_name, const Json& golden) {
  boost::json::object json = ConfigOf(golden);
  json["name"] = SnakeCase(class_name);
  DAGRAD_ASSIGN_OR_RETURN(const keras::Initializer initializer, keras::Initializer::FromJson(json));
  std::vector<int64_t> shape;
  if (!ReadJson(Member(golden, "shape"), &shape)) return InvalidArgumentError("no shape");
  GraphBuilder g("initial");
  const Value key = g.Input("key", DType::kInt64, {2});
  g.Output("w", initializer.Build(key, 0, DType::kFloat32, shape));
  DAGRAD_ASSIGN_OR_RETURN(const Function f, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(
      const runtime::EvaluateResult r,
      runtime::EvaluateFunction(f, {{"key", Tensor::Of<int64_t>({2}, {7, 0})}}));
  const Tensor& w = r.outputs.at("w");
  const Json& expected = golden.at("expected");
  if (Member(expected, "values") != nullptr)
    return ExpectNumbers("values", w, Member(expected, "values"), kTolerance);
  double sum = 0, squares = 0;
  for (const float v : w.data<float>()) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const auto n = static_cast<double>(w.num_elements());
  const auto [least, greatest] =
      std::minmax_element(w.data<float>().begin(), w.data<float>().end());
  double mean = 0, stddev = 0, low = 0, high = 0;
  if (!ReadJson(Member(expected, "mean"), &mean) ||
      !ReadJson(Member(expected, "stddev"), &stddev) ||
      !NumberFromJson(expected.at("least"), &low) ||
      !NumberFromJson(expected.at("greatest"), &high))
    return InvalidArgumentError("no moments");
  const double got_mean = sum / n, got_stddev = std::sqrt(squares / n - got_mean * got_mean);
  // Five standard deviations of what is estimated.
  if (std::abs(got_mean - mean) > 5 * stddev / std::sqrt(n))
    return InvalidArgumentError(absl::StrCat("the mean is ", got_mean, ", not ", mean));
  if (std::abs(got_stddev - stddev) > 5 * stddev / std::sqrt(n))
    return InvalidArgumentError(absl::StrCat("the deviation is ", got_stddev, ", not ", stddev));
  if (*least >= low - 1e-6 && *greatest <= high + 1e-6) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("values are in [", *least, ", ", *greatest,
                                           "], not within [", low, ", ", high, "]"));
}

std::vector<std::string> RegisteredActivations() {
  std::vector<std::string> names = keras::ActivationNames();
  // Keras's functions of names, and what has no name here.
  for (const char* other : {"deserialize", "get", "serialize", "threshold"})
    names.emplace_back(other);
  return names;
}

absl::Status CheckActivation(const std::string& name, const Json& golden) {
  const boost::json::object config = ConfigOf(golden);
  if (name == "threshold") {
    return CheckFunction(golden, [&](Value x) {
      return keras::Threshold(x, NumberOf(config, "threshold", 0),
                              NumberOf(config, "default_value", 0));
    });
  }
  if (name != "get" && name != "serialize" && name != "deserialize")
    return CheckFunction(golden, [&](Value x) { return keras::Activate(name, x); });
  // By its name, from the options of a layer that has been written, and read.
  std::string activation;
  ReadJson(config.if_contains("name"), &activation);
  const keras::Layer layer = keras::Activation(activation);
  DAGRAD_ASSIGN_OR_RETURN(const keras::Layer read,
                          keras::LayerFromConfig("Activation", "a", layer->Config()));
  std::string written;
  if (!ReadJson(Member(read->Config(), "activation"), &written) || written != activation)
    return InvalidArgumentError(absl::StrCat("it is written as \"", written, "\""));
  return CheckFunction(golden, [&](Value x) { return keras::Activate(written, x); });
}

}  // namespace dagrad::keras_parity
