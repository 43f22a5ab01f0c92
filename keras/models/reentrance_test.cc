// What a callback of Fit may do with the model that is being trained: every public function, in
// each kind of callback.
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
#include "dagrad/tests/public_functions.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

Tensor Numbers(Dims dims, int step) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>((i += step) % 17) / 8 - 1;
  return t;
}

const Tensor& X() {
  static const auto* const x = new Tensor(Numbers({6, 3}, 5));
  return *x;
}
const Tensor& Y() {
  static const auto* const y = new Tensor(Numbers({6, 2}, 7));
  return *y;
}

std::unique_ptr<Sequential> NewModel() {
  auto model = std::make_unique<Sequential>("m", ModelOptions{.seed = 4});
  model->Add(Dense(4, {.activation = "tanh", .input_shape = {3}}));
  model->Add(Dense(2));
  EXPECT_TRUE(model->Compile({.optimizer = "adam", .loss = "mse", .metrics = "mae"}).ok());
  return model;
}

std::string Folder() { return absl::StrCat(std::getenv("TEST_TMPDIR"), "/in_callback"); }

std::string WeightsFile() {
  return absl::StrCat(std::getenv("TEST_TMPDIR"), "/in_callback.safetensors");
}

enum class Effect { kNone, kRefused, kOther };  // on the training that goes on

struct Call {
  Effect effect;
  std::function<absl::Status(Sequential* model)> run;
};

// By the name of the function; of overloads all.
std::multimap<std::string, Call> Calls() {
  using M = Sequential*;
  const CompileOptions other{.optimizer = "sgd", .loss = "mae"};
  return {
      {"Model",
       {Effect::kNone,
        [](M m) {
          Model moved(std::move(*m));
          EXPECT_EQ(m->Summary().status().code(), absl::StatusCode::kFailedPrecondition);
          static_cast<Model&>(*m) = std::move(moved);
          return m->status();
        }}},
      {"operator=", {Effect::kOther, [](M m) { return (*m = std::move(*NewModel())).status(); }}},
      {"status", {Effect::kNone, [](M m) { return m->status(); }}},
      {"name",
       {Effect::kNone,
        [](M m) { return m->name() == "m" ? absl::OkStatus() : absl::UnknownError(m->name()); }}},
      {"layers",
       {Effect::kNone,
        [](M m) { return m->layers().size() == 3 ? absl::OkStatus() : absl::UnknownError("3"); }}},
      {"GetLayer", {Effect::kNone, [](M m) { return m->GetLayer("dense_1").status(); }}},
      {"AsLayer", {Effect::kNone, [](M m) { return m->AsLayer().status(); }}},
      {"operator",  // ()
       {Effect::kNone, [](M m) { return (*m)(Input({3})).status(); }}},
      {"Compile", {Effect::kRefused, [=](M m) { return m->Compile(other); }}},
      {"Fit", {Effect::kRefused, [](M m) { return m->Fit(X(), Y(), {.verbose = 0}).status(); }}},
      {"StopTraining", {Effect::kOther, [](M m) { return m->StopTraining(), m->status(); }}},
      {"GetLearningRate", {Effect::kNone, [](M m) { return m->GetLearningRate().status(); }}},
      {"GetIterations", {Effect::kNone, [](M m) { return m->GetIterations().status(); }}},
      {"SetLearningRate",
       {Effect::kNone, [](M m) { return m->SetLearningRate(*m->GetLearningRate()); }}},
      {"Evaluate",
       {Effect::kNone, [](M m) { return m->Evaluate(X(), Y(), {.verbose = 0}).status(); }}},
      {"Evaluate",
       {Effect::kNone,
        [](M m) {
          return m->Evaluate(X(), Y(), {.verbose = 0, .sample_weight = Numbers({6}, 1)}).status();
        }}},
      {"TrainOnBatch", {Effect::kRefused, [](M m) { return m->TrainOnBatch(X(), Y()).status(); }}},
      {"TestOnBatch", {Effect::kNone, [](M m) { return m->TestOnBatch(X(), Y()).status(); }}},
      {"PredictOnBatch", {Effect::kNone, [](M m) { return m->PredictOnBatch(X()).status(); }}},
      {"ResetState", {Effect::kNone, [](M m) { return m->ResetState(), m->status(); }}},
      {"SaveWeights", {Effect::kNone, [](M m) { return m->SaveWeights(WeightsFile()); }}},
      {"LoadWeights",
       {Effect::kNone,
        [](M m) {
          absl::Status s = m->SaveWeights(WeightsFile());
          return s.ok() ? m->LoadWeights(WeightsFile()) : s;
        }}},
      {"PredictAll", {Effect::kNone, [](M m) { return m->PredictAll(X()).status(); }}},
      {"Predict", {Effect::kNone, [](M m) { return m->Predict(X()).status(); }}},
      {"Summary", {Effect::kNone, [](M m) { return m->Summary().status(); }}},
      {"CountParams",
       {Effect::kNone,
        [](M m) { return m->CountParams() == 26 ? absl::OkStatus() : absl::UnknownError("26"); }}},
      {"GetWeights", {Effect::kNone, [](M m) { return m->GetWeights().status(); }}},
      {"SetWeights", {Effect::kNone, [](M m) { return m->SetWeights(*m->GetWeights()); }}},
      {"GetState", {Effect::kNone, [](M m) { return m->GetState().status(); }}},
      {"SetState", {Effect::kNone, [](M m) { return m->SetState(*m->GetState()); }}},
      {"Save", {Effect::kNone, [](M m) { return m->Save(Folder()); }}},
      {"Load",
       {Effect::kNone,
        [](M m) {
          absl::Status s = m->Save(Folder());
          return s.ok() ? Model::Load(Folder()).status() : s;
        }}},
      {"Graph", {Effect::kNone, [](M m) { return m->Graph().status(); }}},
      // Add gives no status: the next call does.
      {"Add", {Effect::kRefused, [](M m) { return m->Add(Dense(1)), m->Summary().status(); }}},
      {"Add", {Effect::kRefused, [](M m) { return m->Add(Input({3})), m->Summary().status(); }}},
  };
}

