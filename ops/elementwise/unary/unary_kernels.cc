#include <cmath>
#include <optional>
#include <type_traits>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/simd_loops.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"
#include "dagrad/runtime/simd/unary.h"

namespace dagrad::ops::unary_internal {
namespace {

namespace simd = runtime::simd;

using Maker = void (*)(const runtime::KernelRequest&, double cost, runtime::Kernel*);

// Kernels of kFunction for the dtypes that the op accepts: floats, all numbers, floats to bool,
// floats with the parameter. Functions of float32 are those of float64, rounded once, which takes
// the C library no longer.
template <auto kFunction>
void Floats(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchDType(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      UnaryLoop<T, T>(
          request.outputs[0].num_elements(), cost,
          [](T x) { return static_cast<T>(kFunction(static_cast<double>(x))); }, kernel);
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
      const double alpha = static_cast<T>(request.attr<double>("alpha"));
      UnaryLoop<T, T>(
          request.outputs[0].num_elements(), cost,
          [alpha](T x) { return static_cast<T>(kFunction(static_cast<double>(x), alpha)); },
          kernel);
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
double SigmoidOf(double x) {
  const double e = std::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

double SoftplusOf(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }

double SoftsignOf(double x) {
  return std::isinf(x) ? std::copysign(1.0, x) : x / (1 + std::abs(x));
}

// The plain kernel, what an element costs it beside an addition, and the fast kernel of float32
// where there is one.
struct Row {
  Unary op;
  Maker make;
  double cost;
  std::optional<simd::UnaryFunction> simd = std::nullopt;
};

constexpr Row kRows[] = {
    {Unary::kAbs, Numbers<[](auto x) { return AbsOf(x); }>, 1, simd::UnaryFunction::kAbs},
    {Unary::kSign, Numbers<[](auto x) { return SignOf(x); }>, 1, simd::UnaryFunction::kSign},
    {Unary::kSquare, Numbers<[](auto x) { return SquareOf(x); }>, 1, simd::UnaryFunction::kSquare},
    {Unary::kRelu, Numbers<[](auto x) { return x <= 0 ? decltype(x){0} : x; }>, 1,
     simd::UnaryFunction::kRelu},
    {Unary::kRelu6,
     Numbers<[](auto x) { return x < 0    ? decltype(x){0}
                                 : x >= 6 ? decltype(x){6}
                                          : x; }>, 1,
     simd::UnaryFunction::kRelu6},
    {Unary::kExp, Floats<[](auto x) { return std::exp(x); }>, 8, simd::UnaryFunction::kExp},
    {Unary::kExpm1, Floats<[](auto x) { return std::expm1(x); }>, 12, simd::UnaryFunction::kExpm1},
    {Unary::kLog, Floats<[](auto x) { return std::log(x); }>, 8, simd::UnaryFunction::kLog},
    {Unary::kLog1p, Floats<[](auto x) { return std::log1p(x); }>, 12, simd::UnaryFunction::kLog1p},
    {Unary::kSqrt, Floats<[](auto x) { return std::sqrt(x); }>, 3, simd::UnaryFunction::kSqrt},
    {Unary::kRsqrt, Floats<[](auto x) { return 1 / std::sqrt(x); }>, 6,
     simd::UnaryFunction::kRsqrt},
    {Unary::kReciprocal, Floats<[](auto x) { return 1 / x; }>, 3, simd::UnaryFunction::kReciprocal},
    {Unary::kSin, Floats<[](auto x) { return std::sin(x); }>, 12, simd::UnaryFunction::kSin},
    {Unary::kCos, Floats<[](auto x) { return std::cos(x); }>, 12, simd::UnaryFunction::kCos},
    {Unary::kTan, Floats<[](auto x) { return std::tan(x); }>, 24},
    {Unary::kAsin, Floats<[](auto x) { return std::asin(x); }>, 16},
    {Unary::kAcos, Floats<[](auto x) { return std::acos(x); }>, 16},
    {Unary::kAtan, Floats<[](auto x) { return std::atan(x); }>, 16},
    {Unary::kSinh, Floats<[](auto x) { return std::sinh(x); }>, 16, simd::UnaryFunction::kSinh},
    {Unary::kCosh, Floats<[](auto x) { return std::cosh(x); }>, 16, simd::UnaryFunction::kCosh},
    {Unary::kTanh, Floats<[](auto x) { return std::tanh(x); }>, 12, simd::UnaryFunction::kTanh},
    {Unary::kAsinh, Floats<[](auto x) { return std::asinh(x); }>, 24},
    {Unary::kAcosh, Floats<[](auto x) { return std::acosh(x); }>, 24},
    {Unary::kAtanh, Floats<[](auto x) { return std::atanh(x); }>, 24},
    {Unary::kSigmoid, Floats<[](auto x) { return SigmoidOf(x); }>, 12,
     simd::UnaryFunction::kSigmoid},
    {Unary::kSoftplus, Floats<[](auto x) { return SoftplusOf(x); }>, 20,
     simd::UnaryFunction::kSoftplus},
    {Unary::kSoftsign, Floats<[](auto x) { return SoftsignOf(x); }>, 3,
     simd::UnaryFunction::kSoftsign},
    {Unary::kErf, Floats<[](auto x) { return std::erf(x); }>, 20, simd::UnaryFunction::kErf},
    {Unary::kLeakyRelu, WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * x : x; }>, 1,
     simd::UnaryFunction::kLeakyRelu},
    {Unary::kElu, WithAlpha<[](auto x, auto alpha) { return x <= 0 ? alpha * std::expm1(x) : x; }>,
     12, simd::UnaryFunction::kElu},
    {Unary::kFloor, Floats<[](auto x) { return std::floor(x); }>, 1, simd::UnaryFunction::kFloor},
    {Unary::kCeil, Floats<[](auto x) { return std::ceil(x); }>, 1, simd::UnaryFunction::kCeil},
    {Unary::kRound, Floats<[](auto x) { return std::rint(x); }>, 1, simd::UnaryFunction::kRound},
    {Unary::kIsNan, Predicate<[](auto x) { return std::isnan(x); }>, 1},
    {Unary::kIsInf, Predicate<[](auto x) { return std::isinf(x); }>, 1},
    {Unary::kIsFinite, Predicate<[](auto x) { return std::isfinite(x); }>, 1},
};

}  // namespace

absl::Status MakeKernel(Unary op, const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Row& row = kRows[static_cast<int>(op)];
  const bool fast =
      request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32;
  if (fast && row.simd.has_value()) {
    const float alpha =
        EntryOf(op).has_alpha ? static_cast<float>(request.attr<double>("alpha")) : 0;
    UnarySimd(*row.simd, alpha, request, row.cost, kernel);
  } else {
    row.make(request, row.cost, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::unary_internal
