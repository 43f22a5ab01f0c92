// Exponentials, logarithms and powers.
#include <cmath>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"

namespace dagrad {
namespace {

using namespace ops::unary_internal;  // NOLINT(google-build-using-namespace)
using runtime::simd::UnaryFunction;

}  // namespace

// (e^x)' = e^x.
static Value ExpVjp(const Point& p) { return p.dy * p.y; }
constexpr Entry kExp = {.name = "Exp",
                        .label = "exp",
                        .doc = "Exponential: y = e^x.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::exp(x); }>,
                        .cost = 8,
                        .simd = UnaryFunction::kExp,
                        .vjp = ExpVjp,
                        .lo = -3,
                        .hi = 3};
const OpDef& ops::ExpOp() { return Def<kExp>(); }
Value Exp(Operand x) { return AddNode(ops::ExpOp(), {x}); }

// (e^x - 1)' = e^x, not y + 1: that cancels where y is near -1.
static Value Expm1Vjp(const Point& p) { return p.dy * Exp(p.x); }
constexpr Entry kExpm1 = {.name = "Expm1",
                          .label = "expm1",
                          .doc = "Exponential minus 1: y = e^x - 1, without cancellation near 0.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::expm1(x); }>,
                          .cost = 12,
                          .simd = UnaryFunction::kExpm1,
                          .vjp = Expm1Vjp,
                          .lo = -3,
                          .hi = 3};
const OpDef& ops::Expm1Op() { return Def<kExpm1>(); }
Value Expm1(Operand x) { return AddNode(ops::Expm1Op(), {x}); }

// (ln x)' = 1/x.
static Value LogVjp(const Point& p) { return p.dy / p.x; }
constexpr Entry kLog = {.name = "Log",
                        .label = "log",
                        .doc = "Natural logarithm: y = ln x; -inf at 0.",
                        .dtypes = kFloatTypes,
                        .make = Floats<[](auto x) { return std::log(x); }>,
                        .cost = 8,
                        .simd = UnaryFunction::kLog,
                        .vjp = LogVjp,
                        .lo = 0.2,
                        .hi = 4};
const OpDef& ops::LogOp() { return Def<kLog>(); }
Value Log(Operand x) { return AddNode(ops::LogOp(), {x}); }

// ln(1 + x)' = 1/(1 + x).
static Value Log1pVjp(const Point& p) { return p.dy / (p.x + 1.0); }
constexpr Entry kLog1p = {.name = "Log1p",
                          .label = "log1p",
                          .doc = "Logarithm of 1 + x: y = ln(1 + x), without cancellation near 0.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::log1p(x); }>,
                          .cost = 12,
                          .simd = UnaryFunction::kLog1p,
                          .vjp = Log1pVjp,
                          .lo = -0.7,
                          .hi = 4};
const OpDef& ops::Log1pOp() { return Def<kLog1p>(); }
Value Log1p(Operand x) { return AddNode(ops::Log1pOp(), {x}); }

// y² = x, so 2y·y' = 1.
static Value SqrtVjp(const Point& p) { return p.dy * 0.5 / p.y; }
constexpr Entry kSqrt = {.name = "Sqrt",
                         .label = "sqrt",
                         .doc = "Square root: y = √x.",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::sqrt(x); }>,
                         .cost = 3,
                         .simd = UnaryFunction::kSqrt,
                         .vjp = SqrtVjp,
                         .lo = 0.2,
                         .hi = 4};
const OpDef& ops::SqrtOp() { return Def<kSqrt>(); }
Value Sqrt(Operand x) { return AddNode(ops::SqrtOp(), {x}); }

// y = x^-½, so y' = -½·x^-3/2 = -½·y/x.
static Value RsqrtVjp(const Point& p) { return p.dy * -0.5 * p.y / p.x; }
constexpr Entry kRsqrt = {.name = "Rsqrt",
                          .label = "rsqrt",
                          .doc = "Reciprocal of the square root: y = 1 / √x.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return 1 / std::sqrt(x); }>,
                          .cost = 6,
                          .simd = UnaryFunction::kRsqrt,
                          .vjp = RsqrtVjp,
                          .lo = 0.2,
                          .hi = 4};
const OpDef& ops::RsqrtOp() { return Def<kRsqrt>(); }
Value Rsqrt(Operand x) { return AddNode(ops::RsqrtOp(), {x}); }

// (1/x)' = -1/x² = -y².
static Value ReciprocalVjp(const Point& p) { return -(p.dy * Square(p.y)); }
constexpr Entry kReciprocal = {.name = "Reciprocal",
                               .label = "reciprocal",
                               .doc = "Reciprocal: y = 1 / x.",
                               .dtypes = kFloatTypes,
                               .make = Floats<[](auto x) { return 1 / x; }>,
                               .cost = 3,
                               .simd = UnaryFunction::kReciprocal,
                               .vjp = ReciprocalVjp,
                               .lo = 0.3,
                               .hi = 4};
const OpDef& ops::ReciprocalOp() { return Def<kReciprocal>(); }
Value Reciprocal(Operand x) { return AddNode(ops::ReciprocalOp(), {x}); }

Value SquaredDifference(Operand a, Operand b) {
  return Square(Operand(Sub(a, b), a.builder() != nullptr ? a.location() : b.location()));
}

}  // namespace dagrad
