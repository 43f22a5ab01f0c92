#include "dagrad/ops/nn/conv/conv2d.h"

#include <utility>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/fused_conv2d.h"

namespace dagrad {
namespace {

using ops::conv2d_internal::Flops;
using ops::conv2d_internal::InferOutput;
using ops::conv2d_internal::Kind;
using ops::conv2d_internal::OptionsOf;
using ops::conv2d_internal::ReadSizes;
using ops::conv2d_internal::Sizes;

// The three ops are the partial derivatives of one trilinear form,
//   T(x, f, ȳ) = Σ ȳ · conv(x, f):   conv(x, f) = ∂T/∂ȳ,   input_grad(ȳ, f) = ∂T/∂x, filter_grad(x,
//   ȳ) = ∂T/∂f.
// Each is linear in its two arguments, and its gradients are the other two with the incoming
// cotangent in the place of the argument that it is the derivative by.

absl::Status Infer(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y, InferOutput(c, "conv2d", c.shape(0), c.shape(1)));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status Gradient(GradContext& c) {
  const Conv2DOptions options = OptionsOf(c);
  const Value x = c.input(0), filter = c.input(1), dy = c.cotangent();
  if (c.needs_grad(0)) c.SetGrad(0, Conv2DInputGrad(dy, filter, Shape(x.shape()), options));
  if (c.needs_grad(1)) c.SetGrad(1, Conv2DFilterGrad(x, dy, Shape(filter.shape()), options));
  return absl::OkStatus();
}

absl::Status MakeKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  DAGRAD_ASSIGN_OR_RETURN(const Sizes sizes, ReadSizes(r.node->attrs, r.inputs[0].dims,
                                                       r.inputs[1].dims, r.outputs[0].dims));
  return ops::conv2d_internal::MakeKernel(Kind::kForward, sizes, r, kernel);
}

absl::Status InferInputGrad(InferContext& c) {
  const Shape& x = c.attr<Shape>("input_shape");
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferOutput(c, "conv2d_input_grad", x, c.shape(1)));
  DAGRAD_RETURN_IF_ERROR(ops::conv2d_internal::CheckCotangent("conv2d_input_grad", c.shape(0), y));
  c.SetOutput(0, c.dtype(0), x);
  return absl::OkStatus();
}

absl::Status GradientOfInputGrad(GradContext& c) {
  const Conv2DOptions options = OptionsOf(c);
  const Value dy = c.input(0), filter = c.input(1), u = c.cotangent();
  if (c.needs_grad(0)) c.SetGrad(0, Conv2D(u, filter, options));
  if (c.needs_grad(1)) c.SetGrad(1, Conv2DFilterGrad(u, dy, Shape(filter.shape()), options));
  return absl::OkStatus();
}

absl::Status MakeInputGradKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  DAGRAD_ASSIGN_OR_RETURN(const Sizes sizes, ReadSizes(r.node->attrs, r.outputs[0].dims,
                                                       r.inputs[1].dims, r.inputs[0].dims));
  return ops::conv2d_internal::MakeKernel(Kind::kInputGrad, sizes, r, kernel);
}

absl::Status InferFilterGrad(InferContext& c) {
  const Shape& filter = c.attr<Shape>("filter_shape");
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferOutput(c, "conv2d_filter_grad", c.shape(0), filter));
  DAGRAD_RETURN_IF_ERROR(ops::conv2d_internal::CheckCotangent("conv2d_filter_grad", c.shape(1), y));
  c.SetOutput(0, c.dtype(0), filter);
  return absl::OkStatus();
}

absl::Status GradientOfFilterGrad(GradContext& c) {
  const Conv2DOptions options = OptionsOf(c);
  const Value x = c.input(0), dy = c.input(1), v = c.cotangent();
  if (c.needs_grad(0)) c.SetGrad(0, Conv2DInputGrad(dy, v, Shape(x.shape()), options));
  if (c.needs_grad(1)) c.SetGrad(1, Conv2D(x, v, options));
  return absl::OkStatus();
}

absl::Status MakeFilterGradKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  DAGRAD_ASSIGN_OR_RETURN(const Sizes sizes, ReadSizes(r.node->attrs, r.inputs[0].dims,
                                                       r.outputs[0].dims, r.inputs[1].dims));
  return ops::conv2d_internal::MakeKernel(Kind::kFilterGrad, sizes, r, kernel);
}

OpCost CostOf(const CostContext& c, const Dims& x, const Dims& filter, const Dims& y) {
  const absl::StatusOr<Sizes> sizes = ReadSizes(c.attrs, x, filter, y);
  const double elements = 1.0 * NumElements(x) + NumElements(filter) + NumElements(y);
  return {.flops = sizes.ok() ? Flops(*sizes) : 0, .bytes = sizeof(float) * elements};
}

OpCost Cost(const CostContext& c) { return CostOf(c, c.inputs[0], c.inputs[1], c.outputs[0]); }
OpCost InputGradCost(const CostContext& c) {
  return CostOf(c, c.outputs[0], c.inputs[1], c.inputs[0]);
}
OpCost FilterGradCost(const CostContext& c) {
  return CostOf(c, c.inputs[0], c.outputs[0], c.inputs[1]);
}

