// Layers behind a Dense give the results of Keras 3's, and pass on gradients as these do:
// behind_golden.h, made by make_behind_golden.py, which says what inputs and weights are.

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/keras/keras.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/behind_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers

struct Case {
  std::vector<Dims> shapes;
  Layer layer;
  absl::Span<const double> result;
  absl::Span<const double> trained = {};
};

void ExpectParity(const Case& c) {
  SCOPED_TRACE(c.layer->class_name());
  std::vector<KerasTensor> inputs, behind;
  std::vector<Tensor> x;
  for (const Dims& shape : c.shapes) {
    Dims dims = shape;
    dims.insert(dims.begin(), 2);
    x.push_back(Pattern(dims, 1, 0.7, static_cast<double>(x.size())));
    inputs.push_back(Input(shape));
    behind.push_back(Dense(shape.back())(inputs.back()));
  }
  keras_parity::ExpectParity(Model(inputs, {c.layer(behind)}), x, c.result, c.trained);
}

TEST(BehindParityTest, Activations) {
  ExpectParity({{{4}}, Identity(), kIdentityResult, kIdentityTrained});
  ExpectParity({{{6}}, LeakyReLU(), kLeakyReLUResult, kLeakyReLUTrained});
  ExpectParity(
      {{{6}}, LeakyReLU({.negative_slope = 0.1}), kLeakyReLUSlopeResult, kLeakyReLUSlopeTrained});
  ExpectParity({{{6}}, ELU(), kELUResult, kELUTrained});
  ExpectParity({{{6}}, ELU({.alpha = 0.5}), kELUAlphaResult, kELUAlphaTrained});
  ExpectParity({{{3, 4}}, PReLU(), kPReLUResult, kPReLUTrained});
  ExpectParity(
      {{{3, 4}}, PReLU({.shared_axes = Dims{1}}), kPReLUSharedResult, kPReLUSharedTrained});
}

TEST(BehindParityTest, Merging) {
  ExpectParity({{{3, 4}, {3, 4}}, Subtract(), kSubtractResult, kSubtractTrained});
  ExpectParity({{{5}, {5}, {5}}, Average(), kAverageResult, kAverageTrained});
  ExpectParity({{{3, 4}, {1, 4}}, Maximum(), kMaximumResult, kMaximumTrained});
  ExpectParity({{{5}, {5}, {5}}, Minimum(), kMinimumResult, kMinimumTrained});
  ExpectParity({{{3, 4}, {1, 4}}, Add(), kAddBroadcastResult, kAddBroadcastTrained});
}

TEST(BehindParityTest, Reshaping) {
  ExpectParity({{{2, 3, 4}}, Permute({3, 1, 2}), kPermuteResult, kPermuteTrained});
  ExpectParity({{{3}}, RepeatVector(4), kRepeatVectorResult, kRepeatVectorTrained});
  ExpectParity(
      {{{3, 2}}, ZeroPadding1D(Padding1D(1, 2)), kZeroPadding1DResult, kZeroPadding1DTrained});
  ExpectParity({{{5, 2}}, Cropping1D(Padding1D(1, 2)), kCropping1DResult, kCropping1DTrained});
  ExpectParity(
      {{{4, 5, 2}}, Cropping2D(Padding2D(1, 0, 2, 1)), kCropping2DResult, kCropping2DTrained});
  ExpectParity({{{3, 2}}, UpSampling1D(3), kUpSampling1DResult, kUpSampling1DTrained});
  ExpectParity(
      {{{2, 3, 2}}, UpSampling2D(Size2D(2, 3)), kUpSampling2DResult, kUpSampling2DTrained});
}

TEST(BehindParityTest, Normalizations) {
  ExpectParity(
      {{{3, 4}}, UnitNormalization(), kUnitNormalizationResult, kUnitNormalizationTrained});
  ExpectParity({{{3, 4}},
                UnitNormalization({.axis = 1}),
                kUnitNormalizationAxisResult,
                kUnitNormalizationAxisTrained});
  ExpectParity({{{3, 4}}, RMSNormalization(), kRMSNormalizationResult, kRMSNormalizationTrained});
  ExpectParity({{{3, 4}},
                RMSNormalization({.epsilon = 0.1}),
                kRMSNormalizationEpsilonResult,
                kRMSNormalizationEpsilonTrained});
  ExpectParity({{{2, 3, 6}},
                GroupNormalization({.groups = 3}),
                kGroupNormalizationResult,
                kGroupNormalizationTrained});
  ExpectParity({{{6, 3}},
                GroupNormalization({.groups = 2, .axis = 1, .epsilon = 0.1, .center = false}),
                kGroupNormalizationAxisResult,
                kGroupNormalizationAxisTrained});
  ExpectParity({{{3, 4}},
                GroupNormalization({.groups = -1, .scale = false}),
                kGroupNormalizationEachResult,
                kGroupNormalizationEachTrained});
}

