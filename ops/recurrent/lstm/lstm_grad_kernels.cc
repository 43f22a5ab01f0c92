#include <algorithm>
#include <cmath>

#include "dagrad/ops/recurrent/geometry.h"
#include "dagrad/ops/recurrent/lstm/lstm_cell.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"
#include "dagrad/ops/recurrent/products.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::lstm_internal {
namespace {

namespace simd = runtime::simd;
using recurrent::Geometry;
using recurrent::kColumns;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

// Which cotangents are given besides that of h.
struct Given {
  bool dc, dgates;
};

// Both run over the time steps backwards; the outputs dh0 and dc0 hold the cotangents that the
// steps pass on to the one before.
template <typename T>
void ClearCarried(const Geometry& g, const KernelArgs& args, int64_t begin, int64_t end) {
  for (int output : {kDh0, kDc0}) {
    T* const carried = args.out<T>(output);
    std::fill(carried + begin * g.units, carried + end * g.units, T{0});
  }
}

template <typename T>
void AddRow(int64_t n, const T* from, T* to) {
  for (int64_t j = 0; j < n; ++j) to[j] += from[j];
}

// dz += dgates times the activations' derivatives.
template <typename T>
void AddGateCotangents(int64_t units, const T* gates, const T* dgates, T* dz) {
  for (int64_t j = 0; j < 4 * units; ++j) {
    const bool is_candidate = j / units == 2;
    dz[j] += dgates[j] * (is_candidate ? 1 - gates[j] * gates[j] : gates[j] * (1 - gates[j]));
  }
}

// Step s of example b where it is left out: what comes to it goes on to the step before.
template <typename T>
void SkipStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  std::fill_n(args.out<T>(kDz) + row * 4 * n, 4 * n, T{0});
  AddRow(n, args.in<T>(kDh) + row * n, args.out<T>(kDh0) + b * n);
}

// dz and the new dc of step s of example b, by the definition.
template <typename T>
void ReferenceCell(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  const T* const gates = args.in<T>(kGates) + row * 4 * n;
  const T* const before = g.Before(args.in<T>(kC0), args.in<T>(kC), b, s);
  T* const dz = args.out<T>(kDz) + row * 4 * n;
  T* const carried = args.out<T>(kDc0) + b * n;
  for (int64_t j = 0; j < n; ++j) {
    const double i = gates[j], f = gates[n + j], candidate = gates[2 * n + j];
    const double o = gates[3 * n + j];
    const double t = std::tanh(static_cast<double>(args.in<T>(kC)[row * n + j]));
    const double dh =
        static_cast<double>(args.in<T>(kDh)[row * n + j]) + args.out<T>(kDh0)[b * n + j];
    const double dc = dh * o * (1 - t * t) + carried[j];
    dz[j] = static_cast<T>(dc * candidate * i * (1 - i));
    dz[n + j] = static_cast<T>(dc * before[j] * f * (1 - f));
    dz[2 * n + j] = static_cast<T>(dc * i * (1 - candidate * candidate));
    dz[3 * n + j] = static_cast<T>(dh * t * o * (1 - o));
    carried[j] = static_cast<T>(dc * f);
  }
}

template <typename T>
void ReferenceExample(const Geometry& g, const Given& given, const KernelArgs& args, int64_t b) {
  const int64_t n = g.units;
  ClearCarried<T>(g, args, b, b + 1);
  for (int64_t s = g.time; s-- > 0;) {
    const int64_t row = g.Row(b, s);
    if (given.dc) AddRow(n, args.in<T>(kDc) + row * n, args.out<T>(kDc0) + b * n);
    if (g.IsMasked(args, b, s)) {
      SkipStep<T>(g, args, b, s);
      continue;
    }
    ReferenceCell<T>(g, args, b, s);
    T* const dz = args.out<T>(kDz) + row * 4 * n;
    if (given.dgates) {
      AddGateCotangents(n, args.in<T>(kGates) + row * 4 * n, args.in<T>(kDGates) + row * 4 * n, dz);
    }
    for (int64_t j = 0; j < n; ++j) {
      const T* const weights = args.in<T>(kRecurrentKernel) + j * 4 * n;
      const auto term = [=](int64_t p) { return static_cast<double>(dz[p]) * weights[p]; };
      args.out<T>(kDh0)[b * n + j] = static_cast<T>(SumOf(4 * n, term));
    }
  }
}

// Column j of dkernel, drecurrent_kernel and dbias.
template <typename T>
void ReferenceColumn(const Geometry& g, const KernelArgs& args, int64_t j) {
  const int64_t n = 4 * g.units;
  const auto sum = [&](auto element) {
    CompensatedSum total;
    for (int64_t b = 0; b < g.batch; ++b) {
      total += SumOf(g.time, [&](int64_t s) {
        return static_cast<double>(args.out<T>(kDz)[g.Row(b, s) * n + j]) * element(b, s);
      });
    }
    return static_cast<T>(static_cast<double>(total));
  };
  for (int64_t p = 0; p < g.features; ++p) {
    args.out<T>(kDKernel)[p * n + j] =
        sum([&](int64_t b, int64_t s) { return args.in<T>(kX)[g.Row(b, s) * g.features + p]; });
  }
  for (int64_t p = 0; p < g.units; ++p) {
    args.out<T>(kDRecurrentKernel)[p * n + j] = sum(
        [&](int64_t b, int64_t s) { return g.Before(args.in<T>(kH0), args.in<T>(kH), b, s)[p]; });
  }
  args.out<T>(kDBias)[j] = sum([](int64_t, int64_t) { return 1; });
}

