// Names that are made inside: of layers, outputs, states, targets and entries of the logs. None may
// collide, and none may reach the user as an error about a graph that he never saw.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/layers/unique_names.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor Ones(Dims dims) { return Tensor::Full(DType::kFloat32, dims, 1); }

// Names in the logs of one epoch of training, weighted and validated.
std::vector<std::string> LogNames(Model* model, size_t inputs, size_t outputs) {
  const std::vector<Tensor> x(inputs, Ones({4, 3}));
  const std::vector<Tensor> y(outputs, Ones({4, 2}));
  const absl::StatusOr<History> history =
      model->Fit(x, y, {.verbose = 0, .sample_weight = Ones({4})});
  EXPECT_TRUE(history.ok()) << history.status();
  std::vector<std::string> names;
  if (!history.ok()) return names;
  for (const auto& [name, value] : history->logs[0].entries()) names.push_back(name);
  for (const auto& [name, value] : history->logs[0].tensors()) names.push_back(name);
  return names;
}

TEST(UniqueNamesTest, PassesOverWhatIsTaken) {
  UniqueNames names;
  EXPECT_TRUE(names.Take("dense_1"));
  EXPECT_FALSE(names.Take("dense_1"));
  EXPECT_EQ(names.Add("dense"), "dense");
  EXPECT_EQ(names.Add("dense"), "dense_2");
  EXPECT_EQ(names.Add("dense"), "dense_3");
  EXPECT_EQ(names.Add("dense_1"), "dense_1_1");
}

TEST(LogNamesTest, AMetricInBothLists) {
  const KerasTensor x = Input({3});
  Model model(x, Dense(2)(x));
  ASSERT_TRUE(model
                  .Compile({.loss = "mse",
                            .metrics = {"mae", "mae", "huber"},
                            .weighted_metrics = {"mae", "mae", "mse"}})
                  .ok());
  EXPECT_THAT(LogNames(&model, 1, 1), ElementsAre("huber", "loss", "mae", "mae_1", "mse",
                                                  "weighted_mae", "weighted_mae_1"));
}

TEST(LogNamesTest, EveryMetricTwiceInBothLists) {
  const KerasTensor x = Input({3});
  for (const bool two_outputs : {false, true}) {
    const KerasTensor y = Dense(2, {.activation = "sigmoid", .name = "s"})(x);
    Model model({x}, two_outputs ? std::vector<KerasTensor>{y, y} : std::vector<KerasTensor>{y});
    std::vector<std::string> all = MetricNames();
    for (const std::string& loss : LossNames()) all.push_back(loss);
    CompileOptions options{.loss = "mse"};
    for (const std::string& name : all) {
      if (!Metric(name).CheckTarget(y.type(), TargetKind::kDense).ok()) continue;
      for (int i = 0; i < 2; ++i) {
        options.metrics.list.emplace_back(name);
        options.weighted_metrics.list.emplace_back(name);
      }
    }
    const size_t metrics = options.metrics.list.size() * 2 * (two_outputs ? 2 : 1);
    const absl::Status compiled = model.Compile(options);
    ASSERT_TRUE(compiled.ok()) << compiled;
    const std::vector<std::string> names = LogNames(&model, 1, two_outputs ? 2 : 1);
    EXPECT_EQ(names.size(), metrics + (two_outputs ? 2 : 1));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  }
}

TEST(OutputNamesTest, OneLayersTwoOutputsAndOneTensorTwice) {
  const KerasTensor a = Input({3});
  const KerasTensor b = Input({3});
  Layer s = Dense(2, {.name = "s"});
  const KerasTensor y = s(a);
  Model model({a, b}, {y, s(b), y});
  ASSERT_TRUE(model.status().ok()) << model.status();
  ASSERT_TRUE(model.Compile({.loss = "mse", .metrics = "mae"}).ok());
  EXPECT_THAT(LogNames(&model, 2, 3), ElementsAre("loss", "s_loss", "s_mae", "s_mae_1", "s_mae_2"));
  EXPECT_EQ(model.PredictAll(std::vector<Tensor>{Ones({4, 3}), Ones({4, 3})})->size(), 3u);
}

