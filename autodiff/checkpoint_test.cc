#include "dagrad/autodiff/checkpoint.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/ops/ops.h"
#include "dagrad/runtime/run/executable.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr int64_t kWidth = 64;
constexpr int64_t kBatch = 256;
constexpr int kBlocks = 8;

Value Block(Value x, Value w) {
  for (int i = 0; i < 6; ++i) x = Tanh(MatMul(x, w));
  return x;
}

// The loss of blocks one behind the other, and its gradients by their weights.
absl::StatusOr<Function> Blocks(bool checkpointed) {
  GraphBuilder g("blocks");
  Value x = g.Input("x", DType::kFloat32, {kBatch, kWidth});
  std::vector<Value> weights;
  for (int i = 0; i < kBlocks; ++i)
    weights.push_back(g.Input(absl::StrCat("w", i), DType::kFloat32, {kWidth, kWidth}));
  for (const Value& w : weights) {
    x = checkpointed ? Checkpoint(&g, [&](GraphBuilder&) { return Block(x, w); })[0] : Block(x, w);
  }
  const Value loss = ReduceMean(Square(x));
  g.Output("loss", loss);
  const auto grads = Gradients({loss}, weights);
  if (!grads.ok()) return grads.status();
  for (int i = 0; i < kBlocks; ++i) g.Output(absl::StrCat("grad", i), (*grads)[i]);
  return g.Build();
}

struct Ran {
  runtime::TensorMap outputs;
  int64_t bytes = 0;
};

absl::StatusOr<Ran> RunBlocks(bool checkpointed) {
  const auto f = Blocks(checkpointed);
  if (!f.ok()) return f.status();
  const auto e = Executable::Compile(*f);
  if (!e.ok()) return e.status();
  runtime::TensorMap feeds;
  const auto fill = [&](const std::string& name, Dims dims, double scale) {
    Tensor t = *Tensor::Zeros(DType::kFloat32, dims);
    for (int64_t i = 0; i < t.num_elements(); ++i)
      t.mutable_data<float>()[i] = static_cast<float>(scale * ((i * 7919) % 101 - 50) / 50.0);
    feeds[name] = t;
  };
  fill("x", {kBatch, kWidth}, 1);
  for (int i = 0; i < kBlocks; ++i) fill(absl::StrCat("w", i), {kWidth, kWidth}, 0.2);
  std::vector<Dims> dims = {{kBatch, kWidth}};
  dims.resize(1 + kBlocks, {kWidth, kWidth});
  const auto plan = (*e)->Plan(dims);
  if (!plan.ok()) return plan.status();
  auto outputs = (*e)->Run(feeds);
  if (!outputs.ok()) return outputs.status();
  return Ran{*std::move(outputs), plan->arena_bytes};
}

TEST(CheckpointTest, TheSameNumbersInLessMemory) {
  const auto plain = RunBlocks(false), checkpointed = RunBlocks(true);
  ASSERT_TRUE(plain.ok()) << plain.status();
  ASSERT_TRUE(checkpointed.ok()) << checkpointed.status();
  ASSERT_EQ(plain->outputs.size(), kBlocks + 1u);
  for (const auto& [name, tensor] : plain->outputs) {
    const Tensor& other = checkpointed->outputs.at(name);
    ASSERT_EQ(other.dims(), tensor.dims());
    for (int64_t i = 0; i < tensor.num_elements(); ++i)
      ASSERT_EQ(other.data<float>()[i], tensor.data<float>()[i]) << name << "[" << i << "]";
  }
  // 8 · 6 activations are kept without it, 8 and those of one block with it.
  EXPECT_LT(checkpointed->bytes * 2, plain->bytes);
}

TEST(CheckpointTest, WhatUsesNothingFromOutside) {
  GraphBuilder g("f");
  const std::vector<Value> v = Checkpoint(&g, [](GraphBuilder& body) {
    return Values{Full(&body, DType::kFloat64, {2}, 3), Full(&body, DType::kFloat64, {}, 4)};
  });
  ASSERT_EQ(v.size(), 2u);
  EXPECT_EQ(v[0].builder(), &g);
  EXPECT_TRUE(g.ok()) << g.status();
}

TEST(CheckpointTest, ErrorsAreTheBuilders) {
  {
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat64, {2});
    Checkpoint(&g,
               [&](GraphBuilder&) { return Values{MatMul(x, Full(&g, DType::kFloat64, {3}, 1))}; });
    EXPECT_TRUE(absl::StrContains(g.status().message(), "MatMul")) << g.status();
  }
  {
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat64, {2});
    EXPECT_TRUE(Checkpoint(&g, [&](GraphBuilder&) {
                  Exp(x);
                  return Values();
                }).empty());
    EXPECT_TRUE(absl::StrContains(g.status().message(), "body_c2")) << g.status();
  }
  {
    GraphBuilder g("f");
    Checkpoint(&g,
               [&](GraphBuilder& body) { return Values{body.State("s", DType::kFloat64, {2})}; });
    EXPECT_TRUE(absl::StrContains(g.status().message(), "body_c1")) << g.status();
  }
  EXPECT_TRUE(Checkpoint(nullptr, [](GraphBuilder&) { return Values(); }).empty());
}

}  // namespace
}  // namespace dagrad
