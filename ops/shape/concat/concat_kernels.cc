#include <vector>

#include "dagrad/ops/shape/concat/concat_internal.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"

namespace dagrad::ops::concat_internal {

// One copy per input, each beginning where the one before ends along the axis.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims strides = RowMajorStrides(request.outputs[0].dims);
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + strides.size() : attr;
  std::vector<StridedCopy> copies;
  int64_t start = 0;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    StridedCopy copy;
    copy.input = static_cast<int>(i);
    copy.dims = request.inputs[i].dims;
    copy.in_strides = RowMajorStrides(copy.dims);
    copy.out_strides = strides;
    copy.out_offset = start * strides[axis];
    start += copy.dims[axis];
    copies.push_back(copy);
  }
  AddCopyPhase(copies, request, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::concat_internal
