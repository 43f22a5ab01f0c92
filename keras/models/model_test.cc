#include "dagrad/keras/models/model.h"

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

Tensor Pattern(Dims dims, double scale = 1, double shift = 0) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>())
    v = static_cast<float>(shift + scale * std::sin(0.7 * static_cast<double>(i++)));
  return t;
}

Tensor Classes(int64_t n, int64_t classes) {
  Tensor t = Tensor::Full(DType::kInt64, {n}, 0);
  for (int64_t i = 0; i < n; ++i) t.mutable_data<int64_t>()[i] = (i * 7 + i / 3) % classes;
  return t;
}

Sequential SmallClassifier(int64_t seed = 3) {
  Sequential model("small", {.seed = seed});
  model.Add(Dense(16, {.activation = "relu", .input_shape = Dims{4}}));
  model.Add(BatchNormalization());
  model.Add(Dropout(0.25));
  model.Add(Dense(3, {.activation = "softmax"}));
  return model;
}

CompileOptions ClassifierOptions(Optimizer optimizer = "adam") {
  return {.optimizer = std::move(optimizer),
          .loss = "sparse_categorical_crossentropy",
          .metrics = {"accuracy"}};
}

TEST(SummaryTest, PrintsKerasTable) {
  Sequential model;
  model.Add(Dense(100, {.activation = "relu", .input_shape = Dims{10}}));
  model.Add(Dense(100, {.activation = "relu"}));
  model.Add(Dense(100, {.activation = "relu"}));
  model.Add(Dense(2));
  absl::StatusOr<std::string> summary = model.Summary();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(*summary, HasSubstr("Model: \"sequential\""));
  EXPECT_THAT(
      *summary,
      HasSubstr("│ dense (Dense)                   │ (None, 100)            │         1,100 │"));
  EXPECT_THAT(
      *summary,
      HasSubstr("│ dense_1 (Dense)                 │ (None, 100)            │        10,100 │"));
  EXPECT_THAT(
      *summary,
      HasSubstr("│ dense_2 (Dense)                 │ (None, 100)            │        10,100 │"));
  EXPECT_THAT(
      *summary,
      HasSubstr("│ dense_3 (Dense)                 │ (None, 2)              │           202 │"));
  EXPECT_THAT(*summary, HasSubstr("Total params: 21,502 (83.99 KB)"));
  EXPECT_THAT(*summary, HasSubstr("Trainable params: 21,502"));
  EXPECT_THAT(*summary, HasSubstr("Non-trainable params: 0 (0.00 B)"));
}

TEST(SummaryTest, FunctionalShowsConnections) {
  KerasTensor in = Input({8}, {.name = "in"});
  KerasTensor a = Dense(4)(in);
  KerasTensor b = Dense(4, {.name = "right"})(in);
  Model model(in, Add()({a, b}));
  absl::StatusOr<std::string> summary = model.Summary();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(*summary, HasSubstr("Connected to"));
  EXPECT_THAT(*summary, HasSubstr("dense[0][0], right[0][0]"));
  EXPECT_THAT(*summary, HasSubstr("in (InputLayer)"));
}

TEST(SummaryTest, ASharedLayerHasOneRow) {
  const Layer shared = Dense(8, {.name = "shared"});
  KerasTensor in = Input({8}, {.name = "in"});
  Model model(in, shared(shared(in)));
  absl::StatusOr<std::string> summary = model.Summary();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(*summary, HasSubstr("in[0][0], shared[0][0]"));
  EXPECT_EQ(summary->find("shared (Dense)"), summary->rfind("shared (Dense)"));
  EXPECT_THAT(*summary, HasSubstr("Total params: 72 "));
}

TEST(SummaryTest, AnOptimizerCountsFromItsFirstStepOn) {
  Sequential model = SmallClassifier();
  const std::string before = *model.Summary();
  ASSERT_TRUE(model.Compile(ClassifierOptions()).ok());
  EXPECT_EQ(std::string(*model.Summary()), before);
  ASSERT_TRUE(model.Fit(Pattern({8, 4}), Classes(8, 3), {.epochs = 1, .verbose = 0}).ok());
  EXPECT_THAT(std::string(*model.Summary()), HasSubstr("Optimizer params: "));
}

