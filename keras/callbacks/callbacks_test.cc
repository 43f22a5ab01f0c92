// Callbacks do what Keras 3's do: callback_golden.h, made by make_callback_golden.py, which says
// what is trained. And what they are called with, keep, and refuse.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numbers>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/callbacks/callback_golden.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using callbacks::EarlyStopping;
using callbacks::ModelCheckpoint;
using callbacks::ReduceLROnPlateau;

constexpr int64_t kEpochs = 14;

Tensor Pattern(const Dims& dims, double scale, double step, double shift) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>())
    v = static_cast<float>(scale * std::sin(step * static_cast<double>(i++) + shift));
  return t;
}

const double kQuarter = std::numbers::pi / 2;
Tensor X() { return Pattern({6, 4}, 1, 0.7, 0); }
Tensor Y() { return Pattern({6, 1}, 1, 1.3, kQuarter); }
ValidationData Validation() {
  return {Pattern({6, 4}, 1, 0.9, 0.4), Pattern({6, 1}, 1, 0.8, kQuarter)};
}

Model NewModel(const Optimizer& optimizer = Sgd({.learning_rate = 0.2, .momentum = 0.9})) {
  const KerasTensor in = Input({4});
  Model model(in, Dense(1)(in));
  std::vector<Tensor> weights = *model.GetWeights();
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = Pattern(weights[i].dims(), 0.5, 0.3, static_cast<double>(i) + 1);
  EXPECT_TRUE(model.SetWeights(weights).ok());
  EXPECT_TRUE(model.Compile({.optimizer = optimizer, .loss = "mse", .metrics = "mae"}).ok());
  return model;
}

FitOptions Options(std::vector<Callback> callbacks, int64_t from = 0, int64_t to = kEpochs) {
  return {.batch_size = 3,
          .epochs = to,
          .verbose = 0,
          .validation_data = Validation(),
          .shuffle = false,
          .initial_epoch = from,
          .callbacks = std::move(callbacks)};
}

std::vector<double> Weights(const Model& model) {
  std::vector<double> all;
  const std::vector<Tensor> weights = *model.GetWeights();
  for (const Tensor& w : weights)
    all.insert(all.end(), w.data<float>().begin(), w.data<float>().end());
  return all;
}

using Callbacks = std::function<std::vector<Callback>(const std::string& directory)>;

// The cases of the script, by their names there.
std::map<std::string, Callbacks> Cases() {
  using D = const std::string&;
  using List = std::vector<Callback>;
  return {
      {"none", [](D) { return List(); }},
      {"early", [](D) { return List{EarlyStopping({.patience = 2})}; }},
      {"early_restore",
       [](D) { return List{EarlyStopping({.patience = 3, .restore_best_weights = true})}; }},
      {"early_restore_to_the_end",
       [](D) { return List{EarlyStopping({.patience = 50, .restore_best_weights = true})}; }},
      {"early_min_delta",
       [](D) {
         return List{EarlyStopping({.monitor = "loss", .min_delta = 0.05, .patience = 1})};
       }},
      {"early_max",
       [](D) {
         return List{EarlyStopping(
             {.monitor = "val_mae", .patience = 1, .mode = "max", .restore_best_weights = true})};
       }},
      {"early_baseline",
       [](D) {
         return List{
             EarlyStopping({.patience = 4, .baseline = 0.01, .restore_best_weights = true})};
       }},
      {"early_start",
       [](D) { return List{EarlyStopping({.monitor = "mae", .start_from_epoch = 6})}; }},
      {"plateau", [](D) { return List{ReduceLROnPlateau({.factor = 0.5, .patience = 1})}; }},
      {"plateau_cooldown",
       [](D) {
         return List{ReduceLROnPlateau(
             {.monitor = "loss", .factor = 0.3, .patience = 1, .min_delta = 0.02, .cooldown = 2})};
       }},
      {"plateau_min_lr",
       [](D) {
         return List{
             ReduceLROnPlateau({.factor = 0.2, .patience = 1, .mode = "max", .min_lr = 0.03})};
       }},
      {"scheduler",
       [](D) {
         return List{callbacks::LearningRateScheduler(
             [](int64_t epoch, double rate) { return epoch % 4 == 3 ? rate * 0.5 : rate; })};
       }},
      {"checkpoint", [](D d) { return List{ModelCheckpoint(d + "{epoch:02d}-{val_loss:.2f}")}; }},
      {"checkpoint_best",
       [](D d) {
         return List{
             ModelCheckpoint(d + "{epoch}_{loss:07.3f}_{val_mae:.1e}", {.save_best_only = true})};
       }},
      {"checkpoint_threshold",
       [](D d) {
         return List{ModelCheckpoint(d + "{epoch:d}", {.monitor = "mae",
                                                       .save_best_only = true,
                                                       .mode = "min",
                                                       .initial_value_threshold = 0.75})};
       }},
      {"checkpoint_batches",
       [](D d) { return List{ModelCheckpoint(d + "{epoch:02d}.{batch:03d}", {.save_freq = 5})}; }},
      {"early_and_plateau",
       [](D) {
         return List{ReduceLROnPlateau({.factor = 0.1, .patience = 1}),
                     EarlyStopping({.patience = 5})};
       }},
  };
}

