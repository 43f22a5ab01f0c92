#include "dagrad/runtime/prepare_kernel.h"

namespace dagrad::runtime {

absl::Status PrepareKernel(const KernelRequest& request, Kernel* kernel, uint32_t unread) {
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    const bool is_unread = i < 32 && (unread >> i & 1) != 0;
    if (!is_unread && request.outputs[i].num_elements() > 0)
      return request.node->op->make_kernel(request, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
