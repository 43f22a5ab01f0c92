#include <algorithm>
#include <cmath>

#include "dagrad/ops/recurrent/geometry.h"
#include "dagrad/ops/recurrent/lstm/lstm_cell.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::lstm_internal {
namespace {

namespace simd = runtime::simd;
using recurrent::Geometry;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

enum Input { kInX, kInKernel, kInRecurrentKernel, kInBias, kInH0, kInC0, kInMask };
enum Output { kOutH, kOutC, kOutGates };

template <typename T>
double Sigmoid(T x) {
  return 1 / (1 + std::exp(-static_cast<double>(x)));
}

// The sums z of one step of one example, by the definition.
template <typename T>
void ReferenceSums(const Geometry& g, const KernelArgs& args, const T* x, const T* before, T* z) {
  const int64_t n = 4 * g.units;
  const T* const kernel = args.in<T>(kInKernel);
  const T* const recurrent = args.in<T>(kInRecurrentKernel);
  for (int64_t j = 0; j < n; ++j) {
    const auto of_x = [=](int64_t p) { return static_cast<double>(x[p]) * kernel[p * n + j]; };
    const auto of_h = [=](int64_t p) {
      return static_cast<double>(before[p]) * recurrent[p * n + j];
    };
    const double bias = args.in<T>(kInBias)[j];
    z[j] = static_cast<T>(bias + SumOf(g.features, of_x) + SumOf(g.units, of_h));
  }
}

// Step s of example b where it is left out.
template <typename T>
void SkipStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  std::fill_n(args.out<T>(kOutGates) + row * 4 * n, 4 * n, T{0});
  std::copy_n(g.Before(args.in<T>(kInH0), args.out<T>(kOutH), b, s), n,
              args.out<T>(kOutH) + row * n);
  std::copy_n(g.Before(args.in<T>(kInC0), args.out<T>(kOutC), b, s), n,
              args.out<T>(kOutC) + row * n);
}

template <typename T>
void ReferenceExample(const Geometry& g, const KernelArgs& args, int64_t b) {
  const int64_t n = g.units;
  for (int64_t s = 0; s < g.time; ++s) {
    if (g.IsMasked(args, b, s)) {
      SkipStep<T>(g, args, b, s);
      continue;
    }
    const int64_t row = g.Row(b, s);
    T* const gates = args.out<T>(kOutGates) + row * 4 * n;
    ReferenceSums(g, args, args.in<T>(kInX) + row * g.features,
                  g.Before(args.in<T>(kInH0), args.out<T>(kOutH), b, s), gates);
    const T* const before = g.Before(args.in<T>(kInC0), args.out<T>(kOutC), b, s);
    for (int64_t j = 0; j < n; ++j) {
      const double i = Sigmoid(gates[j]), f = Sigmoid(gates[n + j]);
      const double c = f * before[j] + i * std::tanh(static_cast<double>(gates[2 * n + j]));
      const double o = Sigmoid(gates[3 * n + j]);
      gates[2 * n + j] = static_cast<T>(std::tanh(static_cast<double>(gates[2 * n + j])));
      gates[j] = static_cast<T>(i);
      gates[n + j] = static_cast<T>(f);
      gates[3 * n + j] = static_cast<T>(o);
      args.out<T>(kOutC)[row * n + j] = static_cast<T>(c);
      args.out<T>(kOutH)[row * n + j] = static_cast<T>(o * std::tanh(c));
    }
  }
}

template <typename T>
void MakeReference(const Geometry& g, Kernel* kernel) {
  const double cost = static_cast<double>(g.time) * (g.features + g.units) * g.units * 4;
  runtime::ParallelOver(
      g.batch, cost,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) ReferenceExample<T>(g, args, b);
      },
      kernel);
}

// A few examples read the matrices where they are: to pack them would take longer. They have the
// part of x in all sums made first, as one product.
bool IsFew(const Geometry& g) { return g.batch <= 8; }

void AddProjection(const Geometry& g, Kernel* kernel) {
  const int64_t n = 4 * g.units;
  runtime::ParallelOver(
      g.batch * g.time, static_cast<double>(g.features) * n / 8,
      [g, n](const KernelArgs& args, int64_t begin, int64_t end) {
        simd::Gemm(end - begin, n, g.features,
                   {args.in<float>(kInX) + begin * g.features, g.features},
                   {args.in<float>(kInKernel), n},
                   {args.out<float>(kOutGates) + begin * n, n, false, args.in<float>(kInBias)});
      },
      kernel);
}

// Both matrices as panels, one behind the other.
struct Packed {
  float *kernel, *recurrent;
};
Packed PackedOf(const Geometry& g, const KernelArgs& args) {
  std::byte* const second = args.kept + simd::PackedBytes(g.features, 4 * g.units);
  return {reinterpret_cast<float*>(args.kept), reinterpret_cast<float*>(second)};
}

void AddPacking(const Geometry& g, Kernel* kernel) {
  const int64_t n = 4 * g.units;
  kernel->kept_bytes = simd::PackedBytes(g.features, n) + simd::PackedBytes(g.units, n);
  runtime::ParallelOver(
      simd::NumPanels(n), static_cast<double>(simd::PanelColumns()) * (g.features + g.units) / 2,
      [g, n](const KernelArgs& args, int64_t begin, int64_t end) {
        const Packed packed = PackedOf(g, args);
        simd::PackRight(g.features, n, {args.in<float>(kInKernel), n}, begin, end, packed.kernel);
        simd::PackRight(g.units, n, {args.in<float>(kInRecurrentKernel), n}, begin, end,
                        packed.recurrent);
      },
      kernel);
  kernel->phases.back().inputs = 1 << kInKernel | 1 << kInRecurrentKernel;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// The sums of step s of examples [begin, end).
void FastSums(const Geometry& g, const KernelArgs& args, int64_t begin, int64_t end, int64_t s) {
  const int64_t n = 4 * g.units, rows = end - begin, first = g.Row(begin, s);
  const simd::GemmOperand h = {g.Before(args.in<float>(kInH0), args.out<float>(kOutH), begin, s),
                               g.BeforeStride(s)};
  const simd::GemmResult sums = {args.out<float>(kOutGates) + first * n, g.time * n, true};
  if (IsFew(g)) {
    return simd::Gemm(rows, n, g.units, h, {args.in<float>(kInRecurrentKernel), n}, sums);
  }
  const Packed packed = PackedOf(g, args);
  const int64_t panels = simd::NumPanels(n);
  simd::GemmPacked(rows, n, g.features,
                   {args.in<float>(kInX) + first * g.features, g.time * g.features}, packed.kernel,
                   0, panels, {sums.data, sums.ld, false, args.in<float>(kInBias)}, nullptr);
  simd::GemmPacked(rows, n, g.units, h, packed.recurrent, 0, panels, sums, nullptr);
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
      LstmCell(n, g.Before(args.in<float>(kInC0), args.out<float>(kOutC), b, s),
               args.out<float>(kOutGates) + row * 4 * n, args.out<float>(kOutC) + row * n,
               args.out<float>(kOutH) + row * n);
    }
  }
}

void MakeFast(const Geometry& g, Kernel* kernel) {
  kernel->implementation = "simd";
  IsFew(g) ? AddProjection(g, kernel) : AddPacking(g, kernel);
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

}  // namespace dagrad::ops::lstm_internal
