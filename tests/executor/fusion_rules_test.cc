#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/compile/rewrite/rule.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad {
namespace {

constexpr DType kF32 = DType::kFloat32;

// What a case may use; states are named after themselves.
struct Net {
  GraphBuilder g{"f"};
  Value images = g.Input("images", kF32, {"batch", 9, 8, 3});
  Value rows = g.Input("rows", kF32, {"batch", 20});
  Value filter = g.State("filter", kF32, {3, 3, 3, 16});
  Value matrix = g.State("matrix", kF32, {20, 16});
  Value bias = g.State("bias", kF32, {16});
  Value gamma = g.State("gamma", kF32, {16});
  Value beta = g.State("beta", kF32, {16});
  Value mean = g.State("mean", kF32, {16});
  Value variance = g.State("variance", kF32, {16});
  Value residual = g.Input("residual", kF32, {"batch", 7, 6, 16});

  static Value Padded(Value x, const PadOptions& options = {}) {
    return Pad(x, {0, 1, 2, 0}, {0, 0, 1, 0}, options);
  }
  Value Normalized(Value x) { return BatchNormInference(x, gamma, beta, mean, variance); }
};

struct Case {
  const char* name;
  std::vector<std::string> rules;  // that must be recorded, in this order, and no other fusion
  std::function<Value(Net&)> build;
};

Tensor Random(const ValueType& type, int64_t batch, std::mt19937* bits) {
  Tensor t = *Tensor::Zeros(kF32, *type.shape.Bind({{"batch", batch}}));
  std::uniform_real_distribution<float> uniform(0.1F, 1);
  std::uniform_int_distribution<int> sign(0, 1);
  for (float& x : t.mutable_data<float>()) x = uniform(*bits) * (sign(*bits) == 0 ? -1.0F : 1.0F);
  return t;
}

bool IsFusion(const std::string& rule) {
  return rule == "fold_pad" || rule.rfind("fold_batch_norm", 0) == 0 || rule.rfind("fuse_", 0) == 0;
}

void ExpectClose(const Tensor& got, const Tensor& want) {
  ASSERT_EQ(got.dims(), want.dims());
  double worst = 0;
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    const double w = want.data<float>()[i];
    worst = std::max(worst, std::abs(got.data<float>()[i] - w) / std::max(1.0, std::abs(w)));
  }
  EXPECT_LT(worst, 2e-5);
}

class FusionRulesTest : public ::testing::TestWithParam<Case> {};

TEST_P(FusionRulesTest, IsFoundAndGivesTheSame) {
  Net net;
  net.g.Output("y", GetParam().build(net));
  const Function f = *net.g.Build();
  auto e = Executable::Compile(f);
  ASSERT_TRUE(e.ok()) << e.status();
  std::vector<std::string> fusions;
  for (const RewriteRecord& r : (*e)->rewrites()) {
    if (IsFusion(r.rule)) fusions.push_back(r.rule);
  }
  EXPECT_EQ(fusions, GetParam().rules);
  std::mt19937 bits(7);
  StateStore store;
  TensorMap states;
  for (NodeId id : f.states) {
    Tensor t = Random(f.nodes[id].outputs[0], 1, &bits);
    if (f.nodes[id].name == "variance") {
      for (float& x : t.mutable_data<float>()) x = std::abs(x);
    }
    states[f.nodes[id].name] = *t.Clone();
    store.Set(f.nodes[id].name, t);
  }
  for (int64_t batch : {1, 5, 0, 5}) {
    TensorMap feeds;
    for (NodeId id : f.inputs)
      feeds[f.nodes[id].name] = Random(f.nodes[id].outputs[0], batch, &bits);
    auto want = runtime::EvaluateFunction(f, feeds, states);
    auto got = (*e)->Run(feeds, &store);
    ASSERT_TRUE(want.ok() && got.ok()) << want.status() << got.status();
    ExpectClose(got->at("y"), want->outputs.at("y"));
    for (const auto& [name, tensor] : want->updates) states[name] = *tensor.Clone();
  }
}

