#ifndef DAGRAD_OPS_TESTING_EACH_INDEX_H_
#define DAGRAD_OPS_TESTING_EACH_INDEX_H_

#include <cstdint>

#include "absl/types/span.h"
#include "dagrad/graph/shape.h"

namespace dagrad::ops {

// f(index) for every multi-index of an array of `dims`, in row-major order: for tests that restate
// an op by its formula.
template <typename F>
void ForEachIndex(absl::Span<const int64_t> dims, F&& f) {
  const int64_t n = NumElements(dims);
  Dims index(dims.size(), 0);
  for (int64_t i = 0; i < n; ++i) {
    f(static_cast<const Dims&>(index));
    for (size_t a = dims.size(); a-- > 0;) {
      if (++index[a] < dims[a]) break;
      index[a] = 0;
    }
  }
}

// Place of `index` in a dense row-major array of `dims`.
inline int64_t PlaceOf(absl::Span<const int64_t> index, absl::Span<const int64_t> dims) {
  int64_t place = 0;
  for (size_t a = 0; a < dims.size(); ++a) place = place * dims[a] + index[a];
  return place;
}

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_TESTING_EACH_INDEX_H_
