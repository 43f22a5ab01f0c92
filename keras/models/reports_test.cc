// Situations from bug reports of other frameworks: what is trained after flags changed, layers that
// are made of others, labels that are none, epochs without data.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/callbacks/monitor.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/models/test_data.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

const Tensor kX = Numbers({8, 3}, 7), kY = Numbers({8, 1}, 5);

Sequential TwoLayers(const std::string& name) {
  Sequential model(name, {.seed = 3});
  model.Add(Dense(4, {.activation = "tanh", .input_shape = {3}, .name = "first"}));
  model.Add(BatchNormalization());
  model.Add(Dense(1));
  EXPECT_TRUE(model.Compile({.optimizer = Adam(), .loss = "mse"}).ok());
  return model;
}

void Freeze(Model* model, bool trainable) {
  for (const auto& layer : model->layers()) layer->set_trainable(trainable);
}

bool Changes(Model* model, const OnBatchOptions& options) {
  const std::vector<Tensor> before = *model->GetWeights();
  const absl::StatusOr<Logs> logs = model->TrainOnBatch(kX, kY, options);
  EXPECT_TRUE(logs.ok()) << logs.status();
  const std::vector<Tensor> after = *model->GetWeights();
  for (size_t i = 0; i < after.size(); ++i) {
    if (!SameBits(after[i], before[i])) return true;
  }
  return false;
}

// A discriminator that is frozen for the model around it trains by itself, weighted or not.
TEST(TrainableAfterCompileTest, IsThatAtCompile) {
  const std::vector<OnBatchOptions> kinds = {
      {}, {.sample_weight = Tensor::Full(DType::kFloat32, {8}, 2)}};
  for (const OnBatchOptions& options : kinds) {
    Sequential model = TwoLayers("m");
    Freeze(&model, false);
    EXPECT_TRUE(Changes(&model, options));
    ASSERT_TRUE(model.Compile({.optimizer = Adam(), .loss = "mse"}).ok());
    Freeze(&model, true);
    EXPECT_FALSE(Changes(&model, options));
  }
}

TEST(TrainableAfterCompileTest, IsSavedAndLoaded) {
  const std::string folder = io::testing::FreshDirectory();
  for (const bool at_compile : {true, false}) {
    Sequential model = TwoLayers("m");
    Freeze(&model, at_compile);
    ASSERT_TRUE(model.Compile({.optimizer = Adam(), .loss = "mse"}).ok());
    Freeze(&model, !at_compile);
    const std::string path = folder + (at_compile ? "trained" : "frozen");
    const absl::Status saved = model.Save(path);
    ASSERT_TRUE(saved.ok()) << saved;
    absl::StatusOr<Model> loaded = Model::Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->layers()[1]->trainable(), !at_compile);
    EXPECT_EQ(Changes(&*loaded, {}), at_compile);
    EXPECT_EQ(Changes(&model, {}), at_compile);
    ExpectSameWeights(model, *loaded);
    // Another Compile takes the flags as they are then.
    ASSERT_TRUE(loaded->Compile({.optimizer = Adam(), .loss = "mse"}).ok());
    EXPECT_EQ(Changes(&*loaded, {}), !at_compile);
  }
}

class OwnPenalty : public Configured<OwnPenalty, RegularizerImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "own_penalty";
  Value Penalty(Value w) const override { return ReduceSum(Abs(w)) * 0.5; }
};

TEST(BidirectionalTest, KeepsWhatTheInnerLayerHas) {
  const KerasTensor x = Input({5, 3});
  Layer frozen = LSTM(2).Trainable(false);
  const Model model(x, Bidirectional(frozen)(x));
  ASSERT_TRUE(model.status().ok()) << model.status();
  EXPECT_THAT(model.Summary()->text, HasSubstr("Trainable params: 0 "));
  Layer masked = LSTM(2).IgnoreMask();
  const Model ignores(x, Bidirectional(masked)(Masking()(x)));
  ASSERT_TRUE(ignores.status().ok()) << ignores.status();
  Tensor zeros = Tensor::Full(DType::kFloat32, {1, 5, 3}, 0);
  const Tensor first = *ignores.Predict(zeros);
  const Model plain(x, Bidirectional(masked)(x));
  EXPECT_TRUE(plain.status().ok());
  EXPECT_EQ(first.dims(), (Dims{1, 4}));
}