std::vector<Case> Cases() {
  return {
      {"ConvolutionAndBatchNorm",
       {"fold_batch_norm", "fuse_bias"},
       [](Net& n) { return n.Normalized(Conv2D(n.images, n.filter)); }},
      {"ConvolutionWithBiasAndBatchNorm",
       {"fold_batch_norm", "fuse_bias"},
       [](Net& n) { return n.Normalized(Conv2D(n.images, n.filter) + n.bias); }},
      {"ProductAndBatchNorm",
       {"fold_batch_norm"},
       [](Net& n) { return n.Normalized(MatMul(n.rows, n.matrix)); }},
      {"ProductWithBiasAndBatchNorm",
       {"fold_batch_norm"},
       [](Net& n) { return n.Normalized(n.bias + MatMul(n.rows, n.matrix)); }},
      {"Bias", {"fuse_bias"}, [](Net& n) { return Conv2D(n.images, n.filter) + n.bias; }},
      {"BiasAndRelu",
       {"fuse_bias", "fuse_relu"},
       [](Net& n) { return Relu(Conv2D(n.images, n.filter) + n.bias); }},
      {"BiasAndRelu6",
       {"fuse_bias", "fuse_relu6"},
       [](Net& n) { return Relu6(Conv2D(n.images * 9.0, n.filter) + n.bias); }},
      {"BiasAndResidual",
       {"fuse_bias", "fuse_residual"},
       [](Net& n) { return n.residual + (Conv2D(n.images, n.filter) + n.bias); }},
      {"ResidualBlock",
       {"fold_batch_norm", "fuse_bias", "fuse_residual", "fuse_relu"},
       [](Net& n) { return Relu(n.Normalized(Conv2D(n.images, n.filter)) + n.residual); }},
      {"ResidualOfTwoConvolutions",
       {"fuse_bias", "fuse_bias", "fuse_residual"},
       [](Net& n) {
         return (Conv2D(n.images, n.filter) + n.bias) + (Conv2D(n.images * 2.0, n.filter) + n.beta);
       }},
      {"TwoResiduals",
       {"fuse_bias", "fuse_residual"},
       [](Net& n) { return Conv2D(n.images, n.filter) + n.bias + n.residual + n.residual; }},
      {"Pad", {"fold_pad"}, [](Net& n) { return Conv2D(n.Padded(n.images), n.filter); }},
      {"PadBatchNormAndRelu",
       {"fold_pad", "fold_batch_norm", "fuse_bias", "fuse_relu"},
       [](Net& n) { return Relu(n.Normalized(Conv2D(n.Padded(n.images), n.filter))); }},
      {"PadOfOneThatPads",
       {"fold_pad"},
       [](Net& n) {
         return Conv2D(n.Padded(n.images), n.filter,
                       {.strides = {2, 1},
                        .padding = "explicit",
                        .explicit_padding = {1, 2, 0, 1},
                        .dilations = {2, 1}});
       }},
      {"PadThatIsUsedElsewhere",
       {"fold_pad"},
       [](Net& n) {
         const Value padded = n.Padded(n.images);
         return Conv2D(padded, n.filter) * ReduceSum(padded * padded * 1e-3);
       }},
      {"PadInGradientOfImages",
       {"fold_pad", "fold_pad"},
       [](Net& n) {
         const Value y = Conv2D(n.Padded(n.images), n.filter, {.strides = {2, 2}});
         return (*Gradients({ReduceSum(y * y)}, {n.images}))[0];
       }},
      {"PadInGradientOfFilter",
       {"fold_pad", "fold_pad"},
       [](Net& n) {
         const Value y = Conv2D(n.Padded(n.images), n.filter, {.strides = {2, 2}});
         return (*Gradients({ReduceSum(y * y)}, {n.filter}))[0];
       }},
      {"PadOfSameSize",
       {},
       [](Net& n) { return Conv2D(n.Padded(n.images), n.filter, {.padding = "same"}); }},
      {"PadByOtherThanZero",
       {},
       [](Net& n) { return Conv2D(n.Padded(n.images, {.value = 1}), n.filter); }},
      {"PadOfEdges",
       {},
       [](Net& n) { return Conv2D(n.Padded(n.images, {.mode = "edge"}), n.filter); }},
      {"PadBeyondTheWindow",
       {},
       [](Net& n) {
         return Conv2D(Pad(n.images, {0, 3, 0, 0}, {0, 0, 0, 0}), n.filter);
       }},
      {"PadOfTheBatch",
       {},
       [](Net& n) {
         return Conv2D(Pad(n.images, {1, 1, 1, 0}, {0, 1, 1, 0}), n.filter);
       }},
      {"ReluWithoutBias", {}, [](Net& n) { return Relu(Conv2D(n.images, n.filter)); }},
      {"BiasThatIsUsedElsewhere",
       {"fuse_bias"},
       [](Net& n) {
         const Value y = Conv2D(n.images, n.filter) + n.bias;
         return Relu(y) * y;
       }},
      {"ConvolutionThatIsUsedElsewhere",
       {},
       [](Net& n) {
         const Value y = Conv2D(n.images, n.filter);
         return Relu(y + n.bias) * y;
       }},
      {"BatchNormOfWhatIsUsedElsewhere",
       {},
       [](Net& n) {
         const Value y = Conv2D(n.images, n.filter);
         return n.Normalized(y) * y;
       }},
      {"BatchNormOfWeightsThatTheFunctionUpdates",
       {},
       [](Net& n) {
         n.g.Update("gamma", n.gamma * 0.5);
         return n.Normalized(MatMul(n.rows, n.matrix));
       }},
      {"BatchNormOfWeightsThatAreFed",
       {},
       [](Net& n) {
         return n.Normalized(MatMul(n.rows, n.g.Input("fed", kF32, {20, 16})));
       }},
  };
}

INSTANTIATE_TEST_SUITE_P(Rules, FusionRulesTest, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FusionRules, EveryRuleHasACase) {
  std::set<std::string> covered;
  for (const Case& c : Cases()) covered.insert(c.rules.begin(), c.rules.end());
  for (const OpDef* op : ops::AllOps()) {
    if (op->rules == nullptr) continue;
    for (const runtime::Rule& rule : op->rules()) {
      if (rule.stage == runtime::RuleStage::kSimplify) continue;
      EXPECT_TRUE(IsFusion(std::string(rule.name))) << rule.name;
      EXPECT_EQ(covered.count(std::string(rule.name)), 1u) << rule.name;
    }
  }
}

}  // namespace
}  // namespace dagrad
