#include "dagrad/ops/elementwise/unary/unary.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"

namespace dagrad::ops {
namespace unary_internal {
namespace {

constexpr Entry kEntries[] = {
    {Unary::kAbs, "Abs", "abs", "Absolute value: y = |x|.", kNumberTypes, AbsVjp, -2, -0.1},
    {Unary::kSign, "Sign", "sign", "Sign: y = -1, 0 or 1 (0 for -0 too).", kNumberTypes, nullptr,
     -2, -0.1},
    {Unary::kSquare, "Square", "square", "Square: y = x².", kNumberTypes, SquareVjp, -2, 2},
    {Unary::kRelu, "Relu", "relu", "Rectified linear unit: y = max(x, 0).", kNumberTypes, ReluVjp,
     -2, -0.1},
    {Unary::kRelu6, "Relu6", "relu6",
     "Rectified linear unit with an upper bound: y = min(max(x, 0), 6).", kNumberTypes, Relu6Vjp,
     0.1, 5.9},
    {Unary::kExp, "Exp", "exp", "Exponential: y = e^x.", kFloatTypes, ExpVjp, -3, 3},
    {Unary::kExpm1, "Expm1", "expm1",
     "Exponential minus 1: y = e^x - 1, without cancellation near 0.", kFloatTypes, Expm1Vjp, -3,
     3},
    {Unary::kLog, "Log", "log", "Natural logarithm: y = ln x; -inf at 0.", kFloatTypes, LogVjp, 0.2,
     4},
    {Unary::kLog1p, "Log1p", "log1p",
     "Logarithm of 1 + x: y = ln(1 + x), without cancellation near 0.", kFloatTypes, Log1pVjp, -0.7,
     4},
    {Unary::kSqrt, "Sqrt", "sqrt", "Square root: y = √x.", kFloatTypes, SqrtVjp, 0.2, 4},
    {Unary::kRsqrt, "Rsqrt", "rsqrt", "Reciprocal of the square root: y = 1 / √x.", kFloatTypes,
     RsqrtVjp, 0.2, 4},
    {Unary::kReciprocal, "Reciprocal", "reciprocal", "Reciprocal: y = 1 / x.", kFloatTypes,
     ReciprocalVjp, 0.3, 4},
    {Unary::kSin, "Sin", "sin", "Sine: y = sin x, x in radians.", kFloatTypes, SinVjp, -4, 4},
    {Unary::kCos, "Cos", "cos", "Cosine: y = cos x, x in radians.", kFloatTypes, CosVjp, -4, 4},
    {Unary::kTan, "Tan", "tan", "Tangent: y = tan x, x in radians.", kFloatTypes, TanVjp, -1.2,
     1.2},
    {Unary::kAsin, "Asin", "asin", "Arc sine: y = asin x, in radians; NaN outside [-1, 1].",
     kFloatTypes, AsinVjp, -0.8, 0.8},
    {Unary::kAcos, "Acos", "acos", "Arc cosine: y = acos x, in radians; NaN outside [-1, 1].",
     kFloatTypes, AcosVjp, -0.8, 0.8},
    {Unary::kAtan, "Atan", "atan", "Arc tangent: y = atan x, in radians.", kFloatTypes, AtanVjp, -4,
     4},
    {Unary::kSinh, "Sinh", "sinh", "Hyperbolic sine: y = (e^x - e^-x) / 2.", kFloatTypes, SinhVjp,
     -3, 3},
    {Unary::kCosh, "Cosh", "cosh", "Hyperbolic cosine: y = (e^x + e^-x) / 2.", kFloatTypes, CoshVjp,
     -3, 3},
    {Unary::kTanh, "Tanh", "tanh", "Hyperbolic tangent: y = (e^x - e^-x) / (e^x + e^-x).",
     kFloatTypes, TanhVjp, -3, 3},
    {Unary::kAsinh, "Asinh", "asinh", "Inverse hyperbolic sine: y = ln(x + √(x² + 1)).",
     kFloatTypes, AsinhVjp, -4, 4},
    {Unary::kAcosh, "Acosh", "acosh",
     "Inverse hyperbolic cosine: y = ln(x + √(x² - 1)); NaN below 1.", kFloatTypes, AcoshVjp, 1.3,
     4},
    {Unary::kAtanh, "Atanh", "atanh",
     "Inverse hyperbolic tangent: y = ln((1 + x) / (1 - x)) / 2; NaN outside [-1, 1].", kFloatTypes,
     AtanhVjp, -0.7, 0.7},
    {Unary::kSigmoid, "Sigmoid", "sigmoid", "Logistic function: y = 1 / (1 + e^-x).", kFloatTypes,
     SigmoidVjp, -4, 4},
    {Unary::kSoftplus, "Softplus", "softplus",
     "Smooth rectifier: y = ln(1 + e^x), without overflow.", kFloatTypes, SoftplusVjp, -4, 4},
    {Unary::kSoftsign, "Softsign", "softsign", "Soft sign: y = x / (1 + |x|), ±1 at ±inf.",
     kFloatTypes, SoftsignVjp, 0.1, 4},
    {Unary::kErf, "Erf", "erf", "Error function: y = 2/√π ∫₀ˣ e^-t² dt.", kFloatTypes, ErfVjp, -3,
     3},
    {Unary::kLeakyRelu, "LeakyRelu", "leaky_relu",
     "Leaky rectified linear unit: y = x where x > 0, else alpha x.", kFloatTypes, LeakyReluVjp, -2,
     -0.1, true},
    {Unary::kElu, "Elu", "elu", "Exponential linear unit: y = x where x > 0, else alpha (e^x - 1).",
     kFloatTypes, EluVjp, -3, -0.1, true},
    {Unary::kFloor, "Floor", "floor", "Largest integer that is not above x: y = ⌊x⌋.", kFloatTypes,
     nullptr, -0.9, -0.1},
    {Unary::kCeil, "Ceil", "ceil", "Smallest integer that is not below x: y = ⌈x⌉.", kFloatTypes,
     nullptr, -0.9, -0.1},
    {Unary::kRound, "Round", "round", "Nearest integer, of two the even one.", kFloatTypes, nullptr,
     0.6, 1.4},
    {Unary::kIsNan, "IsNan", "is_nan", "Whether x is NaN.", kFloatTypes, nullptr, -1, 1, false,
     true},
    {Unary::kIsInf, "IsInf", "is_inf", "Whether x is an infinity.", kFloatTypes, nullptr, -1, 1,
     false, true},
    {Unary::kIsFinite, "IsFinite", "is_finite", "Whether x is neither an infinity nor NaN.",
     kFloatTypes, nullptr, -1, 1, false, true},
};

template <Unary kOp>
absl::Status Infer(InferContext& c) {
  c.SetOutput(0, EntryOf(kOp).is_predicate ? DType::kBool : c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

template <Unary kOp>
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const Entry& e = EntryOf(kOp);
  const double alpha = e.has_alpha ? c.attr<double>("alpha") : 0;
  c.SetGrad(0, e.vjp({c.cotangent(), c.input(0), c.output(), alpha}));
  return absl::OkStatus();
}

template <Unary kOp>
const OpDef& Def() {
  static const OpDef* const def = [] {
    const Entry& e = EntryOf(kOp);
    auto* op = new OpDef{.name = e.name, .label = e.label, .doc = e.doc};
    op->inputs = {{.name = "x",
                   .dtypes = e.dtypes,
                   .type_variable = "T",
                   .doc = "tensor of any shape",
                   .differentiable = e.vjp != nullptr}};
    constexpr absl::string_view kResult = "the results, of x's shape";
    op->outputs = {e.is_predicate ? PortSpec{"y", kBoolType, "", kResult}
                                  : PortSpec{"y", e.dtypes, "T", kResult}};
    if (e.has_alpha)
      op->attrs = {{"alpha", AttrKind::kFloat, std::nullopt, "factor for x <= 0, any number"}};
    op->traits = kElementwise;
    if (!e.is_predicate) op->traits |= kInPlace;
    op->infer = Infer<kOp>;
    if (e.vjp != nullptr) op->gradient = Gradient<kOp>;
    op->make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
      return MakeKernel(kOp, request, kernel);
    };
    op->samples = [] { return MakeSamples(EntryOf(kOp)); };
    return op;
  }();
  return *def;
}

}  // namespace

const Entry& EntryOf(Unary op) { return kEntries[static_cast<int>(op)]; }

}  // namespace unary_internal

using unary_internal::Def;
using unary_internal::Unary;

const OpDef& AbsOp() { return Def<Unary::kAbs>(); }
const OpDef& SignOp() { return Def<Unary::kSign>(); }
const OpDef& SquareOp() { return Def<Unary::kSquare>(); }
const OpDef& ReluOp() { return Def<Unary::kRelu>(); }
const OpDef& Relu6Op() { return Def<Unary::kRelu6>(); }
const OpDef& ExpOp() { return Def<Unary::kExp>(); }
const OpDef& Expm1Op() { return Def<Unary::kExpm1>(); }
const OpDef& LogOp() { return Def<Unary::kLog>(); }
const OpDef& Log1pOp() { return Def<Unary::kLog1p>(); }
const OpDef& SqrtOp() { return Def<Unary::kSqrt>(); }
const OpDef& RsqrtOp() { return Def<Unary::kRsqrt>(); }
const OpDef& ReciprocalOp() { return Def<Unary::kReciprocal>(); }
const OpDef& SinOp() { return Def<Unary::kSin>(); }
const OpDef& CosOp() { return Def<Unary::kCos>(); }
const OpDef& TanOp() { return Def<Unary::kTan>(); }
const OpDef& AsinOp() { return Def<Unary::kAsin>(); }
const OpDef& AcosOp() { return Def<Unary::kAcos>(); }
const OpDef& AtanOp() { return Def<Unary::kAtan>(); }
const OpDef& SinhOp() { return Def<Unary::kSinh>(); }
const OpDef& CoshOp() { return Def<Unary::kCosh>(); }
const OpDef& TanhOp() { return Def<Unary::kTanh>(); }
const OpDef& AsinhOp() { return Def<Unary::kAsinh>(); }
const OpDef& AcoshOp() { return Def<Unary::kAcosh>(); }
const OpDef& AtanhOp() { return Def<Unary::kAtanh>(); }
const OpDef& SigmoidOp() { return Def<Unary::kSigmoid>(); }
const OpDef& SoftplusOp() { return Def<Unary::kSoftplus>(); }
const OpDef& SoftsignOp() { return Def<Unary::kSoftsign>(); }
const OpDef& ErfOp() { return Def<Unary::kErf>(); }
const OpDef& LeakyReluOp() { return Def<Unary::kLeakyRelu>(); }
const OpDef& EluOp() { return Def<Unary::kElu>(); }
const OpDef& FloorOp() { return Def<Unary::kFloor>(); }
const OpDef& CeilOp() { return Def<Unary::kCeil>(); }
const OpDef& RoundOp() { return Def<Unary::kRound>(); }
const OpDef& IsNanOp() { return Def<Unary::kIsNan>(); }
const OpDef& IsInfOp() { return Def<Unary::kIsInf>(); }
const OpDef& IsFiniteOp() { return Def<Unary::kIsFinite>(); }

}  // namespace dagrad::ops
