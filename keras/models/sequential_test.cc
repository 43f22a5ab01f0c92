// A Sequential that grows after it was built, and Adds that are refused.
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Tensor Numbers(Dims dims, double scale = 1) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(scale * std::sin(0.7 * ++i));
  return t;
}

// Built and trained for an epoch.
Sequential Trained() {
  Sequential model("grows");
  model.Add(Dense(4, {.activation = "tanh", .input_shape = {3}}));
  model.Add(Dense(2, {.name = "last"}));
  EXPECT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse"}).ok());
  EXPECT_TRUE(model.Fit(Numbers({8, 3}), Numbers({8, 2}), {.verbose = 0}).ok());
  return model;
}

TEST(AddTest, AfterBuildingKeepsTheWeights) {
  Sequential model = Trained();
  const std::vector<Tensor> before = *model.GetWeights();
  model.Add(Dense(5, {.activation = "relu"}));
  model.Add(Dense(1));
  ASSERT_TRUE(model.status().ok()) << model.status();
  const absl::StatusOr<std::vector<Tensor>> after = model.GetWeights();
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_EQ(after->size(), before.size() + 4);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(SameBits((*after)[i], before[i])) << i;
  EXPECT_EQ(model.Predict(Numbers({3, 3}))->dims(), (Dims{3, 1}));
  EXPECT_THAT(model.Summary()->text, HasSubstr("dense_2 (Dense)"));
  // Still compiled: with the options that it had.
  const absl::StatusOr<History> history =
      model.Fit(Numbers({8, 3}), Numbers({8, 1}), {.epochs = 20, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_LT((*history)["loss"].back(), (*history)["loss"].front());
}

TEST(AddTest, GivesTheModelThatWouldHaveBeenMadeAtOnce) {
  auto make = [](bool build_in_between) {
    Sequential model("m", {.seed = 9});
    model.Add(Dense(4, {.input_shape = {3}}));
    EXPECT_TRUE(!build_in_between || model.Predict(Numbers({1, 3})).ok());
    model.Add(Dropout(0.5));
    EXPECT_TRUE(!build_in_between || model.Predict(Numbers({1, 3})).ok());
    model.Add(Dense(2));
    return *model.GetWeights();
  };
  const std::vector<Tensor> at_once = make(false);
  const std::vector<Tensor> grown = make(true);
  ASSERT_EQ(at_once.size(), grown.size());
  for (size_t i = 0; i < grown.size(); ++i) EXPECT_TRUE(SameBits(at_once[i], grown[i])) << i;
}

TEST(AddTest, RefusedLeavesTheModelAsItWas) {
  const Tensor x = Numbers({8, 3});
  const Tensor y = Numbers({8, 2});
  struct Refusal {
    std::function<void(Sequential*)> add;
    const char* why;
  };
  const std::vector<Refusal> refusals = {
      {[](Sequential* m) { m->Add(Conv2D(2, 3)); }, "(Conv2D, sequential_test.cc:"},
      {[](Sequential* m) { m->Add(Dense(0)); }, "units must be positive"},
      {[](Sequential* m) { m->Add(Dense(2, {.name = "last"})); }, "named \"last\""},
      {[](Sequential* m) { m->Add(Layer(nullptr)); }, "the layer to add is null"},
      {[](Sequential* m) { m->Add(Input({3})); }, "can only be added first"},
      {[](Sequential* m) { m->Add(KerasTensor()); }, "can only be added first"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.why);
    Sequential untouched = Trained();
    Sequential model = Trained();
    refusal.add(&model);
    EXPECT_THAT(std::string(model.status().message()), HasSubstr(refusal.why));
    EXPECT_THAT(std::string(model.status().message()), HasSubstr("model grows: "));
    // Said once, by the next call; then the model is what it was.
    EXPECT_THAT(std::string(model.Predict(x).status().message()), HasSubstr(refusal.why));
    EXPECT_TRUE(model.status().ok()) << model.status();
    EXPECT_EQ(model.Summary()->text, untouched.Summary()->text);
    EXPECT_TRUE(SameBits(*model.Predict(x), *untouched.Predict(x)));
    ASSERT_TRUE(untouched.Fit(x, y, {.epochs = 2, .verbose = 0}).ok());
    const absl::StatusOr<History> history = model.Fit(x, y, {.epochs = 2, .verbose = 0});
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_TRUE(SameBits(*model.Predict(x), *untouched.Predict(x)));
    // And takes what fits.
    model.Add(Dense(1));
    EXPECT_EQ(model.Predict(x)->dims(), (Dims{8, 1}));
  }
}

TEST(AddTest, AnInputMustBeAnInput) {
  Sequential model;
  model.Add(KerasTensor());
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("empty tensor"));
  EXPECT_FALSE(model.Compile({.loss = "mse"}).ok());  // says it
  model.Add(Input({3}));
  model.Add(Dense(2));
  EXPECT_TRUE(model.Compile({.loss = "mse"}).ok());
}

TEST(NanLossTest, IsSaidOnce) {
  Sequential model;
  model.Add(Dense(1, {.input_shape = {1}}));
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.0), .loss = "mse"}).ok());
  const Tensor x = Numbers({6, 1});
  Tensor y = Numbers({6, 1});
  y.mutable_data<float>()[3] = -std::numeric_limits<float>::quiet_NaN();
  std::ostringstream out;
  FitOptions options{.batch_size = 2, .epochs = 3, .verbose = 2, .shuffle = false, .out = &out};
  absl::StatusOr<History> history = model.Fit(x, y, options);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_TRUE(history->first_nan.has_value());
  EXPECT_EQ(history->first_nan->epoch, 0);
  EXPECT_EQ(history->first_nan->batch, 1);
  EXPECT_THAT(out.str(), HasSubstr("Epoch 1: the loss is nan from batch 2 on\n"));
  EXPECT_EQ(out.str().find("the loss is nan"), out.str().rfind("the loss is nan"));
  EXPECT_THAT(out.str(), HasSubstr("loss: nan"));
  EXPECT_THAT(out.str(), Not(HasSubstr("-nan")));
  EXPECT_EQ(history->logs.size(), 3u);  // it goes on

  // To end it is the user's choice.
  out.str("");
  options.verbose = 0;
  options.callbacks = {{.on_train_batch_end = [&](int64_t, const Logs& logs) {
    if (std::isnan(logs["loss"])) model.StopTraining();
    return absl::OkStatus();
  }}};
  history = model.Fit(x, y, options);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->logs.size(), 1u);
  EXPECT_EQ(out.str(), "");

  // Whose loss is a number has none.
  EXPECT_FALSE(Trained().Fit(Numbers({8, 3}), Numbers({8, 2}), {.verbose = 0})->first_nan);
}

TEST(NanLossTest, EveryNanIsPrintedAlike) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double value : {nan, -nan, std::copysign(nan, -1.0)}) {
    Logs logs;
    logs.Set("loss", value);
    std::ostringstream out;
    out << logs;
    EXPECT_EQ(out.str(), "loss: nan");
  }
}

}  // namespace
}  // namespace dagrad::keras
