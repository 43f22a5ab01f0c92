// Parts of epochs by numbers of batches, and predictions of batches.
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kRows = 10;

Tensor X() { return Numbers({kRows, 4}, 7); }
Tensor Y() { return Numbers({kRows, 2}, 5); }

BatchSourcePtr Source() { return *FromArrays(X(), Y(), {.batch_size = 3, .shuffle = false}); }

Model NewModel() {
  const KerasTensor x = Input({4});
  Model model(x, Dense(2)(x), {.seed = 3});
  EXPECT_TRUE(model.Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  return model;
}

TEST(StepsTest, PredictionsOfBatchesAreThoseOfArrays) {
  const Model model = NewModel();
  const Tensor all = *model.Predict(X(), {.batch_size = 3});
  EXPECT_TRUE(SameBits(*model.Predict(Source()), all));
  EXPECT_TRUE(SameBits((*model.PredictAll(Source()))[0], all));
  // The last batch of arrays and of a source has one row.
  EXPECT_TRUE(SameBits(*model.Predict(X(), {.batch_size = 3, .steps = 4}), all));
  const Tensor six = *model.Predict(X(), {.batch_size = 3, .steps = 2});
  EXPECT_EQ(six.dims(), (Dims{6, 2}));
  EXPECT_EQ(std::memcmp(six.bytes(), all.bytes(), six.byte_size()), 0);
  EXPECT_TRUE(SameBits(*model.Predict(Source(), {.steps = 2}), six));
  EXPECT_TRUE(SameBits(*model.Predict(Source(), {.steps = 100}), all));
}

TEST(StepsTest, ASourceWithoutTargetsPredicts) {
  const Model model = NewModel();
  int64_t asked = 0;
  const BatchSourcePtr endless =
      FromFunction([&](int64_t, int64_t b) -> absl::StatusOr<std::optional<Batch>> {
        asked = b + 1;
        return Batch{.x = Numbers({2, 4}, 3 + b)};
      });
  const absl::StatusOr<Tensor> predicted = model.Predict(endless, {.steps = 5});
  ASSERT_TRUE(predicted.ok()) << predicted.status();
  EXPECT_EQ(predicted->dims(), (Dims{10, 2}));
  EXPECT_EQ(asked, 5);
}

// An epoch of n batches trains what the first n batches are.
TEST(StepsTest, EpochsOfSomeBatches) {
  Model part = NewModel(), whole = NewModel(), arrays = NewModel();
  std::vector<int64_t> batches;
  const Callback count = {.on_train_batch_end = [&](int64_t b, const Logs&) {
    batches.push_back(b);
    return absl::OkStatus();
  }};
  ASSERT_TRUE(
      part.Fit(Source(), {.epochs = 3, .verbose = 0, .steps_per_epoch = 2, .callbacks = {count}})
          .ok());
  EXPECT_EQ(batches, (std::vector<int64_t>{0, 1, 0, 1, 0, 1}));
  const Tensor x = Rows({X()}, 0, 6)[0], y = Rows({Y()}, 0, 6)[0];
  const FitOptions options = {.batch_size = 3, .epochs = 3, .verbose = 0, .shuffle = false};
  ASSERT_TRUE(whole.Fit(x, y, options).ok());
  FitOptions two = options;
  two.steps_per_epoch = 2;
  ASSERT_TRUE(arrays.Fit(X(), Y(), two).ok());
  EXPECT_TRUE(SameBits((*part.GetWeights())[0], (*whole.GetWeights())[0]));
  EXPECT_TRUE(SameBits((*arrays.GetWeights())[0], (*whole.GetWeights())[0]));
}

TEST(StepsTest, ValidationAndEvaluationOfSomeBatches) {
  Model model = NewModel();
  const absl::StatusOr<History> h =
      model.Fit(Source(), {.verbose = 0, .validation_source = Source(), .validation_steps = 2});
  ASSERT_TRUE(h.ok()) << h.status();
  const Tensor x = Rows({X()}, 0, 6)[0], y = Rows({Y()}, 0, 6)[0];
  const double six = (*model.Evaluate(x, y, {.batch_size = 3, .verbose = 0}))["loss"];
  EXPECT_EQ((*h)["val_loss"][0], six);
  EXPECT_EQ((*model.Evaluate(Source(), {.steps = 2, .verbose = 0}))["loss"], six);
  EXPECT_EQ((*model.Evaluate(X(), Y(), {.batch_size = 3, .steps = 2, .verbose = 0}))["loss"], six);
}

TEST(StepsTest, IterationsAreCounted) {
  const KerasTensor x = Input({4});
  Model model(x, Dense(2)(x));
  EXPECT_EQ(model.GetIterations().status().code(), absl::StatusCode::kFailedPrecondition);
  const Optimizer every_second = Sgd({.gradient_accumulation_steps = 2});
  for (const auto& [optimizer, iterations] : {std::pair(Optimizer("sgd"), 8), {every_second, 4}}) {
    ASSERT_TRUE(model.Compile({.optimizer = optimizer, .loss = "mse"}).ok());
    EXPECT_EQ(*model.GetIterations(), 0);
    ASSERT_TRUE(model.Fit(Source(), {.epochs = 2, .verbose = 0}).ok());
    EXPECT_EQ(*model.GetIterations(), iterations);
  }
}

TEST(StepsTest, NumbersThatAreNotPositiveAreErrors) {
  Model model = NewModel();
  const absl::Status errors[] = {
      model.Fit(Source(), {.verbose = 0, .steps_per_epoch = 0}).status(),
      model.Fit(Source(), {.verbose = 0, .validation_steps = -1}).status(),
      model.Evaluate(Source(), {.steps = 0, .verbose = 0}).status(),
      model.Predict(Source(), {.steps = 0}).status(), model.Predict(X(), {.steps = -3}).status()};
  for (const absl::Status& s : errors) {
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(s.message(), "steps")) << s;
  }
}

