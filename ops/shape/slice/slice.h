#ifndef DAGRAD_OPS_SHAPE_SLICE_SLICE_H_
#define DAGRAD_OPS_SHAPE_SLICE_SLICE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i] = x[starts + i ∘ strides], shape `sizes`: i_a runs over 0 ≤ i_a < sizes[a]. Any dtype.
// `starts` and `sizes` have one entry per axis and may hold symbols; `strides` too, or is empty for
// all 1; a negative stride walks backwards from the start. Where a size is 0 the start may be any
// number that is not negative. Errors: slice_c1 for another number of entries, slice_c2 for a
// stride 0, slice_c3 for elements outside x; where symbols leave that open, when the shapes are
// known. Gradient: ȳ put back in its places in zeros of x's shape (SliceGrad).
Value Slice(Operand x, Shape starts, Shape sizes, std::vector<int64_t> strides = {});

// Python's x[…, start:limit:stride, …] along one axis. Numbers below 0 count from the end; numbers
// outside the axis are cut down to it where its dimension is a number. Symbolic ends are taken as
// they are. stride > 0.
struct SliceAxisOptions {
  Dim start = 0;
  std::optional<Dim> limit = std::nullopt;  // exclusive; the end if absent
  int64_t stride = 1;
};
Value SliceAxis(Operand x, int64_t axis, SliceAxisOptions options);

// Consecutive slices of the given sizes along `axis`, which must add up to its dimension.
std::vector<Value> Split(Operand x, const std::vector<Dim>& sizes, int64_t axis = 0);
// `parts` equal slices; the dimension must be a multiple of `parts`.
std::vector<Value> Split(Operand x, int parts, int64_t axis = 0);

// Zeros of `shape` with dy in the places that Slice with the same starts and strides (and dy's
// shape as sizes) reads. Floats. The adjoint of Slice, whose gradient in turn is that Slice of the
// cotangent. Errors as Slice's (slice_grad_c1 …).
Value SliceGrad(Operand dy, Shape shape, Shape starts, std::vector<int64_t> strides = {});

namespace ops {
const OpDef& SliceOp();  // "Slice": attributes starts (shape), sizes (shape), strides (ints)
const OpDef&
SliceGradOp();  // "SliceGrad": attributes shape (shape), starts (shape), strides (ints)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_SHAPE_SLICE_SLICE_H_