// Fits with `inside` called from callbacks of one kind.
absl::StatusOr<History> FitWith(Sequential* model, bool in_batches, std::function<void()> inside) {
  Callback callback;
  if (in_batches) {
    callback.on_train_batch_end = [=](int64_t, const Logs&) { return inside(), absl::OkStatus(); };
  } else {
    callback.on_epoch_end = [=](int64_t, const Logs&) { return inside(), absl::OkStatus(); };
  }
  return model->Fit(X(), Y(),
                    {.batch_size = 2,
                     .epochs = 3,
                     .verbose = 0,
                     .validation_data = {X(), Y()},
                     .callbacks = {callback}});
}

TEST(ReentranceTest, EveryFunctionInEveryCallbackWorksOrIsRefused) {
  std::set<std::string> walked = {"Sequential"};
  for (const auto& [name, call] : Calls()) {
    walked.insert(name);
    for (const bool in_batches : {false, true}) {
      SCOPED_TRACE(absl::StrCat(name, in_batches ? " after a batch" : " after an epoch"));
      std::unique_ptr<Sequential> undisturbed = NewModel();
      ASSERT_TRUE(FitWith(undisturbed.get(), in_batches, [] {}).ok());
      std::unique_ptr<Sequential> model = NewModel();
      const absl::StatusOr<History> history = FitWith(model.get(), in_batches, [&] {
        const absl::Status status = call.run(model.get());
        if (call.effect != Effect::kRefused) {
          EXPECT_TRUE(status.ok()) << status;
        } else if (name == "Add" && status.code() == absl::StatusCode::kInvalidArgument) {
          EXPECT_THAT(std::string(status.message()), HasSubstr("only be added first"));
        } else {
          EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
          EXPECT_THAT(std::string(status.message()), HasSubstr("inside a callback of Fit"));
        }
      });
      ASSERT_TRUE(history.ok()) << history.status();
      if (call.effect != Effect::kOther) {
        EXPECT_EQ(history->logs.size(), 3u);
        ExpectSameWeights(*model, *undisturbed);
      }
      // Afterwards all is allowed again.
      EXPECT_TRUE(model->Compile({.optimizer = "sgd", .loss = "mse"}).ok());
    }
  }
  std::set<std::string> all = tests::PublicFunctions("keras/models/model.h", "Model");
  for (const std::string& f : tests::PublicFunctions("keras/models/model.h", "Sequential"))
    all.insert(f);
  EXPECT_EQ(walked, all);
}

