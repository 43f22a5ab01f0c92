// Layers that go on where the batch before ended.
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/keras.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kBatch = 2, kParts = 3, kSteps = 4, kFeatures = 3;

Tensor Numbers(const Dims& dims, int64_t first = 0) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = first;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ * 5 % 17) / 8 - 1;
  return t;
}

// Steps part * kSteps … of every sequence.
Tensor PartOf(const Tensor& whole, int64_t part) {
  const int64_t columns = whole.dims()[2], steps = whole.dims()[1];
  Tensor t = Tensor::Full(DType::kFloat32, {kBatch, kSteps, columns}, 0);
  for (int64_t row = 0; row < kBatch; ++row) {
    const float* from = whole.data<float>().data() + (row * steps + part * kSteps) * columns;
    std::memcpy(t.mutable_data<float>().data() + row * kSteps * columns, from,
                static_cast<size_t>(kSteps * columns) * sizeof(float));
  }
  return t;
}

struct Kind {
  std::string name;
  std::function<Layer(bool stateful)> make;
};

// Every layer with the option, with the op and with a loop.
std::vector<Kind> Kinds() {
  const auto rnn = [](auto cell) {
    return [=](bool s) { return RNN(cell(), {.return_sequences = true, .stateful = s}); };
  };
  return {
      {"LSTM", [](bool s) { return LSTM(5, {.return_sequences = true, .stateful = s}); }},
      {"LSTM loop",
       [](bool s) {
         return LSTM(5, {.activation = "elu", .return_sequences = true, .stateful = s});
       }},
      {"GRU", [](bool s) { return GRU(5, {.return_sequences = true, .stateful = s}); }},
      {"GRU loop",
       [](bool s) {
         return GRU(5, {.return_sequences = true, .stateful = s, .reset_after = false});
       }},
      {"SimpleRNN", [](bool s) { return SimpleRNN(5, {.return_sequences = true, .stateful = s}); }},
      {"RNN", rnn([] { return LSTMCell(5); })},
      {"RNN of two", rnn([] {
         return StackedRNNCells({GRUCell(3), LSTMCell(4)});
       })},
  };
}

Model ModelOf(const Kind& kind, bool stateful, int64_t steps) {
  const KerasTensor x =
      Input({steps, kFeatures}, {.batch_size = stateful ? std::optional(kBatch) : std::nullopt});
  return Model(x, kind.make(stateful)(x), {.seed = 7});
}

TEST(StatefulTest, PartsOfSequencesAreTheWhole) {
  const Tensor x = Numbers({kBatch, kParts * kSteps, kFeatures});
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    const Model whole = ModelOf(kind, false, kParts * kSteps);
    const Tensor all = *whole.Predict(x);
    Model parts = ModelOf(kind, true, kSteps);
    ASSERT_TRUE(parts.status().ok()) << parts.status();
    EXPECT_EQ(parts.CountParams(), whole.CountParams());
    EXPECT_EQ(parts.GetWeights()->size(), whole.GetWeights()->size());
    ASSERT_TRUE(parts.SetWeights(*whole.GetWeights()).ok());
    for (int round = 0; round < 2; ++round) {
      for (int64_t part = 0; part < kParts; ++part)
        EXPECT_TRUE(SameBits(*parts.Predict(PartOf(x, part)), PartOf(all, part)));
      parts.ResetState();
    }
  }
}

TEST(StatefulTest, BackwardsEachDirectionGoesOn) {
  const KerasTensor x = Input({kSteps, kFeatures}, {.batch_size = kBatch});
  Model both(x, Bidirectional(LSTM(4, {.stateful = true}))(x), {.seed = 2});
  const Tensor data = Numbers({kBatch, kSteps, kFeatures});
  const Tensor first = *both.Predict(data), second = *both.Predict(data);
  for (size_t i = 0; i < first.data<float>().size(); ++i)
    EXPECT_NE(first.data<float>()[i], second.data<float>()[i]) << i;
  (*both.GetLayer("bidirectional"))->ResetState();
  EXPECT_TRUE(SameBits(*both.Predict(data), first));
}