TEST(BehindParityTest, NothingIsRandomOutsideOfTraining) {
  ExpectParity({{{3, 2}}, SpatialDropout1D(0.5), kSpatialDropout1DResult});
  ExpectParity({{{2, 3, 2}}, SpatialDropout2D(0.5), kSpatialDropout2DResult});
  ExpectParity({{{4}}, GaussianDropout(0.5), kGaussianDropoutResult});
  ExpectParity({{{4}}, GaussianNoise(0.5), kGaussianNoiseResult});
  ExpectParity({{{4}}, AlphaDropout(0.5), kAlphaDropoutResult});
}

// What the layer makes of x in training.
std::vector<float> InTraining(const Layer& layer, const Tensor& x) {
  GraphBuilder g("training");
  const Value in = g.Input("x", x.dtype(), Shape(x.dims()));
  const absl::Status built = layer->EnsureBuilt({in.type()});
  EXPECT_TRUE(built.ok()) << built;
  LayerNames names;
  layer->AddNames("layer", &names);
  int64_t streams = 0;
  CallContext context(&g, /*training=*/true, &names, &streams);
  const std::vector<Value> values = {in};
  g.Output("y", context.CallLayer(*layer, {values}).values[0]);
  context.Finish();
  EXPECT_EQ(streams, 1);
  const absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  const runtime::TensorMap state = {
      {std::string(CallContext::kRandomKeyState), Tensor::Of<int64_t>({2}, {7, 1})}};
  const auto y = runtime::EvaluateFunction(*f, {{"x", x}}, state);
  EXPECT_TRUE(y.ok()) << y.status();
  return Joined({y->outputs.at("y")});
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments MomentsOf(const std::vector<float>& values) {
  Moments m;
  for (float v : values) m.mean += v / static_cast<double>(values.size());
  for (float v : values)
    m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  m.deviation = std::sqrt(m.deviation);
  return m;
}

// Their distributions: within four standard errors of 100,000 draws.
TEST(BehindParityTest, RandomInTraining) {
  const Tensor ones = Tensor::Full(DType::kFloat32, {100, 1000}, 1);
  const Moments noise = MomentsOf(InTraining(GaussianNoise(0.5), ones));
  EXPECT_NEAR(noise.mean, 1, 0.007);
  EXPECT_NEAR(noise.deviation, 0.5, 0.005);
  const Moments gaussian = MomentsOf(InTraining(GaussianDropout(0.2), ones));
  EXPECT_NEAR(gaussian.mean, 1, 0.007);
  EXPECT_NEAR(gaussian.deviation, 0.5, 0.005);
  // Of 0 and 1 in turn, less 1/2, times 2: mean 0 and variance 1 stay.
  Tensor signs = Tensor::Full(DType::kFloat32, {100, 1000}, 1);
  for (int64_t i = 0; i < signs.num_elements(); i += 2) signs.mutable_data<float>()[i] = -1;
  const Moments alpha = MomentsOf(InTraining(AlphaDropout(0.3), signs));
  EXPECT_NEAR(alpha.mean, 0, 0.013);
  EXPECT_NEAR(alpha.deviation, 1, 0.013);
}

TEST(BehindParityTest, WholeChannelsAreDropped) {
  for (const auto& [layer, dims] : std::vector<std::pair<Layer, Dims>>{
           {SpatialDropout1D(0.5), {20, 12, 10}}, {SpatialDropout2D(0.5), {20, 3, 4, 10}}}) {
    const std::vector<float> y = InTraining(layer, Tensor::Full(DType::kFloat32, dims, 1));
    int dropped = 0;
    for (int b = 0; b < 20; ++b) {
      for (int c = 0; c < 10; ++c) {
        const float first = y[b * 120 + c];
        EXPECT_TRUE(first == 0 || first == 2) << first;
        dropped += first == 0 ? 1 : 0;
        for (int i = 1; i < 12; ++i) EXPECT_EQ(y[b * 120 + i * 10 + c], first);
      }
    }
    EXPECT_NEAR(dropped, 100, 28);
  }
}

}  // namespace
}  // namespace dagrad::keras
