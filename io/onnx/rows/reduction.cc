// Reductions over axes.
#include <utility>

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"

namespace dagrad::onnx {
namespace {

// Calls f(x, options) with the axes of an input (later opsets) or an attribute.
template <typename F>
void ReduceBy(NodeImport& c, F f) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  ReduceOptions options = {.axes = c.AxesOf(1), .keepdims = c.Int("keepdims", 1) != 0};
  if (options.axes.empty() && c.Int("noop_with_empty_axes", 0) != 0) {
    // Over no axes: each element by itself, as a new axis of one.
    return c.out(0, f(x, ReduceOptions{.axes = {}, .keepdims = true}, true));
  }
  c.out(0, f(x, std::move(options), false));
}

// The same, where f is several nodes: what it makes of halves is rounded once.
template <typename F>
void WidelyReduceBy(NodeImport& c, F f) {
  ReduceBy(c, [&f](Value x, ReduceOptions options, bool is_noop) {
    return InDType(f(Widened(x), std::move(options), is_noop), x.dtype());
  });
}

// For what has fractions: of integers in float64, cut off at the end.
Value WithFractions(Value x) { return IsFloating(x.dtype()) ? x : InDType(x, DType::kFloat64); }

template <Value (*f)(Operand, ReduceOptions)>
void Reduction(NodeImport& c) {
  ReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    return is_noop ? Identity(x) : f(x, std::move(options));
  });
}

// inner(x) reduced by f.
template <Value (*inner)(Operand), Value (*f)(Operand, ReduceOptions)>
void ReductionOf(NodeImport& c) {
  WidelyReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    return is_noop ? inner(x) : f(inner(x), std::move(options));
  });
}

// Of bools: whether any is true, whether all are.
template <Value (*f)(Operand, ReduceOptions), Value (*of_bools)(Operand, ReduceOptions)>
void Extreme(NodeImport& c) {
  ReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    if (is_noop) return Identity(x);
    return x.dtype() == DType::kBool ? of_bools(x, std::move(options)) : f(x, std::move(options));
  });
}

void ImportMean(NodeImport& c) {
  ReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    if (is_noop) return Identity(x);
    return InDType(ReduceMean(WithFractions(x), std::move(options)), x.dtype());
  });
}

void ImportL2(NodeImport& c) {
  WidelyReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    return is_noop ? Abs(x) : Sqrt(ReduceSum(Square(WithFractions(x)), std::move(options)));
  });
}

void ImportLogSum(NodeImport& c) {
  WidelyReduceBy(c, [](Value x, ReduceOptions options, bool is_noop) {
    const Value wide = WithFractions(x);
    return Log(is_noop ? wide : ReduceSum(wide, std::move(options)));
  });
}

// The largest is subtracted first, so that nothing overflows; one that is not finite is not.
void ImportLogSumExp(NodeImport& c) {
  WidelyReduceBy(c, [](Value given, ReduceOptions options, bool is_noop) {
    if (is_noop) return Identity(given);
    const Value x = WithFractions(given);
    const Value largest = ReduceMax(x, {.axes = options.axes, .keepdims = true});
    const Value shift = StopGradient(Select(IsFinite(largest), largest, 0.0));
    const Value sum = ReduceSum(Exp(x - shift), {.axes = options.axes, .keepdims = true});
    const Value y = Log(sum) + shift;
    return options.keepdims ? y : ReduceSum(y, std::move(options));
  });
}

// select_last_index: of equal elements the last one.
template <Value (*f)(Operand, const ArgOptions&)>
void Arg(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const int axis = AxisOf(c, c.Int("axis", 0), x.rank());
  const ArgOptions options = {.axis = axis, .keepdims = c.Int("keepdims", 1) != 0};
  if (!c.ok()) return;
  if (c.Int("select_last_index", 0) == 0) return c.out(0, f(x, options));
  c.out(0, DimValue(c.builder(), x.dim(axis) - 1) - f(Reverse(x, axis), options));
}

constexpr Row kRows[] = {
    {"ArgMax", Arg<ArgMax>, 1},
    {"ArgMin", Arg<ArgMin>, 1},
    {"ReduceL1", ReductionOf<Abs, ReduceSum>, 2},
    {"ReduceL2", ImportL2, 2},
    {"ReduceLogSum", ImportLogSum, 2},
    {"ReduceLogSumExp", ImportLogSumExp, 2},
    {"ReduceMax", Extreme<ReduceMax, ReduceAny>, 2},
    {"ReduceMean", ImportMean, 2},
    {"ReduceMin", Extreme<ReduceMin, ReduceAll>, 2},
    {"ReduceProd", Reduction<ReduceProd>, 2},
    {"ReduceSum", Reduction<ReduceSum>, 2},
    {"ReduceSumSquare", ReductionOf<Square, ReduceSum>, 2},
};

}  // namespace

absl::Span<const Row> ReductionRows() { return kRows; }

}  // namespace dagrad::onnx
