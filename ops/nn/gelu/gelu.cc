#include "dagrad/ops/nn/gelu/gelu.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/nn/gelu/gelu_internal.h"

namespace dagrad {
namespace {

using namespace ops::gelu_internal;  // NOLINT(google-build-using-namespace)

absl::Status InferAs(InferContext& c, absl::string_view label) {
  const std::string& approximate = c.attr<std::string>("approximate");
  if (approximate != kNone && approximate != kTanh) {
    return InferContext::Fail(
        label, absl::StrCat("approximate is \"", approximate, "\", not none or tanh"));
  }
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status Infer(InferContext& c) { return InferAs(c, "gelu_c1"); }

absl::Status InferGrad(InferContext& c) {
  if (!(c.shape(0) == c.shape(1))) {
    return InferContext::Fail(
        "gelu_grad_c1", absl::StrCat("x ", c.shape(0).ToString(), " and dy ", c.shape(1).ToString(),
                                     " differ in shape"));
  }
  return InferAs(c, "gelu_grad_c2");
}

Value AddGrad(GradContext& c, Value x, Value dy) {
  return c.builder()->AddNode(ops::GeluGradOp(), {x, dy},
                              {{"approximate", c.attr<std::string>("approximate")}},
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
  const bool approximate = c.attr<std::string>("approximate") == kTanh;
  c.SetGrad(0, a * dy * (approximate ? SecondDerivativeOfApproximation(x) : SecondDerivative(x)));
  return absl::OkStatus();
}

// An exponential, a polynomial and a few operations more.
OpCost Cost(const CostContext& c) {
  const double n = static_cast<double>(NumElements(c.outputs[0]));
  return {30 * n, 4 * n * static_cast<double>(c.inputs.size() + 1)};
}

// Version 1 had a bool, "by tanh instead of erf".
absl::Status Upgrade(int /*from_version*/, AttrMap* attrs) {
  const Attribute* approximate = attrs->Find("approximate");
  if (approximate == nullptr) return absl::OkStatus();
  const bool* by_tanh = approximate->get_if<bool>();
  if (by_tanh == nullptr) {
    return InvalidArgumentError(absl::StrCat("attribute \"approximate\" is of kind ",
                                             AttrKindName(approximate->kind()), ", not bool"));
  }
  attrs->Set("approximate", *by_tanh ? kTanh : kNone);
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Gelu",
          .label = "gelu",
          .doc =
              "Gaussian error linear unit: y = x Φ(x) = x / 2 (1 + erf(x / √2)) (Hendrycks, "
              "Gimpel, 2016).\n"
              "approximate \"tanh\": y = x / 2 (1 + tanh(√(2/π) (x + 0.044715 x³))).",
          .version = 2,
          .inputs = {{"x", kFloatTypes, "T", "tensor of any shape"}},
          .outputs = {{"y", kFloatTypes, "T", "of x's shape"}},
          .attrs = {{"approximate", AttrKind::kString, kNone, "none (by erf) or tanh (by that)"}},
          .traits = kElementwise | kInPlace,
          .constraints = {{"gelu_c1", "approximate is none or tanh"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = MakeKernel,
          .cost = Cost,
          .upgrade = Upgrade,
          .samples = MakeSamples};
}

OpDef MakeGrad() {
  OpDef op = Make();
  op.name = "GeluGrad";
  op.label = "gelu_grad";
  op.doc =
      "Gradient of Gelu: dx = dy gelu'(x), with gelu'(x) = Φ(x) + x φ(x).\n"
      "approximate \"tanh\": with u = √(2/π) (x + 0.044715 x³), s = 1 / (1 + e^(-2 u)) instead of "
      "Φ\n"
      "and its derivative instead of φ.";
  op.inputs = {{"x", kFloatTypes, "T", "Gelu's x"},
               {"dy", kFloatTypes, "T", "cotangent of Gelu's y"}};
  op.outputs = {{"dx", kFloatTypes, "T", "cotangent of x"}};
  op.constraints = {{"gelu_grad_c1", "x and dy have the same shape"},
                    {"gelu_grad_c2", "approximate is none or tanh"}};
  op.infer = InferGrad;
  op.gradient = GradGradient;
  op.make_kernel = MakeGradKernel;
  op.samples = MakeGradSamples;
  return op;
}

}  // namespace

namespace ops {
const OpDef& GeluOp() { return Singleton<Make>(); }
const OpDef& GeluGradOp() { return Singleton<MakeGrad>(); }
}  // namespace ops

Value Gelu(Operand x, const GeluOptions& options) {
  return AddNode(ops::GeluOp(), {x}, {{"approximate", options.approximate ? kTanh : kNone}});
}

}  // namespace dagrad
