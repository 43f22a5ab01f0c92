#include <gtest/gtest.h>

#include <ctime>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/runtime/compile/rewrite/pass.h"
#include "dagrad/runtime/compile/rewrite/rule.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/toy_ops.h"

namespace dagrad::runtime {
namespace {

using testing::ToyAdd;
using testing::ToyConstant;
using testing::ToyMul;
using testing::ToyReshape;
using testing::ToyReverse;
using testing::ToyScale;
using testing::ToySplitSign;
using testing::ToySub;
using testing::ToySum;

constexpr DType kF32 = DType::kFloat32;

Tensor Vec(std::initializer_list<float> values) {
  return Tensor::Of<float>({static_cast<int64_t>(values.size())}, values);
}

struct Rewritten {
  Function before;
  Function after;
  std::vector<RewriteRecord> records;

  int CountOp(absl::string_view name) const {
    int count = 0;
    for (const Node& n : after.nodes) count += n.op->name == name;
    return count;
  }
  // The rules that were recorded for the node.
  std::set<std::string> Rules(absl::string_view node) const {
    std::set<std::string> rules;
    for (const RewriteRecord& r : records) {
      if (r.node == node) rules.insert(r.rule);
    }
    return rules;
  }
};

Rewritten Rewrite(GraphBuilder* g) {
  Rewritten r;
  r.before = *g->Build();
  r.after = r.before;
  EXPECT_TRUE(RewriteFunction(KernelMode::kFast, false, &r.after, &r.records).ok());
  EXPECT_TRUE(ValidateFunction(r.after).ok()) << ValidateFunction(r.after);
  return r;
}

// Both functions give the same bits.
void ExpectSameResults(const Rewritten& r, const TensorMap& feeds, const TensorMap& states = {}) {
  auto before = EvaluateFunction(r.before, feeds, states);
  auto after = EvaluateFunction(r.after, feeds, states);
  ASSERT_TRUE(before.ok() && after.ok()) << before.status() << after.status();
  ASSERT_EQ(before->outputs.size(), after->outputs.size());
  for (const auto& [name, tensor] : before->outputs)
    EXPECT_TRUE(SameBits(tensor, after->outputs.at(name))) << name;
  ASSERT_EQ(before->updates.size(), after->updates.size());
  for (const auto& [name, tensor] : before->updates)
    EXPECT_TRUE(SameBits(tensor, after->updates.at(name))) << name;
}

TEST(RewriteTest, FoldsWhatDependsOnConstantsAlone) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  Value a = ToyConstant(&g, Vec({1, 2}));
  Value b = ToyAdd(ToyScale(a, 3), ToyReverse(a)).Named("b");
  g.Output("y", ToyMul(x, b));
  g.Output("view", ToyReshape(b, {2, 1}));
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.CountOp("ToyAdd") + r.CountOp("ToyScale") + r.CountOp("ToyReverse") +
                r.CountOp("ToyReshape"),
            0);
  EXPECT_EQ(r.CountOp("ToyConstant"), 2);
  EXPECT_EQ(r.Rules("b"), (std::set<std::string>{"fold_constants"}));
  ExpectSameResults(r, {{"x", Vec({5, 7})}});
}

TEST(RewriteTest, FoldLeavesWhatFailsOrWouldGrow) {
  GraphBuilder g("f");
  g.Output("fails", testing::ToyFail(ToyConstant(&g, Vec({-1, 2}))));
  g.Output("symbolic", ToyScale(g.Input("x", kF32, {"n"}), 1));
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.CountOp("ToyFail"), 1);
  EXPECT_EQ(r.CountOp("ToyScale"), 1);
}

TEST(RewriteTest, MergesEqualNodes) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  Value y = g.Input("y", kF32, {2});
  Value sum1 = ToyAdd(ToyScale(x, 2), y);
  Value sum2 = ToyAdd(y, ToyScale(x, 2)).Named("sum2");  // commutative
  Value other = ToyScale(x, 2.5);                        // another attribute
  Value sub = ToyMul(ToySub(x, y), ToySub(y, x));        // not commutative
  g.Output("a", ToyMul(sum1, sum2));
  g.Output("b", ToyAdd(other, sub));
  g.Output("sum2", sum2);
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.CountOp("ToyScale"), 2);
  EXPECT_EQ(r.CountOp("ToyAdd"), 2);
  EXPECT_EQ(r.CountOp("ToySub"), 2);
  EXPECT_EQ(r.Rules("sum2"), (std::set<std::string>{"merge_common"}));
  ExpectSameResults(r, {{"x", Vec({1, 2})}, {"y", Vec({3, -4})}});
}

