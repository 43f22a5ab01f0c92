#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/batch_norm/fold_batch_norm.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/runtime/compile/rewrite/epilogue.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

// A convolution of an image that zeros were put around is a convolution with more padding of its
// own, and so are its gradients:
//   conv(pad(x), f) = conv'(x, f)
//   filter_grad(pad(x), dy) = filter_grad'(x, dy)
//   slice(input_grad(dy, f)) = input_grad'(dy, f), where the slice is what pad's gradient takes.

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::GraphEditor;
using runtime::Rule;
using runtime::RuleResult;
using runtime::RuleStage;
using Ints = std::vector<int64_t>;

constexpr int kHeight = 1, kWidth = 2;

// As a window has it: top, bottom, left, right.
std::optional<Ints> Border(const Ints& low, const Ints& high) {
  if (low.size() != 4 || high.size() != 4) return std::nullopt;
  if (low[0] != 0 || high[0] != 0 || low[3] != 0 || high[3] != 0) return std::nullopt;
  return Ints{low[kHeight], high[kHeight], low[kWidth], high[kWidth]};
}

// Of a node that puts zeros around images; nothing for others.
std::optional<Ints> ZeroBorder(const Node& pad) {
  if (pad.op != &PadOp() || pad.attrs.Get<std::string>("mode") != "constant" ||
      pad.attrs.Get<double>("value") != 0)
    return std::nullopt;
  return Border(pad.attrs.Get<Ints>("low"), pad.attrs.Get<Ints>("high"));
}

// What `slice` cuts off a value of shape `full`, if it only does that.
std::optional<Ints> CutBorder(const Node& slice, const Shape& full) {
  const Shape &starts = slice.attrs.Get<Shape>("starts"), &sizes = slice.attrs.Get<Shape>("sizes");
  for (int64_t stride : slice.attrs.Get<Ints>("strides")) {
    if (stride != 1) return std::nullopt;
  }
  Ints low, high;
  for (int axis = 0; axis < full.rank(); ++axis) {
    const Dim rest = full.dim(axis) - sizes.dim(axis) - starts.dim(axis);
    if (!starts.dim(axis).is_known() || !rest.is_known()) return std::nullopt;
    low.push_back(starts.dim(axis).value());
    high.push_back(rest.value());
  }
  return Border(low, high);
}

// The attributes of a convolution by a filter of this shape, with `border` more padding. Nothing
// where it already pads by the image's size, or where windows would lie in padding alone.
std::optional<AttrMap> WithBorder(AttrMap attrs, const Shape& filter, const Ints& border) {
  if (attrs.Get<std::string>("padding") == "same") return std::nullopt;
  Ints padding = attrs.Get<Ints>("explicit_padding");
  const Ints dilations = attrs.Get<Ints>("dilations");
  for (int i = 0; i < 4; ++i) {
    padding[i] += border[i];
    const Dim& size = filter.dim(i / 2);
    if (!size.is_known() || padding[i] > (size.value() - 1) * dilations[i / 2]) return std::nullopt;
  }
  attrs.Set("padding", std::string("explicit"));
  attrs.Set("explicit_padding", padding);
  return attrs;
}

constexpr char kReason[] = ": saves a copy of the images";

// The first input of the node is the padded image.
RuleResult FoldPadOfImage(GraphEditor& editor, NodeId id, const Shape& filter) {
  const Node node = editor.node(id);
  const Node pad = editor.producer(node.inputs[0]);
  const auto border = ZeroBorder(pad);
  if (!border.has_value()) return std::nullopt;
  const auto attrs = WithBorder(node.attrs, filter, *border);
  if (!attrs.has_value()) return std::nullopt;
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, *node.op, {pad.inputs[0], node.inputs[1]}, *attrs));
  return absl::StrCat("the zeros of ", pad.name, " become the window's padding", kReason);
}

RuleResult FoldPad(GraphEditor& editor, NodeId id) {
  return FoldPadOfImage(editor, id, Shape(editor.type(editor.node(id).inputs[1]).shape));
}

RuleResult FoldPadInFilterGrad(GraphEditor& editor, NodeId id) {
  return FoldPadOfImage(editor, id, Shape(editor.type({id, 0}).shape));
}

RuleResult FoldPadInInputGrad(GraphEditor& editor, NodeId id) {
  const Node slice = editor.node(id);
  const ValueRef padded = slice.inputs[0];
  const Node grad = editor.producer(padded);
  if (grad.op != &Conv2DInputGradOp() || editor.uses(padded) != 1) return std::nullopt;
  const auto border = CutBorder(slice, editor.type(padded).shape);
  if (!border.has_value()) return std::nullopt;
  auto attrs = WithBorder(grad.attrs, editor.type(grad.inputs[1]).shape, *border);
  if (!attrs.has_value()) return std::nullopt;
  attrs->Set("input_shape", Shape(editor.type({id, 0}).shape));
  DAGRAD_RETURN_IF_ERROR(editor.ReplaceNode(id, *grad.op, grad.inputs, *std::move(attrs)));
  return absl::StrCat("what it cuts off ", grad.name, " becomes the window's padding", kReason);
}

RuleResult FoldNormalization(GraphEditor& editor, NodeId id) {
  return FoldBatchNorm(editor, id,
                       [](GraphEditor&, const Node& node) { return node.op == &Conv2DOp(); });
}

constexpr Rule kForward[] = {
    {"fold_pad", RuleStage::kFold, FoldPad},
    {"fold_batch_norm", RuleStage::kFold, FoldNormalization, AddOp},
    {"fuse_bias", RuleStage::kFuse, runtime::FuseBias, AddOp},
    {"fuse_residual", RuleStage::kFuse, runtime::FuseResidual, AddOp},
    {"fuse_relu", RuleStage::kFuse, runtime::FuseRelu, ReluOp},
    {"fuse_relu6", RuleStage::kFuse, runtime::FuseRelu6, Relu6Op},
};
constexpr Rule kInputGrad[] = {{"fold_pad", RuleStage::kFold, FoldPadInInputGrad, SliceOp}};
constexpr Rule kFilterGrad[] = {{"fold_pad", RuleStage::kFold, FoldPadInFilterGrad}};

}  // namespace

absl::Span<const Rule> Rules() { return kForward; }
absl::Span<const Rule> InputGradRules() { return kInputGrad; }
absl::Span<const Rule> FilterGradRules() { return kFilterGrad; }

}  // namespace dagrad::ops::conv2d_internal
