// Losses, metrics and sample weights of each output, by number and by name: what is logged and
// trained is Keras's (outputs_golden.h, made by make_outputs_golden.py, which says what the models
// and data are), also from a file and from batches.
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/io/test_files.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/data/dataset.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/outputs_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor A() { return Tensor::Of<float>({5, 2}, {0, .1, .2, .3, .4, .5, .6, .7, .8, .9}); }
Tensor B() { return Tensor::Of<float>({5, 2}, {1, .9, .8, .7, .6, .5, .4, .3, .2, .1}); }
Tensor YA() { return Tensor::Of<float>({5}, {0, 1, 2, 0, 1}); }
Tensor YB() { return Tensor::Of<float>({5}, {2, 0, 4, 2, 0}); }
Tensor W() { return Tensor::Of<float>({5}, {1, 2, 3, 4, 5}); }
Tensor V() { return Tensor::Of<float>({5}, {0, 1, 0, 2, 1}); }

Layer Sum(const std::string& name) {
  return Dense(1, {.kernel_initializer = "ones", .name = name});
}

Model Two() {
  const KerasTensor a = Input({2}), b = Input({2});
  const KerasTensor ya = Sum("a")(a), yb = Sum("b")(b);
  return Model({a, b}, {ya, yb});
}

Model Shared() {
  const KerasTensor a = Input({2}), b = Input({2});
  const Layer s = Sum("s");
  return Model({a, b}, {s(a), s(b)});
}

Model Vector() {
  const KerasTensor x = Input({2});
  return Model(x, Reshape(Dims{})(Sum("sum")(x)));
}

Model Steps() {
  const KerasTensor x = Input({5, 2});
  return Model(x, Sum("sum")(x));
}

Model Words() {
  const KerasTensor x = Input({4}, {.dtype = DType::kInt32});
  Model model(x, Dense(3, {.activation = "softmax"})(Embedding(5, 2, {.mask_zero = true})(x)));
  const absl::Status set = model.SetWeights(
      {Tensor::Of<float>({5, 2}, {-1, -.8, -.6, -.4, -.2, 0, .2, .4, .6, .8}),
       Tensor::Of<float>({2, 3}, {-.5, -.25, 0, .25, .5, .75}), Tensor::Of<float>({3}, {0, 0, 0})});
  EXPECT_TRUE(set.ok()) << set;
  return model;
}
Tensor Tokens() { return Tensor::Of<int32_t>({2, 4}, {1, 2, 0, 0, 3, 4, 1, 0}); }
Tensor Classes() { return Tensor::Of<int64_t>({2, 4}, {0, 1, -1, -1, 2, -1, 1, 0}); }
CompileOptions Ignoring() {
  return {.loss = losses::SparseCategoricalCrossentropy({.ignore_class = -1})};
}

void ExpectLogs(const Logs& logs, const std::map<std::string, double>& golden) {
  std::vector<std::string> names, expected;
  for (const auto& [name, value] : logs.entries()) names.push_back(name);
  for (const auto& [name, value] : golden) {
    expected.push_back(name);
    EXPECT_NEAR(logs[name], value, 1e-5 * (1 + std::abs(value))) << name;
  }
  EXPECT_EQ(names, expected);
}

void ExpectWeights(const Model& model, const std::vector<double>& golden) {
  std::vector<float> all;
  const absl::StatusOr<std::vector<Tensor>> weights = model.GetWeights();
  ASSERT_TRUE(weights.ok()) << weights.status();
  for (const Tensor& w : *weights)
    all.insert(all.end(), w.data<float>().begin(), w.data<float>().end());
  ASSERT_EQ(all.size(), golden.size());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(all[i], golden[i], 1e-5) << i;
}

