// All layers at once: files, and errors. Their results are compared with Keras's in
// tests/keras.

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

Tensor Pattern(Dims dims, double scale = 1, double shift = 0) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>())
    v = static_cast<float>(shift + scale * std::sin(0.7 * static_cast<double>(i++)));
  return t;
}

// [batch, 8, 8, 2] through the layers over steps.
KerasTensor Steps(const KerasTensor& in) {
  KerasTensor ids = Flatten()(ReLU({.max_value = 1, .negative_slope = 0.5})(in));
  KerasTensor x = Embedding(3, 4, {.embeddings_initializer = "normal"})(ids);
  x = Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2, .groups = 2})(x);
  x = Masking({.mask_value = 0.25})(ActivityRegularization({.l2 = 0.01})(x));
  x = LSTM(4, {.dropout = 0.5, .return_sequences = true, .go_backwards = true})(x);
  x = GRU(3, {.use_bias = false, .return_sequences = true})(x);
  x = Bidirectional(GRU(2, {.return_sequences = true}), {.merge_mode = "mul"})(x);
  x = TimeDistributed(Dense(3, {.name = "of_steps"}))(x);
  x = MultiHeadAttention(2, 3, {.value_dim = 2, .output_shape = 4, .use_causal_mask = true})(x);
  KerasTensor y = GlobalMaxPooling1D()(MaxPooling1D(3, {.strides = 2}).IgnoreMask()(x));
  KerasTensor z =
      GlobalAveragePooling1D()(AveragePooling1D(2, {.padding = "same"}).IgnoreMask()(x));
  return Concatenate()({y, z});
}

KerasTensor Depthwise(const KerasTensor& in) {
  KerasTensor x = ZeroPadding2D(Padding2D(0, 1, 2, 3))(in);
  x = DepthwiseConv2D(3, {.strides = 2, .depth_multiplier = 2})(x);
  return GlobalMaxPooling2D()(SeparableConv2D(3, Size2D(1, 2), {.activation = "relu"})(x));
}

KerasTensor Moved(const KerasTensor& in) {
  KerasTensor x = UpSampling2D(Size2D(1, 2))(Cropping2D(Padding2D(1, 0, 2, 1))(in));
  x = SpatialDropout2D(0.25)(Permute({2, 1, 3})(x));
  x = ZeroPadding1D(Padding1D(0, 1))(Cropping1D(Padding1D(2, 1))(Reshape({-1, 4})(x)));
  x = SpatialDropout1D(0.25)(UpSampling1D(2)(x));
  return RepeatVector(2)(GlobalMaxPooling1D()(x));  // [2, 4]
}

KerasTensor Activated(const KerasTensor& in) {
  KerasTensor x = GaussianNoise(0.1)(GaussianDropout(0.2)(AlphaDropout(0.3)(in)));
  x = PReLU({.shared_axes = Dims{1}})(LeakyReLU({.negative_slope = 0.1})(x));
  x = ELU({.alpha = 0.5})(Identity()(x));
  KerasTensor y = GroupNormalization({.groups = 2})(RMSNormalization({.epsilon = 0.1})(x));
  y = Average()({Maximum()({x, y}), Minimum()({x, y}), Subtract()({x, y})});
  return Flatten()(UnitNormalization({.axis = 1})(y));
}

// A model in a model in a model.
KerasTensor Models(const KerasTensor& in) {
  Sequential stack;
  stack.Add(Dense(4, {.activation = "tanh"}));
  const KerasTensor x = Input({3});
  const Model both(x, Dense(3)(stack(x)));
  return both(both(in));
}

TEST(LayersTest, SurviveInFiles) {
  KerasTensor in = Input({8, 8, 2});
  KerasTensor a = Conv2D(
      4, 3, {.padding = "same", .activation = "relu", .kernel_initializer = "he_normal"})(in);
  KerasTensor b = Conv2D(4, Size2D(1, 3),
                         {.strides = 1, .padding = "same", .dilation_rate = 1, .groups = 2})(in);
  KerasTensor c = BatchNormalization()(Add()({a, b}));
  KerasTensor d = MaxPooling2D(2)(Activation("gelu")(c));
  KerasTensor e = AveragePooling2D(2, {.strides = Size2D(2), .padding = "same"})(c);
  KerasTensor f = Concatenate()({d, e});
  KerasTensor g = GlobalAveragePooling2D()(f);
  KerasTensor h = Concatenate({.axis = 1})({g, Flatten()(Reshape({-1, 4})(f))});
  KerasTensor out =
      Dense(3)(Dropout(0.5, {.noise_shape = {kNone, 1}, .seed = 4})(LayerNormalization()(h)));
  out = Softmax()(
      Multiply()({out, Dense(3)(Concatenate()({Steps(in), Depthwise(in), Activated(Moved(in))}))}));
  out = Models(out);
  Model model(in, out, {.name = "all", .seed = 9});
  ASSERT_TRUE(model.status().ok()) << model.status();
  const std::string folder = absl::StrCat(std::getenv("TEST_TMPDIR"), "/all");
  absl::Status saved = model.Save(folder);
  ASSERT_TRUE(saved.ok()) << saved;
  absl::StatusOr<Model> loaded = Model::Load(folder);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(*loaded->Summary(), *model.Summary());
  const Tensor x = Pattern({3, 8, 8, 2});
  EXPECT_TRUE(SameBits(*loaded->Predict(x), *model.Predict(x)));
}

