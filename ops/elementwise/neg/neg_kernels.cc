#include <type_traits>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/neg/neg_internal.h"
#include "dagrad/ops/elementwise/simd_loops.h"

namespace dagrad::ops::neg_internal {
namespace {

template <typename T>
T Negate(T x) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(U{0} - static_cast<U>(x));
  } else {
    return -x;
  }
}

template <typename T>
void Make(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  UnaryLoop<T, T>(
      request.outputs[0].num_elements(), 1, [](T x) { return Negate(x); }, kernel);
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  if (request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32) {
    UnarySimd(runtime::simd::UnaryFunction::kNeg, 0, request, 1, kernel);
    return absl::OkStatus();
  }
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_signed_v<T>) Make<T>(request, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::neg_internal