TEST(RewriteTest, MergesNodesOfSeveralOutputs) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {3});
  g.Output("positive", ToySplitSign(x)[0]);
  g.Output("negative", ToySplitSign(x)[1]);
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.CountOp("ToySplitSign"), 1);
  ExpectSameResults(r, {{"x", Vec({1, -2, 3})}});
}

TEST(RewriteTest, PrunesButKeepsTheSignature) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  g.Input("unused", kF32, {2});
  Value s = g.State("s", kF32, {2});
  ToyScale(ToyReverse(x), 5);
  g.Output("y", ToyScale(x, 2));
  g.Update("s", ToyAdd(s, x));
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.after.nodes.size(), 5u);
  EXPECT_EQ(r.after.inputs.size(), 2u);
  EXPECT_EQ(r.Rules("ToyReverse"), (std::set<std::string>{"prune_dead"}));
  ExpectSameResults(r, {{"x", Vec({5, 7})}, {"unused", Vec({0, 0})}}, {{"s", Vec({1, 1})}});
}

TEST(RewriteTest, ViewsOfViewsAndBack) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {6});
  Value back = ToyReshape(ToyReshape(ToyReshape(x, {2, 3}), {3, 2}), {6});
  g.Output("same", ToyScale(back, 2));
  g.Output("view", ToyReshape(ToyReshape(ToyScale(x, 3), {2, 3}), {3, 2}));
  g.Output("x", ToyReshape(x, {6}));
  const Rewritten r = Rewrite(&g);
  EXPECT_EQ(r.CountOp("ToyReshape"), 1);
  ExpectSameResults(r, {{"x", Vec({1, 2, 3, 4, 5, 6})}});
}

// A fusion as later ones will be: scale(add(a, b)) becomes one node, where nobody else needs the
// sum.
absl::Status InferFused(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

const OpDef& FusedOp() {
  static const OpDef* const op = [] {
    auto* fused = new OpDef();
    fused->name = "ToyAddScale";
    fused->label = "toy_add_scale";
    fused->inputs = {{"a", {kF32}}, {"b", {kF32}}};
    fused->outputs = {{"y", {kF32}}};
    fused->attrs = {{"factor", AttrKind::kFloat}};
    fused->infer = InferFused;
    return fused;
  }();
  return *op;
}

RuleResult FuseAddScale(GraphEditor& editor, NodeId id) {
  const Node& scale = editor.node(id);
  const ValueRef sum = scale.inputs[0];
  const Node& add = editor.producer(sum);
  if (add.op->name != "ToyAdd" || editor.uses(sum) != 1) return std::nullopt;
  const auto inputs = add.inputs;
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, FusedOp(), inputs, scale.attrs));
  return absl::StrCat("saves the sum");
}

constexpr Rule kScaleRules[] = {{"fuse_add_scale", RuleStage::kFuse, FuseAddScale}};

// ToyScale as a user would have it who knows of more.
const OpDef& ScaleOp() {
  static const OpDef* const op = [] {
    GraphBuilder other("other");
    auto* scale = new OpDef(*ToyScale(other.Input("x", kF32, {2}), 1).node().op);
    scale->rules = []() -> absl::Span<const Rule> { return kScaleRules; };
    return scale;
  }();
  return *op;
}

Value Scale(Value x, double factor) {
  return x.builder()->AddNode(ScaleOp(), {x}, {{"factor", factor}}, SourceLocation::Current());
}

