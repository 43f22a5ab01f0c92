// Regularizers and constraints are Keras 3's, alone and in the training of every layer that has
// them: regularizer_golden.h, made by make_regularizer_golden.py, which says what is trained.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "dagrad/tests/keras/regularizer_golden.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::Pattern;
using keras_parity::RuleCase;
using keras_parity::TrainingCase;

Value Applied(const Json& object, Value w) {
  std::string name;
  EXPECT_TRUE(ReadJson(Member(object, "name"), &name));
  if (RegularizerImpl::All().Find(name) != nullptr) {
    const absl::StatusOr<Regularizer> read = Regularizer::FromJson(object);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? read->get()->Penalty(w) : Value();
  }
  const absl::StatusOr<Constraint> read = Constraint::FromJson(object);
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? read->get()->Apply(w) : Value();
}

TEST(RegularizerParityTest, EveryRule) {
  for (const RuleCase& c : keras_parity::kRules) {
    SCOPED_TRACE(c.object);
    GraphBuilder g("f");
    const Dims dims(c.dims.begin(), c.dims.end());
    const Value w = g.Input("w", DType::kFloat32, Shape(absl::MakeConstSpan(dims)));
    g.Output("y", Applied(*ParseJson(c.object), w));
    const absl::StatusOr<Function> f = g.Build();
    ASSERT_TRUE(f.ok()) << f.status();
    const auto r = runtime::EvaluateFunction(*f, {{"w", Pattern(dims, 1, 0.7, 0.2)}});
    ASSERT_TRUE(r.ok()) << r.status();
    const auto got = r->outputs.at("y").data<float>();
    ASSERT_EQ(got.size(), c.result.size());
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], c.result[i], 2e-6 * std::max(1.0, std::abs(c.result[i]))) << i;
  }
}

struct Trained {
  Dims shape;
  Layer layer;
};

// The trainings of the script, by their names there.
std::map<std::string, Trained> Trainings() {
  using namespace constraints;   // NOLINT(google-build-using-namespace)
  using namespace regularizers;  // NOLINT(google-build-using-namespace)
  const std::vector<int64_t> images = {0, 1, 2}, steps = {0, 1};
  return {
      {"Dense",
       {{4},
        Dense(3, {.kernel_regularizer = L2(0.05),
                  .bias_regularizer = "l1",
                  .kernel_constraint = MaxNorm(0.7),
                  .bias_constraint = "non_neg"})}},
      {"Conv2D",
       {{4, 4, 3},
        Conv2D(2, 2,
               {.kernel_regularizer = L1L2(0.01, 0.02),
                .bias_regularizer = L2(0.3),
                .kernel_constraint = UnitNorm(images),
                .bias_constraint = MaxNorm(0.1)})}},
      {"Conv1D",
       {{5, 3},
        Conv1D(
            2, 2,
            {.kernel_regularizer = L1(0.02),
             .bias_regularizer = "l2",
             .kernel_constraint = MinMaxNorm({.min_value = 0.4, .max_value = 0.6, .axis = steps}),
             .bias_constraint = "non_neg"})}},
      {"DepthwiseConv2D",
       {{4, 4, 3},
        DepthwiseConv2D(2, {.depthwise_regularizer = L2(0.04),
                            .bias_regularizer = "l1",
                            .depthwise_constraint = "non_neg",
                            .bias_constraint = MaxNorm(0.1)})}},
      {"SeparableConv2D",
       {{4, 4, 3},
        SeparableConv2D(2, 2,
                        {.depthwise_regularizer = L2(0.04),
                         .pointwise_regularizer = L1(0.03),
                         .bias_regularizer = "l2",
                         .depthwise_constraint = UnitNorm(steps),
                         .pointwise_constraint = MaxNorm(0.3, images),
                         .bias_constraint = "non_neg"})}},
      {"BatchNormalization",
       {{3},
        BatchNormalization({.beta_regularizer = L1(0.1),
                            .gamma_regularizer = L2(0.2),
                            .beta_constraint = NonNeg(),
                            .gamma_constraint = MaxNorm(1)})}},
      {"LayerNormalization",
       {{3},
        LayerNormalization({.beta_regularizer = L1(0.1),
                            .gamma_regularizer = L2(0.2),
                            .beta_constraint = NonNeg(),
                            .gamma_constraint = MaxNorm(0.5)})}},
      {"Lstm",
       {{3, 2},
        LSTM(2, {.kernel_regularizer = L2(0.02),
                 .recurrent_regularizer = L1(0.02),
                 .bias_regularizer = L2(0.03),
                 .kernel_constraint = MaxNorm(0.5),
                 .recurrent_constraint = UnitNorm(),
                 .bias_constraint = "non_neg"})}},
      {"Gru",
       {{3, 2},
        GRU(2, {.kernel_regularizer = L2(0.02),
                .recurrent_regularizer = L1(0.02),
                .bias_regularizer = L2(0.03),
                .kernel_constraint = MaxNorm(0.5),
                .recurrent_constraint = UnitNorm(),
                .bias_constraint = "non_neg"})}},
  };
}