void ExpectNear(const std::vector<double>& got, const std::vector<double>& golden,
                const char* what) {
  ASSERT_EQ(got.size(), golden.size()) << what;
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], golden[i], 1e-5 * std::max(1.0, std::abs(golden[i]))) << what << " " << i;
}

TEST(CallbackParityTest, EveryCaseIsKerass) {
  const auto cases = Cases();
  std::set<std::string> names;
  for (const CallbackGolden& golden : kCallbackGoldens) {
    SCOPED_TRACE(golden.name);
    names.insert(golden.name);
    ASSERT_TRUE(cases.contains(golden.name));
    const std::string directory = io::testing::FreshDirectory() + golden.name + "/";
    Model model = NewModel();
    const absl::StatusOr<History> history =
        model.Fit(X(), Y(), Options(cases.at(golden.name)(directory)));
    ASSERT_TRUE(history.ok()) << history.status();
    ExpectNear((*history)["loss"], golden.loss, "loss");
    ExpectNear((*history)["val_loss"], golden.val_loss, "val_loss");
    ExpectNear((*history)["val_mae"], golden.val_mae, "val_mae");
    ExpectNear((*history)["learning_rate"], golden.learning_rate, "learning_rate");
    ExpectNear(Weights(model), golden.weights, "weights");
    std::set<std::string> files;
    if (std::filesystem::exists(directory)) {
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        files.insert(entry.path().filename());
    }
    EXPECT_EQ(files, std::set<std::string>(golden.files.begin(), golden.files.end()));
  }
  EXPECT_EQ(names.size(), cases.size());
}

// What is restored are the weights of the best epoch, bit by bit.
TEST(EarlyStoppingTest, RestoresTheBestWeights) {
  std::vector<std::vector<double>> after;
  Callback keep = {.on_epoch_end = nullptr};
  Model model = NewModel();
  keep.on_epoch_end = [&](int64_t, const Logs&) {
    after.push_back(Weights(model));
    return absl::OkStatus();
  };
  const absl::StatusOr<History> history = model.Fit(
      X(), Y(), Options({keep, EarlyStopping({.patience = 3, .restore_best_weights = true})}));
  ASSERT_TRUE(history.ok()) << history.status();
  const std::vector<double> losses = (*history)["val_loss"];
  const auto best = std::min_element(losses.begin(), losses.end()) - losses.begin();
  EXPECT_EQ(Weights(model), after[best]);
  EXPECT_NE(Weights(model), after.back());
}

// A training in two parts, with callbacks of the same options that take over the state, is the
// training in one.
TEST(CallbackStateTest, GoesOnWhereItWas) {
  const std::string folder = io::testing::FreshDirectory();
  const std::map<std::string, std::function<Callback()>> makers = {
      {"early", [] { return EarlyStopping({.patience = 5, .restore_best_weights = true}); }},
      {"plateau", [] { return ReduceLROnPlateau({.factor = 0.5, .patience = 2, .cooldown = 1}); }},
      {"checkpoint",
       [&] {
         return ModelCheckpoint(folder + "{epoch}",
                                {.monitor = "loss", .save_best_only = true, .save_freq = 3});
       }},
  };
  for (const auto& [name, make] : makers) {
    for (int64_t part = 1; part < 8; ++part) {
      SCOPED_TRACE(absl::StrCat(name, " in parts at ", part));
      Model whole = NewModel();
      const absl::StatusOr<History> wanted = whole.Fit(X(), Y(), Options({make()}));
      ASSERT_TRUE(wanted.ok()) << wanted.status();

      Model first = NewModel();
      CallbackState state;
      Callback callback = make();
      // Before the end of Fit, as a checkpoint after each epoch would have it.
      const Callback copy = {.on_epoch_end = [&](int64_t epoch, const Logs&) {
        if (epoch + 1 == part) {
          state = callback.object->State();
          EXPECT_TRUE(first.Save(folder + "part").ok());
        }
        return absl::OkStatus();
      }};
      ASSERT_TRUE(first.Fit(X(), Y(), Options({callback, copy}, 0, part)).ok());
      absl::StatusOr<Model> second = Model::Load(folder + "part");
      ASSERT_TRUE(second.ok()) << second.status();
      Callback resumed = make();
      ASSERT_TRUE(resumed.object->SetState(state).ok());
      const absl::StatusOr<History> rest = second->Fit(X(), Y(), Options({resumed}, part));
      ASSERT_TRUE(rest.ok()) << rest.status();
      EXPECT_EQ(rest->logs.size() + part, wanted->logs.size());
      EXPECT_EQ(Weights(*second), Weights(whole));
    }
    EXPECT_FALSE(make().object->SetState({{"other", Tensor::Scalar<int64_t>(1)}}).ok());
  }
}

