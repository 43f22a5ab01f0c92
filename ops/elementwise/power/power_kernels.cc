#include <cmath>
#include <type_traits>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/power/power_internal.h"

namespace dagrad::ops::power_internal {
namespace {

// base^-n, truncated toward zero.
template <typename T>
T NegativePower(T base, bool odd) {
  if (base == 1) return 1;
  if (base == static_cast<T>(-1)) return odd ? base : T{1};
  return 0;
}

// By repeated squaring; unsigned, since signed overflow is undefined.
template <typename T>
T IntegerPower(T base, T exponent) {
  if (exponent < 0) return NegativePower(base, exponent % 2 != 0);
  using U = std::make_unsigned_t<T>;
  U power = 1;
  U square = static_cast<U>(base);
  for (U n = static_cast<U>(exponent); n != 0; n /= 2) {
    if (n % 2 != 0) power = static_cast<U>(power * square);
    square = static_cast<U>(square * square);
  }
  return static_cast<T>(power);
}

template <typename T>
T PowerOf(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return IntegerPower(a, b);
  } else {
    return std::pow(a, b);
  }
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      BinaryLoop<T, T>(
          request, 24, [](T a, T b) { return PowerOf(a, b); }, kernel);
    }
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::power_internal
