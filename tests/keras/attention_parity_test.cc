// MultiHeadAttention gives the results of Keras 3's, and trains as that does: attention_golden.h,
// made by make_attention_golden.py, which says what inputs and weights are.

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/attention_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers

void ExpectParity(const KerasTensor& in, const KerasTensor& out, absl::Span<const double> result,
                  absl::Span<const double> trained) {
  keras_parity::ExpectParity(Model(in, out), Pattern({2, 6, 4}, 1, 0.7, 0), result, trained);
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
