// Layers that hold others, and models as layers, give the results of Keras 3's, train as those do
// and come back from files: wrapper_golden.h, made by make_wrapper_golden.py, which says what
// inputs and weights are.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "dagrad/tests/keras/wrapper_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using namespace keras_parity;  // NOLINT(google-build-using-namespace): the golden numbers
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor Examples() { return Pattern({2, 6, 4}, 1, 0.7, 0); }

void ExpectParity(const KerasTensor& in, const KerasTensor& out, absl::Span<const double> result,
                  absl::Span<const double> trained) {
  keras_parity::ExpectParity(Model(in, out), Examples(), result, trained);
}

void ExpectParity(const Layer& layer, absl::Span<const double> result,
                  absl::Span<const double> trained) {
  const KerasTensor in = Input({6, 4});
  ExpectParity(in, layer(in), result, trained);
}

TEST(WrapperParityTest, Bidirectional) {
  ExpectParity(Bidirectional(LSTM(3)), kConcatResult, kConcatTrained);
  ExpectParity(Bidirectional(GRU(3, {.return_sequences = true}), {.merge_mode = "sum"}), kSumResult,
               kSumTrained);
  ExpectParity(Bidirectional(LSTM(3, {.return_sequences = true}), {.merge_mode = "mul"}),
               kProductResult, kProductTrained);
  ExpectParity(Bidirectional(GRU(2), {.merge_mode = "ave"}), kMeanResult, kMeanTrained);
}

TEST(WrapperParityTest, BothDirectionsStates) {
  const KerasTensor in = Input({6, 4});
  const KerasTensor first = Bidirectional(LSTM(2, {.return_state = true}))(in);
  ASSERT_EQ(first.num_results(), 5);
  const KerasTensor more = Bidirectional(LSTM(2, {.return_sequences = true}))(
      in, {.initial_state = {first[1], first[2], first[3], first[4]}});
  ExpectParity(in, Concatenate()({first[0], Flatten()(more)}), kStatesResult, kStatesTrained);
}

TEST(WrapperParityTest, WithoutMergingThereAreTwo) {
  const KerasTensor in = Input({6, 4});
  const KerasTensor both = Bidirectional(LSTM(2), {.merge_mode = "none"})(in);
  EXPECT_EQ(both.num_results(), 2);
  EXPECT_TRUE(Model({in}, {both[0], both[1]}).status().ok());
}

TEST(WrapperParityTest, TimeDistributed) {
  ExpectParity(TimeDistributed(Dense(3, {.activation = "tanh"})), kStepsResult, kStepsTrained);
  const KerasTensor in = Input({6, 4});
  ExpectParity(in, TimeDistributed(Conv1D(2, 2))(Reshape({3, 4, 2})(in)), kStepsOfImagesResult,
               kStepsOfImagesTrained);
}

TEST(WrapperParityTest, AModelTwiceInAnother) {
  const KerasTensor in = Input({6, 4});
  Sequential inner;
  inner.Add(Dense(5, {.activation = "tanh"}));
  inner.Add(Dense(4));
  ExpectParity(in, inner(inner(in)), kTwiceResult, kTwiceTrained);
}

TEST(WrapperParityTest, ModelsWithinModels) {
  const KerasTensor x = Input({6, 4}), a = Input({6, 4}), b = Input({6, 4}), c = Input({6, 4});
  const Model inner(a, Dense(4, {.activation = "tanh"})(a));
  const Model middle({b, c}, {inner(b), Dense(4)(inner(c))});
  const KerasTensor both = middle({x, ReLU()(x)});
  ExpectParity(x, Concatenate()({both[0], both[1]}), kDeepResult, kDeepTrained);
}

// The layers within are the model's own: trained here, they are trained there.
TEST(ModelAsLayerTest, SharesWeights) {
  const KerasTensor a = Input({4}), b = Input({4});
  const Model inner(a, Dense(3, {.name = "d"})(a), {.name = "inner"});
  Model outer(b, Dense(1)(inner(b)));
  EXPECT_EQ(outer.CountParams(), 5 * 3 + 4);
  ASSERT_TRUE(outer.Compile({.optimizer = Sgd(0.1), .loss = "mse"}).ok());
  const Tensor x = Pattern({8, 4}, 1, 0.7, 0);
  const std::vector<float> before = Joined({*inner.Predict(x)});
  ASSERT_TRUE(outer.Fit(x, Tensor::Full(DType::kFloat32, {8, 1}, 1), {.verbose = 0}).ok());
  EXPECT_NE(Joined({*inner.Predict(x)}), before);
  std::vector<std::string> names;
  const dagrad::Model graph = *outer.Graph();
  for (const StateDecl& s : graph.states) names.push_back(s.name);
  EXPECT_EQ(names[0], "inner/d/kernel");
}

