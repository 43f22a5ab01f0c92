// Every weight of every layer starts from the distribution that Keras 3 draws it from:
// initial_golden.h, made by make_initial_golden.py.

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/initial_golden.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::InitialGolden;

struct Case {
  std::string name;  // in initial_golden.h; starts with the class's
  Dims input;
  Layer layer;
  size_t inputs = 1;  // as often
};

std::vector<Case> Cases() {
  return {
      {"Dense", {40}, Dense(60)},
      {"Dense of steps", {5, 40}, Dense(60, {.kernel_initializer = "he_normal"})},
      {"Conv1D", {9, 12}, Conv1D(30, 4)},
      {"Conv1D in groups",
       {9, 12},
       Conv1D(30, 4, {.groups = 3, .kernel_initializer = "he_uniform"})},
      {"Conv2D", {9, 9, 6}, Conv2D(20, Size2D(3, 5))},
      {"Conv2D in groups",
       {9, 9, 12},
       Conv2D(20, Size2D(3, 5), {.groups = 2, .kernel_initializer = "lecun_normal"})},
      {"DepthwiseConv2D", {9, 9, 30}, DepthwiseConv2D(5, {.depth_multiplier = 2})},
      {"SeparableConv2D", {9, 9, 30}, SeparableConv2D(25, 5, {.depth_multiplier = 2})},
      {"Embedding", {4}, Embedding(50, 20)},
      {"BatchNormalization", {7}, BatchNormalization()},
      {"LayerNormalization", {7}, LayerNormalization()},
      {"RMSNormalization", {7}, RMSNormalization()},
      {"GroupNormalization", {6}, GroupNormalization({.groups = 2})},
      {"PReLU", {7}, PReLU()},
      {"LSTM", {5, 20}, LSTM(15)},
      {"GRU", {5, 20}, GRU(15)},
      {"SimpleRNN", {5, 30}, SimpleRNN(20)},
      {"SimpleRNNCell", {5, 30}, RNN(SimpleRNNCell(20))},
      {"LSTMCell", {5, 20}, RNN(LSTMCell(15))},
      {"GRUCell", {5, 20}, RNN(GRUCell(15))},
      {"Conv1DTranspose", {9, 12}, Conv1DTranspose(30, 4)},
      {"Conv2DTranspose", {9, 9, 6}, Conv2DTranspose(20, Size2D(3, 5))},
      {"Conv3D", {4, 4, 4, 6}, Conv3D(20, 2)},
      {"DepthwiseConv1D", {9, 60}, DepthwiseConv1D(5, {.depth_multiplier = 2})},
      {"SeparableConv1D", {9, 60}, SeparableConv1D(25, 5, {.depth_multiplier = 2})},
      {"EinsumDense", {9, 20}, EinsumDense("abc,cde->abde", {-1, 6, 7}, {.bias_axes = "de"})},
      {"EinsumDense of two axes", {9, 20}, EinsumDense("abc,bcd->ad", {6})},
      {"Normalization", {7}, Normalization()},
      {"Attention", {4, 5}, Attention({.use_scale = true, .score_mode = "concat"}), 2},
      {"AdditiveAttention", {4, 500}, AdditiveAttention(), 2},
      {"MultiHeadAttention", {6, 96}, MultiHeadAttention(8, 24)},
      {"MultiHeadAttention he_normal",
       {6, 48},
       MultiHeadAttention(4, 10, {.value_dim = 30, .kernel_initializer = "he_normal"})},
      {"MultiHeadAttention lecun_uniform",
       {6, 48},
       MultiHeadAttention(4, 10, {.output_shape = 20, .kernel_initializer = "lecun_uniform"})},
      {"MultiHeadAttention orthogonal",
       {6, 48},
       MultiHeadAttention(4, 10, {.kernel_initializer = "orthogonal"})},
  };
}

