// Callbacks where a training ends with an error, logs other names, or has a train_step of its own.
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dagrad/graph/error.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

Tensor Numbers(Dims dims, int64_t period) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ % period) * 0.25f - 0.5f;
  return t;
}

Tensor X() { return Numbers({8, 4}, 5); }
Tensor Y() { return Numbers({8, 2}, 7); }

Model NewModel(const CompileOptions& options) {
  const KerasTensor x = Input({4});
  Model model(x, Dense(2)(x), {.seed = 3});
  const absl::Status compiled = model.Compile(options);
  EXPECT_TRUE(compiled.ok()) << compiled;
  return model;
}

// Logs the loss as "d_loss", and its negative as "score".
CompileOptions OwnStep(double factor = 1) {
  return {.optimizer = Sgd(0.1), .loss = "mse", .metrics = "mae", .train_step = [=](TrainStep& s) {
            const Value loss = ReduceMean(Square(s.Outputs()[0] - s.y())) * factor;
            s.Minimize(loss);
            s.Log("d_loss", loss);
            s.Log("score", -loss);
            return absl::OkStatus();
          }};
}

std::string Text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Callback FailingAtTheEnd() {
  return {.on_epoch_end = [](int64_t, const Logs&) { return absl::AbortedError("stopped here"); }};
}

TEST(FailuresTest, TheLoggersFileIsWrittenAnewAfterAFailure) {
  const std::string path = io::testing::FreshDirectory() + "log.csv";
  const Callback logger = callbacks::CSVLogger(path);
  Model model = NewModel({.optimizer = "sgd", .loss = "mse"});
  EXPECT_EQ(
      model.Fit(X(), Y(), {.verbose = 0, .callbacks = {logger, FailingAtTheEnd()}}).status().code(),
      absl::StatusCode::kAborted);
  const absl::StatusOr<History> again =
      model.Fit(X(), Y(), {.epochs = 2, .verbose = 0, .callbacks = {logger}});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(absl::StartsWith(Text(path), "epoch,loss,val_loss\n0,")) << Text(path);
  EXPECT_TRUE(absl::StrContains(Text(path), ",NA\n1,")) << Text(path);
}

TEST(FailuresTest, ColumnsOfValidationAreThereFromTheFirstEpochOn) {
  const std::string path = io::testing::FreshDirectory() + "log.csv";
  Model model = NewModel({.optimizer = "sgd", .loss = "mse"});
  ASSERT_TRUE(model
                  .Fit(X(), Y(),
                       {.epochs = 2,
                        .verbose = 0,
                        .validation_data = {X(), Y()},
                        .validation_freq = 2,
                        .callbacks = {callbacks::CSVLogger(path)}})
                  .ok());
  const std::string text = Text(path);
  EXPECT_TRUE(absl::StartsWith(text, "epoch,loss,val_loss\n0,")) << text;
  EXPECT_TRUE(absl::StrContains(text, ",NA\n1,")) << text;
  EXPECT_FALSE(absl::EndsWith(text, "NA\n")) << text;
}

TEST(FailuresTest, WithoutALossNothingIsInvalid) {
  Model model = NewModel(OwnStep());
  const absl::StatusOr<History> history = model.Fit(
      X(), Y(),
      {.epochs = 3, .verbose = 0, .callbacks = {callbacks::TerminateOnNaN({.raise_error = true})}});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->epoch.size(), 3u);
}

// What a train_step logs may be good high or low: only a loss by its name says which.
TEST(FailuresTest, DirectionsOfOnesOwnLogs) {
  const auto fit = [](const std::string& monitor, const std::string& mode) {
    Model model = NewModel(OwnStep());
    return model
        .Fit(X(), Y(),
             {.epochs = 3,
              .verbose = 0,
              .validation_data = {X(), Y()},
              .callbacks = {callbacks::EarlyStopping({.monitor = monitor, .mode = mode})}})
        .status();
  };
  for (const char* known : {"d_loss", "val_loss", "val_mae"})
    EXPECT_TRUE(fit(known, "auto").ok()) << known << ": " << fit(known, "auto");
  EXPECT_TRUE(absl::StrContains(fit("score", "auto").message(), "say it by mode"));
  EXPECT_TRUE(fit("score", "max").ok());
}

// An evaluation that fails leaves the weights, not their averages, in the model.
TEST(FailuresTest, AveragesAreSwappedBack) {
  Model model =
      NewModel({.optimizer = Sgd({.learning_rate = 0.1, .use_ema = true}), .loss = "mse"});
  std::map<std::string, Tensor> before;
  int64_t asked = 0;
  const BatchSourcePtr fails =
      FromFunction([&](int64_t, int64_t) -> absl::StatusOr<std::optional<Batch>> {
        if (asked++ == 0) return Batch{X(), Y()};
        before = *model.GetState();  // where the averages are in the model
        return absl::DataLossError("no more");
      });
  const auto same = [&](const std::map<std::string, Tensor>& state) {
    const Tensor &a = before.at("dense/kernel"), &b = state.at("dense/kernel");
    return std::memcmp(a.bytes(), b.bytes(), a.byte_size()) == 0;
  };
  const Callback swap = callbacks::SwapEMAWeights();
  EXPECT_FALSE(
      model
          .Fit(X(), Y(),
               {.batch_size = 2, .verbose = 0, .validation_source = fails, .callbacks = {swap}})
          .ok());
  const std::map<std::string, Tensor> after = *model.GetState();
  EXPECT_FALSE(same(after));
  before = after;
  EXPECT_TRUE(model.Evaluate(X(), Y(), {.verbose = 0, .callbacks = {swap}}).ok());
  EXPECT_TRUE(same(*model.GetState()));
  // Predict with a callback that fails behind the swap.
  const Callback fails_too = {.object = [] {
    struct Failing : CallbackImpl {
      absl::Status OnPredictBatchEnd(const Context&, int64_t) override {
        return absl::AbortedError("stopped here");
      }
    };
    return std::make_shared<Failing>();
  }()};
  EXPECT_FALSE(model.Predict(X(), {.callbacks = {swap, fails_too}}).ok());
  EXPECT_TRUE(same(*model.GetState()));
}

}  // namespace
}  // namespace dagrad::keras
