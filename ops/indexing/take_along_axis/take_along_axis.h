#ifndef DAGRAD_OPS_INDEXING_TAKE_ALONG_AXIS_TAKE_ALONG_AXIS_H_
#define DAGRAD_OPS_INDEXING_TAKE_ALONG_AXIS_TAKE_ALONG_AXIS_H_

#include <cstdint>

#include "dagrad/graph/builder.h"

namespace dagrad {

// y[…, j, …] = x[…, indices[…, j, …], …], the other axes counting along: numpy.take_along_axis,
// ONNX's GatherElements. x of any dtype; indices int32 or int64 of the same rank, along the other
// axes no longer than x; from -d to d-1 with d = dim_axis(x). Shapes may hold symbols. Errors: an
// axis outside of x's rank, another rank, numbers that make indices longer; an index out of range,
// and symbols that do, are an InvalidArgument of the run. Gradient: of x, ȳ added up where it was
// read.
Value TakeAlongAxis(Operand x, Operand indices, int64_t axis);

// Where x[…, indices[…, j, …], …] stands among the elements of an x of `shape` in row-major order,
// int64; the number of its elements, which no place has, where an index is outside of x. `axis`
// counts from 0, the rank is that of `indices`, whose other axes are no longer than x.
Value PlacesAlongAxis(Value indices, const Shape& shape, int axis);

}  // namespace dagrad

#endif  // DAGRAD_OPS_INDEXING_TAKE_ALONG_AXIS_TAKE_ALONG_AXIS_H_
