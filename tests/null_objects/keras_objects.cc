// The same of Keras: models that were moved from, null layers, optimizers, names and tensors.
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/public_functions.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using absl::StatusCode;

template <typename T>
using Table = std::map<std::string, std::function<absl::Status(T)>>;

// `others`: what the table leaves out, which is nothing that could be called on nothing.
template <typename T>
void ExpectAll(const Table<T>& table, std::set<std::string> others, const std::string& header,
               const std::string& class_name) {
  for (const auto& [name, call] : table) others.insert(name);
  EXPECT_EQ(others, tests::PublicFunctions(header, class_name));
}

// For functions that give no status.
absl::Status Nothing(bool nothing) {
  return nothing ? absl::FailedPreconditionError("") : absl::OkStatus();
}

Sequential Small() {
  Sequential model("small");
  model.Add(Dense(2, {.input_shape = {3}}));
  EXPECT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  return model;
}

Table<Sequential&> ModelCalls() {
  const Tensor x = Tensor::Full(DType::kFloat32, {2, 3}, 1);
  const Tensor y = Tensor::Full(DType::kFloat32, {2, 2}, 1);
  using M = Sequential&;
  return {
      {"status", [](M m) { return m.status(); }},
      {"name", [](M m) { return Nothing(m.name().empty()); }},
      {"layers", [](M m) { return Nothing(m.layers().empty()); }},
      {"GetLayer", [](M m) { return m.GetLayer("dense").status(); }},
      {"AsLayer", [](M m) { return m.AsLayer().status(); }},
      {"operator",  // ()
       [](M m) { return m(Input({3})).status(); }},
      {"Compile", [](M m) { return m.Compile({.loss = "mse"}); }},
      {"Fit", [=](M m) { return m.Fit(x, y).status(); }},
      {"GetLearningRate", [](M m) { return m.GetLearningRate().status(); }},
      {"GetIterations", [](M m) { return m.GetIterations().status(); }},
      {"SetLearningRate", [](M m) { return m.SetLearningRate(0.1); }},
      {"StopTraining", [](M m) { return m.StopTraining(), m.status(); }},
      {"Evaluate", [=](M m) { return m.Evaluate(x, y).status(); }},
      {"TrainOnBatch", [=](M m) { return m.TrainOnBatch(x, y).status(); }},
      {"TestOnBatch", [=](M m) { return m.TestOnBatch(x, y).status(); }},
      {"PredictOnBatch", [=](M m) { return m.PredictOnBatch(x).status(); }},
      {"ResetState", [](M m) { return m.ResetState(), m.status(); }},
      {"SaveWeights", [](M m) { return m.SaveWeights("nowhere.safetensors"); }},
      {"LoadWeights", [](M m) { return m.LoadWeights("nowhere.safetensors"); }},
      {"PredictAll", [=](M m) { return m.PredictAll(x).status(); }},
      {"Predict", [=](M m) { return m.Predict(x).status(); }},
      {"Summary", [](M m) { return m.Summary().status(); }},
      {"CountParams", [](M m) { return Nothing(m.CountParams() == 0); }},
      {"GetState", [](M m) { return m.GetState().status(); }},
      {"SetState", [](M m) { return m.SetState({}); }},
      {"GetWeights", [](M m) { return m.GetWeights().status(); }},
      {"SetWeights", [](M m) { return m.SetWeights({}); }},
      {"Save", [](M m) { return m.Save("nowhere"); }},
      {"Graph", [](M m) { return m.Graph().status(); }},
      {"Add", [](M m) { return m.Add(Dense(2)), m.Add(Input({3})), m.status(); }},
      {"Model",
       [](M m) {
         Sequential other = std::move(m);
         return other.status();
       }},
      {"operator=",
       [](M m) {
         Sequential other = Small();
         other = std::move(m);
         return other.status();
       }},
  };
}

TEST(MovedModelTest, EveryCallIsAFailedPrecondition) {
  for (const auto& [name, call] : ModelCalls()) {
    Sequential model = Small();
    const Sequential taken = std::move(model);
    EXPECT_EQ(call(model).code(), StatusCode::kFailedPrecondition) << name;
    EXPECT_TRUE(taken.Summary().ok()) << name;
    model = Small();  // and it may be used again
    EXPECT_TRUE(model.Summary().ok()) << name;
  }
  std::set<std::string> walked = {"Sequential", "Load"};
  for (const auto& [name, call] : ModelCalls()) walked.insert(name);
  std::set<std::string> all = tests::PublicFunctions("keras/models/model.h", "Model");
  for (const std::string& f : tests::PublicFunctions("keras/models/model.h", "Sequential"))
    all.insert(f);
  EXPECT_EQ(walked, all);
}

