// Loops of one's own over batches, and weights alone in files.
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kRows = 10, kBatch = 4;

Tensor X() { return Numbers({kRows, 4}, 7); }
Tensor Y() { return Numbers({kRows, 2}, 5); }
Tensor Weights() { return Numbers({kRows}, 3); }

Sequential NewModel(int64_t seed = 3) {
  Sequential model("m", {.seed = seed});
  model.Add(Dense(4, {.activation = "relu", .input_shape = {4}}));
  model.Add(BatchNormalization());
  model.Add(Dropout(0.25));
  model.Add(Dense(2));
  EXPECT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse", .metrics = "mae"}).ok());
  return model;
}

TEST(OnBatchTest, ALoopOfOnesOwnIsFit) {
  for (const bool weighted : {false, true}) {
    Sequential fitted = NewModel(), stepped = NewModel();
    FitOptions options{.batch_size = kBatch, .epochs = 3, .verbose = 0, .shuffle = false};
    if (weighted) options.sample_weight = Weights();
    const absl::StatusOr<History> history = fitted.Fit(X(), Y(), options);
    ASSERT_TRUE(history.ok()) << history.status();
    double loss = 0;
    for (int64_t step = 0; step < 9; ++step) {
      const int64_t first = step % 3 * kBatch, last = std::min(first + kBatch, kRows);
      const std::vector<Tensor> rows = Rows({X(), Y(), Weights()}, first, last);
      const absl::StatusOr<Logs> logs =
          stepped.TrainOnBatch(rows[0], rows[1], {.sample_weight = weighted ? rows[2] : Tensor()});
      ASSERT_TRUE(logs.ok()) << logs.status();
      EXPECT_TRUE(logs->Contains("mae"));
      if (step >= 6) loss += (*logs)["loss"] * static_cast<double>(last - first) / kRows;
    }
    ExpectSameWeights(fitted, stepped);
    EXPECT_NEAR(loss, (*history)["loss"].back(), 1e-12);
  }
}

TEST(OnBatchTest, TestAndPredictAreThoseOfOneBatch) {
  Sequential model = NewModel();
  const std::vector<Tensor> before = *model.GetWeights();
  const Logs logs = *model.TestOnBatch(X(), Y());
  const Logs wanted = *model.Evaluate(X(), Y(), {.batch_size = kRows, .verbose = 0});
  EXPECT_EQ(logs["loss"], wanted["loss"]);
  EXPECT_EQ(logs["mae"], wanted["mae"]);
  EXPECT_NE((*model.TestOnBatch(X(), Y(), {.sample_weight = Weights()}))["loss"], logs["loss"]);
  EXPECT_TRUE(SameBits(*model.PredictOnBatch(X()), *model.Predict(X(), {.batch_size = kRows})));
  ExpectSame(*model.GetWeights(), before);
}

TEST(OnBatchTest, ClassWeightsAreSampleWeights) {
  const auto make = [] {
    Sequential model("c", {.seed = 1});
    model.Add(Dense(1, {.activation = "sigmoid", .input_shape = {4}}));
    EXPECT_TRUE(model.Compile({.optimizer = "sgd", .loss = "binary_crossentropy"}).ok());
    return model;
  };
  Tensor y = Tensor::Full(DType::kFloat32, {kRows, 1}, 0),
         w = Tensor::Full(DType::kFloat32, {kRows}, 1);
  for (int64_t i = 0; i < kRows; i += 3) {
    y.mutable_data<float>()[i] = 1;
    w.mutable_data<float>()[i] = 5;
  }
  Sequential by_class = make(), by_sample = make();
  ASSERT_TRUE(by_class.TrainOnBatch(X(), y, {.class_weight = {{1, 5}}}).ok());
  ASSERT_TRUE(by_sample.TrainOnBatch(X(), y, {.sample_weight = w}).ok());
  ExpectSameWeights(by_class, by_sample);
  EXPECT_FALSE(by_class.TestOnBatch(X(), y, {.class_weight = {{1, 5}}}).ok());
}

TEST(OnBatchTest, ErrorsChangeNothing) {
  Sequential model = NewModel();
  const Sequential same = NewModel();
  EXPECT_FALSE(model.TrainOnBatch(X(), Numbers({3, 2}, 5)).ok());
  EXPECT_FALSE(model.TrainOnBatch(Numbers({0, 4}, 5), Numbers({0, 2}, 5)).ok());
  EXPECT_FALSE(model.TrainOnBatch(Numbers({3, 5}, 5), Numbers({3, 2}, 5)).ok());
  EXPECT_FALSE(model.TestOnBatch({}, {}).ok());
  EXPECT_FALSE(model.PredictOnBatch({}).ok());
  ExpectSameWeights(model, same);
  Sequential uncompiled;
  uncompiled.Add(Dense(1));
  EXPECT_EQ(uncompiled.TrainOnBatch(X(), Y()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

std::string File(const std::string& name) {
  return absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
}

TEST(WeightsFileTest, KeepsTheWeightsAlone) {
  const std::string path = File("w.safetensors");
  Sequential model = NewModel(), other = NewModel(9);
  ASSERT_TRUE(model.Fit(X(), Y(), {.epochs = 2, .verbose = 0}).ok());
  ASSERT_TRUE(model.SaveWeights(path).ok());
  ASSERT_TRUE(other.LoadWeights(path).ok());
  ExpectSameWeights(model, other);
  EXPECT_EQ(*other.GetIterations(), 0);
}

TEST(WeightsFileTest, RefusesWhatDoesNotFit) {
  const std::string path = File("v.safetensors");
  ASSERT_TRUE(NewModel(4).SaveWeights(path).ok());
  const auto wider = [](bool more) {
    Sequential model("m", {.seed = 3});
    model.Add(Dense(4, {.activation = "relu", .input_shape = {4}}));
    if (more) model.Add(BatchNormalization());
    model.Add(Dense(3));
    return model;
  };
  for (const bool more : {true, false}) {
    Sequential model = wider(more);
    const std::vector<Tensor> before = *model.GetWeights();
    const absl::Status s = model.LoadWeights(path);
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    EXPECT_TRUE(absl::StrContains(s.message(), path)) << s;
    EXPECT_TRUE(absl::StrContains(s.message(), "dense_1/kernel")) << s;
    ExpectSame(*model.GetWeights(), before);
    std::vector<std::string> skipped;
    ASSERT_TRUE(model.LoadWeights(path, {.skip_mismatch = true, .skipped = &skipped}).ok());
    EXPECT_EQ(skipped, (std::vector<std::string>{"dense_1/kernel", "dense_1/bias"}));
    EXPECT_TRUE(SameBits(model.GetWeights()->at(0), NewModel(4).GetWeights()->at(0)));
  }
  Sequential longer = NewModel();
  longer.Add(Dense(2));
  const absl::Status missing = longer.LoadWeights(path);
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound) << missing;
  EXPECT_TRUE(absl::StrContains(missing.message(), "\"dense_2/kernel\" is not in the file"));
  EXPECT_FALSE(longer.LoadWeights(File("none.safetensors")).ok());
  EXPECT_EQ(longer.SaveWeights(File("w.h5")).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dagrad::keras
