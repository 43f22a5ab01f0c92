#include "dagrad/ops/shape/strided_copy/row_copies.h"

#include <utility>

namespace dagrad::ops::strided_copy_internal {
namespace {

// Whether all places of a copy lie in [0, extent).
bool StaysWithin(int64_t offset, const Dims& dims, const Dims& strides, int64_t extent) {
  int64_t least = offset, most = offset;
  for (size_t a = 0; a < dims.size(); ++a)
    (strides[a] < 0 ? least : most) += (dims[a] - 1) * strides[a];
  return least >= 0 && most < extent;
}

}  // namespace

RowCopies::RowCopies(absl::Span<const StridedCopy> copies, const runtime::KernelRequest& request) {
  const Dims& y = request.outputs[0].dims;
  if (y.empty() || NumElements(y) == 0) return;
  count_ = y[0];
  row_elements_ = NumElements(y) / count_;
  for (const StridedCopy& copy : copies) {
    if (NumElements(copy.dims) == 0 || Add(copy, request)) continue;
    count_ = 0;
    return;
  }
}

bool RowCopies::Add(const StridedCopy& copy, const runtime::KernelRequest& request) {
  if (copy.dims[0] != count_ || copy.out_strides[0] != row_elements_) return false;
  CopyOfRow of_row{copy, copy.in_strides[0]};
  StridedCopy& row = of_row.row;
  for (Dims* dims : {&row.dims, &row.in_strides, &row.out_strides}) dims->erase(dims->begin());
  if (!StaysWithin(row.out_offset, row.dims, row.out_strides, row_elements_)) return false;
  const int64_t rows = of_row.in_stride * count_;
  const bool by_row = copy.input < 32 && rows == request.inputs[copy.input].num_elements() &&
                      StaysWithin(row.in_offset, row.dims, row.in_strides, of_row.in_stride);
  if (copy.input < 32) (by_row ? aligned_ : unaligned_) |= 1U << copy.input;
  copies_.push_back(std::move(of_row));
  return by_row || copies_.back().in_stride == 0;
}

}  // namespace dagrad::ops::strided_copy_internal