// A model by itself, one that a file gave, and one that is trained by a source.
void ExpectGolden(const std::string& name, Model (*make)(), CompileOptions options, const Data& x,
                  const Data& y, const Data& weights = {}) {
  SCOPED_TRACE(name);
  const OutputsGolden& golden = kOutputsGoldens.at(name);
  options.optimizer = Sgd(0.1);
  Model model = make(), other = make();
  for (Model* m : {&model, &other}) {
    const absl::Status compiled = m->Compile(options);
    ASSERT_TRUE(compiled.ok()) << compiled;
  }
  const std::string directory = io::testing::FreshDirectory();
  ASSERT_TRUE(model.Save(directory).ok());
  absl::StatusOr<Model> loaded = Model::Load(directory);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (Model* m : {&model, &*loaded}) {
    const auto logs = m->Evaluate(x, y, {.verbose = 0, .sample_weight = weights});
    ASSERT_TRUE(logs.ok()) << logs.status();
    ExpectLogs(*logs, golden.evaluated);
    const auto history =
        m->Fit(x, y, {.epochs = 2, .verbose = 0, .shuffle = false, .sample_weight = weights});
    ASSERT_TRUE(history.ok()) << history.status();
    ExpectWeights(*m, golden.trained);
  }
  const BatchSourcePtr batches = *FromArrays(x, y, {.shuffle = false, .sample_weight = weights});
  const auto logs = other.Evaluate(batches, {.verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  ExpectLogs(*logs, golden.evaluated);
  ASSERT_TRUE(other.Fit(batches, {.epochs = 2, .verbose = 0}).ok());
  ExpectWeights(other, golden.trained);
}

TEST(OutputsTest, Metrics) {
  const Data x = {A(), B()}, y = {YA(), YB()}, weights = {W(), V()};
  ExpectGolden("metrics of each", Two, {.loss = "mse", .metrics = {{"mae"}, {"mse", "mae"}}}, x, y);
  ExpectGolden(
      "metrics of one", Two,
      {.loss = "mse", .metrics = {std::nullopt, {"mae"}}, .weighted_metrics = {{"mae"}, {}}}, x, y,
      weights);
  ExpectGolden("metrics by name", Two,
               {.loss = "mse",
                .metrics = MetricsByName{{"b", "mae"}},
                .weighted_metrics = MetricsByName{{"b", "mse"}, {"a", {"mae", "mse"}}}},
               x, y, weights);
}

TEST(OutputsTest, Losses) {
  const Data x = {A(), B()}, y = {YA(), YB()};
  ExpectGolden("losses by name", Two,
               {.loss = {{"b", "mae"}, {"a", "mse"}}, .loss_weights = {{"a", 0.5}, {"b", 2.0}}}, x,
               y);
  ExpectGolden(
      "no second loss", Two,
      {.loss = {"mse", std::nullopt}, .loss_weights = {0.5, 3}, .metrics = {{"mae"}, {"mae"}}}, x,
      y);
  const CompileOptions second = {.loss = {{"a", std::nullopt}, {"b", "mse"}}};
  ExpectGolden("no first loss", Two, second, x, y);
  ExpectGolden("no first loss", Two, second, x, YB());
}

TEST(OutputsTest, SampleWeights) {
  const Data x = {A(), B()}, y = {YA(), YB()};
  const CompileOptions options = {.loss = "mse", .weighted_metrics = {{"mae"}, {"mae"}}};
  ExpectGolden("weights of each", Two, options, x, y, {W(), V()});
  ExpectGolden("weights of all", Two, options, x, y, W());
  ExpectGolden("weights of steps", Steps, {.loss = "mse", .weighted_metrics = "mae"},
               Tensor::Of<float>({2, 5, 2}, {0, .1, .2, .3, .4, .5, .6, .7, .8, .9,  //
                                             1, .9, .8, .7, .6, .5, .4, .3, .2, .1}),
               Tensor::Of<float>({2, 5, 1}, {0, 1, 2, 0, 1, 2, 0, 4, 2, 0}),
               Tensor::Of<float>({2, 5}, {1, 2, 3, 4, 5, 0, 1, 0, 2, 1}));
}

TEST(OutputsTest, OneLayerGivesTwo) {
  const Data x = {A(), B()}, y = {YA(), YB()};
  ExpectGolden("one layer", Shared,
               {.loss = {"mse", "mae"},
                .metrics = {{"mae", "mse"}, {"mae"}},
                .weighted_metrics = {{"mae"}, {"mae"}}},
               x, y);
  ExpectGolden("one layer by name", Shared,
               {.loss = {{"s", "mse"}}, .metrics = MetricsByName{{"s", "mae"}}}, x, y);
}

TEST(OutputsTest, AnOutputWithoutAxesBehindTheBatch) {
  ExpectGolden("vector", Vector, {.loss = "mse", .metrics = "mae"}, A(), YA());
}

// With sample weights of [examples] Keras multiplies the mean loss by the mean weight; here each
// example has its own: 2.67 as of "a" above.
TEST(OutputsTest, AWeightedOutputWithoutAxesBehindTheBatch) {
  Model model = Vector();
  ASSERT_TRUE(model.Compile({.loss = "mse"}).ok());
  const auto logs = model.Evaluate(A(), YA(), {.verbose = 0, .sample_weight = W()});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_NEAR((*logs)["loss"], 2.67, 1e-5);
  EXPECT_THAT(std::string(model.Compile({.loss = "ctc"}).message()),
              HasSubstr("needs a float output [batch, …, classes], not float32[batch]"));
}

TEST(OutputsTest, AMaskAndAnIgnoredClass) {
  ExpectGolden("masked", Words, Ignoring(), Tokens(), Classes());
  CompileOptions weighted = Ignoring();
  weighted.weighted_metrics = "accuracy";
  ExpectGolden("masked, weights of steps", Words, weighted, Tokens(), Classes(),
               Tensor::Of<float>({2, 4}, {1, 2, 3, 4, .5, 1, 2, 5}));
  for (const Dims& dims : {Dims{2, 1}, Dims{2}}) {
    ExpectGolden("masked, weights", Words, Ignoring(), Tokens(), Classes(),
                 Tensor::Of<float>(dims, {1, .5}));
  }
}

// ln 3, which is 2 ln 3 where the mask and the class are counted one after the other. Keras:
//   m = keras.Sequential([keras.Input((4,)), layers.Embedding(5, 2, mask_zero=True),
//                         layers.Dense(3, "softmax", kernel_initializer="zeros")])
//   m.compile("sgd", keras.losses.SparseCategoricalCrossentropy(ignore_class=-1))
//   m.evaluate([[1, 2, 0, 0]], [[0, 1, -1, -1]])  # 1.0986
TEST(OutputsTest, WhatIsMaskedAndIgnoredIsLeftOutOnce) {
  const KerasTensor x = Input({4}, {.dtype = DType::kInt32});
  Model model(x, Dense(3, {.activation = "softmax", .kernel_initializer = "zeros"})(
                     Embedding(5, 2, {.mask_zero = true})(x)));
  CompileOptions options = Ignoring();
  // A metric of the same loss is its mean over what counts (Keras fails).
  options.metrics = Metric(options.loss.list[0].value());
  ASSERT_TRUE(model.Compile(options).ok());
  const auto logs = model.Evaluate(Tensor::Of<int32_t>({1, 4}, {1, 2, 0, 0}),
                                   Tensor::Of<int64_t>({1, 4}, {0, 1, -1, -1}), {.verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_NEAR((*logs)["loss"], 1.0986, 1e-4);
  EXPECT_NEAR((*logs)["sparse_categorical_crossentropy"], 1.0986, 1e-4);
}

// Weights of a batch, of validation data, and of a pipeline of examples.
TEST(OutputsTest, SampleWeightsEverywhere) {
  const Data x = {A(), B()}, y = {YA(), YB()}, weights = {W(), V()};
  const auto& golden = kOutputsGoldens.at("weights of each");
  Model model = Two();
  ASSERT_TRUE(
      model.Compile({.optimizer = Sgd(0.1), .loss = "mse", .weighted_metrics = "mae"}).ok());
  ExpectLogs(*model.TestOnBatch(x, y, {.sample_weight = weights}), golden.evaluated);
  const BatchSourcePtr pipeline =
      Dataset::FromFunction([&](int64_t, int64_t i) -> absl::StatusOr<std::optional<Example>> {
        if (i == 5) return std::nullopt;
        const auto row = [i](const Tensor& t) {
          Dims dims(t.dims().begin() + 1, t.dims().end());
          return *Rows({t}, i, i + 1)[0].Reshaped(dims);
        };
        return Example{{row(A()), row(B())}, {row(YA()), row(YB())}, {row(W()), row(V())}};
      }).Batch(5);
  ExpectLogs(*model.Evaluate(pipeline, {.verbose = 0}), golden.evaluated);
  const auto history = model.Fit(
      x, y, {.verbose = 0, .validation_data = {x, y, weights}, .sample_weight = {Tensor(), V()}});
  ASSERT_TRUE(history.ok()) << history.status();
  const auto after = model.Evaluate(x, y, {.verbose = 0, .sample_weight = weights});
  EXPECT_EQ((*history)["val_loss"].back(), (*after)["loss"]);
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(model.TrainOnBatch(x, y, {.sample_weight = weights}).ok());
  // Keras: a_loss 0.73 and b_loss 1.144 where only b has weights.
  Model again = Two();
  ASSERT_TRUE(again.Compile({.loss = "mse"}).ok());
  const auto partly = again.Evaluate(x, y, {.verbose = 0, .sample_weight = {Tensor(), V()}});
  ASSERT_TRUE(partly.ok()) << partly.status();
  ExpectLogs(*partly, {{"a_loss", 0.73}, {"b_loss", 1.144}, {"loss", 1.874}});
}

TEST(OutputsTest, ValidationInSomeEpochs) {
  Model model = Vector();
  ASSERT_TRUE(model.Compile({.loss = "mse"}).ok());
  const auto epochs = [&](const ValidationFreq& freq) {
    std::vector<int64_t> validated;
    const auto history = model.Fit(
        A(), YA(),
        {.epochs = 4, .verbose = 0, .validation_data = {A(), YA()}, .validation_freq = freq});
    EXPECT_TRUE(history.ok()) << history.status();
    for (size_t i = 0; history.ok() && i < history->logs.size(); ++i) {
      if (!std::isnan(history->logs[i]["val_loss"]))
        validated.push_back(static_cast<int64_t>(i) + 1);
    }
    return validated;
  };
  // As Keras's fit(…, epochs=4, validation_freq=[1, 3]) and 2 do.
  EXPECT_THAT(epochs({1, 3}), ElementsAre(1, 3));
  EXPECT_THAT(epochs(2), ElementsAre(2, 4));
  EXPECT_THAT(epochs({7}), ElementsAre());
  const auto refused = model.Fit(A(), YA(), {.verbose = 0, .validation_freq = {1, 0}});
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("must be positive, not 0"));
}

std::string CompileError(CompileOptions options) {
  Model model = Two();
  return std::string(model.Compile(std::move(options)).message());
}

TEST(OutputsTest, WrongOptionsNameTheOutputs) {
  EXPECT_THAT(CompileError({.loss = {"mse", "mse", "mse"}}),
              HasSubstr("loss needs one entry for each output (\"a\", \"b\"); given: 3"));
  EXPECT_THAT(CompileError({.loss = {{"a", "mse"}, {"c", "mse"}}}),
              HasSubstr("loss has an entry \"c\", which is no output; there are \"a\", \"b\""));
  EXPECT_THAT(CompileError({.loss = {{"a", "mse"}}}),
              HasSubstr("loss has no entry for output \"b\""));
  EXPECT_THAT(CompileError({.loss = {std::nullopt, std::nullopt}}), HasSubstr("needs a loss"));
  EXPECT_THAT(CompileError({.loss = "mse", .loss_weights = {{"a", 1.0}}}),
              HasSubstr("loss_weights has no entry for output \"b\", which has a loss"));
  EXPECT_THAT(CompileError({.loss = "mse", .metrics = {{"mae"}}}),
              HasSubstr("metrics needs one list for each output (\"a\", \"b\"); given: 1"));
  EXPECT_THAT(CompileError({.loss = "mse", .metrics = {{"a", "mae"}, {"b", "mae"}}}),
              HasSubstr("are given as MetricsByName{…}"));
  EXPECT_THAT(CompileError({.loss = "mse", .weighted_metrics = MetricsByName{{"x", "mae"}}}),
              HasSubstr("weighted_metrics has an entry \"x\", which is no output"));
}

TEST(OutputsTest, WrongDataNamesTheOutput) {
  const Data x = {A(), B()}, y = {YA(), YB()};
  Model model = Two();
  ASSERT_TRUE(model.Compile({.loss = {"mse", std::nullopt}}).ok());
  EXPECT_TRUE(model.Evaluate(x, YA(), {.verbose = 0}).ok());
  EXPECT_TRUE(model.Evaluate(x, {YA(), Tensor()}, {.verbose = 0}).ok());
  const auto error = [&](const Data& targets, const Data& weights) {
    const auto logs = model.Evaluate(x, targets, {.verbose = 0, .sample_weight = weights});
    return std::string(logs.status().message());
  };
  EXPECT_THAT(error({YA(), YA(), YA()}, {}), HasSubstr("compiled for 1 targets; given: 3"));
  EXPECT_THAT(error(y, {W(), W(), W()}), HasSubstr("one for each of the 2"));
  EXPECT_THAT(error(y, {A(), W()}), HasSubstr("sample_weight of output \"a\" is float32[batch]"));
  EXPECT_THAT(error(y, A()), HasSubstr("the one sample_weight of all outputs is float32[batch]"));
}

}  // namespace
}  // namespace dagrad::keras
