#include <limits>
#include <type_traits>

#include "dagrad/ops/elementwise/bitwise/bitwise_internal.h"
#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops::bitwise_internal {
namespace {

// Whether shifting by b bits leaves some.
template <typename T>
bool IsWithin(T b) {
  using Unsigned = std::make_unsigned_t<T>;
  return static_cast<Unsigned>(b) < std::numeric_limits<Unsigned>::digits;
}

template <typename T>
T Shift(T a, T b, bool left) {
  if (left) {
    using Unsigned = std::make_unsigned_t<T>;
    return IsWithin(b) ? static_cast<T>(static_cast<Unsigned>(a) << b) : T{0};
  }
  if (IsWithin(b)) return static_cast<T>(a >> b);
  return a < 0 ? static_cast<T>(-1) : T{0};
}

template <typename T>
void AddLoop(Kind kind, const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  switch (kind) {
    case Kind::kAnd:
      return BinaryLoop<T, T>(
          request, 1, [](T a, T b) { return static_cast<T>(a & b); }, kernel);
    case Kind::kOr:
      return BinaryLoop<T, T>(
          request, 1, [](T a, T b) { return static_cast<T>(a | b); }, kernel);
    case Kind::kXor:
      return BinaryLoop<T, T>(
          request, 1, [](T a, T b) { return static_cast<T>(a ^ b); }, kernel);
    case Kind::kShiftLeft:
      return BinaryLoop<T, T>(
          request, 2, [](T a, T b) { return Shift(a, b, true); }, kernel);
    case Kind::kShiftRight:
      return BinaryLoop<T, T>(
          request, 2, [](T a, T b) { return Shift(a, b, false); }, kernel);
  }
}

// f(zero) for the integers that are computed in.
template <typename F>
absl::Status OfIntegers(DType dtype, F f) {
  DispatchComputed(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) f(zero);
  });
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeBinaryKernel(Kind kind, const runtime::KernelRequest& request,
                              runtime::Kernel* kernel) {
  return OfIntegers(request.inputs[0].dtype,
                    [&](auto zero) { AddLoop<decltype(zero)>(kind, request, kernel); });
}

absl::Status MakeNotKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  return OfIntegers(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    UnaryLoop<T, T>(
        request.outputs[0].num_elements(), 1, [](T x) { return static_cast<T>(~x); }, kernel);
  });
}

}  // namespace dagrad::ops::bitwise_internal
