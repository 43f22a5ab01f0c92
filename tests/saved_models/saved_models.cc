#include "dagrad/tests/saved_models/saved_models.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace dagrad::testing {
namespace {

using keras::Data;
using keras::KerasTensor;
using keras::Model;
using keras::Sequential;

constexpr int64_t kExamples = 24;

// Numbers in (-1, 1) that look random and are the same on every machine.
Tensor Numbers(Dims dims, int64_t first) {
  dims.insert(dims.begin(), kExamples);
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  for (float& v : t.mutable_data<float>()) {
    first = (first * 1103515245 + 12345) % 2147483648;
    v = static_cast<float>(first >> 8) / 4194304.0f - 1.0f;
  }
  return t;
}

// Whole numbers in [0, limit).
Tensor Counts(Dims dims, int64_t limit, int64_t first) {
  const Tensor numbers = Numbers(std::move(dims), first);
  Tensor t = Tensor::Full(DType::kInt32, numbers.dims(), 0);
  int64_t i = 0;
  for (int32_t& v : t.mutable_data<int32_t>()) {
    const double share = (static_cast<double>(numbers.data<float>()[i++]) + 1) / 2;
    v = static_cast<int32_t>(share * static_cast<double>(limit));
  }
  return t;
}

Model Images() {
  Sequential model("images", {.seed = 1});
  model.Add(keras::Input({8, 8, 1}));
  model.Add(keras::Conv2D(4, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::BatchNormalization());
  model.Add(keras::MaxPooling2D());
  model.Add(keras::SeparableConv2D(6, 3, {.activation = "elu"}));
  model.Add(keras::Flatten());
  model.Add(keras::Dropout(0.25));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  model
      .Compile({.optimizer = keras::Adam(0.01),
                .loss = "sparse_categorical_crossentropy",
                .metrics = "accuracy"})
      .IgnoreError();
  return model;
}

Model Words() {
  Sequential model("words", {.seed = 2});
  model.Add(keras::Embedding(50, 8));
  model.Add(keras::LSTM(6, {.return_sequences = true}));
  model.Add(keras::GRU(5, {.go_backwards = true}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  model
      .Compile(
          {.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy", "AUC"}})
      .IgnoreError();
  return model;
}

Model TwoInputs() {
  const KerasTensor a = keras::Input({6}, {.name = "a"});
  const KerasTensor b = keras::Input({4, 3}, {.name = "b"});
  const KerasTensor attended = keras::MultiHeadAttention(2, 3)({b, b});
  const KerasTensor steps = keras::LayerNormalization()(keras::Add()({b, attended}));
  const KerasTensor pooled = keras::GlobalAveragePooling1D()(keras::Conv1D(5, 2)(steps));
  const KerasTensor joined =
      keras::Concatenate()({keras::Dense(5, {.activation = "gelu"})(a), pooled});
  Model model({a, b},
              {keras::Dense(2, {.name = "price"})(joined),
               keras::Dense(1, {.activation = "sigmoid", .name = "sold"})(joined)},
              {.name = "two_inputs", .seed = 3});
  model
      .Compile({.optimizer = keras::Sgd({.learning_rate = 0.05, .momentum = 0.9, .clipnorm = 1}),
                .loss = {keras::Loss("huber"), keras::Loss("binary_crossentropy")},
                .loss_weights = {1, 0.5}})
      .IgnoreError();
  return model;
}

}  // namespace

Examples ExamplesOf(const std::string& name) {
  if (name == "images") return {Numbers({8, 8, 1}, 11), Counts({1}, 10, 12)};
  if (name == "words") return {Counts({7}, 50, 13), Counts({1}, 2, 14)};
  return {{Numbers({6}, 15), Numbers({4, 3}, 16)}, {Numbers({2}, 17), Counts({1}, 2, 18)}};
}

absl::Status TrainOn(keras::Model* model, const Examples& examples) {
  return model
      ->Fit(examples.x, examples.y, {.batch_size = 8, .epochs = 1, .verbose = 0, .shuffle = false})
      .status();
}

std::vector<SavedModel> TrainedModels() {
  std::vector<SavedModel> models;
  models.push_back({"images", Images(), ExamplesOf("images")});
  models.push_back({"words", Words(), ExamplesOf("words")});
  models.push_back({"two_inputs", TwoInputs(), ExamplesOf("two_inputs")});
  for (SavedModel& m : models) {
    const absl::Status trained = TrainOn(&m.model, m.examples);
    if (trained.ok()) continue;
    std::cerr << m.name << ": " << trained << "\n";
    std::exit(1);
  }
  return models;
}

}  // namespace dagrad::testing
