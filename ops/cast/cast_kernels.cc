#include <cmath>
#include <limits>
#include <type_traits>

#include "dagrad/ops/cast/cast_internal.h"
#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops::cast_internal {
namespace {

template <typename To, typename From>
To Convert(From v) {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(v)) return 0;
    // The largest To may round up as a From, so the comparison with it is >=.
    if (v >= static_cast<From>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    if (v <= static_cast<From>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

}  // namespace

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
