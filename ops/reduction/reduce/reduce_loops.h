#ifndef DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_LOOPS_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_LOOPS_H_

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "dagrad/ops/reduction/reduce/reduce_plan.h"
#include "dagrad/ops/reduction/reduce/reduce_rules.h"

namespace dagrad::ops::reduce_internal {

// acc[i] ⊕= x[r·stride + i] for r < rows, i < width: four rows at a time, elementwise, so it
// vectorizes.
template <typename Rule, typename T>
inline void CombineRows(const T* x, int64_t rows, int64_t stride, int64_t width,
                        Partial<Rule, T>* __restrict acc) {
  using P = Partial<Rule, T>;
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const T* a = x + r * stride;
    const T* b = a + stride;
    const T* c = b + stride;
    const T* d = c + stride;
    for (int64_t i = 0; i < width; ++i) {
      const P ab = Rule::Combine(static_cast<P>(a[i]), static_cast<P>(b[i]));
      const P cd = Rule::Combine(static_cast<P>(c[i]), static_cast<P>(d[i]));
      acc[i] = Rule::Combine(acc[i], Rule::Combine(ab, cd));
    }
  }
  for (; r < rows; ++r) {
    const T* a = x + r * stride;
    for (int64_t i = 0; i < width; ++i) acc[i] = Rule::Combine(acc[i], static_cast<P>(a[i]));
  }
}

template <typename T>
inline bool HasNan(const T* x, int64_t n) {
  int found = 0;
  for (int64_t i = 0; i < n; ++i) found |= static_cast<int>(x[i] != x[i]);
  return found != 0;
}

// CombineRows, or by the rule's quicker form where no element is a NaN.
template <typename Rule, typename T>
void CombineBlock(const T* x, int64_t rows, int64_t stride, int64_t width, Partial<Rule, T>* acc) {
  if constexpr (std::is_floating_point_v<T> && !std::is_same_v<Rule, WithoutNan<Rule>>) {
    bool found = false;
    for (int64_t r = 0; r < rows; ++r) found |= HasNan(x + r * stride, width);
    if (!found) return CombineRows<WithoutNan<Rule>, T>(x, rows, stride, width, acc);
  }
  CombineRows<Rule, T>(x, rows, stride, width, acc);
}