TEST(ModelAsLayerTest, MayBeFrozenAsAWholeAndWithin) {
  const KerasTensor a = Input({4}), b = Input({4});
  const Layer first = Dense(3, {.name = "first"}), second = Dense(3, {.name = "second"});
  const Model inner(a, second(first(a)), {.name = "inner"});
  const Model outer(b, Dense(1)(inner(b)));
  const auto trainable = [](const Model& model) {
    std::vector<bool> kernels;
    const dagrad::Model graph = *model.Graph();
    for (const StateDecl& s : graph.states) {
      if (absl::StrContains(s.name, "kernel")) kernels.push_back(s.trainable);
    }
    return kernels;
  };
  EXPECT_THAT(trainable(outer), ElementsAre(true, true, true));
  first->set_trainable(false);
  EXPECT_THAT(trainable(outer), ElementsAre(false, true, true));
  EXPECT_THAT(trainable(Reloaded(outer)), ElementsAre(false, true, true));
  (*inner.AsLayer())->set_trainable(false);
  EXPECT_THAT(trainable(outer), ElementsAre(false, false, true));
  EXPECT_THAT(trainable(Reloaded(outer)), ElementsAre(false, false, true));
  first->set_trainable(true);  // within what is frozen
  EXPECT_THAT(trainable(outer), ElementsAre(false, false, true));
}

// However many there are, neither building nor destroying them ends the process.
TEST(ModelAsLayerTest, NestingHasABound) {
  const KerasTensor in = Input({4});
  Layer layer = Dense(4);
  for (int i = 1; i < LayerImpl::kMaxNesting; ++i) {
    const KerasTensor x = Input({4});
    layer = *Model(x, layer(x)).AsLayer();
  }
  const Model deep(in, layer(in));
  EXPECT_EQ(Joined({*Reloaded(deep).Predict(Pattern({2, 4}, 1, 0.7, 0))}),
            Joined({*deep.Predict(Pattern({2, 4}, 1, 0.7, 0))}));
  const std::vector<std::function<Layer(Layer)>> wrappers = {
      [](Layer l) { return TimeDistributed(std::move(l)); },
      [](Layer l) { return Bidirectional(std::move(l)); }};
  for (const auto& wrap : wrappers) {
    Layer wrapped = layer;
    for (int i = 0; i < 1'000'000; ++i) wrapped = wrap(wrapped);
    EXPECT_THAT(std::string(wrapped(in).status().message()), HasSubstr("nested more than 16 deep"));
  }
}

// The nodes of a layer stand in its scope, whatever its name, and those of one within in both.
TEST(ModelAsLayerTest, ScopesAreNames) {
  const KerasTensor a = Input({4}), b = Input({4});
  const Model inner(a, Dense(4, {.name = "block/dense"})(a), {.name = "inner"});
  const Model outer(b, Dense(1, {.name = "top/dense"})(inner(b)));
  const dagrad::Model graph = *outer.Graph();
  std::vector<std::string> names;
  for (const Node& node : graph.functions[0].nodes) names.push_back(node.name);
  EXPECT_THAT(names, Contains("inner/block/dense/MatMul"));
  EXPECT_THAT(names, Contains("top/dense/MatMul"));
}

TEST(ModelAsLayerTest, Errors) {
  const KerasTensor in = Input({6, 4});
  const auto error = [&](const KerasTensor& t) { return std::string(t.status().message()); };
  const Model model(in, Dense(1)(in));
  EXPECT_THAT(error(model(Input({6, 5}))),
              HasSubstr("is float32[batch,6,4]; given: float32[batch,6,5]"));
  for (int call = 0; call < 2; ++call) {  // not only when it is built
    EXPECT_THAT(error(model({in, in})), HasSubstr("takes 1 input, 2 given"));
    EXPECT_THAT(error(model(std::vector<KerasTensor>())), HasSubstr("takes 1 input, 0 given"));
    EXPECT_TRUE(model(in).status().ok());
  }
  const Layer dense = Dense(2);
  EXPECT_TRUE(dense(in).status().ok());
  EXPECT_FALSE(dense(std::vector<KerasTensor>()).status().ok());
  EXPECT_EQ(error(Sequential()(in)), "model sequential has no layers");
  EXPECT_THAT(error(Bidirectional(Dense(2))(in)),
              HasSubstr("takes a recurrent layer, with the option go_backwards, not a Dense"));
  EXPECT_THAT(error(Bidirectional(LSTM(2), {.merge_mode = "max"})(in)),
              HasSubstr("merge_mode must be concat, sum, mul, ave or none, not \"max\""));
  EXPECT_THAT(error(Bidirectional(Layer(nullptr))(in)), HasSubstr("not a null"));
  EXPECT_THAT(error(TimeDistributed(Layer(nullptr))(in)), HasSubstr("the layer is null"));
  EXPECT_THAT(error(TimeDistributed(Dense(2))(Input({}))), HasSubstr("[batch, steps, …]"));
  EXPECT_THAT(error(TimeDistributed(Dense(-2))(in)), HasSubstr("units must be positive"));
}

// Two layers with one layer in common would be read back with two.
TEST(ModelAsLayerTest, WhatAFileCannotSayIsNotSaved) {
  const KerasTensor in = Input({6, 4});
  const Layer shared = Dense(4, {.name = "shared"});
  const Model model(in, shared(TimeDistributed(shared)(in)));
  ASSERT_TRUE(model.Predict(Examples()).ok());
  EXPECT_EQ(model.CountParams(), 20);
  const absl::Status saved = model.Save(io::testing::FreshDirectory() + "m");
  EXPECT_EQ(saved.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(saved.message()), HasSubstr("layer \"shared\" is part of two layers"));
}

}  // namespace
}  // namespace dagrad::keras