TEST(CallbackTest, EveryFunctionIsCalledInTurn) {
  struct Recorder : CallbackImpl {
    std::string text;
    absl::Status Note(absl::string_view what) {
      absl::StrAppend(&text, what, " ");
      return absl::OkStatus();
    }
    absl::Status OnTrainBegin(const Context& c) override {
      return Note(absl::StrCat("fit(", c.epochs, ",", c.steps.value_or(-1)));
    }
    absl::Status OnTrainEnd(const Context&, const Logs& logs) override {
      return Note(logs.Contains("val_loss") ? ")fit" : "no logs");
    }
    absl::Status OnEpochBegin(const Context&, int64_t e) override {
      return Note(absl::StrCat("e", e, "("));
    }
    absl::Status OnEpochEnd(const Context&, int64_t e, Logs* logs) override {
      logs->Set("added", 3);
      return Note(absl::StrCat(")e", e));
    }
    absl::Status OnTrainBatchBegin(const Context&, int64_t b) override {
      return Note(absl::StrCat("b", b, "("));
    }
    absl::Status OnTrainBatchEnd(const Context&, int64_t b, RunningLogs logs) override {
      return Note(absl::StrCat(")b", logs().Contains("loss") ? b : -1));
    }
    absl::Status OnTestBegin(const Context&) override { return Note("test("); }
    absl::Status OnTestEnd(const Context&, const Logs& logs) override {
      return Note(logs.Contains("mae") ? ")test" : "no logs");
    }
    absl::Status OnTestBatchBegin(const Context&, int64_t b) override {
      return Note(absl::StrCat("t", b, "("));
    }
    absl::Status OnTestBatchEnd(const Context&, int64_t b, RunningLogs logs) override {
      return Note(absl::StrCat(")t", logs().Contains("loss") ? b : -1));
    }
    absl::Status OnPredictBegin(const Context&) override { return Note("predict("); }
    absl::Status OnPredictEnd(const Context&) override { return Note(")predict"); }
    absl::Status OnPredictBatchBegin(const Context&, int64_t b) override {
      return Note(absl::StrCat("p", b, "("));
    }
    absl::Status OnPredictBatchEnd(const Context&, int64_t b) override {
      return Note(absl::StrCat(")p", b));
    }
  };
  const auto recorder = std::make_shared<Recorder>();
  const std::vector<Callback> callbacks = {{.object = recorder}};
  Model model = NewModel();
  FitOptions options = Options(callbacks, 0, 2);
  options.validation_batch_size = 6;
  const absl::StatusOr<History> history = model.Fit(X(), Y(), options);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(recorder->text,
            "fit(2,2 e0( b0( )b0 b1( )b1 test( t0( )t0 )test )e0 "
            "e1( b0( )b0 b1( )b1 test( t0( )t0 )test )e1 )fit ");
  EXPECT_EQ((*history)["added"], (std::vector<double>{3, 3}));
  recorder->text.clear();
  ASSERT_TRUE(
      model.Evaluate(X(), Y(), {.batch_size = 4, .verbose = 0, .callbacks = callbacks}).ok());
  EXPECT_EQ(recorder->text, "test( t0( )t0 t1( )t1 )test ");
  recorder->text.clear();
  ASSERT_TRUE(model.Predict(X(), {.batch_size = 4, .callbacks = callbacks}).ok());
  EXPECT_EQ(recorder->text, "predict( p0( )p0 p1( )p1 )predict ");
}