TEST(BidirectionalTest, HoldsObjectsOfTheProgram) {
  const KerasTensor x = Input({5, 3});
  const Regularizer own(std::make_shared<OwnPenalty>());
  Model model(x, Bidirectional(LSTM(2, {.kernel_regularizer = own}))(x));
  ASSERT_TRUE(model.status().ok()) << model.status();
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.0), .loss = "mse"}).ok());
  const Tensor in = Numbers({2, 5, 3}, 11), out = *model.Predict(in);
  const absl::StatusOr<Logs> logs = model.Evaluate(in, out, {.verbose = 0});
  ASSERT_TRUE(logs.ok()) << logs.status();
  EXPECT_GT((*logs)["loss"], 0.1);
  const std::string path = io::testing::FreshDirectory() + "m";
  ASSERT_TRUE(model.Save(path).ok());
  const absl::StatusOr<Model> loaded =
      Model::Load(path, {.custom_objects = {.regularizers = {OwnPenalty::Class()}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(SameBits(*loaded->Predict(in), out));
}

TEST(LabelsTest, OutsideOfTheClassesAreErrors) {
  const KerasTensor x = Input({6, 3});
  for (const int64_t bad : {-1, 3, 1000}) {
    Model sequences(x, Dense(3)(x));
    ASSERT_TRUE(sequences.Compile({.loss = "ctc"}).ok());
    const Tensor labels = Tensor::Of<int64_t>({2, 2}, {1, 2, bad, 0});
    const absl::Status s = sequences.TrainOnBatch(Numbers({2, 6, 3}, 7), labels).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    EXPECT_THAT(std::string(s.message()), HasSubstr("is outside"));
    const KerasTensor row = Input({3});
    Model classes(row, Dense(3, {.activation = "softmax"})(row));
    ASSERT_TRUE(classes.Compile({.loss = "categorical_generalized_cross_entropy"}).ok());
    EXPECT_EQ(classes.TrainOnBatch(Numbers({2, 3}, 7), Tensor::Of<int64_t>({2}, {0, bad}))
                  .status()
                  .code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// z = x + noise, whoever asks.
class Noisy : public LayerImpl {
 public:
  Noisy() : LayerImpl("noisy", SourceLocation::Current()) {}
  absl::string_view class_name() const override { return "Noisy"; }
  absl::Status Build(absl::Span<const ValueType>) override { return absl::OkStatus(); }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    return inputs[0] +
           RandomNormal(context.RandomKey(), inputs[0].shape(), {.stream = context.NextStream()});
  }
  Json Config() const override { return Json(); }
};

TEST(RandomLayerTest, WorksInAModelThatIsNotCompiled) {
  const KerasTensor x = Input({3});
  const Model encoder(x, Layer(std::make_shared<Noisy>())(x));
  const absl::StatusOr<Tensor> z = encoder.Predict(kX);
  ASSERT_TRUE(z.ok()) << z.status();
  EXPECT_FALSE(SameBits(*z, kX));
  EXPECT_TRUE(SameBits(*encoder.Predict(kX), *z));
  const absl::StatusOr<dagrad::Model> graph = encoder.Graph();
  ASSERT_TRUE(graph.ok()) << graph.status();
}

TEST(EpochTest, WithoutABatchIsAnError) {
  Sequential model = TwoLayers("m");
  const BatchSourcePtr once =
      FromFunction([](int64_t epoch, int64_t number) -> absl::StatusOr<std::optional<Batch>> {
        if (epoch > 0 || number > 0) return std::nullopt;
        return Batch{.x = kX, .y = kY};
      });
  const absl::Status s = model.Fit(once, {.epochs = 3, .verbose = 0}).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("no batch"));
}

TEST(MonitorTest, ANanIsNeverTheBest) {
  const callbacks_internal::Monitor monitor("EarlyStopping", "val_loss", "min", 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(monitor.IsBetter(nan, std::nullopt));
  EXPECT_FALSE(monitor.IsBetter(nan, nan));
  EXPECT_FALSE(monitor.IsBetter(nan, 3));
  EXPECT_TRUE(monitor.IsBetter(3, nan));
  EXPECT_TRUE(monitor.IsBetter(3, std::nullopt));
  EXPECT_TRUE(monitor.IsBetter(2, 3));
  EXPECT_FALSE(monitor.IsBetter(3, 3));
}

TEST(ShuffleTest, KeepsItsOrderWhereItIsToldTo) {
  std::vector<float> numbers(20);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  const Tensor x = Tensor::Of<float>({20, 1}, numbers);
  for (const bool reshuffles : {false, true}) {
    const BatchSourcePtr source = Dataset::FromArrays(x, x).Shuffle(20, 1, reshuffles).Batch(20);
    std::vector<Tensor> orders;
    for (const int64_t epoch : {0, 1, 2}) {
      ASSERT_TRUE(source->Begin(epoch).ok());
      orders.push_back(*(*source->Next())->x.tensors[0].Clone());
    }
    EXPECT_FALSE(SameBits(orders[0], x));
    EXPECT_EQ(SameBits(orders[0], orders[1]), !reshuffles);
    EXPECT_EQ(SameBits(orders[0], orders[2]), !reshuffles);
  }
}

TEST(ClassWeightTest, WantsOneNumberForEachExample) {
  const KerasTensor x = Input({6, 3});
  Model model(x, Dense(4, {.activation = "softmax"})(x));
  ASSERT_TRUE(model.Compile({.loss = "sparse_categorical_crossentropy"}).ok());
  const Tensor steps = *Tensor::Zeros(DType::kInt64, {2, 6});
  const absl::Status s =
      model.TrainOnBatch(Numbers({2, 6, 3}, 7), steps, {.class_weight = {{1, 2.0}}}).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
  EXPECT_THAT(std::string(s.message()), HasSubstr("one class number for each example"));
}

TEST(WaitingModelTest, SaysItsLearningRate) {
  Sequential model("m");
  model.Add(Dense(1));
  ASSERT_TRUE(model.Compile({.optimizer = Sgd(0.25), .loss = "mse"}).ok());
  EXPECT_EQ(*model.GetLearningRate(), 0.25);
  EXPECT_EQ(*model.GetIterations(), 0);
  EXPECT_THAT(std::string(model.SetLearningRate(0.5).message()), HasSubstr("waits for its first"));
  ASSERT_TRUE(model.Fit(kX, kY, {.verbose = 0}).ok());
  EXPECT_TRUE(model.SetLearningRate(0.5).ok());
}

}  // namespace
}  // namespace dagrad::keras
