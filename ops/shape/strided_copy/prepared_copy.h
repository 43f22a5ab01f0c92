#ifndef DAGRAD_OPS_SHAPE_STRIDED_COPY_PREPARED_COPY_H_
#define DAGRAD_OPS_SHAPE_STRIDED_COPY_PREPARED_COPY_H_

#include <cstdint>

#include "dagrad/ops/shape/strided_copy/strided_copy.h"

namespace dagrad::ops::strided_copy_internal {

// What the innermost axis ("columns") is moved by.
enum class Method {
  kRun,        // contiguous on both sides: memcpy
  kFill,       // one element repeated
  kTranspose,  // rows contiguous in x, columns contiguous in y
  kStrided,    // element by element
};

// A StridedCopy brought into the form that runs: an odometer of outer axes around a two-dimensional
// body of rows × columns, which is cut along one of the two into `chunks`. Unit u is chunk u %
// chunks of outer index u / chunks.
struct PreparedCopy {
  int input = 0;
  Method method = Method::kRun;
  int64_t in_offset = 0, out_offset = 0;
  Dims outer_dims, outer_in, outer_out;
  int64_t rows = 1, row_in = 0, row_out = 0;
  int64_t cols = 1, col_in = 1, col_out = 1;
  bool chunk_rows = true;  // else columns
  int64_t chunk = 1;       // rows or columns of a unit
  int64_t chunks = 1;
  int64_t units = 0;
};

PreparedCopy Prepare(const StridedCopy& copy);

}  // namespace dagrad::ops::strided_copy_internal

#endif  // DAGRAD_OPS_SHAPE_STRIDED_COPY_PREPARED_COPY_H_
