#include "dagrad/tests/fuzz/saved_models.h"

#include <utility>

#include "dagrad/tests/fuzz/finding.h"

namespace dagrad::tests {
namespace {

using keras::Input;

keras::Model Mlp() {
  auto x = Input({4});
  return keras::Model(
      x, keras::Dense(3, {.activation = "softmax"})(keras::Dense(8, {.activation = "relu"})(x)));
}

keras::Model Cnn() {
  auto x = Input({8, 8, 2});
  auto y = keras::Conv2D(4, 3, {.padding = "same", .activation = "relu"})(x);
  y = keras::MaxPooling2D(2)(keras::BatchNormalization()(y));
  return keras::Model(
      x, keras::Dense(3, {.activation = "softmax"})(keras::Dropout(0.3)(keras::Flatten()(y))));
}

keras::Model LastOfLstm() {
  auto x = Input({5, 3});
  return keras::Model(x, keras::Dense(2)(keras::LSTM(4)(x)));
}

keras::Model AllOfGru() {
  auto x = Input({5, 3});
  return keras::Model(x, keras::Dense(2)(keras::GRU(4, {.return_sequences = true})(x)));
}

keras::Model Attention() {
  auto x = Input({6, 8});
  auto y = keras::Add()({x, keras::MultiHeadAttention(2, 4)(x)});
  y = keras::GlobalAveragePooling1D()(keras::LayerNormalization()(y));
  return keras::Model(x, keras::Dense(3)(y));
}

keras::Model Text() {
  auto x = Input({7});
  auto y = keras::Conv1D(3, 2, {.padding = "causal"})(keras::Embedding(11, 4)(x));
  return keras::Model(x, keras::Dense(1, {.activation = "sigmoid"})(keras::Flatten()(y)));
}

keras::Model Separable() {
  auto x = Input({9, 9, 3});
  auto y = keras::DepthwiseConv2D(
      3, {.padding = "same", .depth_multiplier = 2})(keras::ZeroPadding2D(1)(x));
  return keras::Model(x,
                      keras::GlobalMaxPooling2D()(keras::SeparableConv2D(4, 3, {.strides = 2})(y)));
}

keras::Model TwoOutputs() {
  auto a = Input({4});
  auto b = Input({4});
  return keras::Model({a, b},
                      {keras::Softmax()(keras::Concatenate()({a, b})), keras::Multiply()({a, b})});
}

keras::Model Shapes() {
  auto x = Input({6});
  return keras::Model(x, keras::Reshape({3, 2})(keras::ReLU({.max_value = 6})(x)));
}

keras::Model Pools() {
  auto x = Input({8, 4});
  auto y = keras::MaxPooling1D(2)(keras::Activation("elu")(x));
  y = keras::GlobalMaxPooling1D()(keras::AveragePooling1D(2)(y));
  return keras::Model(x, keras::Dense(2)(y));
}

keras::Model ImagePools() {
  auto x = Input({8, 8, 2});
  auto y = keras::AveragePooling2D(2, {.padding = "same"})(x);
  return keras::Model(x, keras::GlobalAveragePooling2D()(y));
}

keras::Model Wrapped() {
  auto x = Input({5, 3});
  auto y = keras::ActivityRegularization({.l2 = 0.1})(keras::Masking()(x));
  y = keras::Bidirectional(keras::LSTM(2, {.return_sequences = true}))(y);
  y = keras::TimeDistributed(keras::Dense(3))(y);
  return keras::Model(x, keras::GlobalAveragePooling1D()(y));
}

// A sequential and a functional model as layers, the latter twice.
keras::Model Nested() {
  keras::Sequential pair;
  pair.Add(keras::Dense(4));
  pair.Add(keras::Activation("tanh"));
  auto inner = Input({4});
  const keras::Model residual(inner, keras::Add()({inner, keras::Dense(4)(inner)}));
  auto x = Input({3});
  return keras::Model(x, residual(residual(pair(x))));
}

keras::Model Moved() {
  auto x = Input({6, 5, 2});
  auto y = keras::UpSampling2D(keras::Size2D(1, 2))(keras::Cropping2D(1)(x));
  y = keras::Reshape({12, 4})(keras::SpatialDropout2D(0.25)(keras::Permute({2, 1, 3})(y)));
  y = keras::ZeroPadding1D(keras::Padding1D(0, 1))(keras::Cropping1D(2)(y));
  y = keras::SpatialDropout1D(0.25)(keras::UpSampling1D(2)(y));
  return keras::Model(x, keras::RepeatVector(2)(keras::GlobalMaxPooling1D()(y)));
}

keras::Model Activated() {
  auto x = Input({2, 4});
  auto y = keras::GaussianNoise(0.1)(keras::GaussianDropout(0.2)(keras::AlphaDropout(0.3)(x)));
  y = keras::PReLU({.shared_axes = Dims{1}})(keras::LeakyReLU()(y));
  y = keras::ELU({.alpha = 0.5})(keras::Identity()(y));
  auto z = keras::GroupNormalization({.groups = 2})(keras::RMSNormalization()(y));
  return keras::Model(
      x, keras::UnitNormalization()(keras::Average()(
             {keras::Maximum()({y, z}), keras::Minimum()({y, z}), keras::Subtract()({y, z})})));
}

keras::Model Volumes() {
  auto x = Input({6, 4, 4, 2});
  auto y = keras::Conv3D(2, 2, {.padding = "same"})(keras::ZeroPadding3D(1)(x));
  y = keras::SpatialDropout3D(0.25)(keras::UpSampling3D(2)(keras::Cropping3D(1)(y)));
  y = keras::AveragePooling3D(2, {.padding = "same"})(keras::MaxPooling3D(2)(y));
  y = keras::AdaptiveMaxPooling3D(2)(keras::AdaptiveAveragePooling3D(3)(y));
  return keras::Model(
      x, keras::Add()({keras::GlobalMaxPooling3D()(y), keras::GlobalAveragePooling3D()(y)}));
}

keras::Model MoreSteps() {
  auto x = Input({8, 4});
  auto y = keras::Conv1DTranspose(4, 3, {.padding = "same"})(keras::SeparableConv1D(3, 2)(x));
  y = keras::DepthwiseConv1D(2)(y);
  auto a = keras::AdaptiveMaxPooling1D(3)(y), b = keras::AdaptiveAveragePooling1D(3)(y);
  y = keras::Add()(
      {keras::Attention({.use_scale = true})({a, b}), keras::AdditiveAttention()({a, b})});
  y = keras::EinsumDense("abc,cd->abd", {-1, 2}, {.bias_axes = "d"})(y);
  return keras::Model(x, keras::Flatten()(keras::Dot({2, 2})({y, y})));
}

keras::Model Cells() {
  auto x = Input({5, 3});
  auto y = keras::SimpleRNN(3, {.return_sequences = true})(x);
  y = keras::RNN({keras::SimpleRNNCell(2), keras::LSTMCell(3), keras::GRUCell(2)})(y);
  return keras::Model(x, y);
}

keras::Model Numbers() {
  auto x = Input({4});
  auto y = keras::Rescaling(0.5, 1.0)(keras::Normalization({.mean = 1, .variance = 2})(x));
  return keras::Model(
      x, keras::Concatenate()(
             {y, keras::CategoryEncoding(3)(x),
              keras::Hashing(3, {.salt = {7}, .output_mode = "multi_hot"})(x),
              keras::IntegerLookup({.vocabulary = {1, 2}, .output_mode = "count"})(x),
              keras::Discretization({.bin_boundaries = {0, 1}, .output_mode = "multi_hot"})(x)}));
}

keras::Model Pictures() {
  auto x = Input({8, 8, 3});
  auto y =
      keras::RandomZoom(0.1)(keras::RandomTranslation(0.1, 0.1)(keras::RandomRotation(0.1)(x)));
  y = keras::RandomContrast(0.1)(keras::RandomBrightness(0.1)(keras::RandomFlip()(y)));
  y = keras::RandomInvert(0.1)(keras::RandomGrayscale(0.1)(y));
  y = keras::RandomCrop(4, 4)(keras::CenterCrop(6, 6)(keras::Resizing(7, 7)(y)));
  y = keras::AdaptiveMaxPooling2D(2)(
      keras::AdaptiveAveragePooling2D(3)(keras::Conv2DTranspose(2, 3)(y)));
  return keras::Model(x, keras::Flatten()(y));
}

keras::CompileOptions OptionsOf(int which) {
  static const char* const optimizers[] = {"sgd",     "adam",     "rmsprop", "adamw",
                                           "adagrad", "adadelta", "adamax",  "nadam",
                                           "ftrl",    "lion",     "lamb"};
  keras::CompileOptions options;
  options.optimizer = optimizers[which % 11];
  options.loss = "mse";
  if (which <= 1) {
    options.loss = "sparse_categorical_crossentropy";
    options.metrics = {"accuracy"};
  } else if (which == 5) {
    options.loss = "binary_crossentropy";
    options.metrics = {"auc", "precision"};
  } else if (which == 7) {
    options.loss = {"mse", "mae"};
  }
  return options;
}

}  // namespace

keras::Model MakeSavedModel(int which) {
  static keras::Model (*const makers[kNumSavedModels])() = {
      Mlp,        Cnn,     LastOfLstm, AllOfGru,   Attention, Text,    Separable,
      TwoOutputs, Shapes,  Pools,      ImagePools, Wrapped,   Nested,  Moved,
      Activated,  Volumes, MoreSteps,  Cells,      Numbers,   Pictures};
  keras::Model model = makers[which]();
  const absl::Status status = model.Compile(OptionsOf(which));
  if (!status.ok()) Finding(status.ToString());
  return model;
}

}  // namespace dagrad::tests
