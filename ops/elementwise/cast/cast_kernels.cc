#include "dagrad/graph/convert.h"
#include "dagrad/ops/elementwise/cast/cast_internal.h"
#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops::cast_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  DispatchDType(request.inputs[0].dtype, [&](auto from_zero) {
    DispatchDType(request.outputs[0].dtype, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      UnaryLoop<From, To>(
          n, 1, [](From x) { return Convert<To>(x); }, kernel);
    });
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::cast_internal
