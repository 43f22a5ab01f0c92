// Files that older versions wrote give the numbers that they gave then: those of the same functions
// built today.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/table.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using runtime::EvaluateFunction;
using runtime::KernelMode;

// The file in both formats, which must hold the same.
Model Read(const std::string& name) {
  const std::string path = absl::StrCat("tests/old_files/", name);
  const auto model = ParseModel(io::testing::Slurp(path + ".pb"), ops::FindOp);
  EXPECT_TRUE(model.ok()) << model.status();
  const auto from_text = ParseModelText(io::testing::Slurp(path + ".pbtxt"), ops::FindOp);
  EXPECT_TRUE(from_text.ok()) << from_text.status();
  if (!model.ok() || !from_text.ok()) return Model();
  EXPECT_EQ(*SerializeModel(*model), *SerializeModel(*from_text));
  return *model;
}

// Numbers for its inputs; a bool is true for two of three.
TensorMap FeedsOf(const Function& f) {
  std::mt19937 random(5);
  TensorMap feeds;
  for (NodeId id : f.inputs) {
    const ValueType& type = f.nodes[id].outputs[0];
    Dims dims;
    for (int a = 0; a < type.shape.rank(); ++a)
      dims.push_back(type.shape.dim(a).is_known() ? type.shape.dim(a).value() : 2);
    Tensor t = ops::RandomTensor(DType::kFloat32, dims, &random);
    if (type.dtype == DType::kBool) {
      for (float& v : t.mutable_data<float>()) v = v > -0.3f ? 1 : 0;
    }
    feeds[f.nodes[id].name] = *t.Cast(type.dtype);
  }
  return feeds;
}

// The gradient of a mask is nodes in the file, and today's are others.
constexpr char kOfOtherNodes[] = "dmask";

void ExpectSameOutputs(const TensorMap& actual, const TensorMap& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    if (name != kOfOtherNodes) {
      EXPECT_TRUE(SameBits(actual.at(name), tensor)) << name;
      continue;
    }
    const auto a = actual.at(name).data<float>(), b = tensor.data<float>();
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6) << name << " " << i;
  }
}

void ExpectSameNumbers(const Function& old, const Function& today) {
  const TensorMap feeds = FeedsOf(today);
  for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
    const auto actual = EvaluateFunction(old, feeds, {}, mode);
    const auto expected = EvaluateFunction(today, feeds, {}, mode);
    ASSERT_TRUE(actual.ok() && expected.ok()) << actual.status() << expected.status();
    ExpectSameOutputs(actual->outputs, expected->outputs);
  }
  const auto old_program = Executable::Compile(old), program = Executable::Compile(today);
  ASSERT_TRUE(old_program.ok() && program.ok()) << old_program.status() << program.status();
  const auto actual = (*old_program)->Run(feeds), expected = (*program)->Run(feeds);
  ASSERT_TRUE(actual.ok() && expected.ok()) << actual.status() << expected.status();
  ExpectSameOutputs(*actual, *expected);
}

// How many nodes have each op, by its name of today.
std::map<std::string, int> CountOps(const Function& f) {
  std::map<std::string, int> counts;
  for (const Node& n : f.nodes) ++counts[std::string(n.op->name)];
  return counts;
}

struct QueriesKeysValues {
  explicit QueriesKeysValues(GraphBuilder* g)
      : q(g->Input("q", DType::kFloat32, {"batch", 3, 4, 2})),
        k(g->Input("k", DType::kFloat32, {"batch", 5, 2, 2})),
        v(g->Input("v", DType::kFloat32, {"batch", 5, 2, 3})) {}
  Value q, k, v;
};

