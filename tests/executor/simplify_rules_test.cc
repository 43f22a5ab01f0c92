#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/validate.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"
#include "dagrad/runtime/compile/rewrite/pass.h"
#include "dagrad/runtime/compile/rewrite/rule.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad {
namespace {

using runtime::KernelMode;
using runtime::TensorMap;

// The inputs that a case may use: x holds every special float, i integers, b bools.
struct Inputs {
  explicit Inputs(GraphBuilder* g)
      : g(g),
        x(g->Input("x", DType::kFloat32, {2, 4})),
        z(g->Input("z", DType::kFloat32, {2, 4})),
        i(g->Input("i", DType::kInt32, {3})),
        b(g->Input("b", DType::kBool, {2, 4})) {}
  GraphBuilder* g;
  Value x, z, i, b;

  static TensorMap Feeds() {
    const float inf = std::numeric_limits<float>::infinity();
    const float nan = std::nanf("");
    return {{"x", Tensor::Of<float>({2, 4}, {0.0f, -0.0f, 1.5f, -2.5f, inf, -inf, nan, 1e-45f})},
            {"z", Tensor::Of<float>({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})},
            {"i", Tensor::Of<int32_t>({3}, {0, -7, 2147483647})},
            {"b", Tensor::Of<bool>({2, 4}, {true, false, true, true, false, false, true, false})}};
  }
};

struct Case {
  const char* name;
  const char* rule;  // that must be recorded; "" if nothing may change
  std::function<Value(Inputs&)> build;
  int nodes_left;  // beside the four inputs
};

class SimplifyTest : public ::testing::TestWithParam<Case> {};

TEST_P(SimplifyTest, KeepsEveryBit) {
  GraphBuilder g("f");
  Inputs inputs(&g);
  g.Output("y", GetParam().build(inputs));
  const Function before = *g.Build();
  Function after = before;
  std::vector<RewriteRecord> records;
  ASSERT_TRUE(runtime::RewriteFunction(KernelMode::kReference, false, &after, &records).ok());
  ASSERT_TRUE(ValidateFunction(after).ok()) << ValidateFunction(after);
  std::set<std::string> rules;
  for (const RewriteRecord& r : records) rules.insert(r.rule);
  if (*GetParam().rule == '\0') {
    EXPECT_TRUE(rules.empty()) << *rules.begin();
  } else {
    EXPECT_EQ(rules.count(GetParam().rule), 1u);
  }
  EXPECT_EQ(static_cast<int>(after.nodes.size()) - 4, GetParam().nodes_left);
  const auto want = runtime::EvaluateFunction(before, Inputs::Feeds());
  const auto got = runtime::EvaluateFunction(after, Inputs::Feeds());
  ASSERT_TRUE(want.ok() && got.ok()) << want.status() << got.status();
  EXPECT_TRUE(SameBits(want->outputs.at("y"), got->outputs.at("y")))
      << want->outputs.at("y").ToString() << " is " << got->outputs.at("y").ToString();
}

const Case kCases[] = {
    {"AddMinusZero", "add_zero", [](Inputs& in) { return in.x + -0.0; }, 0},
    {"AddPlusZeroStays", "", [](Inputs& in) { return in.x + 0.0; }, 2},
    {"AddZeroIntegers", "add_zero", [](Inputs& in) { return 0.0 + in.i; }, 0},
    {"AddZeroThatBroadcastsStays", "",
     [](Inputs& in) {
       return in.i + Full(in.g, DType::kInt32, {2, 3}, 0);
     },
     2},
    {"SubZero", "sub_zero", [](Inputs& in) { return in.x - 0.0; }, 0},
    {"SubMinusZeroStays", "", [](Inputs& in) { return in.x - -0.0; }, 2},
    {"SubFromZeroStays", "", [](Inputs& in) { return 0.0 - in.x; }, 2},
    {"MulOne", "mul_one", [](Inputs& in) { return 1.0 * (in.x * 1.0); }, 0},
    {"MulOneTensor", "mul_one",
     [](Inputs& in) {
       return in.x * Full(in.g, DType::kFloat32, {2, 4}, 1);
     },
     0},
    {"MulZeroStays", "", [](Inputs& in) { return in.x * 0.0; }, 2},
    {"MulZeroIntegers", "mul_zero",
     [](Inputs& in) {
       return in.i * Constant(in.g, Tensor::Of<int32_t>({3}, {0, 0, 0}));
     },
     1},
    {"DivOne", "div_one", [](Inputs& in) { return in.x / 1.0; }, 0},
    {"DivOfOneStays", "", [](Inputs& in) { return 1.0 / in.x; }, 2},
    {"DoubleNeg", "double_negation", [](Inputs& in) { return Neg(Neg(in.x)); }, 0},
    {"TripleNegOfIntegers", "double_negation", [](Inputs& in) { return Neg(Neg(Neg(in.i))); }, 1},
    {"DoubleNot", "double_negation", [](Inputs& in) { return LogicalNot(LogicalNot(in.b)); }, 0},
    {"AbsAbs", "idempotent", [](Inputs& in) { return Abs(Abs(in.x)); }, 1},
    {"SignSign", "idempotent", [](Inputs& in) { return Sign(Sign(in.x)); }, 1},
    {"FloorFloor", "idempotent", [](Inputs& in) { return Floor(Floor(in.x)); }, 1},
    {"CeilCeil", "idempotent", [](Inputs& in) { return Ceil(Ceil(in.x)); }, 1},
    {"RoundRound", "idempotent", [](Inputs& in) { return Round(Round(in.x)); }, 1},
    {"ReluRelu", "idempotent", [](Inputs& in) { return Relu(Relu(Relu(in.x))); }, 1},
    {"FloorCeilStays", "", [](Inputs& in) { return Floor(Ceil(in.x)); }, 2},
    {"MaximumOfSame", "same_operands", [](Inputs& in) { return Maximum(in.x, in.x); }, 0},
    {"MinimumOfSame", "same_operands", [](Inputs& in) { return Minimum(in.x, in.x); }, 0},
    {"AndOfSame", "same_operands", [](Inputs& in) { return LogicalAnd(in.b, in.b); }, 0},
    {"OrOfSame", "same_operands", [](Inputs& in) { return LogicalOr(in.b, in.b); }, 0},
    {"SelectSame", "select_same", [](Inputs& in) { return Select(in.b, in.x, in.x); }, 0},
    {"SelectOther", "", [](Inputs& in) { return Select(in.b, in.x, in.z); }, 1},
    {"CastToOwnType", "same_type", [](Inputs& in) { return Cast(in.x, DType::kFloat32); }, 0},
    {"CastAndBackStays", "",
     [](Inputs& in) { return Cast(Cast(in.x, DType::kFloat64), DType::kFloat32); }, 2},
    {"BroadcastToOwnShape", "same_type",
     [](Inputs& in) {
       return BroadcastTo(in.x, {2, 4});
     },
     0},
    {"ReshapeBack", "view",
     [](Inputs& in) {
       return Reshape(Reshape(Reshape(in.x, {8}), {4, 2}), {2, 4});
     },
     0},
    {"ReshapeOfReshape", "view",
     [](Inputs& in) {
       return Reshape(Reshape(in.x, {8}), {4, 2});
     },
     1},
    {"IdentityAndStopGradient", "view",
     [](Inputs& in) { return Identity(StopGradient(Relu(in.x))); }, 1},
    {"TransposeBack", "transposes", [](Inputs& in) { return Transpose(Transpose(in.x)); }, 0},
    {"TransposeOfNothing", "transposes",
     [](Inputs& in) {
       return Transpose(in.x, {0, -1});
     },
     0},
    {"TwoTransposes", "transposes",
     [](Inputs& in) {
       return Transpose(Transpose(Reshape(in.x, {2, 1, 4}), {2, 0, 1}), {2, 0, 1});
     },
     2},
    {"Folded", "fold_constants",
     [](Inputs& in) { return in.x * Sqrt(Constant(in.g, Tensor::Scalar<float>(2)) * 8.0); }, 2},
    {"Merged", "merge_common", [](Inputs& in) { return (in.x * in.z) - Abs(Relu(in.z * in.x)); },
     4},
};

INSTANTIATE_TEST_SUITE_P(Rules, SimplifyTest, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SimplifyRulesTest, EveryRuleHasACase) {
  std::set<std::string> covered;
  for (const Case& c : kCases) covered.insert(c.rule);
  covered.insert("adam_of_rows");  // row_rules_test.cc
  const auto check = [&](absl::Span<const runtime::Rule> rules) {
    for (const runtime::Rule& rule : rules) {
      if (rule.stage != runtime::RuleStage::kSimplify) continue;
      EXPECT_EQ(covered.count(std::string(rule.name)), 1u) << rule.name;
    }
  };
  check(runtime::ViewRules());
  for (const OpDef* op : ops::AllOps()) {
    if (op->rules != nullptr) check(op->rules());
  }
}

}  // namespace
}  // namespace dagrad