TEST(TrainingTest, LearnsAndRepeatsItsBits) {
  std::vector<std::vector<Tensor>> weights;
  std::vector<double> first_losses;
  for (int run = 0; run < 2; ++run) {
    Sequential model = SmallClassifier();
    ASSERT_TRUE(model.Compile(ClassifierOptions()).ok());
    absl::StatusOr<History> history =
        model.Fit(Pattern({90, 4}), Classes(90, 3),
                  {.batch_size = 16, .epochs = 15, .verbose = 0, .validation_split = 0.2});
    ASSERT_TRUE(history.ok()) << history.status();
    ASSERT_EQ(history->logs.size(), 15);
    EXPECT_LT((*history)["loss"].back(), (*history)["loss"].front());
    EXPECT_EQ((*history)["val_accuracy"].size(), 15);
    absl::StatusOr<std::vector<Tensor>> w = model.GetWeights();
    ASSERT_TRUE(w.ok());
    weights.push_back(*w);
  }
  ASSERT_EQ(weights[0].size(), weights[1].size());
  for (size_t i = 0; i < weights[0].size(); ++i)
    EXPECT_TRUE(SameBits(weights[0][i], weights[1][i])) << i;
}

TEST(TrainingTest, AllOptimizersReduceTheLoss) {
  for (const std::string& name : OptimizerNames()) {
    Sequential model = SmallClassifier();
    ASSERT_TRUE(model.Compile(ClassifierOptions(name)).ok()) << name;
    absl::StatusOr<History> history =
        model.Fit(Pattern({90, 4}), Classes(90, 3), {.batch_size = 16, .epochs = 20, .verbose = 0});
    ASSERT_TRUE(history.ok()) << name << ": " << history.status();
    EXPECT_LT((*history)["loss"].back(), (*history)["loss"].front()) << name;
  }
}

