// The first ten epochs of whole models, from the same weights and data in the same order: the
// losses and the last predictions are Keras's. golden_models.py has the same models.

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::ExpectNumbers;
using keras_parity::GoldenClass;
using keras_parity::Pattern;
using keras_parity::ReadGoldenClasses;

constexpr int64_t kRows = 12, kBatch = 4;
constexpr int64_t kCompared = 4;  // rows of the predictions
constexpr double kQuarterTurn = 1.5707963267948966;
constexpr double kTolerance = 1e-4;
constexpr const char* kSparse = "sparse_categorical_crossentropy";

// A model, what it is trained with, and how.
struct Case {
  Model model;
  Data x, y;
  CompileOptions compile;
};

Dims WithRows(Dims dims) {
  dims.insert(dims.begin(), kRows);
  return dims;
}

Tensor Numbers(const Dims& dims, double shift = 0) {
  return Pattern(WithRows(dims), 1, 0.7, shift);
}

Tensor Targets() { return Pattern({kRows, 1}, 1, 1.3, kQuarterTurn); }

Tensor Indices(int64_t columns, int64_t below) {
  Tensor t = Tensor::Full(DType::kInt64, {kRows, columns}, 0);
  int64_t i = 0;
  for (int64_t& v : t.mutable_data<int64_t>()) {
    v = (i * 7 + 3 * (i / 5)) % below;
    ++i;
  }
  return t;
}

Tensor Classes(int64_t count) {
  Tensor t = Tensor::Full(DType::kInt64, {kRows}, 0);
  int64_t i = 0;
  for (int64_t& v : t.mutable_data<int64_t>()) v = i++ * 5 % count;
  return t;
}

Optimizer Momentum(double rate) { return Sgd({.learning_rate = rate, .momentum = 0.9}); }

Case Mlp() {
  const KerasTensor x = Input({5});
  KerasTensor y = Dense(8, {.activation = "relu", .name = "l0"})(x);
  y = BatchNormalization({.name = "l1"})(y);
  y = Dense(6, {.activation = "tanh", .name = "l2"})(y);
  y = BatchNormalization({.momentum = 0.9, .name = "l3"})(y);
  y = Dense(3, {.activation = "softmax", .name = "l4"})(y);
  return {Model(x, y), Numbers({5}), Classes(3), {.optimizer = Adam(0.01), .loss = kSparse}};
}

Case Cnn() {
  const KerasTensor x = Input({8, 8, 2});
  KerasTensor y = Conv2D(4, 3, {.padding = "same", .activation = "relu", .name = "l0"})(x);
  y = Conv2D(3, 3, {.activation = "relu", .name = "l1"})(MaxPooling2D()(y));
  y = Dense(3, {.activation = "softmax", .name = "l2"})(Flatten()(y));
  return {
      Model(x, y), Numbers({8, 8, 2}), Classes(3), {.optimizer = Momentum(0.05), .loss = kSparse}};
}

Case MaskedBidirectionalLstm() {
  const KerasTensor x = Input({6}, {.dtype = DType::kInt64});
  KerasTensor y = Embedding(10, 4, {.mask_zero = true, .name = "l0"})(x);
  y = Bidirectional(LSTM(3), {.name = "l1"})(y);
  y = Dense(1, {.activation = "sigmoid", .name = "l2"})(y);
  Tensor data = Indices(6, 9);
  for (int64_t i = 0; i < data.num_elements(); ++i) {
    const bool padding = i % 6 >= 6 - i / 6 % 4;
    int64_t& v = data.mutable_data<int64_t>()[i];
    v = padding ? 0 : v + 1;
  }
  Tensor targets = *Classes(2).Cast(DType::kFloat32);
  return {Model(x, y),
          data,
          *targets.Reshaped({kRows, 1}),
          {.optimizer = Momentum(0.3), .loss = "binary_crossentropy"}};
}

