// MultiHeadAttention gives the results of Keras 3's, and trains as that does: attention_golden.h,
// made by make_attention_golden.py, which says what inputs and weights are.

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras_parity/attention_golden.h"
#include "dagrad/tests/keras_parity/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers

std::vector<float> Joined(const std::vector<Tensor>& tensors) {
  std::vector<float> all;
  for (const Tensor& t : tensors)
    all.insert(all.end(), t.data<float>().begin(), t.data<float>().end());
  return all;
}

void ExpectNear(absl::Span<const float> got, absl::Span<const double> expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 3e-6) << i;
}

void ExpectParity(const KerasTensor& in, const KerasTensor& out, absl::Span<const double> result,
                  absl::Span<const double> trained) {
  Model model(in, out);
  ASSERT_TRUE(model.status().ok()) << model.status();
  std::vector<Tensor> weights = *model.GetWeights();
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = Pattern(weights[i].dims(), 0.5, 0.3, static_cast<double>(i) + 1);
  ASSERT_TRUE(model.SetWeights(weights).ok());
  const Tensor x = Pattern({2, 6, 4}, 1, 0.7, 0);
  const absl::StatusOr<Tensor> y = model.Predict(x);
  ASSERT_TRUE(y.ok()) << y.status();
  ExpectNear(y->data<float>(), result);
  ASSERT_TRUE(
      model.Compile({.optimizer = Sgd({.learning_rate = 1}), .loss = "mean_squared_error"}).ok());
  const absl::StatusOr<History> history =
      model.Fit(x, Tensor::Full(DType::kFloat32, y->dims(), 0), {.verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  ExpectNear(Joined(*model.GetWeights()), trained);
}

TEST(AttentionParityTest, ToItself) {
  const KerasTensor in = Input({6, 4});
  ExpectParity(in, MultiHeadAttention(2, 3)({in, in}), kSelfResult, kSelfTrained);
}

TEST(AttentionParityTest, OneInputIsQueryKeyAndValue) {
  const KerasTensor in = Input({6, 4});
  ExpectParity(in, MultiHeadAttention(2, 3)(in), kSelfResult, kSelfTrained);
}

TEST(AttentionParityTest, Causal) {
  const KerasTensor in = Input({6, 4});
  const Layer layer =
      MultiHeadAttention(3, 2, {.value_dim = 5, .output_shape = 7, .use_causal_mask = true});
  ExpectParity(in, layer({in, in}), kCausalResult, kCausalTrained);
}

TEST(AttentionParityTest, ToOtherValuesAndKeys) {
  const KerasTensor in = Input({6, 4});
  const KerasTensor out =
      MultiHeadAttention(2, 3)({in, MaxPooling1D(2)(in), AveragePooling1D(2)(in)});
  ExpectParity(in, out, kCrossResult, kCrossTrained);
}

TEST(AttentionParityTest, WithoutBias) {
  const KerasTensor in = Input({6, 4});
  const KerasTensor out = MultiHeadAttention(1, 4, {.use_bias = false})({in, MaxPooling1D(3)(in)});
  ExpectParity(in, out, kNoBiasResult, kNoBiasTrained);
}

}  // namespace
}  // namespace dagrad::keras