// What belongs to every layer is said on the handle, also of layers whose options lack it.
TEST(LayersTest, NameShapeAndTrainableOnTheHandle) {
  Sequential model;
  model.Add(Dense(3).Named("first").InputShape({4}).Trainable(false));
  model.Add(ReLU().Named("second"));
  model.Add(Dense(2, {.name = "one"}).Named("third"));
  ASSERT_TRUE(model.Summary().ok()) << model.status();
  std::vector<std::string> names;
  for (const Layer& layer : model.layers()) names.push_back(layer->name());
  EXPECT_THAT(names, ::testing::ElementsAre("input_layer", "first", "second", "third"));
  EXPECT_EQ(model.layers()[1]->weights()[0].dims, (Dims{4, 3}));
  EXPECT_FALSE(model.layers()[1]->trainable());
  EXPECT_TRUE(model.layers()[3]->trainable());
  // A name that a model gave is one's own once it is said.
  const Layer layer = Dense(1);
  const KerasTensor x = Input({2});
  const Model first(x, layer(x));
  EXPECT_TRUE(layer->named_by_model());
  layer.Named("mine");
  EXPECT_FALSE(layer->named_by_model());
  EXPECT_TRUE(Model(x, layer(x)).GetLayer("mine").ok());
}

// Another name of Keras's for a class, and the class's own.
struct Spelling {
  Layer other, own;
};

TEST(LayersTest, OtherNamesOfKeras) {
  const std::vector<Spelling> table = {
      {MaxPool1D(3, {.strides = 2}), MaxPooling1D(3, {.strides = 2})},
      {MaxPool2D(3, {.padding = "same"}), MaxPooling2D(3, {.padding = "same"})},
      {MaxPool3D(3), MaxPooling3D(3)},
      {AvgPool1D(3, {.strides = 2}), AveragePooling1D(3, {.strides = 2})},
      {AvgPool2D(3, {.padding = "same"}), AveragePooling2D(3, {.padding = "same"})},
      {AvgPool3D(3), AveragePooling3D(3)},
      {GlobalMaxPool1D({.keepdims = true}), GlobalMaxPooling1D({.keepdims = true})},
      {GlobalMaxPool2D(), GlobalMaxPooling2D()},
      {GlobalMaxPool3D(), GlobalMaxPooling3D()},
      {GlobalAvgPool1D({.keepdims = true}), GlobalAveragePooling1D({.keepdims = true})},
      {GlobalAvgPool2D(), GlobalAveragePooling2D()},
      {GlobalAvgPool3D(), GlobalAveragePooling3D()},
      {Convolution1D(2, 3, {.strides = 2}), Conv1D(2, 3, {.strides = 2})},
      {Convolution2D(2, 3, {.strides = 2}), Conv2D(2, 3, {.strides = 2})},
      {Convolution3D(2, 3, {.strides = 2}), Conv3D(2, 3, {.strides = 2})},
      {Convolution1DTranspose(2, 3, {.strides = 2}), Conv1DTranspose(2, 3, {.strides = 2})},
      {Convolution2DTranspose(2, 3, {.strides = 2}), Conv2DTranspose(2, 3, {.strides = 2})},
      {SeparableConvolution1D(2, 3, {.strides = 2}), SeparableConv1D(2, 3, {.strides = 2})},
      {SeparableConvolution2D(2, 3, {.strides = 2}), SeparableConv2D(2, 3, {.strides = 2})},
  };
  for (const Spelling& s : table) {
    EXPECT_EQ(s.other->class_name(), s.own->class_name());
    EXPECT_EQ(s.other->Config(), s.own->Config()) << s.own->class_name();
    EXPECT_EQ(s.other->location().line, s.own->location().line) << s.own->class_name();
  }
}

