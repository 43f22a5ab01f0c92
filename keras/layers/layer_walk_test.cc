// What every class of layers must do: be called twice in a model that trains, and take integers as
// data.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

struct Case {
  Layer layer;
  Dims input;  // of each input, without the batch
  int num_inputs = 1;
};

Layer AsLayer(const Model& model) { return *model.AsLayer(); }

std::vector<Case> Cases() {
  const Dims image = {6, 6, 2}, steps = {6, 4}, row = {8}, volume = {4, 4, 4, 2};
  const KerasTensor in = Input(row);
  Sequential stack;
  stack.Add(Dense(2, {.input_shape = {8}}));
  return {{Activation("tanh"), row},
          {ActivityRegularization({.l1 = 0.1}), row},
          {Add(), row, 2},
          {AveragePooling1D(2), steps},
          {AveragePooling2D(2), image},
          {BatchNormalization(), row},
          {Bidirectional(LSTM(2)), steps},
          {Concatenate(), row, 2},
          {Conv1D(2, 3), steps},
          {Conv2D(2, 3), image},
          {Dense(3), row},
          {DepthwiseConv2D(3), image},
          {Dropout(0.5), row},
          {Embedding(300, 3), row},
          {Flatten(), image},
          {AsLayer(Model(in, Dense(3)(in))), row},
          {GRU(2), steps},
          {GlobalAveragePooling1D(), steps},
          {GlobalAveragePooling2D(), image},
          {GlobalMaxPooling1D(), steps},
          {GlobalMaxPooling2D(), image},
          {LSTM(2), steps},
          {LayerNormalization(), row},
          {MaxPooling1D(2), steps},
          {Masking(), steps},
          {MaxPooling2D(2), image},
          {MultiHeadAttention(2, 3), steps},
          {Multiply(), row, 2},
          {ReLU(), row},
          {Reshape({4, 2}), row},
          {SeparableConv2D(2, 3), image},
          {AsLayer(stack), row},
          {Softmax(), row},
          {TimeDistributed(Dense(2)), steps},
          {ZeroPadding2D(1), image},
          {AlphaDropout(0.5), row},
          {Average(), row, 2},
          {Cropping1D(1), steps},
          {Cropping2D(1), image},
          {ELU(), row},
          {GaussianDropout(0.5), row},
          {GaussianNoise(0.5), row},
          {GroupNormalization({.groups = 2}), row},
          {Identity(), row},
          {LeakyReLU(), row},
          {Maximum(), row, 2},
          {Minimum(), row, 2},
          {PReLU(), row},
          {Permute({2, 1}), steps},
          {RMSNormalization(), row},
          {RepeatVector(2), row},
          {SpatialDropout1D(0.5), steps},
          {SpatialDropout2D(0.5), image},
          {Subtract(), row, 2},
          {UnitNormalization(), row},
          {UpSampling1D(2), steps},
          {UpSampling2D(2), image},
          {ZeroPadding1D(1), steps},
          {AdaptiveAveragePooling1D(2), steps},
          {AdaptiveAveragePooling2D(2), image},
          {AdaptiveAveragePooling3D(2), volume},
          {AdaptiveMaxPooling1D(2), steps},
          {AdaptiveMaxPooling2D(2), image},
          {AdaptiveMaxPooling3D(2), volume},
          {AdditiveAttention(), steps, 2},
          {Attention(), steps, 2},
          {AveragePooling3D(2), volume},
          {CategoryEncoding(9), row},
          {CenterCrop(4, 4), image},
          {Conv1DTranspose(2, 3), steps},
          {Conv2DTranspose(2, 3), image},
          {Conv3D(2, 2), volume},
          {Cropping3D(1), volume},
          {DepthwiseConv1D(3), steps},
          {Discretization({.bin_boundaries = {1, 2}, .output_mode = "one_hot"}), row},
          {Dot(1), row, 2},
          {EinsumDense("ab,bc->ac", {3}), row},
          {GRUCell(2), row},
          {GlobalAveragePooling3D(), volume},
          {GlobalMaxPooling3D(), volume},
          {Hashing(3, {.mask_value = 0, .output_mode = "count"}), row},
          {IntegerLookup({.vocabulary = {1, 2}, .output_mode = "count"}), row},
          {LSTMCell(2), row},
          {Lambda({"double", [](absl::Span<const Value> x, bool) { return x[0] + x[0]; }}), row},
          {MaxPooling3D(2), volume},
          {Normalization(), row},
          {RNN(SimpleRNNCell(2)), steps},
          {RandomBrightness(0.5), image},
          {RandomContrast(0.5), image},
          {RandomCrop(3, 3), image},
          {RandomFlip(), image},
          {RandomGrayscale(0.5), Dims{6, 6, 3}},
          {RandomInvert(0.5), image},
          {RandomRotation(0.5), image},
          {RandomTranslation(0.5, 0.2), image},
          {RandomZoom(0.5), image},
          {Rescaling(0.5), row},
          {Resizing(3, 4), image},
          {SeparableConv1D(2, 3), steps},
          {SimpleRNN(2), steps},
          {SimpleRNNCell(2), row},
          {SpatialDropout3D(0.5), volume},
          {StackedRNNCells({SimpleRNNCell(2), GRUCell(3)}), row},
          {UpSampling3D(2), volume},
          {ZeroPadding3D(1), volume}};
}

