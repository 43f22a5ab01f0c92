#include <limits>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/size/size_internal.h"

namespace dagrad::ops::size_internal {

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  DAGRAD_ASSIGN_OR_RETURN(const Dims dims, request.attr<Shape>("shape").Bind(*request.bindings));
  const int64_t count = NumElements(dims);
  const DType dtype = request.outputs[0].dtype;
  bool fits = true;
  DispatchDType(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>)
      fits = static_cast<uint64_t>(count) <= static_cast<uint64_t>(std::numeric_limits<T>::max());
    kernel->phases.push_back({1, [count](const runtime::KernelArgs& args, int) {
                                *args.out<T>(0) = static_cast<T>(count);
                                return absl::OkStatus();
                              }});
  });
  if (fits) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(count, " elements are more than ", DTypeName(dtype), " can hold"));
}

}  // namespace dagrad::ops::size_internal
