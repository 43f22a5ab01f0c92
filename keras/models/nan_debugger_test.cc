// FitOptions::debug_nans: where the first NaN of a training comes from.
#include <limits>
#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const FitOptions kWatched = {.batch_size = 2, .verbose = 0, .shuffle = false, .debug_nans = true};

// [1, 1] -> [1, 2] -> logarithms -> their sum.
Sequential WithLogarithm() {
  Sequential model;
  model.Add(Dense(2, {.input_shape = {1}, .name = "hidden"}));
  model.Add(Lambda({"log", [](absl::Span<const Value> x, bool) { return Log(x[0]); }},
                   {.name = "logarithm"}));
  model.Add(Dense(1, {.name = "out"}));
  EXPECT_TRUE(model.Compile({.optimizer = Sgd(0.0), .loss = "mse"}).ok());
  EXPECT_TRUE(model
                  .SetWeights({Tensor::Of<float>({1, 2}, {1, 2}), Tensor::Of<float>({2}, {0, 0}),
                               Tensor::Of<float>({2, 1}, {1, 1}), Tensor::Of<float>({1}, {0})})
                  .ok());
  return model;
}

std::string FitError(Sequential* model, const Tensor& x, const Tensor& y) {
  const absl::Status status = model->Fit(x, y, kWatched).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(NanDebuggerTest, NamesEpochBatchAndNode) {
  Sequential model = WithLogarithm();
  const Tensor y = Tensor::Of<float>({6, 1}, {1, 2, 3, 4, 5, 6});
  Tensor x = *y.Clone();
  EXPECT_TRUE(model.Fit(x, y, kWatched).ok());

  x.mutable_data<float>()[4] = -1;  // of the third batch
  EXPECT_THAT(FitError(&model, x, y),
              AllOf(HasSubstr("epoch 1, batch 3: the loss is NaN: logarithm/"),
                    HasSubstr("(Log, nan_debugger_test.cc:"),
                    HasSubstr("output 0 is the first result that is NaN, at [0, 0], 2 of 4")));
  x.mutable_data<float>()[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(FitError(&model, x, y), HasSubstr("is NaN already, at [0, 0], 1 of 2 elements"));
}

TEST(NanDebuggerTest, KeepsTheStateFromBeforeTheStep) {
  const Tensor y = Tensor::Of<float>({4, 1}, {1, 2, 3, 4});
  Tensor x = *y.Clone();
  x.mutable_data<float>()[2] = -1;  // of the second batch
  Sequential watched = WithLogarithm(), first_batch = WithLogarithm();
  for (Sequential* model : {&watched, &first_batch})
    ASSERT_TRUE(model->Compile({.optimizer = "adam", .loss = "mse"}).ok());
  FitError(&watched, x, y);
  FitOptions one = kWatched;
  one.steps_per_epoch = 1;
  ASSERT_TRUE(first_batch.Fit(x, y, one).ok());
  const std::vector<Tensor> weights = *watched.GetWeights(), wanted = *first_batch.GetWeights();
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(SameBits(weights[i], wanted[i])) << i;
  // Adam's moments and counter too: both go on alike.
  const Tensor good = *y.Clone();
  ASSERT_TRUE(watched.Fit(good, y, kWatched).ok());
  ASSERT_TRUE(first_batch.Fit(good, y, kWatched).ok());
  for (size_t i = 0; i < wanted.size(); ++i)
    EXPECT_TRUE(SameBits((*watched.GetWeights())[i], (*first_batch.GetWeights())[i])) << i;
}

// The loss is a number, the gradient of √0 is not: 0 · ∞.
TEST(NanDebuggerTest, LooksAtNewWeights) {
  Sequential model;
  model.Add(Dense(1, {.use_bias = false, .input_shape = {1}, .name = "d"}));
  model.Add(Lambda({"sqrt", [](absl::Span<const Value> x, bool) { return Sqrt(x[0]); }}));
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.1), .loss = "mae"}).ok());
  const std::vector<Tensor> before = *model.GetWeights();
  EXPECT_THAT(FitError(&model, Tensor::Full(DType::kFloat32, {2, 1}, 0),
                       Tensor::Full(DType::kFloat32, {2, 1}, 1)),
              AllOf(HasSubstr("epoch 1, batch 1: the new "), HasSubstr(" is NaN: "),
                    HasSubstr("infinite")));
  EXPECT_TRUE(SameBits((*model.GetWeights())[0], before[0]));
}

TEST(NanDebuggerTest, ChangesNothingWhereNoneIs) {
  const Tensor y = Tensor::Of<float>({6, 1}, {1, 2, 3, 4, 5, 6});
  std::vector<std::vector<Tensor>> weights;
  for (const bool debug : {false, true}) {
    Sequential model("m", {.seed = 4});
    model.Add(Dense(4, {.activation = "tanh", .input_shape = {1}}));
    model.Add(Dropout(0.5));
    model.Add(Dense(1));
    ASSERT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse"}).ok());
    ASSERT_TRUE(
        model.Fit(y, y, {.batch_size = 2, .epochs = 3, .verbose = 0, .debug_nans = debug}).ok());
    weights.push_back(*model.GetWeights());
  }
  for (size_t i = 0; i < weights[0].size(); ++i)
    EXPECT_TRUE(SameBits(weights[0][i], weights[1][i])) << i;
}

}  // namespace
}  // namespace dagrad::keras
