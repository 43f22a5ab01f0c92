#include <cstddef>
#include <cstring>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/shape/identity/identity_internal.h"

namespace dagrad::ops::identity_internal {

// Executors that honour kView never run it.
absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const auto size = static_cast<int64_t>(DTypeSize(request.outputs[0].dtype));
  OverElements(
      request.outputs[0].num_elements(), 1, 0.25 * static_cast<double>(size),
      [size](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        if (begin == end) return;
        std::memmove(args.out<std::byte>(0) + begin * size, args.in<std::byte>(0) + begin * size,
                     (end - begin) * size);
      },
      kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::identity_internal
