#include <cmath>
#include <string>

#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/nn/gelu/gelu_internal.h"
#include "dagrad/ops/nn/gelu/gelu_loops.h"

namespace dagrad::ops::gelu_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr double kCost = 8;            // of one element, beside an addition
constexpr double kReferenceCost = 40;  // by the C library
constexpr double kRootHalf = 0.7071067811865476;
constexpr int kFar = 100;  // where the limits are exact, and powers of x may overflow

// Φ, or what stands for it: y = x times that.
double Share(bool approximate, double x) {
  if (!approximate) return std::erfc(x * -kRootHalf) / 2;
  return 1 / (1 + std::exp(-2 * kRootTwoOverPi * (x + kCubic * x * x * x)));
}

double ValueOf(bool approximate, double x) {
  return std::abs(x) > kFar ? (x > 0 ? x : -0.0) : x * Share(approximate, x);
}

double DerivativeOf(bool approximate, double x) {
  if (std::abs(x) > kFar) return x > 0 ? 1 : 0;
  const double s = Share(approximate, x);
  if (!approximate) return s + x * std::exp(-x * x / 2) * (kRootTwoOverPi / 2);
  const double slope = 2 * kRootTwoOverPi * (1 + 3 * kCubic * x * x);
  return s * (1 + Share(approximate, -x) * x * slope);
}

bool IsApproximate(const KernelRequest& request) {
  return request.attr<std::string>("approximate") == kTanh;
}

template <typename T>
void Reference(const KernelRequest& request, Kernel* kernel) {
  const bool approximate = IsApproximate(request);
  UnaryLoop<T, T>(
      request.outputs[0].num_elements(), kReferenceCost,
      [approximate](T x) { return static_cast<T>(ValueOf(approximate, x)); }, kernel);
}

template <typename T>
void GradReference(const KernelRequest& request, Kernel* kernel) {
  const bool approximate = IsApproximate(request);
  BinaryLoop<T, T>(
      request, kReferenceCost,
      [approximate](T x, T dy) { return static_cast<T>(dy * DerivativeOf(approximate, x)); },
      kernel);
}

bool IsFast(const KernelRequest& request) {
  return request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32;
}

GeluForm FormOf(const KernelRequest& request) {
  return IsApproximate(request) ? GeluForm::kTanh : GeluForm::kErf;
}

}  // namespace

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  if (IsFast(request)) {
    kernel->implementation = "simd";
    const auto run = [form = FormOf(request)](const KernelArgs& args, int64_t begin, int64_t end) {
      Gelu(form, args.in<float>(0) + begin, end - begin, args.out<float>(0) + begin);
    };
    OverElements(request.outputs[0].num_elements(), 0b1, kCost, run, kernel);
  } else if (request.inputs[0].dtype == DType::kFloat32) {
    Reference<float>(request, kernel);
  } else {
    Reference<double>(request, kernel);
  }
  return absl::OkStatus();
}

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  if (IsFast(request)) {
    kernel->implementation = "simd";
    const auto run = [form = FormOf(request)](const KernelArgs& args, int64_t begin, int64_t end) {
      GeluGrad(form, args.in<float>(0) + begin, args.in<float>(1) + begin, end - begin,
               args.out<float>(0) + begin);
    };
    OverElements(request.outputs[0].num_elements(), 0b11, kCost, run, kernel);
  } else if (request.inputs[0].dtype == DType::kFloat32) {
    GradReference<float>(request, kernel);
  } else {
    GradReference<double>(request, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::gelu_internal
