// One life of a training process, for resume_test:
//
//   trainer new|FOLDER OPTIMIZER FIRST_EPOCH EPOCHS OUT
//
// builds the model, or loads it from FOLDER, fits it from FIRST_EPOCH to EPOCHS, and saves it in
// OUT.
//
//   trainer arrays|generator|dataset BACKUP EPOCHS OUT
//
// fits a new model on data of that kind, with callbacks that keep something and BackupAndRestore in
// BACKUP, and saves it in OUT.

#include <cmath>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace dagrad::keras {
namespace {

Tensor Images(int64_t n) {
  Tensor t = Tensor::Full(DType::kFloat32, {n, 8, 8, 2}, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>())
    v = static_cast<float>(std::sin(0.37 * static_cast<double>(i++)));
  return t;
}

Tensor Classes(int64_t n) {
  Tensor t = Tensor::Full(DType::kInt64, {n}, 0);
  for (int64_t i = 0; i < n; ++i) t.mutable_data<int64_t>()[i] = (i * 7 + i / 3) % 5;
  return t;
}

absl::StatusOr<Model> NewModel(const std::string& optimizer) {
  Sequential model("resumed", {.seed = 11});
  model.Add(Input({8, 8, 2}));
  model.Add(Conv2D(6, 3, {.padding = "same"}));
  model.Add(BatchNormalization());
  model.Add(Activation("relu"));
  model.Add(MaxPooling2D(2));
  model.Add(Flatten());
  model.Add(Dropout(0.25));
  model.Add(Dense(12, {.activation = "tanh"}));
  model.Add(LayerNormalization());
  model.Add(Dense(5, {.activation = "softmax"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = optimizer,
                                        .loss = "sparse_categorical_crossentropy",
                                        .metrics = {"accuracy"}}));
  return model;
}

absl::Status Live(const std::string& from, const std::string& optimizer, int64_t first_epoch,
                  int64_t epochs, const std::string& out) {
  DAGRAD_ASSIGN_OR_RETURN(Model model, from == "new" ? NewModel(optimizer) : Model::Load(from));
  DAGRAD_RETURN_IF_ERROR(
      model
          .Fit(Images(75), Classes(75),
               {.batch_size = 16, .epochs = epochs, .verbose = 0, .initial_epoch = first_epoch})
          .status());
  return model.Save(out);
}

// Batch `batch` of 16 of an epoch: other rows in each epoch.
absl::StatusOr<std::optional<Batch>> Generated(int64_t epoch, int64_t batch) {
  constexpr int64_t kRows = 16, kBatches = 5;
  if (batch >= kBatches) return std::nullopt;
  Tensor x = Tensor::Full(DType::kFloat32, {kRows, 8, 8, 2}, 0);
  int64_t i = 1000 * epoch + 100 * batch;
  for (float& v : x.mutable_data<float>())
    v = static_cast<float>(std::sin(0.37 * static_cast<double>(i++)));
  return Batch{x, Classes(kRows)};
}

absl::Status FitWithBackup(const std::string& data, const std::string& backup, int64_t epochs,
                           const std::string& out) {
  DAGRAD_ASSIGN_OR_RETURN(Model model, NewModel("adam"));
  FitOptions options{.epochs = epochs, .verbose = 0};
  options.callbacks = {callbacks::ReduceLROnPlateau({.monitor = "loss", .patience = 2}),
                       callbacks::BackupAndRestore(backup),
                       callbacks::EarlyStopping(
                           {.monitor = "loss", .patience = epochs, .restore_best_weights = true})};
  absl::Status fitted;
  if (data == "arrays") {
    options.batch_size = 16;
    fitted = model.Fit(Images(75), Classes(75), options).status();
  } else if (data == "generator") {
    fitted = model.Fit(FromFunction(Generated), options).status();
  } else {
    const auto batches = Dataset::FromArrays(Images(75), Classes(75))
                             .Shuffle(20, /*seed=*/3)
                             .Map([](Example e) -> absl::StatusOr<Example> { return e; }, 2)
                             .Batch(16)
                             .Prefetch(2);
    fitted = model.Fit(batches.Source(), options).status();
  }
  DAGRAD_RETURN_IF_ERROR(fitted);
  return model.Save(out);
}

}  // namespace
}  // namespace dagrad::keras

int main(int argc, char** argv) {
  int64_t first = 0;
  int64_t epochs = 0;
  if (argc == 5 && absl::SimpleAtoi(argv[3], &epochs)) {
    const absl::Status fitted = dagrad::keras::FitWithBackup(argv[1], argv[2], epochs, argv[4]);
    if (!fitted.ok()) std::cerr << fitted << "\n";
    return fitted.ok() ? 0 : 1;
  }
  if (argc != 6 || !absl::SimpleAtoi(argv[3], &first) || !absl::SimpleAtoi(argv[4], &epochs)) {
    std::cerr << "trainer: takes new|FOLDER OPTIMIZER FIRST_EPOCH EPOCHS OUT, or DATA BACKUP "
                 "EPOCHS OUT\n";
    return 2;
  }
  const absl::Status lived = dagrad::keras::Live(argv[1], argv[2], first, epochs, argv[5]);
  if (!lived.ok()) std::cerr << lived << "\n";
  return lived.ok() ? 0 : 1;
}
