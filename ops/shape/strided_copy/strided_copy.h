#ifndef DAGRAD_OPS_SHAPE_STRIDED_COPY_STRIDED_COPY_H_
#define DAGRAD_OPS_SHAPE_STRIDED_COPY_STRIDED_COPY_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "dagrad/graph/shape.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops {

// One rectangular copy between arrays of equal elements, of input `input` to output 0 of a kernel:
//   y[out_offset + Σ_a k_a·out_strides[a]] = x[in_offset + Σ_a k_a·in_strides[a]]   for 0 ≤ k_a <
//   dims[a].
// Strides and offsets count elements. An input stride may be 0 (broadcast) or negative (reverse);
// output strides are positive and give every k a place of its own. This is all that broadcasting,
// transposing, slicing, constant padding and concatenating need.
struct StridedCopy {
  int input = 0;
  Dims dims;
  Dims in_strides;
  Dims out_strides;
  int64_t in_offset = 0;
  int64_t out_offset = 0;
};

// Strides of a dense array: {d1·d2·…, …, 1}.
Dims RowMajorStrides(absl::Span<const int64_t> dims);

// Adds a phase that makes all the copies, whose outputs must not overlap. Elements are those of
// output 0. In kReference mode: element by element as the formula says. Otherwise adjacent axes are
// merged and the innermost two become runs of memcpy, fills or blocked transpositions. Bytes are
// moved unchanged either way, whatever the dtype.
void AddCopyPhase(absl::Span<const StridedCopy> copies, const runtime::KernelRequest& request,
                  runtime::Kernel* kernel);

// Adds a phase that sets every element of output 0 to `value`, converted to its dtype by
// static_cast.
void AddFillPhase(double value, const runtime::KernelRequest& request, runtime::Kernel* kernel);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_SHAPE_STRIDED_COPY_STRIDED_COPY_H_
