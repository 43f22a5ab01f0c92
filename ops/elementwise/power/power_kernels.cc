#include <cmath>
#include <limits>
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

// y = a^b for one of the exponents that need no logarithm; f(a) is its value.
template <typename T, typename F>
void PowerBlock(const BroadcastBlock& block, const T* a, const T* b, T* y, F f) {
  BinaryBlock(block, a, b, y, [f](T base, T) { return f(base); });
}

// An exponent that is one number is looked at when it is there. What is not exact, by at most two
// roundings, is as C's pow at 0, infinities and NaN.
template <typename T>
void FloatBlock(const BroadcastBlock& block, bool one_exponent, const T* a, const T* b, T* y) {
  const T exponent = one_exponent ? *b : T{0};
  if (exponent == 1) return PowerBlock(block, a, b, y, [](T x) { return x; });
  if (exponent == 2) return PowerBlock(block, a, b, y, [](T x) { return x * x; });
  if (exponent == 3) return PowerBlock(block, a, b, y, [](T x) { return x * x * x; });
  if (exponent == -1) return PowerBlock(block, a, b, y, [](T x) { return 1 / x; });
  if (exponent == T{0.5}) {
    return PowerBlock(block, a, b, y, [](T x) {
      const T root = std::sqrt(x + T{0});
      return x == -std::numeric_limits<T>::infinity() ? -x : root;
    });
  }
  BinaryBlock(block, a, b, y, [](T base, T power) { return std::pow(base, power); });
}

template <typename T>
void Add(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  constexpr double kCost = 24;
  if constexpr (std::is_integral_v<T>) {
    BinaryLoop<T, T>(
        request, kCost, [](T a, T b) { return IntegerPower(a, b); }, kernel);
  } else {
    const bool one_exponent = request.inputs[1].num_elements() == 1;
    OverBlocks(
        request, kCost,
        [one_exponent](const runtime::KernelArgs& args, const BroadcastBlock& block) {
          FloatBlock(block, one_exponent, args.in<T>(0), args.in<T>(1), args.out<T>(0));
        },
        kernel);
  }
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) Add<T>(request, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::power_internal
