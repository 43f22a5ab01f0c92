// Models of padded sequences give the results of Keras 3's, and learn as they do: mask_golden.h,
// made by make_mask_golden.py, which says what data and weights are.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/mask_golden.h"
#include "dagrad/tests/keras/mask_layer_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers
using ::testing::HasSubstr;

Tensor Tokens() {
  return Tensor::Of<int32_t>({3, 6}, {1, 2, 3, 0, 0, 0, 4, 5, 6, 1, 2, 3, 0, 0, 2, 0, 1, 0});
}

Tensor Sequence(int k) {
  Tensor t = Pattern({3, 6, 2}, 1, 0.7, k);
  const Tensor tokens = Tokens();
  for (int64_t i = 0; i < t.num_elements(); ++i) {
    if (tokens.data<int32_t>()[i / 2] == 0) t.mutable_data<float>()[i] = 0;
  }
  return t;
}

Tensor Seen() {
  Tensor t = Tensor::Full(DType::kBool, {3, 6, 6}, 1);
  for (int64_t i = 0; i < t.num_elements(); ++i) t.mutable_data<bool>()[i] = i % 36 % 5 != 0;
  return t;
}

Model Words(const std::vector<Layer>& layers) {
  const KerasTensor tokens = Input({6}, {.dtype = DType::kInt32});
  KerasTensor y = Embedding(7, 4, {.mask_zero = true})(tokens);
  for (const Layer& layer : layers) y = layer(y);
  return Model(tokens, y);
}

Model Padded(const std::vector<Layer>& layers) {
  Sequential model;
  model.Add(Masking({.input_shape = {6, 2}}));
  for (const Layer& layer : layers) model.Add(layer);
  EXPECT_TRUE(model.Summary().ok());  // builds it
  return model;
}

// Results, then losses and weights of three steps of SGD, and the mean absolute error before them
// if there is one result: of the model, and of one that a file gave.
void ExpectMasked(Model model, const Data& x, absl::Span<const double> results,
                  absl::Span<const double> losses, absl::Span<const double> trained,
                  const Tensor& weights = {}) {
  ASSERT_TRUE(model.status().ok()) << model.status();
  SetPatterns(&model);
  const absl::StatusOr<std::vector<Tensor>> y = model.PredictAll(x);
  ASSERT_TRUE(y.ok()) << y.status();
  ExpectNear(Joined(*y), results);
  CompileOptions options{.optimizer = Sgd(0.5), .loss = "mean_squared_error"};
  if (y->size() == 1) options.metrics = "mae";
  const absl::Status compiled = model.Compile(std::move(options));
  ASSERT_TRUE(compiled.ok()) << compiled;
  std::vector<Tensor> zeros;
  for (const Tensor& t : *y) zeros.push_back(Tensor::Full(DType::kFloat32, t.dims(), 0));
  Model loaded = Reloaded(model);
  EXPECT_EQ(Joined(*loaded.PredictAll(x)), Joined(*y));
  for (Model* m : {&model, &loaded}) {
    const absl::StatusOr<Logs> logs = m->Evaluate(x, zeros, {.verbose = 0});
    ASSERT_TRUE(logs.ok()) << logs.status();
    const absl::StatusOr<History> history =
        m->Fit(x, zeros, {.epochs = 3, .verbose = 0, .shuffle = false, .sample_weight = weights});
    ASSERT_TRUE(history.ok()) << history.status();
    std::vector<float> shown;
    for (double loss : (*history)["loss"]) shown.push_back(static_cast<float>(loss));
    if (y->size() == 1) shown.push_back(static_cast<float>((*logs)["mae"]));
    ExpectNear(shown, losses);
    ExpectNear(Joined(*m->GetWeights()), trained);
  }
}

