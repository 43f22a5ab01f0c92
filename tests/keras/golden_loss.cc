#include "dagrad/tests/keras/golden_loss.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/step.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/golden_case.h"

namespace dagrad::keras_parity {
namespace {

using keras::Loss;

constexpr double kTolerance = 1e-6;
constexpr double kGradientTolerance = 1e-5;
constexpr int kBatch = 2;

struct PinballOptions {
  double quantile = 0.5;
};

// A loss of the program's own: golden_losses.py has the same.
class Pinball : public Configured<Pinball, keras::LossImpl, PinballOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "Loss";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("quantile", o.quantile);
  }
  Value PerExample(Value y, Value p) const override {
    const Value error = y - p;
    return ReduceMean(Maximum(error * options().quantile, error * (options().quantile - 1)),
                      {.axes = {-1}});
  }
};

// What a case computes with.
struct LossCase {
  Loss loss;
  Tensor predictions, targets, weights;
};

absl::StatusOr<LossCase> Read(const std::string& class_name, const Json& golden) {
  boost::json::object object;
  if (const Json* const config = Member(golden, "config")) object = config->as_object();
  object["name"] = class_name;
  const std::vector<keras::LossClass> own = {Pinball::Class()};
  DAGRAD_ASSIGN_OR_RETURN(Loss loss, Loss::FromJson(object, own));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor p, TensorOfCase(golden.at("predictions"), 0));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y, TensorOfCase(golden.at("targets"), 1));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor w, TensorOfCase(golden.at("weights"), 0));
  return LossCase{std::move(loss), p, y, w};
}

// What is minimised for one batch, with the weights, and its gradient by the predictions.
absl::Status CheckGradient(const LossCase& c, const Json& expected) {
  GraphBuilder g("loss");
  std::vector<Dim> dims = {Dim("batch")};
  for (size_t i = 1; i < c.predictions.dims().size(); ++i)
    dims.emplace_back(c.predictions.dims()[i]);
  const Value p = g.Input("p", DType::kFloat32, Shape(absl::MakeConstSpan(dims)));
  DAGRAD_ASSIGN_OR_RETURN(const ValueType type, keras::TargetType(p.type(), c.loss));
  const Value y = g.Input("y", type.dtype, type.shape);
  const Value w = g.Input("w", DType::kFloat32, Shape({Dim("batch")}));
  const Value losses = c.loss.PerExample(y, p);
  if (!g.ok()) return g.status();
  std::vector<Dim> of_weights(losses.rank(), Dim(1));
  of_weights[0] = Dim("batch");
  const Value loss = ReduceMean(losses * Reshape(w, Shape(absl::MakeConstSpan(of_weights))));
  g.Output("loss", loss);
  const Value ys[] = {loss}, xs[] = {p};
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradient, Gradients(ys, xs));
  g.Output("gradient", gradient[0]);
  DAGRAD_ASSIGN_OR_RETURN(const Function f, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(const Tensor targets, c.targets.Cast(type.dtype));
  DAGRAD_ASSIGN_OR_RETURN(
      const runtime::EvaluateResult r,
      runtime::EvaluateFunction(f, {{"p", c.predictions}, {"y", targets}, {"w", c.weights}}));
  DAGRAD_RETURN_IF_ERROR(
      ExpectNumbers("the loss", r.outputs.at("loss"), Member(expected, "loss"), kTolerance));
  return ExpectNumbers("the gradient", r.outputs.at("gradient"), Member(expected, "gradient"),
                       kGradientTolerance);
}

absl::Status CheckEvaluation(const LossCase& c, const Json& expected, bool weighted) {
  const Dims shape(c.predictions.dims().begin() + 1, c.predictions.dims().end());
  const keras::KerasTensor x = keras::Input(shape);
  keras::Model model(x, keras::Activation("linear")(x));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.loss = c.loss}));
  keras::EvaluateOptions options{.batch_size = kBatch, .verbose = 0};
  if (weighted) options.sample_weight = c.weights;
  DAGRAD_ASSIGN_OR_RETURN(const keras::Logs logs,
                          model.Evaluate(c.predictions, c.targets, options));
  const char* const key = weighted ? "evaluated_weighted" : "evaluated";
  return ExpectNumbers(key, Tensor::Scalar<double>(logs["loss"]), Member(expected, key),
                       kTolerance);
}

}  // namespace

std::vector<std::string> RegisteredLosses() {
  std::vector<std::string> names = {"Loss"};
  for (const keras::LossClass& c : keras::LossClasses()) names.push_back(KerasNameOf(c));
  return names;
}

absl::Status CheckLoss(const std::string& class_name, const Json& golden) {
  DAGRAD_ASSIGN_OR_RETURN(const LossCase c, Read(class_name, golden));
  const Json& expected = golden.at("expected");
  DAGRAD_RETURN_IF_ERROR(CheckGradient(c, expected));
  DAGRAD_RETURN_IF_ERROR(CheckEvaluation(c, expected, false));
  return CheckEvaluation(c, expected, true);
}

}  // namespace dagrad::keras_parity
