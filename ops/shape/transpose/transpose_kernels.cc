#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"
#include "dagrad/ops/shape/transpose/transpose_internal.h"

namespace dagrad::ops::transpose_internal {

// A copy whose input strides are permuted.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims& x = request.inputs[0].dims;
  DAGRAD_ASSIGN_OR_RETURN(
      const std::vector<int> perm,
      Permutation(request.attr<std::vector<int64_t>>("perm"), static_cast<int>(x.size())));
  const Dims dense = RowMajorStrides(x);
  StridedCopy copy;
  copy.dims = request.outputs[0].dims;
  copy.out_strides = RowMajorStrides(copy.dims);
  for (int axis : perm) copy.in_strides.push_back(dense[axis]);
  AddCopyPhase({copy}, request, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::transpose_internal