TEST(LayerWalkTest, EveryLayerIsHere) {
  std::set<std::string> here;
  for (const Case& c : Cases()) here.insert(std::string(c.layer->class_name()));
  for (const std::string& name : LayerClassNames()) EXPECT_TRUE(here.contains(name)) << name;
}

Tensor Counting(DType dtype, Dims dims) {
  dims.insert(dims.begin(), 4);
  Tensor t = Tensor::Full(DType::kFloat64, dims, 0);
  int64_t i = 0;
  for (double& v : t.mutable_data<double>()) v = static_cast<double>(i++ % 7);
  return *t.Cast(dtype);
}

// Both calls change what the layer keeps, in a model that trains, is saved and goes on.
TEST(LayerWalkTest, EveryLayerMayBeCalledTwice) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.layer->class_name());
    std::vector<KerasTensor> inputs, halves;
    std::vector<Tensor> x;
    for (int i = 0; i < c.num_inputs; ++i) {
      inputs.push_back(Input(c.input));
      x.push_back(Counting(DType::kFloat32, c.input));
      halves.push_back(ReLU()(inputs.back()));
    }
    KerasTensor joined = Concatenate()(
        {Flatten().IgnoreMask()(c.layer(inputs)[0]), Flatten().IgnoreMask()(c.layer(halves)[0])});
    Model model(inputs, {Dense(1)(joined)});
    absl::Status s = model.Compile({.optimizer = "sgd", .loss = "mse"});
    ASSERT_TRUE(s.ok()) << s;
    const Tensor y = Tensor::Full(DType::kFloat32, {4, 1}, 1);
    absl::StatusOr<History> history = model.Fit(x, y, {.batch_size = 2, .verbose = 0});
    EXPECT_TRUE(history.ok()) << history.status();
  }
}

// Options and numbers come back from files.
TEST(LayerWalkTest, EveryLayerSurvivesInFiles) {
  LoadOptions options;
  options.custom_objects = {
      .functions = {{"double", [](absl::Span<const Value> x, bool) { return x[0] + x[0]; }}}};
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.layer->class_name());
    std::vector<KerasTensor> inputs;
    std::vector<Tensor> x;
    for (int i = 0; i < c.num_inputs; ++i) {
      inputs.push_back(Input(c.input));
      x.push_back(Counting(DType::kFloat32, c.input));
    }
    const Model model(inputs, {c.layer(inputs)[0]});
    const std::string folder = testing::TempDir() + "/walk";
    ASSERT_TRUE(model.Save(folder).ok()) << model.Save(folder);
    const absl::StatusOr<Model> loaded = Model::Load(folder, options);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(*loaded->Summary(), *model.Summary());
    EXPECT_EQ(loaded->layers().back()->Config(), model.layers().back()->Config());
    EXPECT_TRUE(SameBits(*loaded->Predict(x), *model.Predict(x)));
  }
}

// Gives twice as much in training as otherwise.
class Widening : public LayerImpl {
 public:
  Widening() : LayerImpl("", SourceLocation{}) {}
  absl::string_view class_name() const override { return "Widening"; }
  absl::Status Build(absl::Span<const ValueType>) override { return absl::OkStatus(); }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    const Value x = inputs[0];
    return context.training() ? Slice(x, {0, 0}, {x.dim(0), 2}) : x;
  }
  Json Config() const override { return boost::json::object(); }
};

TEST(LayerWalkTest, AResultOfAnotherTypeThanInTrainingIsAnError) {
  const KerasTensor in = Input({64});
  Model model(in, Layer(std::make_shared<Widening>())(in));
  const absl::StatusOr<Tensor> y = model.Predict(Counting(DType::kFloat32, {64}));
  EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(y.status().message())
                .find("gave float32[batch,2] when it was called first, and float32[batch,64] in"),
            std::string::npos)
      << y.status();
}

