// Images as the rows of a chain: convolutions that compute little on a byte, of values that are
// larger than a near cache.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

constexpr int64_t kBatch = 9, kSide = 56, kWide = 96;

// An inverted bottleneck, with a state that is updated if `with_update`.
Function Bottleneck(bool with_update) {
  constexpr DType kF32 = DType::kFloat32;
  GraphBuilder g("f");
  const Value x = g.Input("x", kF32, {"batch", kSide, kSide, 16});
  const Value wide = Relu6(Conv2D(x, g.State("expand", kF32, {1, 1, 16, kWide})));
  const Value moved = Conv2D(wide, g.State("depthwise", kF32, {3, 3, 1, kWide}),
                             {.strides = {2, 2}, .padding = "same", .groups = kWide});
  g.Output("y", Conv2D(moved, g.State("project", kF32, {1, 1, kWide, 24})));
  if (with_update) g.Update("count", g.State("count", kF32, {}) + 1.0);
  return *g.Build();
}

// A convolution that computes much on a byte, and what is left of it: the maximum of each channel.
Function Maxima() {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch", kSide, kSide, 16});
  const Value filter = g.State("filter", DType::kFloat32, {5, 5, 16, 64});
  g.Output("y", ReduceMax(Conv2D(x, filter, {.padding = "same"}), {.axes = {1, 2}}));
  return *g.Build();
}

void FillStates(const Function& f, StateStore* store) {
  std::mt19937 random(11);
  for (NodeId id : f.states) {
    const ValueType& type = f.nodes[id].outputs[0];
    store->Set(f.nodes[id].name, ops::RandomTensor(type.dtype, *type.shape.Bind({}), &random));
  }
}

std::string Outputs(const Function& f, bool flow, int threads) {
  EXPECT_TRUE(SetNumThreads(threads).ok());
  auto e = Executable::Compile(f, {.flow = flow});
  EXPECT_TRUE(e.ok()) << e.status();
  StateStore store;
  FillStates(f, &store);
  auto context = (*e)->NewContext(&store);
  std::mt19937 random(12);
  std::string bytes;
  for (int64_t batch : {kBatch, int64_t{3}, kBatch}) {
    const Tensor x = ops::RandomTensor(DType::kFloat32, {batch, kSide, kSide, 16}, &random);
    EXPECT_TRUE((*e)->Run(context->get(), {x}).ok());
    EXPECT_TRUE((*context)->guards_intact());
    const Tensor& y = (*context)->outputs()[0];
    bytes.append(static_cast<const char*>(y.bytes()), y.byte_size());
  }
  return bytes;
}

// The last chain with a node of `op`, and the ops of its nodes.
PlanSummary::Chain ChainOf(const Function& f, const std::string& op,
                           std::vector<std::string>* ops) {
  auto e = Executable::Compile(f);
  EXPECT_TRUE(e.ok()) << e.status();
  auto plan = (*e)->Plan({{kBatch, kSide, kSide, 16}});
  EXPECT_TRUE(plan.ok()) << plan.status();
  int chain = -1;
  for (const PlanSummary::Step& s : plan->steps) {
    if (s.op == op) chain = s.chain;
  }
  for (const PlanSummary::Step& s : plan->steps) {
    if (s.chain == chain) ops->push_back(s.op);
  }
  return chain < 0 ? PlanSummary::Chain() : plan->chains[chain];
}

TEST(ImageChainsTest, TakeImagesThroughConvolutions) {
  std::vector<std::string> ops;
  const PlanSummary::Chain chain = ChainOf(Bottleneck(false), "Relu6", &ops);
  EXPECT_EQ(ops, (std::vector<std::string>{"Conv2D", "Relu6", "Conv2D", "Conv2D"}));
  EXPECT_EQ(chain.rows, kBatch);
  EXPECT_EQ(chain.tile, 1);
}

TEST(ImageChainsTest, NotWhereStatesAreUpdated) {
  std::vector<std::string> ops;
  EXPECT_NE(ChainOf(Bottleneck(true), "Relu6", &ops).rows, kBatch);
}

TEST(ImageChainsTest, TakeWhatMakesValuesSmaller) {
  std::vector<std::string> ops;
  const PlanSummary::Chain chain = ChainOf(Maxima(), "ReduceMax", &ops);
  EXPECT_EQ(ops, (std::vector<std::string>{"Conv2D", "ReduceMax"}));
  EXPECT_EQ(chain.rows, kBatch);
}

TEST(ImageChainsTest, GiveTheSameBits) {
  for (const Function& f : {Bottleneck(false), Maxima()}) {
    const std::string expected = Outputs(f, false, 1);
    for (int threads : {1, 2, 3, 5}) EXPECT_TRUE(Outputs(f, true, threads) == expected) << threads;
  }
}

}  // namespace
}  // namespace dagrad
