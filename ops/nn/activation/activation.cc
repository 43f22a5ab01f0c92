#include "dagrad/ops/nn/activation/activation.h"

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"

namespace dagrad {
namespace {

// f of x's value, with all nodes at x's line.
template <typename F>
Value Build(const Operand& x, F f) {
  if (x.builder() == nullptr) return Value();
  GraphBuilder::LocatedAt located(x.builder(), x.location());
  return f(x.value());
}

}  // namespace

Value Silu(Operand x) {
  return Build(x, [](Value v) { return v * Sigmoid(v); });
}

Value Mish(Operand x) {
  return Build(x, [](Value v) { return v * Tanh(Softplus(v)); });
}

Value Selu(Operand x) {
  constexpr double kScale = 1.0507009873554805;
  constexpr double kAlpha = 1.6732632423543772;
  return Build(x, [](Value v) { return Elu(v, kAlpha) * kScale; });
}

Value HardSigmoid(Operand x) {
  return Build(x, [](Value v) { return Relu6(v + 3.0) / 6.0; });
}

Value HardSilu(Operand x) {
  return Build(x, [](Value v) { return v * HardSigmoid(v); });
}

Value HardTanh(Operand x) {
  return Build(x, [](Value v) { return Select(GreaterEqual(Abs(v), 1.0), Sign(v), v); });
}

Value LogSigmoid(Operand x) {
  return Build(x, [](Value v) { return -Softplus(-v); });
}

Value TanhShrink(Operand x) {
  return Build(x, [](Value v) { return v - Tanh(v); });
}

Value Exponential(Operand x) { return Exp(x); }

}  // namespace dagrad