// Outputs that have other rows than the examples are joined, batch by batch, as Keras does.
TEST(StepsTest, PredictionsMayHaveOtherRows) {
  using Values = absl::Span<const Value>;
  const KerasTensor x = Input({4});
  const Layer mean = Lambda(
      {"mean", [](Values v, bool) { return ReduceMean(v[0], {.axes = {0}, .keepdims = true}); }});
  const Layer twice = Lambda({"twice", [](Values v, bool) { return Concat({v[0], v[0]}, 0); }});
  const Layer all = Lambda({"all", [](Values v, bool) { return ReduceMean(v[0]); }});
  const Model model({x}, {Dense(2)(x), mean(x), twice(x)}, {.seed = 3});
  for (const bool source : {false, true}) {
    const absl::StatusOr<std::vector<Tensor>> y =
        source ? model.PredictAll(Source()) : model.PredictAll(X(), {.batch_size = 3});
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ((*y)[0].dims(), (Dims{10, 2}));
    EXPECT_EQ((*y)[1].dims(), (Dims{4, 4}));  // of batches of 3, 3, 3 and 1
    EXPECT_EQ((*y)[2].dims(), (Dims{20, 4}));
    const size_t row = 4 * sizeof(float);
    EXPECT_EQ(std::memcmp((*y)[1].data<float>().data() + 12, X().data<float>().data() + 36, row),
              0);
    EXPECT_EQ(std::memcmp((*y)[2].data<float>().data() + 76, X().data<float>().data() + 36, row),
              0);
    const Model scalar(x, all(x));
    const absl::Status s =
        (source ? scalar.Predict(Source()) : scalar.Predict(X(), {.batch_size = 3})).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(s.message(), "is a scalar")) << s;
  }
}

// One source for both: each is read from its own beginning.
TEST(StepsTest, ASourceMayBeTrainedOnAndValidated) {
  const auto made = [](std::optional<int64_t> count) {
    return FromFunction(
        [](int64_t epoch, int64_t b) -> absl::StatusOr<std::optional<Batch>> {
          if (b == 3) return std::optional<Batch>();
          return Batch{Numbers({2, 4}, 3 + b + epoch), Numbers({2, 2}, 5 + b)};
        },
        count);
  };
  for (const std::optional<int64_t> count : {std::optional<int64_t>(), std::optional<int64_t>(3)}) {
    Model shared = NewModel(), apart = NewModel();
    const BatchSourcePtr source = made(count);
    FitOptions options{.epochs = 4, .verbose = 0, .validation_source = source, .initial_epoch = 2};
    const absl::StatusOr<History> got = shared.Fit(source, options);
    ASSERT_TRUE(got.ok()) << got.status();
    options.validation_source = made(count);
    const absl::StatusOr<History> wanted = apart.Fit(made(count), options);
    ASSERT_TRUE(wanted.ok()) << wanted.status();
    EXPECT_EQ((*got)["val_loss"], (*wanted)["val_loss"]);
    ExpectSameWeights(shared, apart);
  }
}

// Class weights are for training only, beside weights of the examples too.
TEST(StepsTest, ClassWeightsDoNotReachTheValidation) {
  const Tensor classes = Tensor::Of<int64_t>({10}, {0, 1, 0, 1, 0, 1, 0, 1, 1, 1});
  Tensor weight = Tensor::Full(DType::kFloat32, {10}, 0.5);
  const auto fit = [&](const std::map<int64_t, double>& class_weight) {
    const KerasTensor x = Input({4});
    Model model(x, Dense(2, {.activation = "softmax"})(x), {.seed = 3});
    EXPECT_TRUE(
        model.Compile({.optimizer = Sgd(0), .loss = "sparse_categorical_crossentropy"}).ok());
    const absl::StatusOr<History> history = model.Fit(X(), classes,
                                                      {.verbose = 0,
                                                       .validation_split = 0.2,
                                                       .class_weight = class_weight,
                                                       .sample_weight = weight});
    EXPECT_TRUE(history.ok()) << history.status();
    return *history;
  };
  const History with = fit({{1, 10.0}}), without = fit({});
  EXPECT_EQ(with["val_loss"], without["val_loss"]);
  EXPECT_GT(with["loss"][0], without["loss"][0]);
}

}  // namespace
}  // namespace dagrad::keras
