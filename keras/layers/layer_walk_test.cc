// What every class of layers must do: be called twice in a model that trains, and take integers as
// data.

#include <set>
#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
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
  const Dims image = {6, 6, 2}, steps = {6, 4}, row = {8};
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
          {ZeroPadding1D(1), steps}};
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
        {Flatten().IgnoreMask()(c.layer(inputs)), Flatten().IgnoreMask()(c.layer(halves))});
    Model model(inputs, {Dense(1)(joined)});
    absl::Status s = model.Compile({.optimizer = "sgd", .loss = "mse"});
    ASSERT_TRUE(s.ok()) << s;
    const Tensor y = Tensor::Full(DType::kFloat32, {4, 1}, 1);
    absl::StatusOr<History> history = model.Fit(x, y, {.batch_size = 2, .verbose = 0});
    EXPECT_TRUE(history.ok()) << history.status();
  }
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
    if (c.num_inputs > 1) continue;
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

// A layer that takes integers as they are must say what they are to it.
TEST(LayerWalkTest, WhoTakesIntegersSaysWhatTheyAre) {
  for (const Case& c : Cases()) {
    if (c.num_inputs > 1) continue;
    const KerasTensor y = c.layer(Input(c.input, {.dtype = DType::kInt64}));
    EXPECT_EQ(y.call()->status.ok(), c.layer->integer_data() != IntegerData::kFloats)
        << c.layer->class_name() << ": " << y.call()->status;
  }
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
