#include <utility>

#include "dagrad/runtime/compile/rewrite/fusion.h"

namespace dagrad::runtime {

std::optional<VectorOp> MatchVectorOp(GraphEditor& editor, ValueRef v, absl::string_view op) {
  const Node& node = editor.producer(v);
  if (node.op->name != op || node.inputs.size() != 2) return std::nullopt;
  VectorOp m{node.inputs[0], node.inputs[1]};
  const auto rank = [&](ValueRef of) { return editor.type(of).shape.rank(); };
  if (op != "Sub" && rank(m.x) < rank(m.vector)) std::swap(m.x, m.vector);
  if (rank(m.x) < 2 || rank(m.vector) != 1 || !(editor.type(m.x) == editor.type(v)))
    return std::nullopt;
  if (!(editor.type(m.vector).shape.dim(0) == editor.type(m.x).shape.dim(-1))) return std::nullopt;
  return m;
}

namespace {

constexpr Rule kFoldingRules[] = {
    {"fold_pad", "Conv2D", 0, FoldPad},
    {"fold_pad", "Conv2DFilterGrad", 0, FoldPadInFilterGrad},
    {"fold_pad", "Slice", 0, FoldPadInInputGrad},
    {"fold_batch_norm", "Add", 0, FoldBatchNorm},
};

constexpr Rule kFusionRules[] = {
    {"fuse_bias", "Add", 0, FuseBias},
    {"fuse_residual", "Add", 0, FuseResidual},
    {"fuse_relu", "Relu", 0, FuseRelu},
    {"fuse_relu6", "Relu6", 0, FuseRelu6},
};

}  // namespace

absl::Span<const Rule> FoldingRules() { return kFoldingRules; }
absl::Span<const Rule> FusionRules() { return kFusionRules; }

}  // namespace dagrad::runtime
