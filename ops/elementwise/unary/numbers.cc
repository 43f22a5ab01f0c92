// Of any number type.
#include <cmath>
#include <type_traits>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"
#include "dagrad/ops/nn/relu_grad/relu_grad.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

using namespace ops::unary_internal;  // NOLINT(google-build-using-namespace)
using runtime::simd::UnaryFunction;

// Signed integers are computed unsigned, since signed overflow is undefined.
template <typename T>
T AbsOf(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::abs(x);
  } else if constexpr (std::is_signed_v<T>) {
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<T>(U{0} - static_cast<U>(x)) : x;
  } else {
    return x;
  }
}

template <typename T>
T SquareOf(T x) {
  if constexpr (std::is_integral_v<T>) {
    const auto u = static_cast<std::make_unsigned_t<T>>(x);
    return static_cast<T>(u * u);
  } else {
    return x * x;
  }
}

template <typename T>
T SignOf(T x) {
  return x > 0 ? T{1} : x == 0 ? T{0} : x < 0 ? static_cast<T>(-1) : x;
}

}  // namespace

// |x|' = x/|x|; at 0 the middle of the subgradients [-1, 1].
static Value AbsVjp(const Point& p) { return p.dy * Sign(p.x); }
constexpr Entry kAbs = {.name = "Abs",
                        .label = "abs",
                        .doc = "Absolute value: y = |x|.",
                        .dtypes = kNumberTypes,
                        .make = Numbers<[](auto x) { return AbsOf(x); }>,
                        .cost = 1,
                        .simd = UnaryFunction::kAbs,
                        .vjp = AbsVjp,
                        .lo = -2,
                        .hi = -0.1,
                        .rules = runtime::IdempotentRules};
const OpDef& ops::AbsOp() { return Def<kAbs>(); }
Value Abs(Operand x) { return AddNode(ops::AbsOp(), {x}); }

constexpr Entry kSign = {.name = "Sign",
                         .label = "sign",
                         .doc = "Sign: y = -1, 0 or 1 (0 for -0 too).",
                         .dtypes = kNumberTypes,
                         .make = Numbers<[](auto x) { return SignOf(x); }>,
                         .cost = 1,
                         .simd = UnaryFunction::kSign,
                         .lo = -2,
                         .hi = -0.1,
                         .rules = runtime::IdempotentRules};
const OpDef& ops::SignOp() { return Def<kSign>(); }
Value Sign(Operand x) { return AddNode(ops::SignOp(), {x}); }

// (x²)' = 2x.
static Value SquareVjp(const Point& p) { return p.dy * (p.x * 2.0); }
constexpr Entry kSquare = {.name = "Square",
                           .label = "square",
                           .doc = "Square: y = x².",
                           .dtypes = kNumberTypes,
                           .make = Numbers<[](auto x) { return SquareOf(x); }>,
                           .cost = 1,
                           .simd = UnaryFunction::kSquare,
                           .vjp = SquareVjp,
                           .lo = -2,
                           .hi = 2};
const OpDef& ops::SquareOp() { return Def<kSquare>(); }
Value Square(Operand x) { return AddNode(ops::SquareOp(), {x}); }

// max(x, 0)' = [x > 0], and x > 0 exactly where y > 0. NaN passes ȳ on, as it is passed on itself.
static Value ReluVjp(const Point& p) { return ReluGrad(p.y, p.dy, "relu"); }
constexpr Entry kRelu = {.name = "Relu",
                         .label = "relu",
                         .doc = "Rectified linear unit: y = max(x, 0).",
                         .dtypes = kNumberTypes,
                         .make = Numbers<[](auto x) { return x <= 0 ? decltype(x){0} : x; }>,
                         .cost = 1,
                         .simd = UnaryFunction::kRelu,
                         .vjp = ReluVjp,
                         .lo = -2,
                         .hi = -0.1,
                         .rules = runtime::IdempotentRules};
const OpDef& ops::ReluOp() { return Def<kRelu>(); }
Value Relu(Operand x) { return AddNode(ops::ReluOp(), {x}); }

// min(max(x, 0), 6)' = [0 < x < 6], and y = x there.
static Value Relu6Vjp(const Point& p) { return ReluGrad(p.y, p.dy, "relu6"); }
constexpr Entry kRelu6 = {
    .name = "Relu6",
    .label = "relu6",
    .doc = "Rectified linear unit with an upper bound: y = min(max(x, 0), 6).",
    .dtypes = kNumberTypes,
    .make = Numbers<[](auto x) { return x < 0    ? decltype(x){0}
                                        : x >= 6 ? decltype(x){6}
                                                 : x; }>,
    .cost = 1,
    .simd = UnaryFunction::kRelu6,
    .vjp = Relu6Vjp,
    .lo = 0.1,
    .hi = 5.9,
    .rules = runtime::IdempotentRules};
const OpDef& ops::Relu6Op() { return Def<kRelu6>(); }
Value Relu6(Operand x) { return AddNode(ops::Relu6Op(), {x}); }

}  // namespace dagrad
