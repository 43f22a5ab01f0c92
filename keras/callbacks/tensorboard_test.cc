// The event files of a training, read again.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dagrad/io/tensorboard/event_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using io::tensorboard::Event;
using Points = std::map<std::string, std::vector<std::pair<int64_t, double>>>;

Tensor Numbers(std::vector<int64_t> dims, int64_t period) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ % period) * 0.25f - 0.5f;
  return t;
}

Model NewModel() {
  const KerasTensor x = Input({4});
  Model model(x, Dense(2)(x), {.seed = 3});
  EXPECT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}}).ok());
  return model;
}

absl::StatusOr<History> Train(Model* model, std::vector<Callback> callbacks) {
  return model->Fit(Numbers({8, 4}, 7), Numbers({8, 2}, 5),
                    {.batch_size = 2,
                     .epochs = 3,
                     .verbose = 0,
                     .validation_data = {Numbers({4, 4}, 3), Numbers({4, 2}, 4)},
                     .callbacks = std::move(callbacks)});
}

// Of all files of a folder; of a histogram the number of elements.
Points PointsOf(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Points points;
  for (const std::string& file : files) {
    const absl::StatusOr<std::vector<Event>> events = io::tensorboard::ReadEventFile(file);
    EXPECT_TRUE(events.ok()) << events.status();
    if (!events.ok()) continue;
    for (const Event& e : *events) {
      for (const auto& value : e.summary().value()) {
        double number = 0;
        for (int i = 2; i < value.tensor().double_val_size(); i += 3)
          number += value.tensor().double_val(i);
        if (value.tensor().float_val_size() == 1) number = value.tensor().float_val(0);
        points[value.tag()].emplace_back(e.step(), number);
      }
    }
  }
  return points;
}

std::vector<std::string> Tags(const Points& points) {
  std::vector<std::string> tags;
  for (const auto& [tag, values] : points) tags.push_back(tag);
  return tags;
}

TEST(TensorBoardTest, HasTheEpochs) {
  const std::string folder = io::testing::FreshDirectory();
  Model model = NewModel();
  const absl::StatusOr<History> h = Train(&model, {callbacks::TensorBoard(folder)});
  ASSERT_TRUE(h.ok()) << h.status();
  const Points train = PointsOf(folder + "/train"), validation = PointsOf(folder + "/validation");
  EXPECT_EQ(Tags(train),
            (std::vector<std::string>{"epoch_learning_rate", "epoch_loss", "epoch_mae"}));
  EXPECT_EQ(Tags(validation),
            (std::vector<std::string>{"epoch_loss", "epoch_mae", "evaluation_loss_vs_iterations",
                                      "evaluation_mae_vs_iterations"}));
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    const auto f = [](double v) { return static_cast<double>(static_cast<float>(v)); };
    EXPECT_EQ(train.at("epoch_loss")[epoch], std::pair(epoch, f((*h)["loss"][epoch])));
    EXPECT_EQ(train.at("epoch_learning_rate")[epoch], std::pair(epoch, f(0.001)));
    const double val_mae = f((*h)["val_mae"][epoch]);
    EXPECT_EQ(validation.at("epoch_mae")[epoch], std::pair(epoch, val_mae));
    EXPECT_EQ(validation.at("evaluation_mae_vs_iterations")[epoch],
              std::pair(4 * (epoch + 1), val_mae));
  }
}

TEST(TensorBoardTest, HasBatchesWeightsAndSpeed) {
  const std::string folder = io::testing::FreshDirectory();
  Model model = NewModel();
  ASSERT_TRUE(Train(&model, {callbacks::TensorBoard(folder, {.histogram_freq = 2,
                                                             .write_steps_per_second = true,
                                                             .update_freq = 5})})
                  .ok());
  const Points train = PointsOf(folder + "/train");
  std::vector<int64_t> steps;
  for (const auto& [step, value] : train.at("batch_loss")) steps.push_back(step);
  EXPECT_EQ(steps, (std::vector<int64_t>{5, 10}));  // of 12
  EXPECT_GT(train.at("batch_steps_per_second")[0].second, 0);
  EXPECT_EQ(train.at("epoch_steps_per_second").size(), 3u);
  const std::vector<std::pair<int64_t, double>> kernels = {{0, 8}, {2, 8}};
  EXPECT_EQ(train.at("dense/kernel/histogram"), kernels);
  EXPECT_EQ(train.at("dense/bias/histogram").size(), 2u);
  EXPECT_FALSE(train.contains("optimizer/iteration/histogram"));
}

// A training that was broken off goes on with its count of batches, in a second file.
TEST(TensorBoardTest, CountsOnBehindABackup) {
  const std::string folder = io::testing::FreshDirectory();
  const auto callbacks = [&](absl::Status at_two) -> std::vector<Callback> {
    return {callbacks::TensorBoard(folder + "logs", {.update_freq = 1}),
            callbacks::BackupAndRestore(folder + "backup"),
            {.on_epoch_begin = [=](int64_t e) { return e == 2 ? at_two : absl::OkStatus(); }}};
  };
  Model first = NewModel();
  EXPECT_FALSE(Train(&first, callbacks(absl::AbortedError("off"))).ok());
  Model second = NewModel();
  ASSERT_TRUE(Train(&second, callbacks(absl::OkStatus())).ok());
  const Points train = PointsOf(folder + "logs/train");
  ASSERT_EQ(train.at("batch_loss").size(), 12u);
  for (int64_t i = 0; i < 12; ++i) EXPECT_EQ(train.at("batch_loss")[i].first, i + 1);
  EXPECT_EQ(train.at("epoch_loss").size(), 3u);
}

TEST(TensorBoardTest, OptionsOutOfRangeAreErrors) {
  const std::string folder = io::testing::FreshDirectory();
  for (const Callback& bad :
       {callbacks::TensorBoard(""), callbacks::TensorBoard(folder, {.histogram_freq = -1}),
        callbacks::TensorBoard(folder, {.update_freq = -1})}) {
    Model model = NewModel();
    const absl::Status s = Train(&model, {bad}).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(s.message(), "TensorBoard")) << s;
  }
}

}  // namespace
}  // namespace dagrad::keras
