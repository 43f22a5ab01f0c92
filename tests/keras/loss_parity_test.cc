// The losses that layers add are those of Keras 3: loss_golden.h, made by make_loss_golden.py,
// which says what data and weights are.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/loss_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers
using ::testing::HasSubstr;

Tensor Examples() { return Pattern({4, 3}, 1, 0.7, 0); }

std::vector<Tensor> ZerosLike(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> zeros;
  for (const Tensor& t : tensors) zeros.push_back(Tensor::Full(DType::kFloat32, t.dims(), 0));
  return zeros;
}

// The loss of an evaluation, then losses and weights of three steps of SGD: of the model, and of
// one that a file gave.
void ExpectLosses(Model model, absl::Span<const double> evaluated, absl::Span<const double> losses,
                  absl::Span<const double> trained) {
  ASSERT_TRUE(model.status().ok()) << model.status();
  SetPatterns(&model);
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.5), .loss = "mean_squared_error"}).ok());
  const absl::StatusOr<std::vector<Tensor>> y = model.PredictAll(Examples());
  ASSERT_TRUE(y.ok()) << y.status();
  const std::vector<Tensor> zeros = ZerosLike(*y);
  Model loaded = Reloaded(model);
  for (Model* m : {&model, &loaded}) {
    const absl::StatusOr<Logs> logs = m->Evaluate(Examples(), zeros, {.verbose = 0});
    ASSERT_TRUE(logs.ok()) << logs.status();
    ExpectNear({static_cast<float>((*logs)["loss"])}, evaluated);
    const absl::StatusOr<History> history =
        m->Fit(Examples(), zeros, {.epochs = 3, .verbose = 0, .shuffle = false});
    ASSERT_TRUE(history.ok()) << history.status();
    std::vector<float> shown;
    for (double value : (*history)["loss"]) shown.push_back(static_cast<float>(value));
    ExpectNear(shown, losses);
    ExpectNear(Joined(*m->GetWeights()), trained);
  }
}

TEST(LossParityTest, OfALayer) {
  const KerasTensor x = Input({3});
  ExpectLosses(Model(x, Dense(2)(ActivityRegularization({.l1 = 0.1, .l2 = 0.2})(Dense(4)(x)))),
               kPlainEvaluated, kPlainLosses, kPlainTrained);
}

TEST(LossParityTest, OfEveryCallOfASharedLayer) {
  const KerasTensor x = Input({3});
  const Layer dense = Dense(3, {.activation = "tanh"});
  const Layer regularized = ActivityRegularization({.l2 = 0.3});
  ExpectLosses(Model(x, Dense(2)(regularized(dense(regularized(dense(x)))))), kSharedEvaluated,
               kSharedLosses, kSharedTrained);
}

TEST(LossParityTest, OfLayersOfModelsWithin) {
  const KerasTensor x = Input({3});
  Sequential within;
  within.Add(Dense(3, {.input_shape = {3}}));
  within.Add(ActivityRegularization({.l1 = 0.2}));
  const KerasTensor a = Input({3});
  const Model outer(a, Dense(3)(within(a)));
  Model model({x}, {outer(x), Dense(2)(within(x))});
  // A layer of two models cannot be saved: compared without the way through a file.
  ASSERT_TRUE(model.status().ok()) << model.status();
  SetPatterns(&model);
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.5), .loss = "mean_squared_error"}).ok());
  const std::vector<Tensor> zeros = ZerosLike(*model.PredictAll(Examples()));
  const absl::StatusOr<Logs> logs = model.Evaluate(Examples(), zeros, {.verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  ExpectNear({static_cast<float>((*logs)["loss"])}, kNestedEvaluated);
  ASSERT_TRUE(model.Fit(Examples(), zeros, {.epochs = 3, .verbose = 0, .shuffle = false}).ok());
  ExpectNear(Joined(*model.GetWeights()), kNestedTrained);
}

// Adds what it is told to.
class AddsLoss : public LayerImpl {
 public:
  explicit AddsLoss(bool of_graph) : LayerImpl("adds", {}), of_graph_(of_graph) {}
  absl::string_view class_name() const override { return "AddsLoss"; }
  absl::Status Build(absl::Span<const ValueType>) override { return absl::OkStatus(); }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    context.AddLoss(of_graph_ ? inputs[0] : Value());
    return inputs[0];
  }
  Json Config() const override { return boost::json::object(); }

 private:
  bool of_graph_;
};

TEST(LossParityTest, AreSummed) {
  const KerasTensor x = Input({3});
  Model model(x, Layer(std::make_shared<AddsLoss>(true))(x));
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.5), .loss = "mean_squared_error"}).ok());
  const Tensor ones = Tensor::Full(DType::kFloat32, {4, 3}, 1);
  const absl::StatusOr<Logs> logs = model.Evaluate(ones, ones, {.verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_EQ((*logs)["loss"], 12);
  Model bad(x, Layer(std::make_shared<AddsLoss>(false))(x));
  EXPECT_THAT(std::string(bad.status().message()),
              HasSubstr("adds (AddsLoss, :0): AddLoss takes a float value of the graph"));
}

}  // namespace
}  // namespace dagrad::keras