TEST(OutputNamesTest, NamesThatOtherNamesAreMadeOf) {
  // Outputs "a" and "a_mae": both would log "a_mae_…".
  const KerasTensor x = Input({3}, {.name = "target"});
  const KerasTensor w = Input({3}, {.name = "sample_weight"});
  const KerasTensor sum = Add()({x, w});
  for (const std::string other : {"a_loss", "loss", "metrics", "a_weighted_mae", "a_1"}) {
    Model model({x, w}, {Dense(2, {.name = "a"})(sum), Dense(2, {.name = other})(sum)});
    ASSERT_TRUE(model.status().ok()) << model.status();
    const absl::Status compiled =
        model.Compile({.loss = "mse", .metrics = {"mae", "mse"}, .weighted_metrics = "mae"});
    ASSERT_TRUE(compiled.ok()) << other << ": " << compiled;
    EXPECT_EQ(LogNames(&model, 2, 2).size(), 9u) << other;
  }
  EXPECT_THAT(std::string(Model({x, w}, {Dense(2, {.name = "target"})(sum)}).status().message()),
              HasSubstr("two layers are named \"target\""));
}

TEST(InputNamesTest, NamesThatNodesAndStatesHave) {
  for (const std::string name :
       {"key", "target", "sample_weight", "dense/MatMul", "loss", "initialize", "metrics/mae"}) {
    const KerasTensor first = Input({3});
    const KerasTensor hidden = Dense(3)(first);
    const KerasTensor second = Input({3}, {.name = name});
    Model model({first, second}, {Dense(2)(Add()({hidden, second}))});
    ASSERT_TRUE(model.status().ok()) << name << ": " << model.status();
    const absl::Status compiled = model.Compile({.loss = "mse", .metrics = "mae"});
    ASSERT_TRUE(compiled.ok()) << name << ": " << compiled;
    LogNames(&model, 2, 1);
    EXPECT_TRUE(model.Graph().ok());
  }
  const KerasTensor x = Input({3}, {.name = "dense/kernel"});
  EXPECT_THAT(std::string(Model(x, Dense(2)(x)).status().message()),
              HasSubstr("would be named \"dense/kernel\": rename a layer"));
  const KerasTensor y = Input({3});
  EXPECT_THAT(std::string(Model({y, y}, {Dense(2)(y)}).status().message()),
              HasSubstr("the input \"input_layer\" is given twice"));
}

TEST(LayerNamesTest, LayersOfTwoModelsInAThird) {
  Layer a = Dense(3);
  Layer b = Dense(3);
  const KerasTensor x = Input({3});
  const KerasTensor y = Input({3});
  Model first(x, a(x));
  Model second(y, b(y));
  EXPECT_EQ(a->name(), "dense");
  EXPECT_EQ(b->name(), "dense");
  Model third({x, y}, {Add()({a(x), b(y)}), Dense(3)(a(x))});
  ASSERT_TRUE(third.status().ok()) << third.status();
  EXPECT_TRUE(third.GetLayer("dense").ok());
  EXPECT_TRUE(third.GetLayer("dense_1").ok());
  EXPECT_TRUE(third.GetLayer("dense_2").ok());
  EXPECT_TRUE(third.GetLayer("input_layer_1").ok());
  EXPECT_THAT(third.Summary()->text, HasSubstr("dense_1 (Dense)"));
  // All three still work, and share their weights.
  ASSERT_TRUE(third.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  const Tensor before = *second.Predict(Ones({4, 3}));
  const std::vector<Tensor> data = {Ones({4, 3}), Ones({4, 3})};
  ASSERT_TRUE(third.Fit(data, data, {.verbose = 0}).ok());
  EXPECT_FALSE(SameBits(before, *second.Predict(Ones({4, 3}))));
  ASSERT_TRUE(first.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  EXPECT_TRUE(first.Fit(Ones({4, 3}), Ones({4, 3}), {.verbose = 0}).ok());
  const absl::StatusOr<dagrad::Model> graph = third.Graph();
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_NE(graph->FindState("dense_1/kernel"), nullptr);

  // What the user names himself stays as it is.
  const KerasTensor z = Dense(3, {.name = "d"})(x);
  EXPECT_THAT(std::string(Model(x, Dense(3, {.name = "d"})(z)).status().message()),
              HasSubstr("two layers are named \"d\""));
}

}  // namespace
}  // namespace dagrad::keras