TEST(RuleTest, FusionMakesOneNodeOfTwo) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  g.Output("fused", Scale(ToyAdd(x, ToyReverse(x)), 2).Named("fused"));
  Value sum = ToyAdd(x, x);
  g.Output("not", ToyMul(Scale(sum, 2), sum));
  Rewritten r;
  r.before = r.after = *g.Build();
  GraphEditor editor(&r.after, KernelMode::kFast, &r.records);
  ASSERT_TRUE(ApplyRules(RuleStage::kSimplify, editor).ok());
  EXPECT_TRUE(r.records.empty()) << "another stage's";
  ASSERT_TRUE(ApplyRules(RuleStage::kFuse, editor).ok());
  editor.Finish();
  ASSERT_TRUE(ValidateFunction(r.after).ok()) << ValidateFunction(r.after);
  EXPECT_EQ(r.CountOp("ToyAddScale"), 1);
  EXPECT_EQ(r.CountOp("ToyAdd"), 1);
  EXPECT_EQ(r.CountOp("ToyScale"), 1);
  ASSERT_EQ(r.records.size(), 1u);
  EXPECT_EQ(r.records[0].rule, "fuse_add_scale");
  EXPECT_EQ(r.records[0].node, "fused");
  EXPECT_EQ(r.records[0].reason, "saves the sum");
}

TEST(GraphEditorTest, InsertsNodesWhereTheyAreNeeded) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  Value y = ToyScale(x, 2);
  g.Output("y", ToyAdd(y, x).Named("sum"));
  Rewritten r;
  r.before = r.after = *g.Build();
  GraphEditor editor(&r.after, KernelMode::kFast, &r.records);
  const OpDef& reverse = *ToyReverse(GraphBuilder("other").Input("x", kF32, {2})).node().op;
  auto first = editor.InsertBefore(2, "there", reverse, {y.ref()}, {});
  ASSERT_TRUE(first.ok()) << first.status();
  auto second = editor.InsertBefore(2, "back", reverse, {ValueRef{*first, 0}}, {});
  ASSERT_TRUE(second.ok()) << second.status();
  auto unused = editor.InsertBefore(1, "unused", reverse, {x.ref()}, {});
  ASSERT_TRUE(unused.ok()) << unused.status();
  EXPECT_FALSE(editor.InsertBefore(1, "late", reverse, {y.ref()}, {}).ok());
  const Node sum = editor.node(2);
  ASSERT_TRUE(editor.ReplaceNode(2, *sum.op, {ValueRef{*second, 0}, x.ref()}, {}).ok());
  EXPECT_FALSE(editor.ReplaceValue(y.ref(), ValueRef{*second, 0}).ok()) << "comes later";
  editor.Finish();
  ASSERT_TRUE(ValidateFunction(r.after).ok()) << ValidateFunction(r.after);
  EXPECT_EQ(r.after.nodes.size(), 5u);
  EXPECT_EQ(r.after.nodes[2].name, "sum/there_3");
  ExpectSameResults(r, {{"x", Vec({1, 5})}});
}

TEST(RewriteTest, TimeIsLinearInDepthAndWidth) {
  auto seconds = [](int n, bool deep) {
    GraphBuilder g("f");
    Value x = g.Input("x", kF32, {2});
    Value c = ToyConstant(&g, Vec({1, 2}));
    Value y = x;
    for (int i = 0; i < n / 4; ++i) {
      Value fresh = ToyScale(deep ? y : x, 1.0 + (deep ? 0 : i));
      Value again = ToyReshape(ToyScale(deep ? y : x, 1.0 + (deep ? 0 : i)), {2});
      y = deep ? ToyAdd(fresh, again) : ToyAdd(y, ToyMul(fresh, again));
      c = ToyScale(c, 1.0);
    }
    g.Output("y", ToyAdd(y, c));
    Function f = *g.Build();
    std::vector<RewriteRecord> records;
    const std::clock_t start = std::clock();  // of the processor: a busy neighbour does not matter
    EXPECT_TRUE(RewriteFunction(KernelMode::kFast, false, &f, &records).ok());
    EXPECT_GT(records.size(), static_cast<size_t>(n / 4));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  for (bool deep : {false, true}) {
    const double small = seconds(10000, deep);
    const double large = seconds(100000, deep);
    EXPECT_LT(large, 40 * small + 0.1) << "ten times the nodes, not a hundred times the time";
  }
}

}  // namespace
}  // namespace dagrad::runtime
