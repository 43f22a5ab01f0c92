#include <algorithm>
#include <cmath>

#include "dagrad/ops/recurrent/geometry.h"
#include "dagrad/ops/recurrent/gru/gru_cell.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::gru_internal {
namespace {

namespace simd = runtime::simd;
using recurrent::Geometry;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

enum Input { kInX, kInKernel, kInRecurrentKernel, kInBias, kInH0, kInMask };
enum Output { kOutH, kOutGates, kOutInner };

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// bias[j] + Σ over p of a[p] matrix[p, j].
template <typename T>
double Sum(int64_t k, int64_t n, const T* a, const T* matrix, const T* bias, int64_t j) {
  return bias[j] +
         SumOf(k, [=](int64_t p) { return static_cast<double>(a[p]) * matrix[p * n + j]; });
}

// Step s of example b where it is left out.
template <typename T>
void SkipStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  T* const gates = args.out<T>(kOutGates) + row * 3 * n;
  std::fill_n(gates, n, T{1});
  std::fill_n(gates + n, 2 * n, T{0});
  std::fill_n(args.out<T>(kOutInner) + row * n, n, T{0});
  std::copy_n(g.Before(args.in<T>(kInH0), args.out<T>(kOutH), b, s), n,
              args.out<T>(kOutH) + row * n);
}

// Step s of example b, by the definition.
template <typename T>
void ReferenceStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  const T* const before = g.Before(args.in<T>(kInH0), args.out<T>(kOutH), b, s);
  const T* const bias = args.in<T>(kInBias);
  const auto of_x = [&](int64_t j) {
    return Sum(g.features, 3 * n, args.in<T>(kInX) + row * g.features, args.in<T>(kInKernel), bias,
               j);
  };
  const auto of_h = [&](int64_t j) {
    return Sum(n, 3 * n, before, args.in<T>(kInRecurrentKernel), bias + 3 * n, j);
  };
  T* const gates = args.out<T>(kOutGates) + row * 3 * n;
  for (int64_t j = 0; j < n; ++j) {
    const double z = Sigmoid(of_x(j) + of_h(j)), r = Sigmoid(of_x(n + j) + of_h(n + j));
    const double inner = of_h(2 * n + j), candidate = std::tanh(of_x(2 * n + j) + r * inner);
    gates[j] = static_cast<T>(z);
    gates[n + j] = static_cast<T>(r);
    gates[2 * n + j] = static_cast<T>(candidate);
    args.out<T>(kOutInner)[row * n + j] = static_cast<T>(inner);
    args.out<T>(kOutH)[row * n + j] = static_cast<T>(z * before[j] + (1 - z) * candidate);
  }
}

template <typename T>
void MakeReference(const Geometry& g, Kernel* kernel) {
  const double cost = static_cast<double>(g.time) * (g.features + g.units) * g.units * 3;
  runtime::ParallelOver(
      g.batch, cost,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          for (int64_t s = 0; s < g.time; ++s) {
            g.IsMasked(args, b, s) ? SkipStep<T>(g, args, b, s) : ReferenceStep<T>(g, args, b, s);
          }
        }
      },
      kernel);
}

// The kernel, and the blocks of the recurrent kernel for the two gates and for the candidate, as
// panels, one behind the other.
struct Packed {
  float *kernel, *of_gates, *of_inner;
};
Packed PackedOf(const Geometry& g, std::byte* kept) {
  std::byte* const second = kept + simd::PackedBytes(g.features, 3 * g.units);
  std::byte* const third = second + simd::PackedBytes(g.units, 2 * g.units);
  return {reinterpret_cast<float*>(kept), reinterpret_cast<float*>(second),
          reinterpret_cast<float*>(third)};
}

void AddPacking(int64_t k, int64_t n, int input, int64_t column, float* Packed::*to,
                const Geometry& g, Kernel* kernel) {
  runtime::ParallelOver(
      simd::NumPanels(n), static_cast<double>(simd::PanelColumns()) * k / 2,
      [=](const KernelArgs& args, int64_t begin, int64_t end) {
        simd::PackRight(k, n, {args.in<float>(input) + column, 3 * g.units}, begin, end,
                        PackedOf(g, args.kept).*to);
      },
      kernel);
  kernel->phases.back().inputs = 1U << input;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// The sums of step s of examples [begin, end).
void FastSums(const Geometry& g, const KernelArgs& args, int64_t begin, int64_t end, int64_t s) {
  const int64_t n = g.units, rows = end - begin, first = g.Row(begin, s), ld = g.time * 3 * n;
  const Packed packed = PackedOf(g, args.kept);
  const float* const bias = args.in<float>(kInBias);
  float* const gates = args.out<float>(kOutGates) + first * 3 * n;
  simd::GemmPacked(rows, 3 * n, g.features,
                   {args.in<float>(kInX) + first * g.features, g.time * g.features}, packed.kernel,
                   0, simd::NumPanels(3 * n), {gates, ld, false, bias}, nullptr);
  const simd::GemmOperand h = {g.Before(args.in<float>(kInH0), args.out<float>(kOutH), begin, s),
                               g.BeforeStride(s)};
  simd::GemmPacked(rows, 2 * n, n, h, packed.of_gates, 0, simd::NumPanels(2 * n),
                   {gates, ld, true, bias + 3 * n}, nullptr);
  simd::GemmPacked(rows, n, n, h, packed.of_inner, 0, simd::NumPanels(n),
                   {args.out<float>(kOutInner) + first * n, g.time * n, false, bias + 5 * n},
                   nullptr);
}

void FastExamples(const Geometry& g, const KernelArgs& args, int64_t begin, int64_t end) {
  const int64_t n = g.units;
  for (int64_t s = 0; s < g.time; ++s) {
    FastSums(g, args, begin, end, s);
    for (int64_t b = begin; b < end; ++b) {
      if (g.IsMasked(args, b, s)) {
        SkipStep<float>(g, args, b, s);
        continue;
      }
      const int64_t row = g.Row(b, s);
      GruCell(n, args.out<float>(kOutInner) + row * n,
              g.Before(args.in<float>(kInH0), args.out<float>(kOutH), b, s),
              args.out<float>(kOutGates) + row * 3 * n, args.out<float>(kOutH) + row * n);
    }
  }
}

void MakeFast(const Geometry& g, Kernel* kernel) {
  const int64_t n = g.units;
  kernel->implementation = "simd";
  kernel->kept_bytes =
      simd::PackedBytes(g.features, 3 * n) + simd::PackedBytes(n, 2 * n) + simd::PackedBytes(n, n);
  AddPacking(g.features, 3 * n, kInKernel, 0, &Packed::kernel, g, kernel);
  AddPacking(n, 2 * n, kInRecurrentKernel, 0, &Packed::of_gates, g, kernel);
  AddPacking(n, n, kInRecurrentKernel, 2 * n, &Packed::of_inner, g, kernel);
  recurrent::OverExamples(
      g,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        FastExamples(g, args, begin, end);
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const Geometry g = recurrent::GeometryOf(request, kInRecurrentKernel, kInMask);
  if (request.outputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(g, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<float>(g, kernel);
  } else {
    MakeFast(g, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::gru_internal
