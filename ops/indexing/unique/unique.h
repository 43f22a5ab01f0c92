#ifndef DAGRAD_OPS_INDEXING_UNIQUE_UNIQUE_H_
#define DAGRAD_OPS_INDEXING_UNIQUE_UNIQUE_H_

#include <cstdint>
#include <optional>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct UniqueOptions {
  // Slices along this axis are compared; without it all elements of x, taken as a vector.
  std::optional<int64_t> axis = std::nullopt;
  bool sorted = true;  // ascending, slices lexicographically; false: as they first appear in x
};

// The different elements of x, or slices along an axis, as numpy.unique and ONNX's Unique. How many
// there are, n, is known in a run only (BindDim), so not within a body. NaN equals NaN here and is
// larger than every number; -0 equals 0. x of any dtype. Errors: an axis outside of x's rank.
// Gradient: of values, as Gather(x, first).
struct UniqueResult {
  Value values;   // [n], or x's shape with n along the axis
  Value first;    // int64 [n]: the place in x of the first one of each
  Value inverse;  // int64: which one each element or slice of x is
  Value counts;   // int64 [n]: how often each stands in x
};
UniqueResult Unique(Operand x, const UniqueOptions& options = {});

namespace ops {
// "Unique": rows of a matrix x [m, k]. Outputs first [m], inverse [m], counts [m], and how many
// rows are different, as a scalar; beyond that, first and counts are 0. Attribute sorted (bool).
const OpDef& UniqueOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_UNIQUE_UNIQUE_H_
