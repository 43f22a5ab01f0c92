#include "dagrad/ops/nn/conv/fused_conv2d.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/fused_conv2d_internal.h"
#include "dagrad/ops/nn/relu_grad/relu_grad.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad::ops {
namespace {

using conv2d_internal::Flops;
using conv2d_internal::ReadSizes;

absl::Status Infer(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y,
                          conv2d_internal::InferOutput(c, "fused_conv2d", c.shape(0), c.shape(1)));
  if (!(c.shape(2) == Shape({y.dim(3)})) || (c.has_input(3) && !(c.shape(3) == y))) {
    return InferContext::Fail(
        "fused_conv2d_c7",
        absl::StrCat("bias ", c.shape(2).ToString(),
                     c.has_input(3) ? absl::StrCat(" or residual ", c.shape(3).ToString()) : "",
                     " does not fit the result ", y.ToString()));
  }
  const std::string& activation = c.attr<std::string>("activation");
  if (activation != "" && activation != "relu" && activation != "relu6") {
    return InferContext::Fail("fused_conv2d_c8",
                              absl::StrCat("no activation is called \"", activation, "\""));
  }
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

Value ThroughActivation(const std::string& activation, Value y, Value dy) {
  return activation.empty() ? dy : ReluGrad(y, dy, activation);
}

// The derivation is in the header: the activation's derivative is seen from its result.
absl::Status Gradient(GradContext& c) {
  const Conv2DOptions options = conv2d_internal::OptionsOf(c);
  const Value x = c.input(0), filter = c.input(1);
  const Value dz = ThroughActivation(c.attr<std::string>("activation"), c.output(), c.cotangent());
  if (c.needs_grad(0)) c.SetGrad(0, Conv2DInputGrad(dz, filter, Shape(x.shape()), options));
  if (c.needs_grad(1)) c.SetGrad(1, Conv2DFilterGrad(x, dz, Shape(filter.shape()), options));
  if (c.needs_grad(2)) c.SetGrad(2, ReduceSum(dz, {.axes = {0, 1, 2}}));
  if (c.needs_grad(3)) c.SetGrad(3, dz);
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto sizes = ReadSizes(c.attrs, c.inputs[0], c.inputs[1], c.outputs[0]);
  const auto y = static_cast<double>(NumElements(c.outputs[0]));
  double elements = y;
  for (const Dims& dims : c.inputs) elements += static_cast<double>(NumElements(dims));
  return {.flops = (sizes.ok() ? Flops(*sizes) : 0) + 2 * y, .bytes = sizeof(float) * elements};
}

OpDef Make() {
  OpDef op = {
      .name = "FusedConv2D",
      .label = "fused_conv2d",
      .doc =
          "Convolution with what follows it, in one pass; the compiler makes it.\n"
          "y = activation(Conv2D(x, filter) + bias + residual).",
      .inputs = {{"x", kFloatTypes, "T", "images [batch, height, width, channels]"},
                 {"filter", kFloatTypes, "T", "filter [height, width, channels / groups, filters]"},
                 {"bias", kFloatTypes, "T", "added to each output channel [filters]"},
                 {.name = "residual",
                  .dtypes = kFloatTypes,
                  .type_variable = "T",
                  .doc = "added to the result, of its shape; none if left out",
                  .optional = true}},
      .outputs = {{"y", kFloatTypes, "T", "images [batch, out height, out width, filters]"}},
      .attrs = conv2d_internal::SharedAttrs(),
      .constraints = fused_conv2d_internal::Constraints(),
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = fused_conv2d_internal::MakeKernel,
      .cost = Cost,
      .samples = fused_conv2d_internal::MakeSamples};
  op.attrs.push_back({"activation", AttrKind::kString, "", "empty (none), relu or relu6"});
  return op;
}

}  // namespace

const OpDef& FusedConv2DOp() { return Singleton<Make>(); }

}  // namespace dagrad::ops