Case SelfAttention() {
  const KerasTensor x = Input({5, 6});
  const KerasTensor y = MultiHeadAttention(2, 3, {.name = "l0"})({x, x});
  return {Model(x, Dense(1, {.name = "l1"})(GlobalAveragePooling1D()(y))),
          Numbers({5, 6}),
          Targets(),
          {.optimizer = Momentum(0.05), .loss = "mse"}};
}

Case EmbeddingGru() {
  const KerasTensor x = Input({7}, {.dtype = DType::kInt64});
  KerasTensor y = Embedding(12, 4, {.name = "l0"})(x);
  y = GRU(5, {.return_sequences = true, .name = "l1"})(y);
  y = GRU(3, {.name = "l2"})(y);
  y = Dense(2, {.activation = "softmax", .name = "l3"})(y);
  return {Model(x, y), Indices(7, 12), Classes(2), {.optimizer = Momentum(0.3), .loss = kSparse}};
}

Case TwoInputsTwoOutputs() {
  const KerasTensor a = Input({4}), b = Input({3});
  const KerasTensor u = Dense(5, {.activation = "tanh", .name = "l0"})(a);
  const KerasTensor v = Dense(4, {.activation = "relu", .name = "l1"})(b);
  const KerasTensor y = Dense(6, {.activation = "elu", .name = "l2"})(Concatenate()({u, v}));
  const KerasTensor number = Dense(1, {.name = "l3"})(y);
  const KerasTensor kind = Dense(3, {.activation = "softmax", .name = "l4"})(y);
  return {Model({a, b}, {number, kind}),
          Data({Numbers({4}), Numbers({3}, 0.5)}),
          Data({Targets(), Classes(3)}),
          {.optimizer = Momentum(0.05), .loss = {"mse", kSparse}, .loss_weights = {1, 0.5}}};
}

Case ResidualLayerNormalization() {
  const KerasTensor x = Input({6});
  KerasTensor y = x;
  for (int i = 0; i < 2; ++i) {
    KerasTensor h = LayerNormalization({.name = absl::StrCat("l", 3 * i)})(y);
    h = Dense(8, {.activation = "gelu", .name = absl::StrCat("l", 3 * i + 1)})(h);
    y = Add()({y, Dense(6, {.name = absl::StrCat("l", 3 * i + 2)})(h)});
  }
  return {Model(x, Dense(1, {.name = "l6"})(y)),
          Numbers({6}),
          Targets(),
          {.optimizer = Momentum(0.05), .loss = "mse"}};
}

Case DepthwiseConv() {
  const KerasTensor x = Input({8, 8, 3});
  KerasTensor y = DepthwiseConv2D(3, {.padding = "same", .depth_multiplier = 2, .name = "l0"})(x);
  y = ReLU()(BatchNormalization({.name = "l1"})(y));
  y = GlobalAveragePooling2D()(Conv2D(4, 1, {.name = "l2"})(y));
  y = Dense(2, {.activation = "softmax", .name = "l3"})(y);
  return {
      Model(x, y), Numbers({8, 8, 3}), Classes(2), {.optimizer = Momentum(0.3), .loss = kSparse}};
}

Case Stateful() {
  const KerasTensor x = Input({5, 3}, {.batch_size = kBatch});
  KerasTensor y = LSTM(4, {.return_sequences = true, .stateful = true, .name = "l0"})(x);
  y = SimpleRNN(4, {.return_sequences = true, .stateful = true, .name = "l1"})(y);
  y = Bidirectional(GRU(3, {.stateful = true}), {.name = "l2"})(y);
  return {Model(x, Dense(1, {.name = "l3"})(y)),
          Numbers({5, 3}),
          Targets(),
          {.optimizer = Momentum(0.05), .loss = "mse"}};
}

const std::map<std::string, Case (*)()>& Models() {
  static const auto* const models = new std::map<std::string, Case (*)()>{
      {"mlp", Mlp},
      {"cnn", Cnn},
      {"masked_bidirectional_lstm", MaskedBidirectionalLstm},
      {"attention", SelfAttention},
      {"embedding_gru", EmbeddingGru},
      {"two_inputs_two_outputs", TwoInputsTwoOutputs},
      {"residual_layer_normalization", ResidualLayerNormalization},
      {"depthwise_conv", DepthwiseConv},
      {"stateful", Stateful}};
  return *models;
}

