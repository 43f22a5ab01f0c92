#include "dagrad/ops/unary/unary.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/unary/unary_internal.h"

namespace dagrad::ops {
namespace unary_internal {
namespace {

constexpr Entry kEntries[] = {
    {Unary::kAbs, "Abs", "abs", kNumberTypes, AbsVjp, -2, -0.1},
    {Unary::kSign, "Sign", "sign", kNumberTypes, nullptr, -2, -0.1},
    {Unary::kSquare, "Square", "square", kNumberTypes, SquareVjp, -2, 2},
    {Unary::kRelu, "Relu", "relu", kNumberTypes, ReluVjp, -2, -0.1},
    {Unary::kRelu6, "Relu6", "relu6", kNumberTypes, Relu6Vjp, 0.1, 5.9},
    {Unary::kExp, "Exp", "exp", kFloatTypes, ExpVjp, -3, 3},
    {Unary::kExpm1, "Expm1", "expm1", kFloatTypes, Expm1Vjp, -3, 3},
    {Unary::kLog, "Log", "log", kFloatTypes, LogVjp, 0.2, 4},
    {Unary::kLog1p, "Log1p", "log1p", kFloatTypes, Log1pVjp, -0.7, 4},
    {Unary::kSqrt, "Sqrt", "sqrt", kFloatTypes, SqrtVjp, 0.2, 4},
    {Unary::kRsqrt, "Rsqrt", "rsqrt", kFloatTypes, RsqrtVjp, 0.2, 4},
    {Unary::kReciprocal, "Reciprocal", "reciprocal", kFloatTypes, ReciprocalVjp, 0.3, 4},
    {Unary::kSin, "Sin", "sin", kFloatTypes, SinVjp, -4, 4},
    {Unary::kCos, "Cos", "cos", kFloatTypes, CosVjp, -4, 4},
    {Unary::kTan, "Tan", "tan", kFloatTypes, TanVjp, -1.2, 1.2},
    {Unary::kAsin, "Asin", "asin", kFloatTypes, AsinVjp, -0.8, 0.8},
    {Unary::kAcos, "Acos", "acos", kFloatTypes, AcosVjp, -0.8, 0.8},
    {Unary::kAtan, "Atan", "atan", kFloatTypes, AtanVjp, -4, 4},
    {Unary::kSinh, "Sinh", "sinh", kFloatTypes, SinhVjp, -3, 3},
    {Unary::kCosh, "Cosh", "cosh", kFloatTypes, CoshVjp, -3, 3},
    {Unary::kTanh, "Tanh", "tanh", kFloatTypes, TanhVjp, -3, 3},
    {Unary::kAsinh, "Asinh", "asinh", kFloatTypes, AsinhVjp, -4, 4},
    {Unary::kAcosh, "Acosh", "acosh", kFloatTypes, AcoshVjp, 1.3, 4},
    {Unary::kAtanh, "Atanh", "atanh", kFloatTypes, AtanhVjp, -0.7, 0.7},
    {Unary::kSigmoid, "Sigmoid", "sigmoid", kFloatTypes, SigmoidVjp, -4, 4},
    {Unary::kSoftplus, "Softplus", "softplus", kFloatTypes, SoftplusVjp, -4, 4},
    {Unary::kSoftsign, "Softsign", "softsign", kFloatTypes, SoftsignVjp, 0.1, 4},
    {Unary::kErf, "Erf", "erf", kFloatTypes, ErfVjp, -3, 3},
    {Unary::kLeakyRelu, "LeakyRelu", "leaky_relu", kFloatTypes, LeakyReluVjp, -2, -0.1, true},
    {Unary::kElu, "Elu", "elu", kFloatTypes, EluVjp, -3, -0.1, true},
    {Unary::kFloor, "Floor", "floor", kFloatTypes, nullptr, -0.9, -0.1},
    {Unary::kCeil, "Ceil", "ceil", kFloatTypes, nullptr, -0.9, -0.1},
    {Unary::kRound, "Round", "round", kFloatTypes, nullptr, 0.6, 1.4},
    {Unary::kIsNan, "IsNan", "is_nan", kFloatTypes, nullptr, -1, 1, false, true},
    {Unary::kIsInf, "IsInf", "is_inf", kFloatTypes, nullptr, -1, 1, false, true},
    {Unary::kIsFinite, "IsFinite", "is_finite", kFloatTypes, nullptr, -1, 1, false, true},
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
    auto* op = new OpDef;
    op->name = e.name;
    op->label = e.label;
    op->inputs = {{.name = "x",
                   .dtypes = e.dtypes,
                   .type_variable = "T",
                   .differentiable = e.vjp != nullptr}};
    op->outputs = {e.is_predicate ? PortSpec{"y", kBoolType} : PortSpec{"y", e.dtypes, "T"}};
    if (e.has_alpha) op->attrs = {{"alpha", AttrKind::kFloat, std::nullopt, "the parameter"}};
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