TEST(StatefulTest, SaveKeepsTheStates) {
  const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/stateful");
  for (const Kind& kind : Kinds()) {
    SCOPED_TRACE(kind.name);
    Model model = ModelOf(kind, true, kSteps);
    const Tensor x = Numbers({kBatch, kSteps, kFeatures});
    const Tensor from_zero = *model.Predict(x);
    ASSERT_TRUE(model.Save(folder).ok());
    absl::StatusOr<Model> loaded = Model::Load(folder);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_TRUE(SameBits(*loaded->Predict(x), *model.Predict(x)));
    loaded->ResetState();
    EXPECT_TRUE(SameBits(*loaded->Predict(x), from_zero));
  }
}

// Training, evaluation and prediction go on from each other, in training without a gradient into
// the batch before; a callback may begin anew.
TEST(StatefulTest, EveryRunGoesOn) {
  const Tensor x = Numbers({3 * kBatch, kSteps, kFeatures}), y = Numbers({3 * kBatch, 2});
  const auto make = [] {
    const KerasTensor in = Input({kSteps, kFeatures}, {.batch_size = kBatch});
    Model model(in, Dense(2)(LSTM(4, {.stateful = true})(in)), {.seed = 5});
    EXPECT_TRUE(model.Compile({.optimizer = Sgd(0.5), .loss = "mse"}).ok());
    return model;
  };
  FitOptions options{.batch_size = kBatch, .epochs = 2, .verbose = 0, .shuffle = false};
  Model on = make(), anew = make(), by_hand = make();
  ASSERT_TRUE(on.Fit(x, y, options).ok());
  options.callbacks = {
      {.on_epoch_begin = [&](int64_t) { return anew.ResetState(), absl::OkStatus(); }}};
  ASSERT_TRUE(anew.Fit(x, y, options).ok());
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    by_hand.ResetState();
    for (int64_t b = 0; b < 3; ++b) {
      const std::vector<Tensor> rows = Rows({x, y}, b * kBatch, (b + 1) * kBatch);
      ASSERT_TRUE(by_hand.TrainOnBatch(rows[0], rows[1]).ok());
    }
  }
  EXPECT_TRUE(SameBits(anew.GetWeights()->at(0), by_hand.GetWeights()->at(0)));
  EXPECT_FALSE(SameBits(on.GetWeights()->at(0), anew.GetWeights()->at(0)));
  const Logs first = *on.Evaluate(x, y, {.batch_size = kBatch, .verbose = 0});
  const Logs second = *on.Evaluate(x, y, {.batch_size = kBatch, .verbose = 0});
  EXPECT_NE(first["loss"], second["loss"]);
}

TEST(StatefulTest, ErrorsSayWhatIsWanted) {
  const KerasTensor any = Input({kSteps, kFeatures});
  const absl::Status unknown = Model(any, LSTM(3, {.stateful = true})(any)).status();
  EXPECT_TRUE(absl::StrContains(unknown.message(), "give Input() a batch_size")) << unknown;
  const KerasTensor x = Input({kSteps, kFeatures}, {.name = "x", .batch_size = kBatch});
  Model model(x, LSTM(3, {.stateful = true})(x));
  for (const int64_t rows : {1, 3, 5}) {
    const absl::Status s = model.Predict(Numbers({rows, kSteps, kFeatures})).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(
        s.message(), absl::StrCat("input \"x\" takes batches of exactly 2 examples; given: ", rows,
                                  " examples in batches of 32")))
        << s;
  }
  const absl::Status bad = Model(Input({2}, {.batch_size = 0}), Input({2})).status();
  EXPECT_TRUE(absl::StrContains(bad.message(), "batch_size must be positive, not 0")) << bad;
}

}  // namespace
}  // namespace dagrad::keras
