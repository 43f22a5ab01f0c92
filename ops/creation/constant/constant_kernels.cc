#include <algorithm>
#include <cstddef>
#include <cstring>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/creation/constant/constant_internal.h"

namespace dagrad::ops::constant_internal {

absl::Status MakeConstantKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Tensor value = request.attr<Tensor>("value");
  const int64_t size = static_cast<int64_t>(DTypeSize(value.dtype()));
  runtime::OverRows(
      {.count = value.num_elements(), .cost = 1},
      [value, size](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        if (begin == end) return;
        std::memcpy(args.out<std::byte>(0) + begin * size,
                    static_cast<const std::byte*>(value.bytes()) + begin * size,
                    (end - begin) * size);
      },
      kernel);
  return absl::OkStatus();
}

absl::Status MakeFullKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const double value = request.attr<double>("value");
  DispatchDType(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    runtime::OverRows(
        {.count = request.outputs[0].num_elements(), .cost = 1},
        [element = static_cast<T>(value)](const runtime::KernelArgs& args, int64_t begin,
                                          int64_t end) {
          std::fill(args.out<T>(0) + begin, args.out<T>(0) + end, element);
        },
        kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::constant_internal