// The total of n contiguous elements, or partial totals, in 8 lanes.
template <typename Rule, typename P, typename T>
P CombineShortRun(const T* x, int64_t n) {
  constexpr int64_t kLanes = 8;
  P lanes[kLanes];
  std::fill_n(lanes, kLanes, Rule::template Identity<P>());
  int64_t done = 0;
  for (; done + kLanes <= n; done += kLanes) {
    for (int64_t i = 0; i < kLanes; ++i)
      lanes[i] = Rule::Combine(lanes[i], static_cast<P>(x[done + i]));
  }
  for (int64_t i = 0; i < kLanes && done < n; ++i, ++done)
    lanes[i] = Rule::Combine(lanes[i], static_cast<P>(x[done]));
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) lanes[i] = Rule::Combine(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

// The total of n contiguous elements, n at most a few thousand, in 32 lanes that join as a tree.
template <typename Rule, typename T>
Partial<Rule, T> CombineRun(const T* x, int64_t n) {
  using P = Partial<Rule, T>;
  constexpr int64_t kLanes = 32;
  if (n < 2 * kLanes) return CombineShortRun<Rule, P>(x, n);
  P lanes[kLanes];
  std::fill_n(lanes, kLanes, Rule::template Identity<P>());
  const int64_t whole = n / kLanes;
  CombineBlock<Rule, T>(x, whole, kLanes, kLanes, lanes);
  const P rest = CombineShortRun<Rule, P>(x + whole * kLanes, n - whole * kLanes);
  return Rule::Combine(CombineShortRun<Rule, P>(lanes, kLanes), rest);
}

// acc[i] ⊕= Σ_k x[k·width + i] for k < copies: what a folded row holds.
template <typename Rule, typename T>
void JoinCopies(const Partial<Rule, T>* x, int64_t copies, int64_t width, Wide<Rule, T>* acc) {
  for (int64_t k = 0; k < copies; ++k) {
    for (int64_t i = 0; i < width; ++i) {
      acc[i] = Rule::Combine(acc[i], static_cast<Wide<Rule, T>>(x[k * width + i]));
    }
  }
}

// acc[i] ⊕= the total of column i of `rows` rows of `width` elements, `stride` apart. Narrow rows
// that adjoin are folded into wide ones. Partial results are of at most kBlock rows; they join in
// Wide<Rule, T>.
template <typename Rule, typename T>
void AccumulateRows(const T* x, int64_t rows, int64_t stride, int64_t width, Wide<Rule, T>* acc) {
  constexpr int64_t kBlock = 64;
  constexpr int64_t kRunBlock = 1024;
  constexpr int64_t kFoldBelow = 64;
  constexpr int64_t kFoldTo = 256;
  if (stride == 1) {
    for (; rows > 0; x += kRunBlock, rows -= kRunBlock) {
      const Partial<Rule, T> total = CombineRun<Rule, T>(x, std::min(rows, kRunBlock));
      acc[0] = Rule::Combine(acc[0], static_cast<Wide<Rule, T>>(total));
    }
    return;
  }
  const int64_t fold = width == stride && width < kFoldBelow ? kFoldTo / width : 1;
  const int64_t folded = rows / fold;
  Partial<Rule, T> partial[ReducePlan::kTile];
  for (int64_t r = 0; r < folded; r += kBlock) {
    std::fill_n(partial, fold * width, Rule::template Identity<T>());
    CombineBlock<Rule, T>(x + r * fold * stride, std::min(kBlock, folded - r), fold * stride,
                          fold * width, partial);
    JoinCopies<Rule, T>(partial, fold, width, acc);
  }
  if (folded * fold == rows) return;
  std::fill_n(partial, width, Rule::template Identity<T>());
  CombineBlock<Rule, T>(x + folded * fold * stride, rows - folded * fold, stride, width, partial);
  JoinCopies<Rule, T>(partial, 1, width, acc);
}

// f(x, count) for each run of adjoining ones of rows [begin, end) of the plan's reduced rows.
template <typename T, typename F>
void ForRuns(const ReducePlan& plan, const T* x, int64_t begin, int64_t end, F f) {
  while (begin < end) {
    const int64_t block = begin / plan.rows;
    const int64_t row = begin % plan.rows;
    const int64_t count = std::min(plan.rows - row, end - begin);
    f(x + OffsetOf(block, plan.reduced_dims, plan.reduced_strides) + row * plan.inner, count);
    begin += count;
  }
}

// Column by column and in float64, as the reference does.
template <typename Rule>
double TotalInDouble(const ReducePlan& plan, const float* x, int64_t begin, int64_t end) {
  double total = Rule::template Identity<double>();
  ForRuns(plan, x, begin, end, [&](const float* rows, int64_t count) {
    for (int64_t r = 0; r < count; ++r)
      total = Rule::Combine(total, static_cast<double>(rows[r * plan.inner]));
  });
  return total;
}

// The total of rows [begin, end) of the plan's reduced rows for the outer index at `x`, elements
// [0, width) of a tile.
template <typename Rule, typename T>
void AccumulatePart(const ReducePlan& plan, const T* x, int64_t begin, int64_t end, int64_t width,
                    Wide<Rule, T>* acc) {
  std::fill_n(acc, width, Rule::template Identity<Wide<Rule, T>>());
  ForRuns(plan, x, begin, end, [&](const T* rows, int64_t count) {
    AccumulateRows<Rule, T>(rows, count, plan.inner, width, acc);
  });
}

}  // namespace dagrad::ops::reduce_internal

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_LOOPS_H_
