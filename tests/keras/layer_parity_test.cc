// Layers give the results of Keras 3's, and train as these do: layer_golden.h, made by
// make_layer_golden.py, which says what inputs and weights are.

#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/layer_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers

struct Case {
  std::string name;
  Dims shape;
  Layer layer;
  absl::Span<const double> result;
  absl::Span<const double> trained = {};
};

void ExpectParity(const Tensor& x, const KerasTensor& in, const Case& c) {
  SCOPED_TRACE(c.name);
  keras_parity::ExpectParity(Model(in, c.layer(in)), x, c.result, c.trained);
}

TEST(LayerParityTest, Convolutions) {
  const std::vector<Case> cases = {
      {"valid",
       {9, 3},
       Conv1D(4, 3, {.strides = 2, .activation = "tanh"}),
       kConv1DValidResult,
       kConv1DValidTrained},
      {"same",
       {9, 4},
       Conv1D(4, 3, {.padding = "same", .dilation_rate = 2, .groups = 2}),
       kConv1DSameResult,
       kConv1DSameTrained},
      {"causal",
       {8, 3},
       Conv1D(2, 3, {.padding = "causal", .dilation_rate = 2}),
       kConv1DCausalResult,
       kConv1DCausalTrained},
      {"depthwise same",
       {7, 6, 3},
       DepthwiseConv2D(3, {.strides = 2, .padding = "same", .depth_multiplier = 2}),
       kDepthwiseSameResult,
       kDepthwiseSameTrained},
      {"depthwise valid",
       {7, 6, 4},
       DepthwiseConv2D(Size2D(3, 2), {.dilation_rate = 2, .use_bias = false}),
       kDepthwiseValidResult,
       kDepthwiseValidTrained},
      {"separable",
       {6, 6, 3},
       SeparableConv2D(4, 3, {.padding = "same", .depth_multiplier = 2}),
       kSeparableResult,
       kSeparableTrained},
  };
  for (const Case& c : cases) {
    Dims dims = c.shape;
    dims.insert(dims.begin(), 2);
    ExpectParity(Pattern(dims, 1, 0.7, 0), Input(c.shape), c);
  }
}

TEST(LayerParityTest, Recurrent) {
  const std::vector<Case> cases = {
      {"lstm", {5, 3}, LSTM(4), kLstmResult, kLstmTrained},
      {"lstm sequences",
       {5, 3},
       LSTM(2, {.return_sequences = true}),
       kLstmSequencesResult,
       kLstmSequencesTrained},
      {"lstm backwards",
       {5, 3},
       LSTM(2, {.use_bias = false, .go_backwards = true}),
       kLstmBackwardsResult,
       kLstmBackwardsTrained},
      {"lstm backwards sequences",
       {5, 3},
       LSTM(2, {.return_sequences = true, .go_backwards = true}),
       kLstmBackwardsSequencesResult,
       kLstmBackwardsSequencesTrained},
      {"gru", {5, 3}, GRU(4), kGruResult, kGruTrained},
      {"gru backwards sequences",
       {5, 3},
       GRU(2, {.return_sequences = true, .go_backwards = true}),
       kGruBackwardsSequencesResult,
       kGruBackwardsSequencesTrained},
      {"gru without bias",
       {5, 3},
       GRU(2, {.use_bias = false}),
       kGruWithoutBiasResult,
       kGruWithoutBiasTrained},
  };
  for (const Case& c : cases) {
    Dims dims = c.shape;
    dims.insert(dims.begin(), 2);
    ExpectParity(Pattern(dims, 1, 0.7, 0), Input(c.shape), c);
  }
}

TEST(LayerParityTest, LayersWithoutWeights) {
  const std::vector<Case> cases = {
      {"max1d", {9, 3}, MaxPooling1D(3, {.strides = 2, .padding = "same"}), kMaxPooling1DResult},
      {"average1d", {9, 3}, AveragePooling1D(2), kAveragePooling1DResult},
      {"global max1d", {5, 3}, GlobalMaxPooling1D(), kGlobalMaxPooling1DResult},
      {"global average1d",
       {5, 3},
       GlobalAveragePooling1D({.keepdims = true}),
       kGlobalAveragePooling1DResult},
      {"global max2d",
       {4, 5, 3},
       GlobalMaxPooling2D({.keepdims = true}),
       kGlobalMaxPooling2DResult},
      {"padding", {2, 3, 2}, ZeroPadding2D(Padding2D(0, 1, 2, 1)), kZeroPadding2DResult},
      {"bounded", {12}, ReLU({.max_value = 0.5}), kReluBoundedResult},
      {"sloped", {12}, ReLU({.negative_slope = 0.25}), kReluSlopedResult},
      {"threshold",
       {12},
       ReLU({.max_value = 0.75, .negative_slope = 0.5, .threshold = 0.25}),
       kReluThresholdResult},
      {"softmax", {3, 4}, Softmax({.axis = 1}), kSoftmaxResult},
  };
  for (const Case& c : cases) {
    Dims dims = c.shape;
    dims.insert(dims.begin(), 2);
    ExpectParity(Pattern(dims, 1, 0.7, 0), Input(c.shape), c);
  }
}

// Integers of both sizes, and floats, which Keras takes too.
TEST(LayerParityTest, Embedding) {
  const Tensor indices = Tensor::Of<int64_t>({2, 3}, {0, 3, 3, 5, 1, 0});
  for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kFloat32}) {
    ExpectParity(*indices.Cast(dtype), Input({3}, {.dtype = dtype}),
                 {"embedding", {3}, keras::Embedding(6, 2), kEmbeddingResult, kEmbeddingTrained});
  }
}

TEST(LayerParityTest, MultiplyRepeatsDimensionsOfOne) {
  const KerasTensor a = Input({2, 2}), b = Input({1, 2});
  Model model({a, b}, {Multiply()({a, b})});
  absl::StatusOr<Tensor> y = model.Predict(std::vector<Tensor>{
      Tensor::Of<float>({1, 2, 2}, {1, 2, 3, 4}), Tensor::Of<float>({1, 1, 2}, {5, 7})});
  ASSERT_TRUE(y.ok()) << y.status();
  ExpectNear(y->data<float>(), std::vector<double>{5, 14, 15, 28});
}

TEST(LayerParityTest, LayerThatIsCalledTwiceUpdatesInTurn) {
  KerasTensor in = Input({3});
  const Layer layer = BatchNormalization({.momentum = 0.75});
  Model model(in, layer(Activation("tanh")(layer(in))));
  ASSERT_TRUE(
      model.Compile({.optimizer = Sgd({.learning_rate = 1}), .loss = "mean_squared_error"}).ok());
  absl::StatusOr<History> history =
      model.Fit(Pattern({6, 3}, 1, 0.7, 0), Pattern({6, 3}, 1, 0.3, 0),
                {.batch_size = 3, .verbose = 0, .shuffle = false});
  ASSERT_TRUE(history.ok()) << history.status();
  ExpectNear(Joined(*model.GetWeights()), kSharedBatchNormalizationTrained);
}

}  // namespace
}  // namespace dagrad::keras
