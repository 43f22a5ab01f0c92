#include <cmath>
#include <type_traits>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/unary/unary_internal.h"

namespace dagrad::ops::unary_internal {
namespace {

using Maker = void (*)(const runtime::KernelRequest&, double cost, runtime::Kernel*);

// Kernels of kFunction for the dtypes that the op accepts: floats, all numbers, floats to bool, floats with the parameter.
template <auto kFunction>
void Floats(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchDType(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      UnaryLoop<T, T>(request.outputs[0].num_elements(), cost, kFunction, kernel);
    }
  });
}

template <auto kFunction>
void Numbers(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchDType(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      UnaryLoop<T, T>(request.outputs[0].num_elements(), cost, kFunction, kernel);
    }
  });
}

template <auto kFunction>
void Predicate(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchDType(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      UnaryLoop<T, bool>(request.outputs[0].num_elements(), cost, kFunction, kernel);
    }
  });
}

template <auto kFunction>
void WithAlpha(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchDType(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      const T alpha = static_cast<T>(request.attr<double>("alpha"));
      UnaryLoop<T, T>(
          request.outputs[0].num_elements(), cost, [alpha](T x) { return kFunction(x, alpha); }, kernel);
    }
  });
}

// Signed integers are computed unsigned, since signed overflow is undefined.
template <typename T>
T AbsOf(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::abs(x);
  } else if constexpr (std::is_signed_v<T>) {
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<T>(U{0} - static_cast<U>(x)) : x;
  } else {
    return x;
  }
}

template <typename T>
T SquareOf(T x) {
  if constexpr (std::is_integral_v<T>) {
    const auto u = static_cast<std::make_unsigned_t<T>>(x);
    return static_cast<T>(u * u);
  } else {
    return x * x;
  }
}

template <typename T>
T SignOf(T x) {
  return x > 0 ? T{1} : x == 0 ? T{0} : x < 0 ? static_cast<T>(-1) : x;
}

// e^-|x| never overflows.
template <typename T>
T SigmoidOf(T x) {
  const T e = std::exp(-std::abs(x));
  return (x >= 0 ? T{1} : e) / (1 + e);
}

template <typename T>
T SoftplusOf(T x) {
  return (x > 0 ? x : T{0}) + std::log1p(std::exp(-std::abs(x)));
}

// The kernel, and what an element costs beside an addition.
struct Row {
  Unary op;
  Maker make;
  double cost;
};

constexpr Row kRows[] = {
    {Unary::kAbs, Numbers<[](auto x) { return AbsOf(x); }>, 1},
    {Unary::kSign, Numbers<[](auto x) { return SignOf(x); }>, 1},
    {Unary::kSquare, Numbers<[](auto x) { return SquareOf(x); }>, 1},
    {Unary::kRelu, Numbers<[](auto x) { return x <= 0 ? decltype(x){0} : x; }>, 1},
    {Unary::kExp, Floats<[](auto x) { return std::exp(x); }>, 8},
    {Unary::kExpm1, Floats<[](auto x) { return std::expm1(x); }>, 12},
    {Unary::kLog, Floats<[](auto x) { return std::log(x); }>, 8},
    {Unary::kLog1p, Floats<[](auto x) { return std::log1p(x); }>, 12},
    {Unary::kSqrt, Floats<[](auto x) { return std::sqrt(x); }>, 3},
    {Unary::kRsqrt, Floats<[](auto x) { return 1 / std::sqrt(x); }>, 6},
    {Unary::kReciprocal, Floats<[](auto x) { return 1 / x; }>, 3},
    {Unary::kSin, Floats<[](auto x) { return std::sin(x); }>, 12},
    {Unary::kCos, Floats<[](auto x) { return std::cos(x); }>, 12},
    {Unary::kTan, Floats<[](auto x) { return std::tan(x); }>, 24},
    {Unary::kAsin, Floats<[](auto x) { return std::asin(x); }>, 16},
    {Unary::kAcos, Floats<[](auto x) { return std::acos(x); }>, 16},
    {Unary::kAtan, Floats<[](auto x) { return std::atan(x); }>, 16},
    {Unary::kSinh, Floats<[](auto x) { return std::sinh(x); }>, 16},
    {Unary::kCosh, Floats<[](auto x) { return std::cosh(x); }>, 16},
    {Unary::kTanh, Floats<[](auto x) { return std::tanh(x); }>, 12},
    {Unary::kAsinh, Floats<[](auto x) { return std::asinh(x); }>, 24},
    {Unary::kAcosh, Floats<[](auto x) { return std::acosh(x); }>, 24},
    {Unary::kAtanh, Floats<[](auto x) { return std::atanh(x); }>, 24},
    {Unary::kSigmoid, Floats<[](auto x) { return SigmoidOf(x); }>, 12},
    {Unary::kSoftplus, Floats<[](auto x) { return SoftplusOf(x); }>, 20},
    {Unary::kErf, Floats<[](auto x) { return std::erf(x); }>, 20},
    {Unary::kLeakyRelu, WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * x : x; }>, 1},
    {Unary::kElu, WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * std::expm1(x) : x; }>, 12},
    {Unary::kFloor, Floats<[](auto x) { return std::floor(x); }>, 1},
    {Unary::kCeil, Floats<[](auto x) { return std::ceil(x); }>, 1},
    {Unary::kRound, Floats<[](auto x) { return std::rint(x); }>, 1},
    {Unary::kIsNan, Predicate<[](auto x) { return std::isnan(x); }>, 1},
    {Unary::kIsInf, Predicate<[](auto x) { return std::isinf(x); }>, 1},
    {Unary::kIsFinite, Predicate<[](auto x) { return std::isfinite(x); }>, 1},
};

}  // namespace

absl::Status MakeKernel(Unary op, const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Row& row = kRows[static_cast<int>(op)];
  row.make(request, row.cost, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::unary_internal
