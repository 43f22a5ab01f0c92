// All layers at once: files, and errors. Their results are compared with Keras's in
// tests/keras_parity.

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
  KerasTensor y = GlobalMaxPooling1D()(MaxPooling1D(3, {.strides = 2})(x));
  KerasTensor z = GlobalAveragePooling1D()(AveragePooling1D(2, {.padding = "same"})(x));
  return Concatenate()({y, z});
}

KerasTensor Depthwise(const KerasTensor& in) {
  KerasTensor x = ZeroPadding2D(Padding2D(0, 1, 2, 3))(in);
  x = DepthwiseConv2D(3, {.strides = 2, .depth_multiplier = 2})(x);
  return GlobalMaxPooling2D()(SeparableConv2D(3, Size2D(1, 2), {.activation = "relu"})(x));
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
  KerasTensor out = Dense(3)(Dropout(0.5, {.seed = 4})(LayerNormalization()(h)));
  out = Softmax()(Multiply()({out, Dense(3)(Concatenate()({Steps(in), Depthwise(in)}))}));
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
  std::vector<std::string> classes;
  for (const Layer& layer : loaded->layers()) classes.emplace_back(layer->class_name());
  for (const std::string& name : LayerClassNames()) EXPECT_THAT(classes, ::testing::Contains(name));
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
       "unknown activation \"rleu\"; known: elu"},
      {"initializer",
       Dense(2, {.kernel_initializer = "glorot"}),
       {3},
       "weight kernel: initializer \"glorot\": no such"},
      {"rank", Conv2D(2, 3), {3}, "rank 4 (batch included), not float32[batch,3]"},
      {"padding",
       Conv2D(2, 3, {.padding = "half"}),
       {8, 8, 1},
       "padding is valid or same, not \"half\""},
      {"groups", Conv2D(3, 3, {.groups = 2}), {8, 8, 2}, "groups (2) must divide"},
      {"too small", Conv2D(2, 5), {3, 3, 1}, "conv2"},
      {"pool", MaxPooling2D(0), {4, 4, 1}, "pool_size and strides must be positive"},
      {"reshape", Reshape({5}), {4}, "cannot reshape [batch,4] to [batch] and [5]"},
      {"rate", Dropout(1), {4}, "rate must be in [0, 1), not 1"},
      {"one input", Add(), {4}, "takes 2 or more inputs, 1 given"},
      {"dims", Embedding(0, 4), {4}, "input_dim and output_dim must be positive, not 0 and 4"},
      {"mask", Embedding(3, 4, {.mask_zero = true}), {4}, "mask_zero is not supported"},
      {"steps", Conv1D(2, 3), {8, 8, 1}, "rank 3 (batch included)"},
      {"causal", Conv1D(2, 3, {.padding = "full"}), {8, 1}, "valid, same or causal, not \"full\""},
      {"dilation", Conv1D(2, 3, {.dilation_rate = 0}), {8, 1}, "dilation_rate must be positive"},
      {"multiplier", DepthwiseConv2D(3, {.depth_multiplier = 0}), {8, 8, 1}, "depth_multiplier, "},
      {"pool 1d", AveragePooling1D(2, {.strides = 0}), {8, 1}, "strides must be positive"},
      {"negative", ZeroPadding2D(Padding2D(0, -1)), {4, 4, 1}, "[[0,0],[-1,-1]]"},
      {"bound", ReLU({.max_value = -1}), {4}, "must not be negative"},
      {"softmax", Softmax({.axis = 3}), {4}, "axis"},
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

}  // namespace
}  // namespace dagrad::keras
