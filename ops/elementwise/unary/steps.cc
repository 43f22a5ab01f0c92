// Steps and predicates, through which no gradient flows.
#include <cmath>

#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

using namespace ops::unary_internal;  // NOLINT(google-build-using-namespace)
using runtime::simd::UnaryFunction;

}  // namespace

constexpr Entry kFloor = {.name = "Floor",
                          .label = "floor",
                          .doc = "Largest integer that is not above x: y = ⌊x⌋.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::floor(x); }>,
                          .cost = 1,
                          .simd = UnaryFunction::kFloor,
                          .lo = -0.9,
                          .hi = -0.1,
                          .rules = runtime::IdempotentRules};
const OpDef& ops::FloorOp() { return Def<kFloor>(); }
Value Floor(Operand x) { return AddNode(ops::FloorOp(), {x}); }

constexpr Entry kCeil = {.name = "Ceil",
                         .label = "ceil",
                         .doc = "Smallest integer that is not below x: y = ⌈x⌉.",
                         .dtypes = kFloatTypes,
                         .make = Floats<[](auto x) { return std::ceil(x); }>,
                         .cost = 1,
                         .simd = UnaryFunction::kCeil,
                         .lo = -0.9,
                         .hi = -0.1,
                         .rules = runtime::IdempotentRules};
const OpDef& ops::CeilOp() { return Def<kCeil>(); }
Value Ceil(Operand x) { return AddNode(ops::CeilOp(), {x}); }

constexpr Entry kRound = {.name = "Round",
                          .label = "round",
                          .doc = "Nearest integer, of two the even one.",
                          .dtypes = kFloatTypes,
                          .make = Floats<[](auto x) { return std::rint(x); }>,
                          .cost = 1,
                          .simd = UnaryFunction::kRound,
                          .lo = 0.6,
                          .hi = 1.4,
                          .rules = runtime::IdempotentRules};
const OpDef& ops::RoundOp() { return Def<kRound>(); }
Value Round(Operand x) { return AddNode(ops::RoundOp(), {x}); }

constexpr Entry kIsNan = {.name = "IsNan",
                          .label = "is_nan",
                          .doc = "Whether x is NaN.",
                          .dtypes = kFloatTypes,
                          .make = Predicate<[](auto x) { return std::isnan(x); }>,
                          .cost = 1,
                          .lo = -1,
                          .hi = 1,
                          .is_predicate = true};
const OpDef& ops::IsNanOp() { return Def<kIsNan>(); }
Value IsNan(Operand x) { return AddNode(ops::IsNanOp(), {x}); }

constexpr Entry kIsInf = {.name = "IsInf",
                          .label = "is_inf",
                          .doc = "Whether x is an infinity.",
                          .dtypes = kFloatTypes,
                          .make = Predicate<[](auto x) { return std::isinf(x); }>,
                          .cost = 1,
                          .lo = -1,
                          .hi = 1,
                          .is_predicate = true};
const OpDef& ops::IsInfOp() { return Def<kIsInf>(); }
Value IsInf(Operand x) { return AddNode(ops::IsInfOp(), {x}); }

constexpr Entry kIsFinite = {.name = "IsFinite",
                             .label = "is_finite",
                             .doc = "Whether x is neither an infinity nor NaN.",
                             .dtypes = kFloatTypes,
                             .make = Predicate<[](auto x) { return std::isfinite(x); }>,
                             .cost = 1,
                             .lo = -1,
                             .hi = 1,
                             .is_predicate = true};
const OpDef& ops::IsFiniteOp() { return Def<kIsFinite>(); }
Value IsFinite(Operand x) { return AddNode(ops::IsFiniteOp(), {x}); }

}  // namespace dagrad
