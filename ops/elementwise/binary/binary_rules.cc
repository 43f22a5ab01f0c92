#include "dagrad/ops/elementwise/binary/binary_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::ops::binary_internal {
namespace {

using runtime::DropNeutral;
using runtime::GraphEditor;
using runtime::Rule;
using runtime::RuleResult;
using runtime::RuleStage;

// -0 is the neutral element of floating addition: 0 is not, since -0 + 0 = 0. Integers have one
// zero.
RuleResult AddZero(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, IsFloating(editor.type({id, 0}).dtype) ? -0.0 : 0.0, true,
                     "x + 0 = x");
}

RuleResult SubZero(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 0.0, false, "x - 0 = x");
}
RuleResult MulOne(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 1, true, "x * 1 = x");
}
RuleResult DivOne(GraphEditor& editor, NodeId id) {
  return DropNeutral(editor, id, 1, false, "x / 1 = x");
}

// Only of integers: NaN, infinities and the sign of zero forbid it for floats.
RuleResult MulZero(GraphEditor& editor, NodeId id) {
  if (!IsInteger(editor.type({id, 0}).dtype)) return std::nullopt;
  const auto inputs = editor.node(id).inputs;
  for (ValueRef in : inputs) {
    if (!runtime::IsSplat(editor, in, 0)) continue;
    RuleResult done = runtime::StandFor(editor, id, in, "x * 0 = 0");
    if (!done.ok() || done->has_value()) return done;
  }
  return std::nullopt;
}

constexpr Rule kAdd[] = {{"add_zero", RuleStage::kSimplify, AddZero}};
constexpr Rule kSub[] = {{"sub_zero", RuleStage::kSimplify, SubZero}};
constexpr Rule kMul[] = {{"mul_one", RuleStage::kSimplify, MulOne},
                         {"mul_zero", RuleStage::kSimplify, MulZero}};
constexpr Rule kDiv[] = {{"div_one", RuleStage::kSimplify, DivOne}};

}  // namespace

absl::Span<const Rule> AddRules() { return kAdd; }
absl::Span<const Rule> SubRules() { return kSub; }
absl::Span<const Rule> MulRules() { return kMul; }
absl::Span<const Rule> DivRules() { return kDiv; }

}  // namespace dagrad::ops::binary_internal