// Those of `layer`, then of the layers within, as Model::GetWeights has them.
void AddWeightNames(const LayerImpl& layer, std::vector<std::string>* names) {
  for (const Weight& w : layer.weights()) {
    if (!w.carried) names->push_back(w.name);
  }
  for (const LayerImpl::Sublayer& s : layer.sublayers()) AddWeightNames(*s.layer, names);
}

absl::Status SetFirstWeights(Model* model) {
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> weights, model->GetWeights());
  size_t i = 0;
  for (const Layer& layer : model->layers()) {
    std::vector<std::string> names;
    AddWeightNames(*layer, &names);
    int64_t number = 0;
    if (!names.empty() && !absl::SimpleAtoi(layer->name().substr(1), &number))
      return InvalidArgumentError(absl::StrCat("layer ", layer->name(), " has no number"));
    for (size_t k = 0; k < names.size(); ++k, ++i) {
      if (absl::StartsWith(names[k], "moving")) continue;
      const auto shift = static_cast<double>(number + 1 + static_cast<int64_t>(k));
      Tensor first = Pattern(weights[i].dims(), 0.4, 0.3, shift);
      if (names[k] == "gamma") {
        for (float& v : first.mutable_data<float>()) v += 1;
      }
      weights[i] = first;
    }
  }
  return model->SetWeights(weights);
}

absl::Status CheckTraining(Case made, const Json& golden) {
  Model& model = made.model;
  int64_t epochs = 0;
  if (!ReadJson(Member(golden, "epochs"), &epochs)) return InvalidArgumentError("no epochs");
  DAGRAD_RETURN_IF_ERROR(SetFirstWeights(&model));
  DAGRAD_RETURN_IF_ERROR(model.Compile(made.compile));
  DAGRAD_ASSIGN_OR_RETURN(
      const History history,
      model.Fit(made.x, made.y,
                {.batch_size = kBatch, .epochs = epochs, .verbose = 0, .shuffle = false}));
  const Json& expected = golden.at("expected");
  const std::vector<double> losses = history["loss"];
  DAGRAD_RETURN_IF_ERROR(ExpectNumbers("loss",
                                       Tensor::Of<double>({epochs}, absl::MakeConstSpan(losses)),
                                       Member(expected, "loss"), kTolerance));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> predictions,
                          model.PredictAll(made.x, {.batch_size = kBatch}));
  const boost::json::array& wanted = expected.at("predictions").as_array();
  if (wanted.size() != predictions.size()) return InvalidArgumentError("outputs");
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Tensor first = Rows({predictions[i]}, 0, kCompared)[0];
    DAGRAD_RETURN_IF_ERROR(
        ExpectNumbers(absl::StrCat("output ", i), first, &wanted[i], kTolerance));
  }
  return absl::OkStatus();
}

TEST(ModelParityTest, TenEpochsAreKeras) {
  const absl::StatusOr<std::vector<GoldenClass>> golden = ReadGoldenClasses("models");
  ASSERT_TRUE(golden.ok()) << golden.status();
  std::set<std::string> compared;
  for (const GoldenClass& one : *golden) {
    const auto make = Models().find(one.name);
    ASSERT_NE(make, Models().end()) << one.name;
    for (const Json& c : one.cases) {
      const absl::Status status = CheckTraining(make->second(), c);
      EXPECT_TRUE(status.ok()) << one.name << ": " << status;
      compared.insert(one.name);
    }
  }
  EXPECT_EQ(compared.size(), Models().size());
}

// A wrong number is seen.
TEST(ModelParityTest, AnotherLossIsAFault) {
  const auto golden = ReadGoldenClasses("models");
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const GoldenClass& one : *golden) {
    Json other = one.cases[0];
    double& last = other.at_pointer("/expected/loss/9").as_double();
    last += 3e-4;
    EXPECT_FALSE(CheckTraining(Models().at(one.name)(), other).ok()) << one.name;
  }
}

}  // namespace
}  // namespace dagrad::keras
