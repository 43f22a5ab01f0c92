#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_FUSION_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_FUSION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/runtime/compile/rewrite/graph_editor.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad::runtime {

// Rules that make one node of several, where that is faster. Unlike SimplifyRules(), they may
// change the last bits of results, but not between runs, plans or numbers of threads.
// FoldingRules() come first: they look for ops as they were built.
absl::Span<const Rule> FoldingRules();
absl::Span<const Rule> FusionRules();

// y = x op vector, where `vector` goes along the last axis of x and y.
struct VectorOp {
  ValueRef x;
  ValueRef vector;
};
// `op` is "Add", "Mul" (either operand may be the vector) or "Sub"; nothing if `v` is not such.
std::optional<VectorOp> MatchVectorOp(GraphEditor& editor, ValueRef v, absl::string_view op);

// A rule: batch normalization by known statistics becomes part of the convolution or product
// before.
absl::StatusOr<std::optional<std::string>> FoldBatchNorm(GraphEditor& editor, NodeId id);

// Rules: zeros around the images of a convolution, or of a gradient of one, become padding of its
// window: for Conv2D, Conv2DFilterGrad and a Slice of Conv2DInputGrad.
absl::StatusOr<std::optional<std::string>> FoldPad(GraphEditor& editor, NodeId id);
absl::StatusOr<std::optional<std::string>> FoldPadInFilterGrad(GraphEditor& editor, NodeId id);
absl::StatusOr<std::optional<std::string>> FoldPadInInputGrad(GraphEditor& editor, NodeId id);

// Rules: what follows an op that has a form with an epilogue (OpDef::fused) becomes part of it.
absl::StatusOr<std::optional<std::string>> FuseBias(GraphEditor& editor, NodeId id);
absl::StatusOr<std::optional<std::string>> FuseResidual(GraphEditor& editor, NodeId id);
absl::StatusOr<std::optional<std::string>> FuseRelu(GraphEditor& editor, NodeId id);
absl::StatusOr<std::optional<std::string>> FuseRelu6(GraphEditor& editor, NodeId id);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_FUSION_H_
