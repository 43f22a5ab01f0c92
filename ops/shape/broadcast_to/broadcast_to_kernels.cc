#include "dagrad/ops/shape/broadcast_to/broadcast_to_internal.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"

namespace dagrad::ops::broadcast_to_internal {

// A copy whose input strides are 0 along the repeated axes.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims& from = request.inputs[0].dims;
  const Dims& to = request.outputs[0].dims;
  const Dims dense = RowMajorStrides(from);
  StridedCopy copy;
  copy.dims = to;
  copy.in_strides = Dims(to.size(), 0);
  copy.out_strides = RowMajorStrides(to);
  const size_t lead = to.size() - from.size();
  for (size_t a = 0; a < from.size(); ++a) {
    if (from[a] != 1) copy.in_strides[lead + a] = dense[a];
  }
  AddCopyPhase({copy}, request, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::broadcast_to_internal