// Calls a function behind every batch of Evaluate and Predict.
class Inside : public CallbackImpl {
 public:
  explicit Inside(std::function<void()> call) : call_(std::move(call)) {}
  absl::Status OnTestBatchBegin(const Context&, int64_t) override {
    return call_(), absl::OkStatus();
  }
  absl::Status OnPredictBatchBegin(const Context&, int64_t) override {
    return call_(), absl::OkStatus();
  }

 private:
  std::function<void()> call_;
};

TEST(ReentranceTest, EvaluateAndPredictRunToTheirEnd) {
  for (const auto& [name, call] : Calls()) {
    if (call.effect == Effect::kOther) continue;
    SCOPED_TRACE(name);
    std::unique_ptr<Sequential> model = NewModel();
    const Callback inside = {.object = std::make_shared<Inside>([&] {
                               const absl::Status status = call.run(model.get());
                               EXPECT_EQ(status.ok(), call.effect == Effect::kNone) << status;
                             })};
    const absl::Status evaluated =
        model->Evaluate(X(), Y(), {.batch_size = 2, .verbose = 0, .callbacks = {inside}}).status();
    EXPECT_TRUE(evaluated.ok()) << evaluated;
    const absl::Status predicted =
        model->Predict(X(), {.batch_size = 2, .callbacks = {inside}}).status();
    EXPECT_TRUE(predicted.ok()) << predicted;
    EXPECT_TRUE(model->Compile({.optimizer = "sgd", .loss = "mse"}).ok());
  }
}

TEST(ReentranceTest, ModelsAssignedToOrDestroyedAreTrainedToTheEnd) {
  for (const bool destroyed : {false, true}) {
    std::unique_ptr<Sequential> model = NewModel();
    const absl::StatusOr<History> history = FitWith(model.get(), true, [&] {
      if (destroyed) {
        model.reset();
      } else {
        *model = std::move(*NewModel());
      }
    });
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_EQ(history->logs.size(), 3u);
    EXPECT_LT(history->logs[2]["loss"], history->logs[0]["loss"]);
    if (!destroyed) ExpectSameWeights(*model, *NewModel());  // the new one was not trained
  }
}

TEST(ReentranceTest, WeightsThatAreSetAreTrainedOnFrom) {
  auto train = [](bool set) {
    std::unique_ptr<Sequential> model = NewModel();
    EXPECT_TRUE(model->Compile({.optimizer = Sgd(0.1), .loss = "mse"}).ok());
    const std::vector<Tensor> first = *model->GetWeights();
    FitOptions options{.batch_size = 3, .verbose = 0, .shuffle = false};
    if (set) {
      options.callbacks = {{.on_train_batch_end = [&](int64_t batch, const Logs&) {
        return batch == 0 ? model->SetWeights(first) : absl::OkStatus();
      }}};
      EXPECT_TRUE(model->Fit(X(), Y(), options).ok());
    } else {
      const Tensor x = Tensor::Of<float>({3, 3}, X().data<float>().subspan(9));
      const Tensor y = Tensor::Of<float>({3, 2}, Y().data<float>().subspan(6));
      EXPECT_TRUE(model->Fit(x, y, options).ok());
    }
    return model;
  };
  ExpectSameWeights(*train(true), *train(false));
}

TEST(StopTrainingTest, GivesTheHistoryOfWhatWasDone) {
  std::unique_ptr<Sequential> model = NewModel();
  int batches = 0;
  FitOptions options{.batch_size = 2, .epochs = 5, .verbose = 0, .validation_data = {X(), Y()}};
  options.callbacks = {{.on_train_batch_end = [&](int64_t, const Logs&) {
    if (++batches == 5) model->StopTraining();  // the second one of the second epoch
    return absl::OkStatus();
  }}};
  absl::StatusOr<History> history = model->Fit(X(), Y(), options);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(batches, 5);
  EXPECT_EQ(history->epoch, (std::vector<int64_t>{0, 1}));
  EXPECT_TRUE(history->logs[1].Contains("val_loss"));

  options.callbacks = {{.on_epoch_end = [&](int64_t epoch, const Logs&) {
    if (epoch == 2) model->StopTraining();
    return absl::OkStatus();
  }}};
  history = model->Fit(X(), Y(), options);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->epoch.size(), 3u);
  // What was asked for before counts for nothing.
  model->StopTraining();
  EXPECT_EQ(model->Fit(X(), Y(), {.epochs = 2, .verbose = 0})->epoch.size(), 2u);
}

}  // namespace
}  // namespace dagrad::keras