DType InputOfPredict(const Model& model) {
  const dagrad::Model graph = *model.Graph();
  const Function& predict = graph.functions[0];
  return predict.type({predict.inputs[0], 0}).dtype;
}

// Integers become float32 where a layer computes with them, and stay what they are where one looks
// them up, behind layers that only move them too.
TEST(LayerWalkTest, IntegersAsData) {
  for (const Case& c : Cases()) {
    const bool in_a_row = c.num_inputs == 1 && c.layer(Input(c.input)).num_results() == 1;
    if (!in_a_row) continue;  // no part of a Sequential
    for (DType dtype : {DType::kUInt8, DType::kInt32, DType::kInt64}) {
      SCOPED_TRACE(absl::StrCat(c.layer->class_name(), " of ", DTypeName(dtype)));
      const bool kept = c.layer->integer_data() != IntegerData::kFloats;
      Sequential model;
      for (const Case& fresh : Cases()) {
        if (fresh.layer->class_name() == c.layer->class_name()) model.Add(fresh.layer);
      }
      if (c.layer->integer_data() == IntegerData::kPassed) model.Add(Embedding(300, 3));
      absl::StatusOr<Tensor> y = model.Predict(Counting(dtype, c.input));
      ASSERT_TRUE(y.ok()) << y.status();
      EXPECT_EQ(InputOfPredict(model), kept ? dtype : DType::kFloat32);
    }
  }
}

// A layer that takes integers as they are must say what they are to it; others that take them
// compute with floats.
TEST(LayerWalkTest, WhoTakesIntegersSaysWhatTheyAre) {
  std::set<std::string> computing;
  for (const Case& c : Cases()) {
    if (c.num_inputs > 1) continue;
    SCOPED_TRACE(c.layer->class_name());
    for (const DType dtype : {DType::kInt64, DType::kUInt8, DType::kBool}) {
      const KerasTensor x = Input(c.input, {.dtype = dtype}), floats = Input(c.input);
      const KerasTensor y = c.layer(x);
      if (c.layer->integer_data() != IntegerData::kFloats) {
        EXPECT_TRUE(y.call()->status.ok() || dtype == DType::kBool) << y.call()->status;
      } else if (y.call()->status.ok()) {
        computing.insert(std::string(c.layer->class_name()));
        const Model of_integers(x, y), of_floats(floats, c.layer(floats));
        const Tensor data = Counting(dtype, c.input);
        EXPECT_TRUE(
            SameBits(*of_integers.Predict(data), *of_floats.Predict(*data.Cast(DType::kFloat32))));
      }
    }
  }
  for (const char* name :
       {"CenterCrop", "Dense", "Discretization", "Normalization", "RandomBrightness",
        "RandomContrast", "RandomCrop", "RandomFlip", "RandomGrayscale", "RandomInvert",
        "RandomRotation", "RandomTranslation", "RandomZoom", "Rescaling", "Resizing"})
    EXPECT_TRUE(computing.contains(name)) << name;
}

TEST(LayerWalkTest, IndicesAreExact) {
  constexpr int64_t kRow = (int64_t{1} << 24) + 1;  // no float32
  for (const bool by_shape : {false, true}) {
    EmbeddingOptions options{.embeddings_initializer = "zeros"};
    if (by_shape) options.input_shape = Dims{1};
    Sequential model;
    model.Add(Embedding(kRow + 1, 1, options));
    model.Add(Flatten());
    const Tensor x = Tensor::Of<int64_t>({1, 1}, {kRow});
    ASSERT_TRUE(model.Predict(x).ok());
    std::vector<Tensor> weights = *model.GetWeights();
    weights[0].mutable_data<float>()[kRow] = 1;
    ASSERT_TRUE(model.SetWeights(weights).ok());
    EXPECT_EQ(model.Predict(x)->data<float>()[0], 1) << by_shape;
  }
}

TEST(LayerWalkTest, OtherDataIsFloat32) {
  for (DType dtype : {DType::kFloat32, DType::kFloat64, DType::kBool}) {
    Sequential model;
    model.Add(Embedding(300, 3));
    ASSERT_TRUE(model.Predict(Counting(dtype, {8})).ok());
    EXPECT_EQ(InputOfPredict(model), DType::kFloat32);
  }
}

}  // namespace
}  // namespace dagrad::keras