TEST(TrainingTest, EvaluateAgreesWithTheMeanOfPredictions) {
  Sequential model;
  model.Add(Dense(1, {.input_shape = Dims{3}}));
  ASSERT_TRUE(
      model
          .Compile(
              {.optimizer = "sgd", .loss = "mse", .metrics = {"mae", "root_mean_squared_error"}})
          .ok());
  const Tensor x = Pattern({37, 3});
  const Tensor y = Pattern({37}, 2, 0.5);
  absl::StatusOr<Logs> logs = model.Evaluate(x, y, {.batch_size = 8, .verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  absl::StatusOr<Tensor> p = model.Predict(x, {.batch_size = 5});
  ASSERT_TRUE(p.ok()) << p.status();
  double squares = 0;
  double absolutes = 0;
  for (int i = 0; i < 37; ++i) {
    const double d = p->data<float>()[i] - y.data<float>()[i];
    squares += d * d / 37;
    absolutes += std::abs(d) / 37;
  }
  EXPECT_NEAR((*logs)["loss"], squares, 1e-5 * squares);
  EXPECT_NEAR((*logs)["mae"], absolutes, 1e-5 * absolutes);
  EXPECT_NEAR((*logs)["root_mean_squared_error"], std::sqrt(squares), 1e-5);
}

TEST(TrainingTest, SampleWeightsOfZeroLeaveExamplesOut) {
  auto train = [](bool weighted) {
    Sequential model("m", {.seed = 5});
    model.Add(Dense(1, {.input_shape = Dims{2}}));
    EXPECT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
    Tensor x = Pattern({8, 2});
    Tensor y = Pattern({8, 1}, 1, 2);
    FitOptions options{.batch_size = 8, .epochs = 3, .verbose = 0, .shuffle = false};
    if (weighted) {
      // The same mean over eight examples: two of weight four are eight of weight one.
      options.sample_weight = Tensor::Of<float>({8}, {1, 1, 1, 1, 1, 1, 1, 1});
    }
    absl::StatusOr<History> h = model.Fit(x, y, options);
    EXPECT_TRUE(h.ok()) << h.status();
    return (*h)["loss"];
  };
  const std::vector<double> plain = train(false);
  const std::vector<double> ones = train(true);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(plain[i], ones[i], 1e-6 * plain[i]);

  Sequential model;
  model.Add(Dense(1, {.kernel_initializer = "zeros", .input_shape = Dims{1}}));
  ASSERT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  absl::StatusOr<Logs> logs =
      model.Evaluate(Tensor::Of<float>({2, 1}, {1, 1}), Tensor::Of<float>({2, 1}, {3, 100}),
                     {.verbose = 0, .sample_weight = Tensor::Of<float>({2}, {1, 0})});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_NEAR((*logs)["loss"], 4.5, 1e-6);  // 9 · 1 / 2
}

TEST(TrainingTest, ClassWeightScalesTheLoss) {
  Sequential model;
  model.Add(
      Dense(2, {.activation = "softmax", .kernel_initializer = "zeros", .input_shape = Dims{1}}));
  ASSERT_TRUE(model
                  .Compile({.optimizer = Sgd({.learning_rate = 0}),
                            .loss = "sparse_categorical_crossentropy"})
                  .ok());
  absl::StatusOr<History> h =
      model.Fit(Tensor::Of<float>({2, 1}, {1, 1}), Tensor::Of<int64_t>({2}, {0, 1}),
                {.verbose = 0, .class_weight = {{0, 3.0}}});
  ASSERT_TRUE(h.ok()) << h.status();
  EXPECT_NEAR((*h)["loss"][0], std::log(2.0) * (3 + 1) / 2, 1e-6);
}

TEST(TrainingTest, TwoOutputsWithWeightsAndValidationData) {
  KerasTensor in = Input({6});
  KerasTensor trunk = Dense(8, {.activation = "tanh"})(in);
  KerasTensor a = Dense(1, {.name = "a"})(trunk);
  KerasTensor b = Dense(3, {.activation = "softmax", .name = "b"})(trunk);
  Model model({in}, {a, b});
  ASSERT_TRUE(model
                  .Compile({.optimizer = "adam",
                            .loss = {"mse", "sparse_categorical_crossentropy"},
                            .loss_weights = {0.5, 2}})
                  .ok());
  const Tensor x = Pattern({20, 6});
  const std::vector<Tensor> y = {Pattern({20, 1}), Classes(20, 3)};
  absl::StatusOr<History> h =
      model.Fit(x, y, {.epochs = 2, .verbose = 0, .validation_data = {{x, y}}});
  ASSERT_TRUE(h.ok()) << h.status();
  const Logs& logs = h->logs[1];
  EXPECT_NEAR(logs["val_loss"], 0.5 * logs["val_a_loss"] + 2 * logs["val_b_loss"], 1e-5);
  EXPECT_TRUE(logs.Contains("a_loss"));
}

TEST(TrainingTest, SequentialTakesItsShapeFromTheData) {
  Sequential model;
  model.Add(Flatten());
  model.Add(Dense(2));
  ASSERT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  absl::StatusOr<History> h = model.Fit(Pattern({5, 2, 3}), Pattern({5, 2}), {.verbose = 0});
  ASSERT_TRUE(h.ok()) << h.status();
  EXPECT_EQ(model.CountParams(), 6 * 2 + 2);
}

TEST(TrainingTest, ProgressBarAndLines) {
  Sequential model = SmallClassifier();
  ASSERT_TRUE(model.Compile(ClassifierOptions()).ok());
  std::ostringstream bar;
  ASSERT_TRUE(model
                  .Fit(Pattern({40, 4}), Classes(40, 3),
                       {.batch_size = 10, .epochs = 2, .verbose = 1, .out = &bar})
                  .ok());
  EXPECT_THAT(bar.str(), HasSubstr("Epoch 1/2\n4/4 ━━━━━━━━━━━━━━━━━━━━ "));
  EXPECT_THAT(bar.str(), HasSubstr("/step - accuracy: 0."));
  EXPECT_THAT(bar.str(), HasSubstr(" - loss: "));
  std::ostringstream lines;
  ASSERT_TRUE(
      model.Fit(Pattern({40, 4}), Classes(40, 3), {.batch_size = 10, .verbose = 2, .out = &lines})
          .ok());
  EXPECT_THAT(lines.str(), HasSubstr("4/4 - 0s - "));
}

TEST(SavingTest, TrainingGoesOnWithTheSameBits) {
  const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/resumed");
  const Tensor x = Pattern({64, 4});
  const Tensor y = Classes(64, 3);
  for (const std::string& optimizer : OptimizerNames()) {
    FitOptions all{.batch_size = 12, .epochs = 6, .verbose = 0};
    Sequential whole = SmallClassifier();
    ASSERT_TRUE(whole.Compile(ClassifierOptions(optimizer)).ok());
    ASSERT_TRUE(whole.Fit(x, y, all).ok());

    Sequential part = SmallClassifier();
    ASSERT_TRUE(part.Compile(ClassifierOptions(optimizer)).ok());
    ASSERT_TRUE(part.Fit(x, y, {.batch_size = 12, .epochs = 2, .verbose = 0}).ok());
    absl::Status saved = part.Save(folder);
    ASSERT_TRUE(saved.ok()) << saved;
    absl::StatusOr<Model> resumed = Model::Load(folder);
    ASSERT_TRUE(resumed.ok()) << resumed.status();
    all.initial_epoch = 2;
    absl::StatusOr<History> h = resumed->Fit(x, y, all);
    ASSERT_TRUE(h.ok()) << h.status();
    EXPECT_EQ(h->epoch.front(), 2);
    const std::vector<Tensor> expected = *whole.GetWeights();
    const std::vector<Tensor> got = *resumed->GetWeights();
    ASSERT_EQ(expected.size(), got.size());
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_TRUE(SameBits(expected[i], got[i])) << optimizer << " " << i;
    EXPECT_EQ(*resumed->Summary(), *whole.Summary());
  }
}

TEST(SharingTest, TwoModelsShareTheWeightsOfTheirLayers) {
  Layer shared = Dense(2, {.name = "shared"});
  KerasTensor in = Input({3});
  KerasTensor hidden = shared(in);
  Model features(in, hidden);
  Model whole(in, Dense(1)(hidden));
  ASSERT_TRUE(whole.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  const Tensor x = Pattern({4, 3});
  const Tensor before = *features.Predict(x);
  ASSERT_TRUE(whole.Fit(x, Pattern({4, 1}, 5), {.verbose = 0}).ok());
  EXPECT_FALSE(SameBits(before, *features.Predict(x)));
}

std::string CompileError(CompileOptions options) {
  Sequential model;
  model.Add(Dense(2, {.input_shape = Dims{3}}));
  return std::string(model.Compile(std::move(options)).message());
}

TEST(ErrorTest, CompileChecksItsOptions) {
  EXPECT_THAT(CompileError({.loss = "msee"}),
              HasSubstr("unknown loss \"msee\"; known: binary_crossentropy"));
  EXPECT_THAT(
      CompileError({.optimizer = "adm", .loss = "mse"}),
      HasSubstr("unknown optimizer \"adm\", perhaps \"adam\" was meant; known: adadelta, adagrad"));
  EXPECT_THAT(CompileError({.loss = "mse", .metrics = {"acuracy"}}),
              HasSubstr("unknown metric \"acuracy\""));
  EXPECT_THAT(CompileError({}), HasSubstr("needs a loss"));
  EXPECT_THAT(CompileError({.loss = {"mse", "mse"}}), HasSubstr("given: 2"));
  EXPECT_THAT(CompileError({.optimizer = Adam({.beta_1 = 1}), .loss = "mse"}),
              HasSubstr("beta_1 must be in [0, 1)"));
}

TEST(ErrorTest, DataMustFit) {
  Sequential model;
  model.Add(Dense(2, {.input_shape = Dims{3}}));
  EXPECT_EQ(model.Fit(Pattern({4, 3}), Pattern({4, 2}), {.verbose = 0}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  auto error = [&](const Data& x, const Data& y, FitOptions options = {}) {
    options.verbose = 0;
    return std::string(model.Fit(x, y, options).status().message());
  };
  EXPECT_THAT(error(Pattern({4, 5}), Pattern({4, 2})),
              HasSubstr("input \"input_layer\" is float32[batch,3]; given: float32[4,5]"));
  EXPECT_THAT(error(Pattern({4, 3}), Pattern({4, 3})),
              HasSubstr("target of output \"dense\" is float32[batch,2]; given: float32[4,3]"));
  EXPECT_THAT(error(Pattern({4, 3}), Pattern({5, 2})),
              HasSubstr("different numbers of examples: 4 and 5"));
  EXPECT_THAT(error(Pattern({4, 3}), Pattern({4, 2}), {.batch_size = 0}),
              HasSubstr("batch_size must be positive"));
  EXPECT_THAT(error(Pattern({4, 3}), Pattern({4, 2}), {.validation_split = 0.9999}),
              HasSubstr("nothing to train on"));
  EXPECT_THAT(error(std::vector<Tensor>{}, Pattern({4, 2})), HasSubstr("has 1 inputs; given: 0"));
  EXPECT_THAT(std::string(Model::Load("/no/such/model").status().message()),
              HasSubstr("/no/such/model"));
}

}  // namespace
}  // namespace dagrad::keras