struct BadLayer {
  std::string what;
  Layer layer;
  Dims input;
  std::string message;
};

TEST(LayersTest, NameThemselvesAndTheirLine) {
  const std::vector<BadLayer> table = {
      {"units", Dense(0), {3}, "units must be positive, not 0"},
      {"activation",
       Dense(2, {.activation = "rleu"}),
       {3},
       "unknown activation \"rleu\", perhaps \"relu\" was meant; known: celu, elu"},
      {"initializer",
       Dense(2, {.kernel_initializer = "glorot"}),
       {3},
       "weight kernel: unknown initializer \"glorot\"; known: "},
      {"rank", Conv2D(2, 3), {3}, "rank 4 (batch included), not float32[batch,3]"},
      {"padding",
       Conv2D(2, 3, {.padding = "half"}),
       {8, 8, 1},
       "padding is valid or same, not \"half\""},
      {"groups", Conv2D(3, 3, {.groups = 2}), {8, 8, 2}, "groups (2) must divide"},
      {"too small", Conv2D(2, 5), {3, 3, 1}, "conv2"},
      {"pool", MaxPooling2D(0), {4, 4, 1}, "pool_size and strides must be positive"},
      {"reshape", Reshape({5}), {4}, "cannot reshape [batch,4] to [batch] and [5]"},
      {"rate", Dropout(1.5), {4}, "rate must be in [0, 1], not 1.5"},
      {"rate of one", GaussianDropout(1), {4}, "rate must be in [0, 1), not 1"},
      {"noise", Dropout(0.5, {.noise_shape = {kNone, 2}}), {4}, "noise_shape [-1,2] does not fit"},
      {"heads", MultiHeadAttention(0, 4), {3, 4}, "num_heads, key_dim, value_dim and output_shape"},
      {"attention", MultiHeadAttention(2, 4), {4}, "rank 3 (batch included), not float32[batch,4]"},
      {"probabilities",
       MultiHeadAttention(2, 4, {.dropout = 1}),
       {3, 4},
       "dropout must be in [0, 1), not 1"},
      {"one input", Subtract(), {4}, "takes 2 inputs, 1 given"},
      {"dims", Embedding(0, 4), {4}, "input_dim and output_dim must be positive, not 0 and 4"},
      {"mask value", Masking({.mask_value = std::nan("")}), {4, 2}, "must be a number, not nan"},
      {"activity", ActivityRegularization({.l2 = -1}), {4}, "must be 0 or more and finite, not -1"},
      {"steps", Conv1D(2, 3), {8, 8, 1}, "rank 3 (batch included)"},
      {"causal", Conv1D(2, 3, {.padding = "full"}), {8, 1}, "valid, same or causal, not \"full\""},
      {"dilation", Conv1D(2, 3, {.dilation_rate = 0}), {8, 1}, "dilation_rate must be positive"},
      {"multiplier", DepthwiseConv2D(3, {.depth_multiplier = 0}), {8, 8, 1}, "depth_multiplier, "},
      {"pool 1d", AveragePooling1D(2, {.strides = 0}), {8, 1}, "strides must be positive"},
      {"negative", ZeroPadding2D(Padding2D(0, -1)), {4, 4, 1}, "[[0,0],[-1,-1]]"},
      {"bound", ReLU({.max_value = -1}), {4}, "must not be negative"},
      {"softmax", Softmax({.axis = 3}), {4}, "axis"},
      {"no units", LSTM(0), {4, 2}, "units must be positive, not 0"},
      {"no sequence", LSTM(3), {4}, "rank 3 (batch included)"},
      {"no steps", LSTM(3), {0, 2}, "there are no steps"},
      {"cell", LSTM(3, {.activation = "rellu"}), {4, 2}, "unknown activation \"rellu\""},
      {"recurrent rate",
       LSTM(3, {.recurrent_dropout = 1.5}),
       {4, 2},
       "recurrent_dropout must be in [0, 1), not 1.5"},
      {"input rate", LSTM(3, {.dropout = 1}), {4, 2}, "dropout must be in [0, 1), not 1"},
      {"stateful", LSTM(3, {.stateful = true}), {4, 2}, "give Input() a batch_size"},
      {"cells", RNN(Dense(3)), {4, 2}, "takes a cell"},
  };
  for (const BadLayer& bad : table) {
    KerasTensor in = Input(bad.input);
    Model model(in, bad.layer(in));
    EXPECT_FALSE(model.status().ok()) << bad.what;
    EXPECT_THAT(std::string(model.status().message()), HasSubstr(bad.message)) << bad.what;
    EXPECT_THAT(std::string(model.status().message()), HasSubstr("layers_test.cc:")) << bad.what;
    EXPECT_FALSE(model.Compile({.loss = "mse"}).ok()) << bad.what;
  }
}

