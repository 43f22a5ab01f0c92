#include <utility>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad {
namespace {

Value AddUnaryNode(const OpDef& op, const Operand& x, AttrMap attrs = {}) {
  if (x.builder() == nullptr) return Value();
  return x.builder()->AddNode(op, {x.value()}, std::move(attrs), x.location());
}

}  // namespace

Value Abs(Operand x) { return AddUnaryNode(ops::AbsOp(), x); }
Value Sign(Operand x) { return AddUnaryNode(ops::SignOp(), x); }
Value Square(Operand x) { return AddUnaryNode(ops::SquareOp(), x); }
Value Relu(Operand x) { return AddUnaryNode(ops::ReluOp(), x); }
Value Relu6(Operand x) { return AddUnaryNode(ops::Relu6Op(), x); }
Value Exp(Operand x) { return AddUnaryNode(ops::ExpOp(), x); }
Value Expm1(Operand x) { return AddUnaryNode(ops::Expm1Op(), x); }
Value Log(Operand x) { return AddUnaryNode(ops::LogOp(), x); }
Value Log1p(Operand x) { return AddUnaryNode(ops::Log1pOp(), x); }
Value Sqrt(Operand x) { return AddUnaryNode(ops::SqrtOp(), x); }
Value Rsqrt(Operand x) { return AddUnaryNode(ops::RsqrtOp(), x); }
Value Reciprocal(Operand x) { return AddUnaryNode(ops::ReciprocalOp(), x); }
Value Sin(Operand x) { return AddUnaryNode(ops::SinOp(), x); }
Value Cos(Operand x) { return AddUnaryNode(ops::CosOp(), x); }
Value Tan(Operand x) { return AddUnaryNode(ops::TanOp(), x); }
Value Asin(Operand x) { return AddUnaryNode(ops::AsinOp(), x); }
Value Acos(Operand x) { return AddUnaryNode(ops::AcosOp(), x); }
Value Atan(Operand x) { return AddUnaryNode(ops::AtanOp(), x); }
Value Sinh(Operand x) { return AddUnaryNode(ops::SinhOp(), x); }
Value Cosh(Operand x) { return AddUnaryNode(ops::CoshOp(), x); }
Value Tanh(Operand x) { return AddUnaryNode(ops::TanhOp(), x); }
Value Asinh(Operand x) { return AddUnaryNode(ops::AsinhOp(), x); }
Value Acosh(Operand x) { return AddUnaryNode(ops::AcoshOp(), x); }
Value Atanh(Operand x) { return AddUnaryNode(ops::AtanhOp(), x); }
Value Sigmoid(Operand x) { return AddUnaryNode(ops::SigmoidOp(), x); }
Value Softplus(Operand x) { return AddUnaryNode(ops::SoftplusOp(), x); }
Value Softsign(Operand x) { return AddUnaryNode(ops::SoftsignOp(), x); }
Value Erf(Operand x) { return AddUnaryNode(ops::ErfOp(), x); }
Value Floor(Operand x) { return AddUnaryNode(ops::FloorOp(), x); }
Value Ceil(Operand x) { return AddUnaryNode(ops::CeilOp(), x); }
Value Round(Operand x) { return AddUnaryNode(ops::RoundOp(), x); }
Value IsNan(Operand x) { return AddUnaryNode(ops::IsNanOp(), x); }
Value IsInf(Operand x) { return AddUnaryNode(ops::IsInfOp(), x); }
Value IsFinite(Operand x) { return AddUnaryNode(ops::IsFiniteOp(), x); }
Value LeakyRelu(Operand x, double alpha) {
  return AddUnaryNode(ops::LeakyReluOp(), x, {{"alpha", alpha}});
}
Value Elu(Operand x, double alpha) { return AddUnaryNode(ops::EluOp(), x, {{"alpha", alpha}}); }

Value SquaredDifference(Operand a, Operand b) {
  return Square(Operand(Sub(a, b), a.builder() != nullptr ? a.location() : b.location()));
}

}  // namespace dagrad
