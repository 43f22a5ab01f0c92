#include <algorithm>

#include "dagrad/ops/creation/iota/iota_internal.h"

namespace dagrad::ops::iota_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims& dims = request.outputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + dims.size() : attr;
  const int64_t n = dims[axis];
  int64_t inner = 1;
  for (size_t a = axis + 1; a < dims.size(); ++a) inner *= dims[a];
  if (NumElements(dims) == 0) return absl::OkStatus();
  // The result is runs of `inner` equal numbers.
  DispatchDType(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    runtime::OverRows(
        {.count = NumElements(dims) / inner, .cost = static_cast<double>(inner)},
        [n, inner](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
          for (int64_t run = begin; run < end; ++run) {
            std::fill_n(args.out<T>(0) + run * inner, inner, static_cast<T>(run % n));
          }
        },
        kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::iota_internal