template <typename T>
void MakeReference(const Geometry& g, const Given& given, Kernel* kernel) {
  const auto examples = [g, given](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) ReferenceExample<T>(g, given, args, b);
  };
  const auto columns = [g](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) ReferenceColumn<T>(g, args, j);
  };
  const double steps = static_cast<double>(g.time);
  runtime::ParallelOver(g.batch, steps * g.units * g.units * 4, examples, kernel);
  runtime::ParallelOver(4 * g.units, steps * g.batch * (g.features + g.units), columns, kernel);
}

// recurrent_kernelᵀ as panels.
float* Packed(const KernelArgs& args) { return reinterpret_cast<float*>(args.kept); }
// For each step the h that it started from.
float* Started(const KernelArgs& args) { return reinterpret_cast<float*>(args.scratch); }

void AddPacking(const Geometry& g, Kernel* kernel) {
  const int64_t n = g.units;
  kernel->kept_bytes = simd::PackedBytes(4 * n, n);
  kernel->scratch_bytes = runtime::BytesOf<float>(g.batch, g.time, n).value();
  runtime::ParallelOver(
      simd::NumPanels(n), static_cast<double>(simd::PanelColumns()) * n * 2,
      [g, n](const KernelArgs& args, int64_t begin, int64_t end) {
        simd::PackRight(4 * n, n, {args.in<float>(kRecurrentKernel), 4 * n, true}, begin, end,
                        Packed(args));
      },
      kernel);
  kernel->phases.back().inputs = 1 << kRecurrentKernel;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// The product of a step overwrites what each example passes on. Of an example that leaves the step
// out, its row of Started() holds that meanwhile, which dz = 0 makes free.
void HoldStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  SkipStep<float>(g, args, b, s);
  std::copy_n(args.out<float>(kDh0) + b * g.units, g.units, Started(args) + g.Row(b, s) * g.units);
}
void ReleaseStep(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  float* const held = Started(args) + g.Row(b, s) * g.units;
  std::copy_n(held, g.units, args.out<float>(kDh0) + b * g.units);
  std::fill_n(held, g.units, 0.0F);
}

// All of step s of example b but the product; the h that it started from goes to its row of
// Started().
void FastCell(const Geometry& g, const Given& given, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  const float* const gates = args.in<float>(kGates) + row * 4 * n;
  float* const dz = args.out<float>(kDz) + row * 4 * n;
  float* const carried = args.out<float>(kDc0) + b * n;
  if (given.dc) AddRow(n, args.in<float>(kDc) + row * n, carried);
  if (g.IsMasked(args, b, s)) return HoldStep(g, args, b, s);
  LstmCellGrad(
      n,
      {gates, g.Before(args.in<float>(kC0), args.in<float>(kC), b, s), args.in<float>(kC) + row * n,
       args.in<float>(kDh) + row * n, args.out<float>(kDh0) + b * n},
      carried, dz);
  if (given.dgates) AddGateCotangents(n, gates, args.in<float>(kDGates) + row * 4 * n, dz);
  const float* const before = g.Before(args.in<float>(kH0), args.in<float>(kH), b, s);
  std::copy(before, before + n, Started(args) + row * n);
}

void FastExamples(const Geometry& g, const Given& given, const KernelArgs& args, int64_t begin,
                  int64_t end) {
  const int64_t n = g.units;
  ClearCarried<float>(g, args, begin, end);
  for (int64_t s = g.time; s-- > 0;) {
    for (int64_t b = begin; b < end; ++b) FastCell(g, given, args, b, s);
    simd::GemmPacked(end - begin, n, 4 * n,
                     {args.out<float>(kDz) + g.Row(begin, s) * 4 * n, g.time * 4 * n}, Packed(args),
                     0, simd::NumPanels(n), {args.out<float>(kDh0) + begin * n, n}, nullptr);
    for (int64_t b = begin; g.mask >= 0 && b < end; ++b) {
      if (g.IsMasked(args, b, s)) ReleaseStep(g, args, b, s);
    }
  }
}

// Columns [col, col + width) of dkernel, drecurrent_kernel and dbias.
void FastColumns(const Geometry& g, const KernelArgs& args, int64_t col, int64_t width) {
  const int64_t n = 4 * g.units;
  const recurrent::Product products[] = {
      {args.in<float>(kX), g.features, args.out<float>(kDKernel) + col, n},
      {Started(args), g.units, args.out<float>(kDRecurrentKernel) + col, n}};
  recurrent::ColumnsOfProducts(g.batch * g.time, products, args.out<float>(kDz) + col, n, width,
                               args.out<float>(kDBias) + col);
}

void AddWeights(const Geometry& g, Kernel* kernel) {
  const int64_t n = 4 * g.units;
  const double cost = static_cast<double>(g.batch * g.time) * (g.features + g.units) * kColumns;
  runtime::ParallelOver((n + kColumns - 1) / kColumns, cost / 16,
                        [g, n](const KernelArgs& args, int64_t begin, int64_t end) {
                          for (int64_t i = begin; i < end; ++i)
                            FastColumns(g, args, i * kColumns,
                                        std::min(kColumns, n - i * kColumns));
                        },
                        kernel);
}

void MakeFast(const Geometry& g, const Given& given, Kernel* kernel) {
  kernel->implementation = "simd";
  AddPacking(g, kernel);
  recurrent::OverExamples(
      g,
      [g, given](const KernelArgs& args, int64_t begin, int64_t end) {
        FastExamples(g, given, args, begin, end);
      },
      kernel);
  AddWeights(g, kernel);
}

}  // namespace

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Geometry g = recurrent::GeometryOf(request, kRecurrentKernel, kMask);
  const Given given = {request.inputs.size() > kDc, request.inputs.size() > kDGates};
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(g, given, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<float>(g, given, kernel);
  } else {
    MakeFast(g, given, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::lstm_internal
