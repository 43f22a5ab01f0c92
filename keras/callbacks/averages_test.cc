// Trainings whose optimizer keeps moving averages of the weights and adds up gradients: broken off,
// saved and loaded they end with the same bits; and what the callback of the averages needs.
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kEpochs = 6;

Tensor Numbers(std::vector<int64_t> dims, int64_t period) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ % period) * 0.25f - 0.5f;
  return t;
}

Model NewModel(const Optimizer& optimizer) {
  const KerasTensor x = Input({4});
  Model model(x, Dense(2, {.kernel_constraint = "unit_norm"})(Dense(3)(x)), {.seed = 3});
  EXPECT_TRUE(model.Compile({.optimizer = optimizer, .loss = "mse"}).ok());
  return model;
}

// With everything on, so that state of every kind is there.
Optimizer AllOn() {
  return Nadam({.learning_rate = 0.05,
                .weight_decay = 0.01,
                .use_ema = true,
                .ema_momentum = 0.8,
                .ema_overwrite_frequency = 4,
                .gradient_accumulation_steps = 2,
                .exclude_from_weight_decay = {"bias"}});
}

absl::Status Train(Model* model, std::vector<Callback> callbacks, int64_t first = 0,
                   int64_t epochs = kEpochs) {
  // Seven batches: an epoch ends in the midst of an accumulation.
  return model
      ->Fit(Numbers({14, 4}, 5), Numbers({14, 2}, 7),
            {.batch_size = 2,
             .epochs = epochs,
             .verbose = 0,
             .validation_data = {Numbers({4, 4}, 3), Numbers({4, 2}, 4)},
             .initial_epoch = first,
             .callbacks = std::move(callbacks)})
      .status();
}

void ExpectSameBits(const Model& a, const Model& b) {
  const auto of_a = *a.GetState(), of_b = *b.GetState();
  ASSERT_EQ(of_a.size(), of_b.size());
  for (const auto& [name, tensor] : of_a) {
    const Tensor& other = of_b.at(name);
    ASSERT_EQ(tensor.byte_size(), other.byte_size()) << name;
    EXPECT_EQ(std::memcmp(tensor.bytes(), other.bytes(), tensor.byte_size()), 0) << name;
  }
}

TEST(AveragesTest, ATrainingThatIsBrokenOffEndsWithTheSameBits) {
  for (const bool swap_on_epoch : {false, true}) {
    for (int64_t at = 1; at < kEpochs; ++at) {
      const std::string folder = io::testing::FreshDirectory();
      const auto callbacks = [&](absl::Status broken) -> std::vector<Callback> {
        return {callbacks::SwapEMAWeights({.swap_on_epoch = swap_on_epoch}),
                callbacks::BackupAndRestore(folder),
                {.on_epoch_begin = [=](int64_t epoch) {
                  return epoch == at ? broken : absl::OkStatus();
                }}};
      };
      Model first = NewModel(AllOn());
      EXPECT_EQ(Train(&first, callbacks(absl::AbortedError("off"))).code(),
                absl::StatusCode::kAborted);
      Model second = NewModel(AllOn());
      ASSERT_TRUE(Train(&second, callbacks(absl::OkStatus())).ok());
      Model whole = NewModel(AllOn());
      ASSERT_TRUE(
          Train(&whole, {callbacks::SwapEMAWeights({.swap_on_epoch = swap_on_epoch})}).ok());
      ExpectSameBits(second, whole);
    }
  }
}

TEST(AveragesTest, AModelThatIsLoadedGoesOnWithTheSameBits) {
  Model model = NewModel(AllOn());
  ASSERT_TRUE(Train(&model, {}, 0, 3).ok());
  const std::string folder = io::testing::FreshDirectory() + "m";
  ASSERT_TRUE(model.Save(folder).ok());
  absl::StatusOr<Model> loaded = Model::Load(folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSameBits(*loaded, model);
  ASSERT_TRUE(Train(&model, {}, 3).ok());
  ASSERT_TRUE(Train(&*loaded, {}, 3).ok());
  ExpectSameBits(*loaded, model);
}

TEST(AveragesTest, AreTheWeightsBehindFit) {
  Model model = NewModel(AllOn());
  ASSERT_TRUE(Train(&model, {}).ok());
  const auto state = *model.GetState();
  const Tensor& weight = state.at("dense/kernel");
  const Tensor& average = state.at(dagrad::Optimizer::AverageOf("dense/kernel"));
  EXPECT_EQ(std::memcmp(weight.bytes(), average.bytes(), weight.byte_size()), 0);
}

TEST(AveragesTest, NoEpochTakesNone) {
  Model model = NewModel(Sgd({.learning_rate = 0.1, .use_ema = true}));
  const Tensor x = Numbers({6, 4}, 5), y = Numbers({6, 2}, 6);
  const Tensor before = *model.Predict(x);
  ASSERT_TRUE(model.Fit(x, y, {.epochs = 5, .verbose = 0, .initial_epoch = 5}).ok());
  const Tensor after = *model.Predict(x);
  EXPECT_EQ(std::memcmp(before.bytes(), after.bytes(), after.byte_size()), 0);
}

TEST(AveragesTest, PredictSeesThemByTheCallback) {
  const Tensor x = Numbers({3, 4}, 5);
  Model model = NewModel(Sgd({.learning_rate = 0.1, .use_ema = true}));
  std::map<std::string, Tensor> at_end;
  Tensor swapped, plain;
  const Callback look = {.on_epoch_end = [&](int64_t, const Logs&) {
    at_end = *model.GetState();
    swapped = *model.Predict(x, {.callbacks = {callbacks::SwapEMAWeights()}});
    plain = *model.Predict(x);
    return absl::OkStatus();
  }};
  ASSERT_TRUE(Train(&model, {look}).ok());
  const Tensor behind = *model.Predict(x);  // by the averages
  EXPECT_EQ(std::memcmp(swapped.bytes(), behind.bytes(), behind.byte_size()), 0);
  EXPECT_NE(std::memcmp(plain.bytes(), behind.bytes(), behind.byte_size()), 0);
}

TEST(AveragesTest, AnOptimizerWithoutThemIsAnError) {
  Model model = NewModel("sgd");
  const absl::Status s = Train(&model, {callbacks::SwapEMAWeights()});
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(s.message(), "use_ema")) << s;
}

}  // namespace
}  // namespace dagrad::keras
