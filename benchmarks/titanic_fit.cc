// dagrad as `benchmarks/fit` compares it: trains the Titanic model of the courses from a pipeline
// of examples, and prints one line of JSON.
//
//   titanic_fit titanictrain.csv EPOCHS
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "dagrad/examples/course_data.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/split.h"

namespace {

namespace keras = dagrad::keras;
using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a source gives, and the seconds that its caller waits for it.
class TimedSource : public keras::BatchSource {
 public:
  explicit TimedSource(keras::BatchSourcePtr source) : source_(std::move(source)) {}
  std::optional<int64_t> size() const override { return source_->size(); }
  absl::Status Begin(int64_t epoch) override {
    const Clock::time_point start = Clock::now();
    absl::Status status = source_->Begin(epoch);
    seconds_ += Since(start);
    return status;
  }
  absl::StatusOr<const keras::Batch*> Next() override {
    const Clock::time_point start = Clock::now();
    absl::StatusOr<const keras::Batch*> batch = source_->Next();
    seconds_ += Since(start);
    return batch;
  }
  dagrad::Json Save() const override { return source_->Save(); }
  absl::Status Restore(const dagrad::Json& position) override { return source_->Restore(position); }
  double seconds() const { return seconds_; }

 private:
  keras::BatchSourcePtr source_;
  double seconds_ = 0;
};

absl::StatusOr<keras::Sequential> MakeModel() {
  keras::Sequential model("titanic", {.seed = 1});
  model.Add(keras::Dense(100, {.activation = "relu", .input_shape = {7}}));
  model.Add(keras::Dense(100, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = "accuracy"}));
  return model;
}

// Mirrors what the peers' pipelines do with each example.
absl::StatusOr<keras::Example> Clipped(keras::Example e) {
  for (float& v : e.x.tensors[0].mutable_data<float>()) v = std::min(v, 3.0f);
  return e;
}

absl::Status Run(const char* path, int64_t epochs) {
  DAGRAD_ASSIGN_OR_RETURN(const auto data, dagrad::examples::ReadTitanic(path));
  DAGRAD_ASSIGN_OR_RETURN(const auto d,
                          dagrad::learn::TrainTestSplit(data.x, data.y, {.test_size = 0.2}));
  const auto pipeline = [](const keras::Dataset& examples) {
    return examples.Map(Clipped).Batch(32).Prefetch(4).Source();
  };
  const auto train = std::make_shared<TimedSource>(
      pipeline(keras::Dataset::FromArrays(d.x_train, d.y_train).Shuffle(1000, 1)));
  const auto test =
      std::make_shared<TimedSource>(pipeline(keras::Dataset::FromArrays(d.x_test, d.y_test)));
  DAGRAD_ASSIGN_OR_RETURN(keras::Sequential model, MakeModel());
  const std::clock_t cpu = std::clock();
  const Clock::time_point start = Clock::now();
  DAGRAD_ASSIGN_OR_RETURN(
      const keras::History history,
      model.Fit(train, {.epochs = epochs,
                        .verbose = 0,
                        .validation_source = test,
                        .callbacks = {keras::callbacks::EarlyStopping(
                                          {.patience = epochs, .restore_best_weights = true}),
                                      keras::callbacks::TerminateOnNaN()}}));
  const double seconds = Since(start);
  const double cpu_seconds = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  std::cout << absl::StrFormat(
      "{\"seconds\": %.6f, \"cpu\": %.6f, \"data\": %.6f, \"epochs\": %d, \"loss\": %.4f, "
      "\"accuracy\": %.4f}\n",
      seconds, cpu_seconds, train->seconds() + test->seconds(), history.epoch.size(),
      history["loss"].back(), history["val_accuracy"].back());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = argc == 3 ? Run(argv[1], std::atoll(argv[2]))
                                        : absl::InvalidArgumentError("titanic_fit CSV EPOCHS");
  if (status.ok()) return 0;
  std::cerr << status << "\n";
  return 1;
}
