#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

#include "dagrad/ops/elementwise/binary/binary_internal.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/simd_loops.h"

namespace dagrad::ops::binary_internal {
namespace {

// Integers are computed unsigned, since signed overflow is undefined.
template <typename T, typename F>
T Wrapping(T a, T b, F f) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
  } else {
    return f(a, b);
  }
}

struct AddOf {
  template <typename T>
  T operator()(T a, T b) const {
    return Wrapping(a, b, [](auto x, auto y) { return x + y; });
  }
};

struct SubOf {
  template <typename T>
  T operator()(T a, T b) const {
    return Wrapping(a, b, [](auto x, auto y) { return x - y; });
  }
};

struct MulOf {
  template <typename T>
  T operator()(T a, T b) const {
    return Wrapping(a, b, [](auto x, auto y) { return x * y; });
  }
};

// b is 0, or the quotient overflows.
template <typename T>
bool Traps(T a, T b) {
  return b == 0 ||
         (std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1));
}

struct DivOf {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (Traps(a, b)) return b == 0 ? T{0} : a;
    }
    return a / b;
  }
};

struct FloorModOf {
  template <typename T>
  T operator()(T a, T b) const {
    T r;
    if constexpr (std::is_integral_v<T>) {
      if (Traps(a, b)) return 0;
      r = a % b;
    } else {
      r = std::fmod(a, b);
      if (r == 0) return std::copysign(r, b);
    }
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
};

// The last branch is reached by NaN only, which the sum keeps.
struct MaximumOf {
  template <typename T>
  T operator()(T a, T b) const {
    return a > b ? a : a <= b ? b : static_cast<T>(a + b);
  }
};

struct MinimumOf {
  template <typename T>
  T operator()(T a, T b) const {
    return a < b ? a : a >= b ? b : static_cast<T>(a + b);
  }
};

// The fast kernel of float32 where there is one, else the plain loop.
template <typename F>
void Make(F f, std::optional<runtime::simd::BinaryFunction> fast, double cost,
          const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const DType dtype = request.outputs[0].dtype;
  if (fast.has_value() && request.mode == runtime::KernelMode::kFast && dtype == DType::kFloat32) {
    BinarySimd(*fast, request, cost, kernel);
    return;
  }
  DispatchComputed(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) BinaryLoop<T, T>(request, cost, f, kernel);
  });
}

}  // namespace

absl::Status MakeKernel(Binary op, const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  using Fast = runtime::simd::BinaryFunction;
  switch (op) {
    case Binary::kAdd:
      Make(AddOf(), Fast::kAdd, 1, request, kernel);
      break;
    case Binary::kSub:
      Make(SubOf(), Fast::kSub, 1, request, kernel);
      break;
    case Binary::kMul:
      Make(MulOf(), Fast::kMul, 1, request, kernel);
      break;
    case Binary::kDiv:
      Make(DivOf(), Fast::kDiv, 2, request, kernel);
      break;
    case Binary::kFloorMod:
      Make(FloorModOf(), std::nullopt, 16, request, kernel);
      break;
    case Binary::kMaximum:
      Make(MaximumOf(), Fast::kMaximum, 1, request, kernel);
      break;
    case Binary::kMinimum:
      Make(MinimumOf(), Fast::kMinimum, 1, request, kernel);
      break;
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::binary_internal
