#include "dagrad/ops/gelu/gelu.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/binary/binary.h"
#include "dagrad/ops/gelu/gelu_internal.h"
#include "dagrad/ops/unary/unary.h"

namespace dagrad {
namespace {

using namespace ops::gelu_internal;  // NOLINT(google-build-using-namespace)

absl::Status Infer(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status InferGrad(InferContext& c) {
  if (!(c.shape(0) == c.shape(1))) {
    return InferContext::Fail(
        "gelu_grad_c1", absl::StrCat("x ", c.shape(0).ToString(), " and dy ", c.shape(1).ToString(),
                                     " differ in shape"));
  }
  return Infer(c);
}

Value AddGrad(GradContext& c, Value x, Value dy) {
  return c.builder()->AddNode(ops::GeluGradOp(), {x, dy},
                              {{"approximate", c.attr<bool>("approximate")}},
                              SourceLocation::Current());
}

absl::Status Gradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, AddGrad(c, c.input(0), c.cotangent()));
  return absl::OkStatus();
}

// From φ' = -x φ:  gelu' = Φ + x φ and gelu″ = φ + φ - x² φ = φ (2 - x²).
Value SecondDerivative(Value x) {
  const Value square = Square(x);
  return Exp(square * -0.5) * (kRootTwoOverPi / 2) * (2.0 - square);
}

// With w = 2u' and s' = s (1 - s) w:  gelu' = s + x s', so gelu″ = 2 s' + x s″, where
// s″ = s (1 - s) ((1 - 2s) w² + w').
Value SecondDerivativeOfApproximation(Value x) {
  const Value square = Square(x);
  const Value s = Sigmoid(x * (square * kCubic + 1.0) * (2 * kRootTwoOverPi));
  const Value w = (square * (3 * kCubic) + 1.0) * (2 * kRootTwoOverPi);
  const Value dw = x * (12 * kRootTwoOverPi * kCubic);
  return s * (1.0 - s) * (w * 2.0 + x * ((1.0 - s * 2.0) * Square(w) + dw));
}

// dx = dy gelu'(x) is linear in dy.
absl::Status GradGradient(GradContext& c) {
  const Value x = c.input(0), dy = c.input(1), a = c.cotangent();
  if (c.needs_grad(1)) c.SetGrad(1, AddGrad(c, x, a));
  if (!c.needs_grad(0)) return absl::OkStatus();
  const bool approximate = c.attr<bool>("approximate");
  c.SetGrad(0, a * dy * (approximate ? SecondDerivativeOfApproximation(x) : SecondDerivative(x)));
  return absl::OkStatus();
}

// An exponential, a polynomial and a few operations more.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {30 * n, 4 * n * static_cast<double>(c.inputs.size() + 1)};
}

OpDef Make() {
  OpDef op;
  op.name = "Gelu";
  op.label = "gelu";
  op.inputs = {{"x", kFloatTypes, "T"}};
  op.outputs = {{"y", kFloatTypes, "T"}};
  op.attrs = {{"approximate", AttrKind::kBool, false, "by tanh instead of erf"}};
  op.traits = kElementwise | kInPlace;
  op.infer = Infer;
  op.gradient = Gradient;
  op.make_kernel = MakeKernel;
  op.cost = Cost;
  op.samples = MakeSamples;
  return op;
}

OpDef MakeGrad() {
  OpDef op = Make();
  op.name = "GeluGrad";
  op.label = "gelu_grad";
  op.inputs = {{"x", kFloatTypes, "T"}, {"dy", kFloatTypes, "T"}};
  op.outputs = {{"dx", kFloatTypes, "T"}};
  op.constraints = {{"gelu_grad_c1", "x and dy have the same shape"}};
  op.infer = InferGrad;
  op.gradient = GradGradient;
  op.make_kernel = MakeGradKernel;
  op.samples = MakeGradSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& GeluOp() {
  static const OpDef* const op = new OpDef(Make());
  return *op;
}
const OpDef& GeluGradOp() {
  static const OpDef* const op = new OpDef(MakeGrad());
  return *op;
}
}  // namespace ops

Value Gelu(Operand x, const GeluOptions& options) {
  if (x.builder() == nullptr) return Value();
  return x.builder()->AddNode(ops::GeluOp(), {x.value()}, {{"approximate", options.approximate}},
                              x.location());
}

}  // namespace dagrad
