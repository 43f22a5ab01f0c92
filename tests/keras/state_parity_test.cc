// Recurrent layers that return their states and start from others' give the results of Keras 3's,
// and train as they do: state_golden.h, made by make_state_golden.py, which says what inputs and
// weights are.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "dagrad/tests/keras/state_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers
using ::testing::HasSubstr;

std::vector<Tensor> Examples() {
  return {Pattern({2, 4, 3}, 1, 0.7, 0), Pattern({2, 5, 2}, 1, 0.7, 1)};
}

// The results of `decoder`, which starts from the states that `encoder` ends with.
Model TwoLayers(const Layer& encoder, const Layer& decoder) {
  const KerasTensor a = Input({4, 3}), b = Input({5, 2});
  const KerasTensor encoded = encoder(a);
  CallArgs args;
  for (int i = 1; i < encoded.num_results(); ++i) args.initial_state.push_back(encoded[i]);
  const KerasTensor decoded = decoder(b, args);
  std::vector<KerasTensor> outputs;
  for (int i = 0; i < decoded.num_results(); ++i) outputs.push_back(decoded[i]);
  return Model({a, b}, outputs);
}

void ExpectParity(Model model, absl::Span<const double> results, absl::Span<const double> trained) {
  keras_parity::ExpectParity(std::move(model), Examples(), results, trained);
}

TEST(StateParityTest, Lstm) {
  ExpectParity(TwoLayers(LSTM(3, {.return_state = true}),
                         LSTM(3, {.return_sequences = true, .return_state = true})),
               kLstmResults, kLstmTrained);
}

TEST(StateParityTest, LstmBackwards) {
  ExpectParity(TwoLayers(LSTM(3, {.return_state = true, .go_backwards = true}),
                         LSTM(3, {.return_sequences = true, .return_state = true})),
               kLstmBackwardsResults, kLstmBackwardsTrained);
}

TEST(StateParityTest, Gru) {
  ExpectParity(TwoLayers(GRU(3, {.return_state = true}),
                         GRU(3, {.return_sequences = true, .return_state = true})),
               kGruResults, kGruTrained);
}

TEST(StateParityTest, GruBackwards) {
  ExpectParity(
      TwoLayers(GRU(3, {.return_state = true}),
                GRU(3, {.return_sequences = true, .return_state = true, .go_backwards = true})),
      kGruBackwardsResults, kGruBackwardsTrained);
}

std::string ErrorOf(const KerasTensor& in, const KerasTensor& out) {
  return std::string(Model(in, out).status().message());
}

TEST(StateParityTest, Errors) {
  const KerasTensor in = Input({4, 3});
  const int line = __LINE__ + 1;
  const KerasTensor three = LSTM(3, {.return_state = true, .name = "three"})(in);
  EXPECT_THAT(
      ErrorOf(in, three),
      HasSubstr(absl::StrCat("three (LSTM, state_parity_test.cc:", line,
                             "): gives 3 tensors, t[0] to t[2], of which one is to be taken")));
  EXPECT_THAT(ErrorOf(in, Dense(1)(three)), HasSubstr("of which one is to be taken"));
  EXPECT_THAT(ErrorOf(in, three[3]), HasSubstr("there is no t[3]"));
  EXPECT_THAT(ErrorOf(in, three[-1]), HasSubstr("there is no t[-1]"));
  EXPECT_THAT(ErrorOf(in, in[1]), HasSubstr("gives 1 tensor, t[0]; there is no t[1]"));
  EXPECT_TRUE(Model(in, three[2]).status().ok());
  EXPECT_THAT(ErrorOf(in, Dense(1)(in, {.initial_state = {three[1]}})),
              HasSubstr("has no state, but is called with an initial_state"));
  EXPECT_THAT(ErrorOf(in, LSTM(3)(in, {.initial_state = {three[1]}})),
              HasSubstr("initial_state is 2 tensors; given: 1"));
  EXPECT_THAT(ErrorOf(in, GRU(3)(in, {.initial_state = {three}})),
              HasSubstr("of which one is to be taken"));
  EXPECT_THAT(ErrorOf(in, GRU(4)(in, {.initial_state = {three[1]}})),
              HasSubstr("initial_state[0] is float32[batch,3]; wanted: float32[batch,4]"));
  EXPECT_THAT(ErrorOf(in, GRU(3)(in, {.initial_state = {KerasTensor()}})),
              HasSubstr("is called on an empty tensor"));
}

TEST(StateParityTest, SummaryNamesResults) {
  const Model model = TwoLayers(LSTM(3, {.return_state = true, .name = "encoder"}),
                                LSTM(3, {.return_state = true, .name = "decoder"}));
  const std::string text = model.Summary()->text;
  EXPECT_THAT(text, HasSubstr("encoder[0][1], encoder[0][2]"));
  EXPECT_THAT(text, HasSubstr("[(None, 3), (None, 3), (None, 3)]"));
}

}  // namespace
}  // namespace dagrad::keras