TEST(ReduceLROnPlateauTest, CannotSetASchedule) {
  Model model = NewModel(Sgd(LearningRate::ExponentialDecay(0.1, 4, 0.5)));
  const absl::Status s =
      model.Fit(X(), Y(), Options({ReduceLROnPlateau({.patience = 0, .mode = "max"})})).status();
  EXPECT_TRUE(absl::StrContains(s.message(), "is a schedule and cannot be set")) << s;
}

TEST(TerminateOnNaNTest, EndsTheTraining) {
  const Tensor y = Tensor::Of<float>({6, 1}, {1, 1, 1, INFINITY, 1, 1});
  std::ostringstream out;
  for (const bool raise : {false, true}) {
    Model model = NewModel();
    FitOptions options = Options({callbacks::TerminateOnNaN({.raise_error = raise})});
    options.out = &out;
    const absl::StatusOr<History> history = model.Fit(X(), y, options);
    EXPECT_EQ(history.ok(), !raise);
    if (raise) {
      EXPECT_EQ(history.status().code(), absl::StatusCode::kFailedPrecondition);
    } else {
      EXPECT_EQ(history->logs.size(), 1u);
    }
  }
  EXPECT_EQ(out.str(), "Batch 1: Invalid loss, terminating training\n");
}

TEST(CallbackErrorsTest, AreInvalidArguments) {
  const std::string directory = io::testing::FreshDirectory();
  const std::vector<std::pair<Callback, std::string>> table = {
      {EarlyStopping({.mode = "least"}), "mode is auto, min or max, not \"least\""},
      {EarlyStopping({.monitor = "added"}), "whether \"added\" is to be low or high is not known"},
      {EarlyStopping({.min_delta = INFINITY}), "min_delta must be finite"},
      {ReduceLROnPlateau({.factor = 1}), "factor must be in (0, 1), not 1"},
      {ReduceLROnPlateau({.min_lr = -1}), "min_lr must not be negative"},
      {ModelCheckpoint(directory + "{acc:.2f}"), "there is no number \"acc\"; there are: epoch"},
      {ModelCheckpoint(directory + "{epoch:x}"), "\"epoch\" has no format \"x\""},
      {ModelCheckpoint(""), "filepath is empty"},
      {ModelCheckpoint(directory, {.save_freq = -1}), "save_freq must not be negative"},
      {callbacks::LearningRateScheduler(nullptr), "there is no schedule"},
      {callbacks::LearningRateScheduler([](int64_t, double) { return -1.0; }),
       "-1 is not a learning rate"},
  };
  struct Adder : CallbackImpl {
    absl::Status OnEpochEnd(const Context&, int64_t, Logs* logs) override {
      logs->Set("added", 1);
      return absl::OkStatus();
    }
  };
  for (const auto& [callback, message] : table) {
    Model model = NewModel();
    const absl::Status s =
        model.Fit(X(), Y(), Options({{.object = std::make_shared<Adder>()}, callback})).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    EXPECT_TRUE(absl::StrContains(s.message(), message)) << s;
  }
}

TEST(ModelCheckpointTest, SavesTheWeightsAlone) {
  const std::string directory = io::testing::FreshDirectory();
  Model model = NewModel(), loaded = NewModel();
  const std::string path = directory + "/{epoch:02d}.safetensors";
  ASSERT_TRUE(
      model.Fit(X(), Y(), Options({ModelCheckpoint(path, {.save_weights_only = true})})).ok());
  ASSERT_TRUE(loaded.LoadWeights(directory + "/01.safetensors").ok());
  const absl::Status h5 =
      model.Fit(X(), Y(), Options({ModelCheckpoint("w.h5", {.save_weights_only = true})})).status();
  EXPECT_TRUE(absl::StrContains(h5.message(), "ends with .safetensors")) << h5;
}

TEST(CallbackErrorsTest, WhatIsNotInTheLogsIsSaid) {
  std::ostringstream out;
  Model model = NewModel();
  FitOptions options = Options({EarlyStopping({.monitor = "val_acc"})}, 0, 1);
  options.out = &out;
  ASSERT_TRUE(model.Fit(X(), Y(), options).ok());
  EXPECT_EQ(out.str(),
            "EarlyStopping: the logs have no number \"val_acc\"; they have: loss, mae, val_loss, "
            "val_mae\n");
}

}  // namespace
}  // namespace dagrad::keras
