// Parts of epochs by numbers of batches, and predictions of batches.
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
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

}  // namespace
}  // namespace dagrad::keras
