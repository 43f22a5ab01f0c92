#include "dagrad/tests/models/test_models.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/control/while/while.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad::testing {
namespace {

using keras::Sequential;

keras::Model Compiled(keras::Model model) {
  EXPECT_TRUE(model.status().ok()) << model.status();
  const absl::Status s =
      model.Compile({.optimizer = keras::Adam(), .loss = "sparse_categorical_crossentropy"});
  EXPECT_TRUE(s.ok()) << s;
  return model;
}

keras::Model Mlp() {
  Sequential model("mlp", {.seed = 3});
  model.Add(keras::Input({64}));
  model.Add(keras::Dense(300, {.activation = "relu"}));
  model.Add(keras::Dense(200, {.activation = "tanh"}));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return Compiled(std::move(model));
}

keras::Model Cnn() {
  Sequential model("cnn", {.seed = 4});
  model.Add(keras::Input({14, 14, 3}));
  model.Add(keras::Conv2D(16, 3, {.padding = "same"}));
  model.Add(keras::BatchNormalization());
  model.Add(keras::Activation("relu"));
  model.Add(keras::MaxPooling2D(2));
  model.Add(keras::Conv2D(32, 3, {.padding = "same", .activation = "relu"}));
  model.Add(keras::BatchNormalization());
  model.Add(keras::GlobalAveragePooling2D());
  model.Add(keras::Dropout(0.3));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return Compiled(std::move(model));
}

keras::Model Lstm() {
  Sequential model("lstm", {.seed = 5});
  model.Add(keras::Input({12}));
  model.Add(keras::Embedding(50, 24));
  model.Add(keras::LSTM(32));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return Compiled(std::move(model));
}

// One layer of an encoder, over embedded tokens.
keras::Model Transformer() {
  const keras::KerasTensor tokens = keras::Input({16});
  const keras::KerasTensor x = keras::Embedding(50, 32)(tokens);
  const keras::KerasTensor attended = keras::MultiHeadAttention(4, 8, {.use_causal_mask = true})(x);
  const keras::KerasTensor y = keras::LayerNormalization()(keras::Add()({x, attended}));
  const keras::KerasTensor wide = keras::Dense(64, {.activation = "gelu"})(y);
  const keras::KerasTensor z =
      keras::LayerNormalization()(keras::Add()({y, keras::Dense(32)(wide)}));
  const keras::KerasTensor dropped = keras::Dropout(0.1)(z);
  const keras::KerasTensor flat = keras::GlobalAveragePooling1D()(dropped);
  return Compiled(
      keras::Model(tokens, keras::Dense(10, {.activation = "softmax"})(flat), {.seed = 6}));
}

// Halves x until it is small, and takes a branch.
Value Settle(absl::Span<const Value> x, bool) {
  const WhileResult small = While(
      {x[0]},
      [](GraphBuilder&, absl::Span<const Value> c) {
        return Greater(ReduceMean(Square(c[0])), 1e-3);
      },
      [](GraphBuilder&, absl::Span<const Value> c) { return 0.5 * c[0]; }, {.max_iterations = 6});
  const Value y = small.carried[0];
  return If(
      Greater(ReduceMean(y), 0.0), [&](GraphBuilder&) { return 8.0 * Tanh(y); },
      [&](GraphBuilder&) { return 8.0 * y + x[0]; })[0];
}

// A loop over time, one that ends by what it computes, and branches.
keras::Model Control() {
  Sequential model("control", {.seed = 7});
  model.Add(keras::Input({12}));
  model.Add(keras::Embedding(50, 24));
  model.Add(keras::RNN(keras::GRUCell(32)));
  model.Add(keras::Lambda({"settle", Settle}));
  model.Add(keras::Dense(10, {.activation = "softmax"}));
  return Compiled(std::move(model));
}

}  // namespace

const std::vector<TestModel>& TestModels() {
  static const auto* const models = new std::vector<TestModel>{
      {"mlp", Mlp, {64}, 0, 10},          {"cnn", Cnn, {14, 14, 3}, 0, 10},
      {"lstm", Lstm, {12}, 50, 10},       {"transformer", Transformer, {16}, 50, 10},
      {"control", Control, {12}, 50, 10},
  };
  return *models;
}

Model GraphOf(const TestModel& model) {
  absl::StatusOr<Model> graph = model.make().Graph();
  EXPECT_TRUE(graph.ok()) << graph.status();
  return *std::move(graph);
}

std::unique_ptr<StateStore> InitialState(const Model& graph) {
  auto store = std::make_unique<StateStore>();
  for (const StateDecl& s : graph.states)
    store->Set(s.name, *Tensor::Zeros(s.type.dtype, s.type.shape.ToDims()));
  const auto initialize = Executable::Compile(*graph.FindFunction("initialize"));
  EXPECT_TRUE(initialize.ok()) << initialize.status();
  const auto done = (*initialize)->Run({{"key", Tensor::Of<int64_t>({2}, {7, -1})}}, store.get());
  EXPECT_TRUE(done.ok()) << done.status();
  return store;
}

std::vector<Tensor> Batch(const TestModel& model, int64_t rows, uint64_t seed) {
  uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  const auto next = [&] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return state >> 33;
  };
  Dims dims = {rows};
  dims.insert(dims.end(), model.example.begin(), model.example.end());
  Tensor x = *Tensor::Zeros(DType::kFloat32, dims);
  for (float& v : x.mutable_data<float>()) {
    v = model.vocabulary > 0 ? static_cast<float>(next() % model.vocabulary)
                             : static_cast<float>(next()) / static_cast<float>(1U << 30) - 1;
  }
  Tensor y = *Tensor::Zeros(DType::kInt64, {rows});
  for (int64_t& v : y.mutable_data<int64_t>()) v = static_cast<int64_t>(next() % model.classes);
  return {std::move(x), std::move(y)};
}

std::string StateBytes(const StateStore& store) {
  std::string bytes;
  for (const std::string& name : store.Names()) {
    const Tensor t = store.Get(name);
    bytes.append(static_cast<const char*>(t.bytes()), t.byte_size());
  }
  return bytes;
}

}  // namespace dagrad::testing
