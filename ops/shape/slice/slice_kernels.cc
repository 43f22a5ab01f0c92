#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/slice/slice_internal.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"

namespace dagrad::ops::slice_internal {
namespace {

using runtime::Kernel;
using runtime::KernelRequest;

// The places of a slice inside an array, as an offset and a stride per axis.
struct Places {
  int64_t offset = 0;
  Dims strides;
};

// Checks with numbers what inference checked as far as symbols allow.
absl::StatusOr<Places> Locate(const KernelRequest& request, const Dims& whole, const Dims& sizes) {
  const auto& strides = request.attr<std::vector<int64_t>>("strides");
  DAGRAD_ASSIGN_OR_RETURN(const Dims starts, request.attr<Shape>("starts").Bind(*request.bindings));
  const Dims dense = RowMajorStrides(whole);
  Places places;
  const bool empty = NumElements(sizes) == 0;
  for (size_t a = 0; a < whole.size(); ++a) {
    // Of one element the stride says nothing, and may be any number.
    const int64_t stride = strides.empty() || sizes[a] <= 1 ? 1 : strides[a];
    const __int128 last = starts[a] + static_cast<__int128>(sizes[a] - 1) * stride;
    if (!empty && (starts[a] >= whole[a] || last < 0 || last >= whole[a])) {
      return InvalidArgumentError(absl::StrCat("axis ", a, ": starts ", DimsToString(starts),
                                               " and sizes ", DimsToString(sizes), " leave ",
                                               DimsToString(whole)));
    }
    places.offset += empty ? 0 : starts[a] * dense[a];
    places.strides.push_back(empty ? 0 : stride * dense[a]);
  }
  return places;
}

}  // namespace

absl::Status MakeSliceKernel(const KernelRequest& request, Kernel* kernel) {
  StridedCopy copy;
  copy.dims = request.outputs[0].dims;
  DAGRAD_ASSIGN_OR_RETURN(Places places, Locate(request, request.inputs[0].dims, copy.dims));
  copy.in_offset = places.offset;
  copy.in_strides = std::move(places.strides);
  copy.out_strides = RowMajorStrides(copy.dims);
  AddCopyPhase({copy}, request, kernel);
  return absl::OkStatus();
}

absl::Status MakeSliceGradKernel(const KernelRequest& request, Kernel* kernel) {
  StridedCopy copy;
  copy.dims = request.inputs[0].dims;
  DAGRAD_ASSIGN_OR_RETURN(Places places, Locate(request, request.outputs[0].dims, copy.dims));
  copy.in_strides = RowMajorStrides(copy.dims);
  copy.out_offset = places.offset;
  copy.out_strides = std::move(places.strides);
  for (size_t a = 0; a < copy.dims.size(); ++a) {  // walked so that the output strides are positive
    if (copy.out_strides[a] >= 0) continue;
    copy.in_offset += (copy.dims[a] - 1) * copy.in_strides[a];
    copy.out_offset += (copy.dims[a] - 1) * copy.out_strides[a];
    copy.in_strides[a] = -copy.in_strides[a];
    copy.out_strides[a] = -copy.out_strides[a];
  }
  AddFillPhase(0, request, kernel);
  AddCopyPhase({copy}, request, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::slice_internal