// The layers without weights but those of layers within: nothing to compare.
const std::set<std::string>& Weightless() {
  static const auto* const names = new std::set<std::string>{"Activation",
                                                             "ActivityRegularization",
                                                             "AdaptiveAveragePooling1D",
                                                             "AdaptiveAveragePooling2D",
                                                             "AdaptiveAveragePooling3D",
                                                             "AdaptiveMaxPooling1D",
                                                             "AdaptiveMaxPooling2D",
                                                             "AdaptiveMaxPooling3D",
                                                             "Add",
                                                             "AlphaDropout",
                                                             "Average",
                                                             "AveragePooling1D",
                                                             "AveragePooling2D",
                                                             "AveragePooling3D",
                                                             "Bidirectional",
                                                             "CategoryEncoding",
                                                             "CenterCrop",
                                                             "Concatenate",
                                                             "Cropping1D",
                                                             "Cropping2D",
                                                             "Cropping3D",
                                                             "Discretization",
                                                             "Dot",
                                                             "Dropout",
                                                             "ELU",
                                                             "Flatten",
                                                             "Functional",
                                                             "GaussianDropout",
                                                             "GaussianNoise",
                                                             "GlobalAveragePooling1D",
                                                             "GlobalAveragePooling2D",
                                                             "GlobalAveragePooling3D",
                                                             "GlobalMaxPooling1D",
                                                             "GlobalMaxPooling2D",
                                                             "GlobalMaxPooling3D",
                                                             "Hashing",
                                                             "Identity",
                                                             "IntegerLookup",
                                                             "Lambda",
                                                             "LeakyReLU",
                                                             "Masking",
                                                             "MaxPooling1D",
                                                             "MaxPooling2D",
                                                             "MaxPooling3D",
                                                             "Maximum",
                                                             "Minimum",
                                                             "Multiply",
                                                             "Permute",
                                                             "RandomBrightness",
                                                             "RandomContrast",
                                                             "RandomCrop",
                                                             "RandomFlip",
                                                             "RandomGrayscale",
                                                             "RandomInvert",
                                                             "RandomRotation",
                                                             "RandomTranslation",
                                                             "RandomZoom",
                                                             "ReLU",
                                                             "RepeatVector",
                                                             "Rescaling",
                                                             "Reshape",
                                                             "Resizing",
                                                             "Sequential",
                                                             "Softmax",
                                                             "SpatialDropout1D",
                                                             "SpatialDropout2D",
                                                             "SpatialDropout3D",
                                                             "StackedRNNCells",
                                                             "Subtract",
                                                             "TimeDistributed",
                                                             "UnitNormalization",
                                                             "UpSampling1D",
                                                             "UpSampling2D",
                                                             "UpSampling3D",
                                                             "ZeroPadding1D",
                                                             "ZeroPadding2D",
                                                             "ZeroPadding3D"};
  return *names;
}

struct Moments {
  double least, greatest, stddev;
};

Moments Of(absl::Span<const float> w) {
  double sum = 0, squares = 0;
  for (float v : w) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const auto n = static_cast<double>(w.size());
  const auto [least, greatest] = std::minmax_element(w.begin(), w.end());
  return {*least, *greatest, std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n)))};
}

// The columns, or where there are fewer rows these, are of length 1 and orthogonal.
void ExpectOrthogonal(const Tensor& w) {
  const int64_t columns = w.dims().back(), rows = w.num_elements() / columns;
  const bool wide = rows < columns;
  const int64_t count = wide ? rows : columns, length = wide ? columns : rows;
  const auto at = [&](int64_t vector, int64_t i) {
    return w.data<float>()[wide ? vector * columns + i : i * columns + vector];
  };
  for (int64_t a = 0; a < count; ++a) {
    for (int64_t b = 0; b <= a; ++b) {
      double dot = 0;
      for (int64_t i = 0; i < length; ++i) dot += static_cast<double>(at(a, i)) * at(b, i);
      ASSERT_NEAR(dot, a == b ? 1 : 0, 1e-5) << a << " and " << b;
    }
  }
}

void ExpectDrawnFrom(const InitialGolden& golden, const Tensor& w) {
  EXPECT_EQ(std::vector<int64_t>(w.dims().begin(), w.dims().end()), golden.dims);
  if (golden.distribution == "orthogonal") return ExpectOrthogonal(w);
  const Moments got = Of(w.data<float>());
  const bool known = golden.distribution == "known";
  // Of 400 draws or more the greatest is within 5 % of the bound of a uniform distribution; a cut
  // normal one is thin there.
  const double reach = known ? 1 : golden.distribution == "uniform" ? 0.95 : 0.8;
  ASSERT_TRUE(known || w.num_elements() >= 400);
  const double slack = 1e-6 * std::abs(golden.greatest);
  EXPECT_GE(got.least, golden.least - slack);
  EXPECT_LE(got.greatest, golden.greatest + slack);
  EXPECT_LE(got.least, golden.least * reach);
  EXPECT_GE(got.greatest, golden.greatest * reach);
  EXPECT_NEAR(got.stddev, golden.stddev, (known ? 1e-6 : 0.1) * golden.stddev);
}

TEST(InitialWeightsTest, EveryWeightIsDrawnAsInKeras) {
  auto golden = keras_parity::kInitialGolden.begin();
  for (const Case& c : Cases()) {
    KerasTensor in = Input(c.input);
    Model model(in, c.layer(std::vector<KerasTensor>(c.inputs, in)));
    absl::StatusOr<std::vector<Tensor>> weights = model.GetWeights();
    ASSERT_TRUE(weights.ok()) << weights.status();
    for (const Tensor& w : *weights) {
      SCOPED_TRACE(c.name);
      ASSERT_NE(golden, keras_parity::kInitialGolden.end());
      ASSERT_EQ(golden->layer, c.name);
      ExpectDrawnFrom(*golden++, *w.Cast(DType::kFloat32));  // counts are integers
    }
  }
  EXPECT_EQ(golden, keras_parity::kInitialGolden.end());
}

TEST(InitialWeightsTest, EveryLayerIsHere) {
  std::set<std::string> here = Weightless();
  for (const Case& c : Cases()) {
    here.insert(std::string(c.layer->class_name()));
    for (const LayerImpl::Sublayer& within : c.layer->sublayers())
      here.insert(std::string(within.layer->class_name()));
  }
  for (const std::string& name : LayerClassNames())
    EXPECT_TRUE(here.contains(name)) << name << " has no case, nor is it without weights";
}

}  // namespace
}  // namespace dagrad::keras