TEST(NullLayerTest, EveryUseIsAnError) {
  const Table<Layer> table = {
      {"operator->", [](Layer l) { return l->EnsureBuilt({}); }},
      {"operator*", [](Layer l) { return (*l).Build({}); }},
      {"impl", [](Layer l) { return l.impl()->Build({}); }},
      {"is_null",
       [](Layer l) { return absl::InvalidArgumentError(l.is_null() ? "" : "not null"); }},
      {"operator",  // ()
       [](Layer l) {
         const KerasTensor x = Input({3});
         return Model(x, l(x)).status();
       }},
      {"operator=", [](Layer l) { return (l = Layer(nullptr))->Build({}); }},
      {"Named", [](Layer l) { return l.Named("d")->Build({}); }},
      {"InputShape", [](Layer l) { return l.InputShape({3})->Build({}); }},
      {"Trainable", [](Layer l) { return l.Trainable(false)->Build({}); }},
      {"IgnoreMask", [](Layer l) { return l.IgnoreMask()->Build({}); }},
  };
  for (const auto& [name, call] : table)
    EXPECT_EQ(call(Layer(nullptr)).code(), StatusCode::kInvalidArgument) << name;
  ExpectAll(table, {"Layer"}, "keras/layers/layer.h", "Layer");

  // A layer that was moved from is still that layer.
  Layer layer = Dense(2, {.name = "d"});
  const Layer taken = std::move(layer);
  EXPECT_EQ(layer->name(), "d");  // NOLINT(bugprone-use-after-move)

  Sequential model;
  model.Add(Dense(2, {.input_shape = {3}}));
  model.Add(Layer(nullptr));
  EXPECT_EQ(model.status().code(), StatusCode::kInvalidArgument);
}

TEST(NullTensorTest, IsAnErrorOfTheModel) {
  const Table<KerasTensor> table = {
      {"type", [](KerasTensor t) { return Nothing(t.type() == ValueType()); }},
      {"shape", [](KerasTensor t) { return Nothing(t.shape() == Shape()); }},
      {"call", [](KerasTensor t) { return Nothing(t.call() == nullptr); }},
      {"port", [](KerasTensor t) { return Nothing(t.port() == 0); }},
      {"num_results", [](KerasTensor t) { return Nothing(t.num_results() == 0); }},
      {"has_mask", [](KerasTensor t) { return Nothing(!t.has_mask()); }},
      {"operator[]", [](KerasTensor t) { return Nothing(t[0].type() == ValueType()); }},
      {"status",
       [](KerasTensor t) { return Nothing(t.status().code() == StatusCode::kInvalidArgument); }},
  };
  KerasTensor moved = Input({3});
  const KerasTensor taken = std::move(moved);
  for (const KerasTensor& t : {KerasTensor(), KerasTensor(nullptr), moved}) {
    for (const auto& [name, call] : table)
      EXPECT_EQ(call(t).code(), StatusCode::kFailedPrecondition) << name;
    EXPECT_EQ(Model(t, t).status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Model(taken, t).status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Model(taken, Dense(2)(t)).status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Model(taken, Concatenate()({taken, t})).status().code(),
              StatusCode::kInvalidArgument);
    Sequential model;
    model.Add(t);
    EXPECT_EQ(model.status().code(), StatusCode::kInvalidArgument);
  }
  ExpectAll(table, {"KerasTensor", "Failed"}, "keras/layers/layer.h", "KerasTensor");
}

absl::Status CompileWith(CompileOptions options) {
  Sequential model;
  model.Add(Dense(2, {.input_shape = {3}}));
  return model.Compile(std::move(options));
}

