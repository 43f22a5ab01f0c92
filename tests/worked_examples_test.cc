// The worked examples of courses on deep learning, in float64: numbers that can be followed on
// paper.

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/runtime/run/executable.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr DType kF64 = DType::kFloat64;
using Activation = Value (*)(Operand);

Value Linear(Operand x) { return x.value(); }

// Weights of the nodes of one layer: one row per node.
using Layer = std::vector<std::vector<double>>;

// activation(x · layerᵀ) for the row vector x.
Value Dense(Value x, const Layer& layer, Activation activation) {
  const int64_t nodes = static_cast<int64_t>(layer.size());
  std::vector<double> weights;
  for (const auto& row : layer) weights.insert(weights.end(), row.begin(), row.end());
  const Tensor w = Tensor::Of<double>({nodes, static_cast<int64_t>(layer[0].size())},
                                      absl::MakeConstSpan(weights));
  return activation(MatMul(x, Constant(x.builder(), w), {.transpose_b = true}));
}

Tensor Row(const std::vector<double>& v) {
  return Tensor::Of<double>({1, static_cast<int64_t>(v.size())}, absl::MakeConstSpan(v));
}

// The outputs of what `g` has built, both from the plan and from the plain interpreter, which
// agree.
runtime::TensorMap RunBoth(GraphBuilder* g, const runtime::TensorMap& feeds) {
  const absl::StatusOr<Function> f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  if (!f.ok()) return {};
  const auto executable = Executable::Compile(*f);
  EXPECT_TRUE(executable.ok()) << executable.status();
  const auto reference = runtime::EvaluateFunction(*f, feeds);
  EXPECT_TRUE(reference.ok()) << reference.status();
  if (!executable.ok() || !reference.ok()) return {};
  const auto outputs = (*executable)->Run(feeds);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  if (!outputs.ok()) return {};
  for (const auto& [name, t] : *outputs) {
    EXPECT_TRUE(SameBits(t, reference->outputs.at(name))) << name;
  }
  return *outputs;
}

double Number(const runtime::TensorMap& outputs, const std::string& name) {
  const auto it = outputs.find(name);
  EXPECT_TRUE(it != outputs.end() && it->second.num_elements() == 1) << name;
  if (it == outputs.end() || it->second.num_elements() != 1) return std::nan("");
  return it->second.data<double>()[0];
}

// What the network of `layers`, all but the last with `activation`, makes of `inputs`.
double Predict(const std::vector<double>& inputs, const std::vector<Layer>& layers,
               Activation activation, Activation last = Linear) {
  GraphBuilder g("predict");
  Value h = g.Input("x", kF64, {1, static_cast<int64_t>(inputs.size())});
  for (size_t i = 0; i < layers.size(); ++i) {
    h = Dense(h, layers[i], i + 1 < layers.size() ? activation : last);
  }
  g.Output("y", h);
  return Number(RunBoth(&g, {{"x", Row(inputs)}}), "y");
}

TEST(WorkedExamplesTest, ForwardPropagation) {
  EXPECT_EQ(Predict({2, 3}, {{{1, 1}, {-1, 1}}, {{2, -1}}}, Linear), 9);
}

TEST(WorkedExamplesTest, HiddenNodesWithTanh) {
  EXPECT_EQ(Predict({2, 3}, {{{1, 1}, {-1, 1}}, {{2, -1}}}, Tanh), 1.2382242525694254);
}

TEST(WorkedExamplesTest, HiddenNodesWithTanhAndOtherWeights) {
  // 2 tanh 3 - tanh 9. Some courses print 1.2382242525694254 beside these inputs, which belongs to
  // the ones above.
  EXPECT_EQ(Predict({-1, 2}, {{{3, 3}, {1, 5}}, {{2, -1}}}, Tanh), 0.9901095378334199);
}

TEST(WorkedExamplesTest, TwoHiddenLayersWithRelu) {
  const Layer first = {{2, 4}, {4, -5}};
  const Layer second = {{-1, 1}, {2, 2}};
  EXPECT_EQ(Predict({3, 5}, {first, {{1, 0}}}, Relu), 26);
  EXPECT_EQ(Predict({3, 5}, {first, {{0, 1}}}, Relu), 0);
  EXPECT_EQ(Predict({3, 5}, {first, second, {{1, 0}}}, Relu), 0);
  EXPECT_EQ(Predict({3, 5}, {first, second, {{0, 1}}}, Relu), 52);
  EXPECT_EQ(Predict({3, 5}, {first, second, {{-3, 7}}}, Relu), 364);
}

TEST(WorkedExamplesTest, SquaredErrorOfThreePredictions) {
  GraphBuilder g("loss");
  const Value errors = Square(g.Input("prediction", kF64, {3}) - g.Input("actual", kF64, {3}));
  g.Output("total", ReduceSum(errors));
  g.Output("mean", ReduceMean(errors));
  const auto outputs = RunBoth(&g, {{"prediction", Tensor::Of<double>({3}, {10, 8, 6})},
                                    {"actual", Tensor::Of<double>({3}, {20, 3, 1})}});
  EXPECT_EQ(Number(outputs, "total"), 150);
  EXPECT_EQ(Number(outputs, "mean"), 50);
}

// One weight of 2 and an input of 3 predict 6 for a target of 10: the error is -4, the slope of the
// squared error 2 · (-4) · 3 = -24, and one step of gradient descent at learning rate 0.01 leads
// to 2.24.
TEST(WorkedExamplesTest, SlopeOfTheSquaredErrorAndOneStep) {
  GraphBuilder g("train_step");
  const Value w = g.Input("w", kF64, {});
  const Value loss = Square(w * g.Input("x", kF64, {}) - g.Input("target", kF64, {}));
  const auto slope = Gradients({loss}, {w});
  ASSERT_TRUE(slope.ok()) << slope.status();
  g.Output("slope", (*slope)[0]);
  g.Output("w", w - (*slope)[0] * 0.01);
  const auto outputs = RunBoth(
      &g,
      {{"w", Tensor::Scalar(2.0)}, {"x", Tensor::Scalar(3.0)}, {"target", Tensor::Scalar(10.0)}});
  EXPECT_EQ(Number(outputs, "slope"), -24);
  EXPECT_EQ(Number(outputs, "w"), 2.24);
}

}  // namespace
}  // namespace dagrad