#define EXPECT_MASKED(name, model, ...) \
  ExpectMasked(model, __VA_ARGS__, k##name##Results, k##name##Losses, k##name##Trained)

TEST(MaskParityTest, Lstm) { EXPECT_MASKED(Lstm, Words({LSTM(3), Dense(2)}), Tokens()); }

TEST(MaskParityTest, LossOfSteps) {
  EXPECT_MASKED(LstmSteps, Words({LSTM(3, {.return_sequences = true}), Dense(2)}), Tokens());
}

TEST(MaskParityTest, LossOfWeightedSteps) {
  ExpectMasked(Words({LSTM(3, {.return_sequences = true}), Dense(2)}), Tokens(),
               kLstmStepsWeightedResults, kLstmStepsWeightedLosses, kLstmStepsWeightedTrained,
               Tensor::Of<float>({3}, {1, 2, 0.5}));
}

TEST(MaskParityTest, ZeroOutputBackwards) {
  EXPECT_MASKED(
      LstmZeroBackwards,
      Words(
          {LSTM(3, {.return_sequences = true, .go_backwards = true, .zero_output_for_mask = true}),
           Dropout(0), Activation("tanh")}),
      Tokens());
}

TEST(MaskParityTest, Gru) { EXPECT_MASKED(Gru, Padded({GRU(3), Dense(2)}), Sequence(0)); }

TEST(MaskParityTest, GruZeroOutput) {
  EXPECT_MASKED(GruZero, Padded({GRU(3, {.zero_output_for_mask = true}), Dense(2)}), Sequence(0));
}

TEST(MaskParityTest, GruBackwards) {
  EXPECT_MASKED(GruBackwards,
                Padded({LayerNormalization(), GRU(3, {.go_backwards = true}), Dense(2)}),
                Sequence(0));
}

TEST(MaskParityTest, Bidirectional) {
  EXPECT_MASKED(Bidirectional,
                Padded({Bidirectional(LSTM(2, {.return_sequences = true})), GRU(3), Dense(2)}),
                Sequence(0));
  EXPECT_MASKED(BidirectionalLast, Padded({Bidirectional(GRU(2), {.merge_mode = "sum"})}),
                Sequence(0));
}

TEST(MaskParityTest, TimeDistributed) {
  EXPECT_MASKED(TimeDistributed,
                Padded({TimeDistributed(Dense(3, {.activation = "relu"})), ReLU(), LSTM(2)}),
                Sequence(0));
}

TEST(MaskParityTest, BatchNormalization) {
  EXPECT_MASKED(BatchNormalization, Padded({BatchNormalization({.epsilon = 2}), Dense(2)}),
                Sequence(0));
}

TEST(MaskParityTest, Attention) {
  const KerasTensor tokens = Input({6}, {.dtype = DType::kInt32});
  const KerasTensor x = Embedding(7, 4, {.mask_zero = true})(tokens);
  const auto rest = [](const KerasTensor& y) { return Dense(2)(GlobalAveragePooling1D()(y)); };
  EXPECT_MASKED(Attention,
                Model(tokens, rest(MultiHeadAttention(2, 3)(x, {.use_causal_mask = true}))),
                Tokens());
  const KerasTensor seen = Input({6, 6}, {.dtype = DType::kBool});
  EXPECT_MASKED(
      AttentionSeen,
      Model({tokens, seen}, {rest(MultiHeadAttention(2, 3)({x, x}, {.attention_mask = seen}))}),
      Data({Tokens(), Seen()}));
}

TEST(MaskParityTest, Merging) {
  const KerasTensor a = Input({6, 2}), b = Input({6, 2});
  const KerasTensor x = Masking()(a), y = Masking({.mask_value = 0.5})(b);
  const KerasTensor z = Concatenate()({Add()({x, y}), x});
  const KerasTensor steps = Concatenate({.axis = 1})({z, Concatenate()({x, Dense(2)(b)})});
  EXPECT_MASKED(Merged, Model({a, b}, {LSTM(2)(steps)}), Data({Sequence(0), Sequence(1)}));
}

TEST(MaskParityTest, StatesAndInitialStates) {
  const KerasTensor a = Input({6, 2}), tokens = Input({6}, {.dtype = DType::kInt32});
  const KerasTensor words = Embedding(7, 4, {.mask_zero = true})(tokens);
  const KerasTensor encoded = LSTM(3, {.return_state = true})(Masking()(a));
  const KerasTensor decoded = LSTM(3, {.return_sequences = true, .return_state = true})(
      words, {.initial_state = {encoded[1], encoded[2]}});
  EXPECT_MASKED(Decoder, Model({a, tokens}, {decoded[0], decoded[1], decoded[2]}),
                Data({Sequence(0), Tokens()}));
}

TEST(MaskParityTest, ModelWithin) {
  Sequential within;
  within.Add(Dense(3, {.activation = "tanh", .input_shape = {6, 2}}));
  within.Add(GRU(3, {.return_sequences = true}));
  const KerasTensor a = Input({6, 2});
  EXPECT_MASKED(Nested, Model(a, GRU(2)(within(Masking()(a)))), Sequence(0));
}

// A layer that does not support masks says so, and how to go on; what then follows has none.
TEST(MaskParityTest, LayersWithoutSupport) {
  const KerasTensor a = Input({6, 2});
  const KerasTensor x = Masking()(a);
  EXPECT_TRUE(x.has_mask());
  EXPECT_FALSE(a.has_mask());
  const int line = __LINE__ + 1;
  const KerasTensor refused = Flatten({.name = "flat"})(x);
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr(absl::StrCat("flat (Flatten, mask_parity_test.cc:", line,
                                     "): does not support masks, but one comes with its input: "
                                     "IgnoreMask() on the layer drops it")));
  const Layer conv = Conv1D(2, 3, {.padding = "same"}).IgnoreMask();
  const KerasTensor y = conv(x);
  ASSERT_TRUE(y.status().ok()) << y.status();
  EXPECT_FALSE(y.has_mask());
  // Saved with the layer.
  EXPECT_TRUE(Reloaded(Model(a, y)).status().ok());
  const KerasTensor kept = LSTM(2, {.return_sequences = true})(x);
  EXPECT_TRUE(kept.has_mask());
  EXPECT_FALSE(LSTM(2)(x).has_mask());
  EXPECT_FALSE(Add()({x, a}).has_mask());
  EXPECT_TRUE(Concatenate()({x, a}).has_mask());
  EXPECT_THAT(std::string(Dense(1)(a, {.use_causal_mask = true}).status().message()),
              HasSubstr("takes no attention_mask or use_causal_mask"));
}

}  // namespace
}  // namespace dagrad::keras
