#include <algorithm>

#include "dagrad/ops/indexing/non_zero/non_zero_internal.h"

namespace dagrad::ops::non_zero_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims dims = request.inputs[0].dims;
  const int64_t n = NumElements(dims), size = request.outputs[0].dims[1];
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    kernel->phases.push_back({1, [dims, n, size](const runtime::KernelArgs& args, int) {
                                const T* x = args.in<T>(0);
                                auto* y = args.out<int64_t>(0);
                                int64_t found = 0;
                                for (int64_t i = 0; i < n && found < size; ++i) {
                                  if (x[i] == T{}) continue;
                                  int64_t rest = i;
                                  for (size_t a = dims.size(); a-- > 0; rest /= dims[a])
                                    y[static_cast<int64_t>(a) * size + found] = rest % dims[a];
                                  ++found;
                                }
                                for (size_t a = 0; a < dims.size(); ++a, y += size)
                                  std::fill(y + found, y + size, 0);
                                return absl::OkStatus();
                              }});
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::non_zero_internal