Function Masked(DType dtype, const Shape& shape, bool is_causal) {
  GraphBuilder g("f");
  const QueriesKeysValues in(&g);
  const Value mask = g.Input("mask", dtype, shape);
  const AttentionResult r =
      Attention(in.q, in.k, in.v, {.mask = mask, .scale = 0.7, .is_causal = is_causal});
  g.Output("y", r.y);
  g.Output("lse", r.lse);
  const std::vector<Value> grads = *Gradients({r.y}, {in.q, in.k, in.v});
  g.Output("dq", grads[0]);
  g.Output("dk", grads[1]);
  g.Output("dv", grads[2]);
  if (dtype != DType::kBool) g.Output("dmask", (*Gradients({r.y}, {mask}))[0]);
  return *g.Build();
}

Function Unmasked() {
  GraphBuilder g("f");
  const QueriesKeysValues in(&g);
  const AttentionResult r = Attention(in.q, in.k, in.v);
  g.Output("y", r.y);
  g.Output("dq", (*Gradients({r.y}, {in.q}))[0]);
  return *g.Build();
}

TEST(OldFilesTest, MaskedAttentionIsAttention) {
  const Model model = Read("masked_attention");
  ASSERT_EQ(model.functions.size(), 3u);
  for (const Function& f : model.functions) {
    std::map<std::string, int> counts = CountOps(f);
    EXPECT_EQ(counts["Attention"], 1) << f.name;
    EXPECT_EQ(counts["AttentionGrad"], 1) << f.name;
  }
  ExpectSameNumbers(model.functions[0], Masked(DType::kFloat32, {4, 1, 5}, false));
  ExpectSameNumbers(model.functions[1], Masked(DType::kBool, {"batch", 1, 1, 5}, true));
  ExpectSameNumbers(model.functions[2], Unmasked());
  // It is written under the name of today; only names of nodes stay as they were.
  const std::string text = *ModelToText(model);
  EXPECT_FALSE(absl::StrContains(text, "op: \"Masked"));
  EXPECT_TRUE(absl::StrContains(text, "name: \"MaskedAttention\""));
}

Function GeluFunction(bool approximate) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 7});
  const Value y = Gelu(x, {.approximate = approximate});
  g.Output("y", y);
  g.Output("dx", (*Gradients({y}, {x}))[0]);
  return *g.Build();
}

TEST(OldFilesTest, GeluOfVersion1) {
  const Model model = Read("gelu_version_1");
  ASSERT_EQ(model.functions.size(), 2u);
  ExpectSameNumbers(model.functions[0], GeluFunction(false));
  ExpectSameNumbers(model.functions[1], GeluFunction(true));
  const std::string text = *ModelToText(model);
  EXPECT_TRUE(absl::StrContains(text, "op: \"Gelu\"\n    op_version: 2\n")) << text;
  EXPECT_TRUE(absl::StrContains(text, "s: \"none\"") && absl::StrContains(text, "s: \"tanh\""));
}

TEST(OldFilesTest, GeluOfVersion1WithoutItsAttribute) {
  std::string text = io::testing::Slurp("tests/old_files/gelu_version_1.pbtxt");
  const std::string attribute =
      "    attributes {\n      name: \"approximate\"\n      b: false\n    }\n";
  size_t removed = 0;
  for (size_t at; (at = text.find(attribute)) != std::string::npos; ++removed)
    text.erase(at, attribute.size());
  EXPECT_EQ(removed, 2u);  // of Gelu and GeluGrad
  const auto model = ParseModelText(text, ops::FindOp);
  ASSERT_TRUE(model.ok()) << model.status();
  ExpectSameNumbers(model->functions[0], GeluFunction(false));
}

// What no version 1 ever had is refused, naming the node.
TEST(OldFilesTest, GeluOfVersion1WithAnAttributeOfVersion2) {
  std::string text = io::testing::Slurp("tests/old_files/gelu_version_1.pbtxt");
  text.replace(text.find("b: false"), 8, "s: \"none\"");
  const auto model = ParseModelText(text, ops::FindOp);
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(
      model.status().message(),
      "erf: Gelu (Gelu, maker.cc:44): version 1 of op Gelu: attribute \"approximate\" is of kind "
      "string, not bool"))
      << model.status();
}

}  // namespace
}  // namespace dagrad::tests
