#ifndef DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_PLAN_H_
#define DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/graph/shape.h"

namespace dagrad::ops::reduce_internal {

// How a reduction walks over x. Axes of size 1 are dropped and neighbours of a kind merged, so kept
// and reduced groups of axes alternate; the innermost reduced group ("rows") and what is kept
// inside it ("inner", 1 if nothing is) lie together in memory as rows × inner. A task adds up rows
// [part] of one outer index and one tile of inner, elementwise: reads are contiguous whatever the
// axes.
struct ReducePlan {
  static constexpr int64_t kTile = 1024;  // most inner elements of a task

  Dims kept_dims, kept_strides;        // kept groups but inner
  Dims reduced_dims, reduced_strides;  // reduced groups but rows
  int64_t outer = 1;                   // product of kept_dims
  int64_t blocks = 1;                  // product of reduced_dims
  int64_t rows = 1;
  int64_t inner = 1;
  int64_t tiles = 1;  // of inner
  int64_t parts =
      1;  // of the blocks·rows reduced rows; more than one where outputs are too few to share

  int64_t outputs() const { return outer * inner; }
  int64_t total_rows() const { return blocks * rows; }
  int64_t tasks() const { return outer * tiles * parts; }
  // Outer index k reduces x's k-th row of outer.
  bool KeepsRows() const { return kept_dims.size() == 1 && reduced_dims.empty(); }
};

// A plan that depends on the sizes only.
ReducePlan PlanReduction(absl::Span<const int64_t> dims, const std::vector<bool>& reduced);

// Offset of element `index` of an array of `dims` whose axes have `strides`.
int64_t OffsetOf(int64_t index, const Dims& dims, const Dims& strides);

}  // namespace dagrad::ops::reduce_internal

#endif  // DAGRAD_OPS_REDUCTION_REDUCE_REDUCE_PLAN_H_