void ExpectTraining(Model* model, const Dims& shape, const TrainingCase& golden) {
  Dims batch = {2};
  batch.insert(batch.end(), shape.begin(), shape.end());
  const Tensor x = Pattern(batch, 1, 0.7, 0);
  const Tensor y = Tensor::Full(DType::kFloat32, model->Predict(x)->dims(), 0.3);
  const absl::StatusOr<History> history = model->Fit(x, y, {.epochs = 2, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  std::vector<double> losses = (*history)["loss"];
  losses.push_back((*model->Evaluate(x, y, {.verbose = 0}))["loss"]);
  ASSERT_EQ(losses.size(), golden.losses.size());
  for (size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], golden.losses[i], 2e-6 * std::max(1.0, golden.losses[i])) << i;
  keras_parity::ExpectNear(keras_parity::Joined(*model->GetWeights()), golden.weights);
}

// As built, and as it comes back from a file.
TEST(RegularizerParityTest, EveryTraining) {
  const auto trainings = Trainings();
  EXPECT_EQ(trainings.size(), keras_parity::kTrainings.size());
  for (const TrainingCase& golden : keras_parity::kTrainings) {
    SCOPED_TRACE(golden.name);
    ASSERT_TRUE(trainings.contains(golden.name));
    const Trained& t = trainings.at(golden.name);
    const KerasTensor in = Input(t.shape);
    Model model(in, t.layer(in));
    ASSERT_TRUE(model.status().ok()) << model.status();
    if (golden.name != "BatchNormalization") keras_parity::SetPatterns(&model);
    ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.5), .loss = "mse"}).ok());
    Model loaded = keras_parity::Reloaded(model);
    ExpectTraining(&model, t.shape, golden);
    ExpectTraining(&loaded, t.shape, golden);
  }
}

// Weights that are not trained cost nothing and stay as they are.
TEST(RegularizerTest, OfFrozenLayersDoNothing) {
  for (const bool frozen : {false, true}) {
    const KerasTensor in = Input({4});
    const Layer layer = Dense(1, {.kernel_initializer = "ones",
                                  .kernel_regularizer = "l2",
                                  .kernel_constraint = "unit_norm"});
    layer->set_trainable(!frozen);
    Model model(in, layer(in));
    ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.0), .loss = "mse"}).ok());
    const Tensor x = Tensor::Full(DType::kFloat32, {2, 4}, 0);
    const Tensor y = Tensor::Full(DType::kFloat32, {2, 1}, 0);
    const absl::StatusOr<History> history = model.Fit(x, y, {.verbose = 0});
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_NEAR((*history)["loss"][0], frozen ? 0 : 0.04, 1e-7);
    EXPECT_NEAR((*model.GetWeights())[0].data<float>()[0], frozen ? 1 : 0.5, 1e-6);
  }
}

TEST(RegularizerTest, ErrorsNameLayerWeightAndOption) {
  const auto status = [](DenseOptions options) {
    options.name = "d";
    const KerasTensor in = Input({4});
    Model model(in, Dense(2, std::move(options))(in));
    absl::Status s = model.status();
    return s.ok() ? model.Compile({.loss = "mse"}) : s;
  };
  const std::vector<std::pair<DenseOptions, std::string>> table = {
      {{.kernel_regularizer = "l3"},
       "weight kernel: unknown regularizer \"l3\"; known: l1, l1_l2, l2"},
      {{.bias_regularizer = regularizers::L2(-1)},
       "weight bias: l2: l2 must be finite and not negative, not -1"},
      {{.kernel_constraint = constraints::MaxNorm(-2)},
       "weight kernel: max_norm: max_value must be finite and not negative, not -2"},
      {{.kernel_constraint = constraints::MinMaxNorm({.min_value = 3})},
       "weight kernel: min_max_norm: min_value 3 is above max_value 1"},
      {{.bias_constraint = constraints::UnitNorm({})},
       "weight bias: unit_norm: axis must be one or more axes"},
  };
  for (const auto& [options, message] : table) {
    const absl::Status s = status(options);
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    EXPECT_NE(std::string(s.message()).find(message), std::string::npos) << s;
    EXPECT_NE(std::string(s.message()).find("d (Dense"), std::string::npos) << s;
  }
  // An axis that the weight does not have.
  EXPECT_EQ(status({.kernel_constraint = constraints::UnitNorm({2})}).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dagrad::keras