TEST(NullOptionsTest, AreInvalidArguments) {
  Optimizer moved_optimizer = "adam";
  const Optimizer optimizer = std::move(moved_optimizer);
  EXPECT_TRUE(moved_optimizer.Validate().ok());  // NOLINT(bugprone-use-after-move): moves copy
  EXPECT_NE(optimizer.rule(), nullptr);
  const char* null_name = nullptr;
  for (const Optimizer& o : {Optimizer(OptimizerPtr()), Optimizer(null_name), Optimizer("")}) {
    EXPECT_EQ(o.Validate().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(CompileWith({.optimizer = o, .loss = "mse"}).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(tests::PublicFunctions("keras/optimizers/optimizers.h", "Optimizer"),
            (std::set<std::string>{"Optimizer", "Validate", "rule", "operator="}));
}

TEST(NullOptionsTest, LearningRatesOfNoValues) {
  const LearningRate none = LearningRate::PiecewiseConstant({}, {});
  EXPECT_EQ(none.Validate().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(std::isnan(none.At(3)));
  GraphBuilder g("f");
  EXPECT_FALSE(none.Build(&g, Value()).valid());
  EXPECT_EQ(g.status().code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(none.Build(nullptr, Value()).valid());
  EXPECT_EQ(CompileWith({.optimizer = Sgd(none), .loss = "mse"}).code(),
            StatusCode::kInvalidArgument);
  LearningRate moved = LearningRate::CosineDecay(0.1, 10);
  const LearningRate taken = std::move(moved);
  EXPECT_EQ(moved.At(5), taken.At(5));  // NOLINT(bugprone-use-after-move): moves copy
}

TEST(NullOptionsTest, LossesOfNoNameAreInvalid) {
  const Table<Loss> table = {
      {"Validate", [](Loss l) { return l.Validate(); }},
      {"name", [](Loss l) { return Nothing(l.name().empty()); }},
      {"impl", [](Loss l) { return Nothing(l.impl() == nullptr); }},
      {"target_kind", [](Loss l) { return Nothing(l.target_kind() == TargetKind::kDense); }},
      {"PerExample", [](Loss l) { return Nothing(!l.PerExample(Value(), Value()).valid()); }},
      {"ToJson", [](Loss l) { return Loss::FromJson(l.ToJson()).status(); }},
  };
  Loss moved = "mean_squared_logarithmic_error";
  const Loss taken = std::move(moved);
  const char* null_name = nullptr;
  EXPECT_TRUE(moved.Validate().ok());  // NOLINT(bugprone-use-after-move): moves copy
  for (const Loss& l : {Loss(LossPtr()), Loss(null_name), Loss("")}) {
    for (const auto& [name, call] : table) EXPECT_FALSE(call(l).ok()) << name;
    EXPECT_EQ(CompileWith({.loss = l}).code(), StatusCode::kInvalidArgument);
  }
  for (const std::string& name : LossNames())
    EXPECT_FALSE(Loss(name).PerExample(Value(), Value()).valid()) << name;
  ExpectAll(table, {"Loss", "FromJson", "operator="}, "keras/losses/loss.h", "Loss");
}

TEST(NullOptionsTest, MetricsOfNoNameAreInvalid) {
  const Table<Metric> table = {
      {"Validate", [](Metric m) { return m.Validate(); }},
      {"name", [](Metric m) { return Nothing(m.name().empty()); }},
      {"reads_mask", [](Metric m) { return Nothing(!m.reads_mask()); }},
      {"Resolve", [](Metric m) { return m.Resolve(ValueType(), "mse").Validate(); }},
      {"CheckTarget", [](Metric m) { return m.CheckTarget(ValueType(), TargetKind::kDense); }},
      {"Accumulate",
       [](Metric m) { return Nothing(m.Accumulate(Value(), Value(), Value()).empty()); }},
      {"Result", [](Metric m) { return Nothing(std::isnan(m.Result({}).data<double>()[0])); }},
      {"impl", [](Metric m) { return Nothing(m.impl() == nullptr); }},
      {"ToJson", [](Metric m) { return Metric::FromJson(m.ToJson()).status(); }},
  };
  Metric moved = "sparse_categorical_accuracy";
  const Metric taken = std::move(moved);
  const char* null_name = nullptr;
  EXPECT_TRUE(moved.Validate().ok());  // NOLINT(bugprone-use-after-move): moves copy
  for (const Metric& m : {Metric(MetricPtr()), Metric(Loss("")), Metric(null_name), Metric("")}) {
    for (const auto& [name, call] : table) EXPECT_FALSE(call(m).ok()) << name;
    EXPECT_EQ(CompileWith({.loss = "mse", .metrics = m}).code(), StatusCode::kInvalidArgument);
  }
  for (const std::string& name : MetricNames()) {
    EXPECT_TRUE(Metric(name).Accumulate(Value(), Value(), Value()).empty()) << name;
    EXPECT_TRUE(std::isnan(Metric(name).Result({}).data<double>()[0])) << name;
  }
  ExpectAll(table, {"Metric", "FromJson", "BinaryAccuracy", "operator="}, "keras/metrics/metric.h",
            "Metric");
}

}  // namespace
}  // namespace dagrad::keras