// Σ over columns of w[i, :] w[j, :].
double ProductOfRows(const Tensor& w, int64_t i, int64_t j) {
  const int64_t n = w.dims()[1];
  double sum = 0;
  for (int64_t k = 0; k < n; ++k)
    sum += static_cast<double>(w.data<float>()[i * n + k]) * w.data<float>()[j * n + k];
  return sum;
}

TEST(LayersTest, LstmStartsWithOrthonormalRowsAndAnOpenForgetGate) {
  KerasTensor in = Input({4, 3});
  Model model(in, LSTM(5)(in));
  absl::StatusOr<std::vector<Tensor>> weights = model.GetWeights();
  ASSERT_TRUE(weights.ok()) << weights.status();
  const Tensor &recurrent = (*weights)[1], &bias = (*weights)[2];
  ASSERT_EQ(recurrent.dims(), (Dims{5, 20}));
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 5; ++j)
      EXPECT_NEAR(ProductOfRows(recurrent, i, j), i == j, 1e-6) << i << ", " << j;
  }
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(bias.data<float>()[i], i >= 5 && i < 10) << i;
}

// Columns where the matrix is tall, times the gain; and a description of it for files.
TEST(LayersTest, OrthogonalColumnsOfTheGain) {
  const Initializer gain = Initializer::Orthogonal(3);
  KerasTensor in = Input({7});
  Model model(in, Dense(2, {.kernel_initializer = *Initializer::FromJson(gain.ToJson())})(in));
  absl::StatusOr<std::vector<Tensor>> weights = model.GetWeights();
  ASSERT_TRUE(weights.ok()) << weights.status();
  double squares[3] = {};
  for (int64_t i = 0; i < 7; ++i) {
    const float a = (*weights)[0].data<float>()[2 * i], b = (*weights)[0].data<float>()[2 * i + 1];
    squares[0] += static_cast<double>(a) * a;
    squares[1] += static_cast<double>(a) * b;
    squares[2] += static_cast<double>(b) * b;
  }
  EXPECT_NEAR(squares[0], 9, 1e-5);
  EXPECT_NEAR(squares[1], 0, 1e-5);
  EXPECT_NEAR(squares[2], 9, 1e-5);
  Model vector(in, LayerNormalization({.gamma_initializer = gain})(in));
  EXPECT_THAT(std::string(vector.GetWeights().status().message()),
              HasSubstr("orthogonal needs two or more axes, not [7]"));
}

TEST(LayersTest, BlocksOfInitializersSurviveInFiles) {
  const Initializer blocks = Initializer::Blocks({"zeros", "ones", Initializer::Constant(2)});
  const absl::StatusOr<Initializer> read = Initializer::FromJson(blocks.ToJson());
  ASSERT_TRUE(read.ok()) << read.status();
  KerasTensor in = Input({2});
  Model model(in, Dense(3, {.bias_initializer = *read})(in));
  absl::StatusOr<std::vector<Tensor>> weights = model.GetWeights();
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_TRUE(SameBits((*weights)[1], Tensor::Of<float>({3}, {0, 1, 2})));
  EXPECT_FALSE(Initializer::Blocks({blocks}).Validate().ok());
  EXPECT_FALSE(Initializer::Blocks({}).Validate().ok());
  Model uneven(in, Dense(4, {.bias_initializer = blocks})(in));
  EXPECT_FALSE(uneven.GetWeights().ok());
}

// Features that are dropped are 0 at all steps; without training nothing is.
TEST(LayersTest, LstmDropsWholeFeatures) {
  KerasTensor in = Input({6, 1});
  Model model(in, LSTM(1, {.kernel_initializer = "ones", .dropout = 0.5})(in));
  ASSERT_TRUE(model.status().ok()) << model.status();
  const Tensor x = Pattern({5, 6, 1});
  const Tensor y = *model.Predict(x);
  for (float v : y.data<float>()) EXPECT_NE(v, 0);
  ASSERT_TRUE(model.Compile({.loss = "mean_squared_error"}).ok());
  absl::StatusOr<History> history = model.Fit(x, y, {.verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_GT((*history)["loss"][0], 0);  // against the model's own results without dropout
}

}  // namespace
}  // namespace dagrad::keras
