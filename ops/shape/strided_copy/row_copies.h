#ifndef DAGRAD_OPS_SHAPE_STRIDED_COPY_ROW_COPIES_H_
#define DAGRAD_OPS_SHAPE_STRIDED_COPY_ROW_COPIES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::strided_copy_internal {

// What is copied into row 0 of output 0; row r's is r * in_stride further on in the input.
struct CopyOfRow {
  StridedCopy row;
  int64_t in_stride;
};

// Copies that together can be made row by row of output 0's first axis: every row of it from the
// same row of an input that has as many (so that it is aligned, as runtime::Phase::Rows has it), or
// all of them from the same place.
class RowCopies {
 public:
  RowCopies(absl::Span<const StridedCopy> copies, const runtime::KernelRequest& request);

  int64_t count() const { return count_; }  // of rows; 0: there is no such way
  int64_t row_elements() const { return row_elements_; }
  uint32_t aligned() const { return aligned_ & ~unaligned_; }
  const std::vector<CopyOfRow>& copies() const { return copies_; }  // without empty ones

 private:
  bool Add(const StridedCopy& copy, const runtime::KernelRequest& request);

  int64_t count_ = 0, row_elements_ = 0;
  uint32_t aligned_ = 0, unaligned_ = 0;  // inputs of copies that are, and of those that are not
  std::vector<CopyOfRow> copies_;
};

}  // namespace dagrad::ops::strided_copy_internal

#endif  // DAGRAD_OPS_SHAPE_STRIDED_COPY_ROW_COPIES_H_
