#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/shape/bind_dim/bind_dim_internal.h"

namespace dagrad::ops::bind_dim_internal {

absl::Status MakeKernel(const runtime::KernelRequest&, runtime::Kernel* kernel) {
  kernel->phases.push_back({1, [](const runtime::KernelArgs& args, int) -> absl::Status {
                              const int64_t size = *args.in<int64_t>(0);
                              *args.out<int64_t>(0) = size;
                              if (size >= 0) return absl::OkStatus();
                              return InvalidArgumentError(absl::StrCat("the size is ", size));
                            }});
  return absl::OkStatus();
}

}  // namespace dagrad::ops::bind_dim_internal