// What the three ops share.
OpDef MakeShared(Kind kind, const PortSpec& in0, const PortSpec& in1, const PortSpec& out) {
  return {.inputs = {in0, in1},
          .outputs = {out},
          .attrs = ops::conv2d_internal::SharedAttrs(),
          .constraints = ops::conv2d_internal::SharedConstraints(kind)};
}

PortSpec Port(absl::string_view name, absl::string_view doc) {
  return {name, kFloatTypes, "T", doc};
}

constexpr absl::string_view kImages = "images [batch, height, width, channels]";
constexpr absl::string_view kFilter = "filter [height, width, channels / groups, filters]";

OpDef MakeConv2D() {
  OpDef op = MakeShared(Kind::kForward, Port("x", kImages), Port("filter", kFilter),
                        Port("y", "images [batch, out height, out width, filters]"));
  op.name = "Conv2D";
  op.label = "conv2d";
  op.doc =
      "Two-dimensional convolution (cross-correlation), channels last:\n"
      "y[b, i, j, k] = Σ x[b, i s_0 + u d_0 - top, j s_1 + v d_1 - left, c] filter[u, v, c, k],\n"
      "over u, v and the channels c of k's group, with strides s and dilations d; x is 0 outside.";
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = MakeKernel;
  op.rules = ops::conv2d_internal::Rules;
  op.cost = Cost;
  op.fused = ops::FusedConv2DOp;
  op.samples = ops::conv2d_internal::MakeSamples;
  return op;
}

OpDef MakeInputGrad() {
  OpDef op = MakeShared(Kind::kInputGrad, Port("dy", "cotangent of Conv2D's y"),
                        Port("filter", kFilter), Port("dx", "cotangent of Conv2D's x"));
  op.name = "Conv2DInputGrad";
  op.label = "conv2d_input_grad";
  op.doc =
      "Gradient of Conv2D to its input x; also the transposed convolution (deconvolution).\n"
      "dx[p] = Σ dy[o] filter[t] over the outputs o and taps t that meet x[p].";
  op.attrs.push_back({"input_shape", AttrKind::kShape, std::nullopt, "shape of x"});
  op.infer = InferInputGrad;
  op.gradient = GradientOfInputGrad;
  op.make_kernel = MakeInputGradKernel;
  op.rules = ops::conv2d_internal::InputGradRules;
  op.cost = InputGradCost;
  op.samples = ops::conv2d_internal::MakeInputGradSamples;
  return op;
}

OpDef MakeFilterGrad() {
  OpDef op =
      MakeShared(Kind::kFilterGrad, Port("x", kImages), Port("dy", "cotangent of Conv2D's y"),
                 Port("dfilter", "cotangent of Conv2D's filter"));
  op.name = "Conv2DFilterGrad";
  op.label = "conv2d_filter_grad";
  op.doc =
      "Gradient of Conv2D to its filter.\n"
      "dfilter[t] = Σ dy[o] x[p] over the outputs o, where tap t meets x[p].";
  op.attrs.push_back({"filter_shape", AttrKind::kShape, std::nullopt, "shape of the filter"});
  op.infer = InferFilterGrad;
  op.gradient = GradientOfFilterGrad;
  op.make_kernel = MakeFilterGradKernel;
  op.rules = ops::conv2d_internal::FilterGradRules;
  op.cost = FilterGradCost;
  op.samples = ops::conv2d_internal::MakeFilterGradSamples;
  return op;
}

Value Add(const OpDef& op, const Operand& a, const Operand& b, AttrMap attrs) {
  return AddNode(op, {a, b}, std::move(attrs));
}

}  // namespace

namespace ops {
const OpDef& Conv2DOp() { return Singleton<MakeConv2D>(); }
const OpDef& Conv2DInputGradOp() { return Singleton<MakeInputGrad>(); }
const OpDef& Conv2DFilterGradOp() { return Singleton<MakeFilterGrad>(); }
}  // namespace ops

Value Conv2D(Operand x, Operand filter, const Conv2DOptions& options) {
  return Add(ops::Conv2DOp(), x, filter, ops::conv2d_internal::ToAttrs(options));
}

Value Conv2DInputGrad(Operand dy, Operand filter, Shape input_shape, const Conv2DOptions& options) {
  AttrMap attrs = ops::conv2d_internal::ToAttrs(options);
  attrs.Set("input_shape", std::move(input_shape));
  return Add(ops::Conv2DInputGradOp(), dy, filter, std::move(attrs));
}

Value Conv2DFilterGrad(Operand x, Operand dy, Shape filter_shape, const Conv2DOptions& options) {
  AttrMap attrs = ops::conv2d_internal::ToAttrs(options);
  attrs.Set("filter_shape", std::move(filter_shape));
  return Add(ops::Conv2DFilterGradOp(), x, dy, std::move(attrs));
}

}  // namespace dagrad
