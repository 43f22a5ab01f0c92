#include <algorithm>

#include "dagrad/ops/recurrent/geometry.h"
#include "dagrad/ops/recurrent/gru/gru_cell.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"
#include "dagrad/ops/recurrent/products.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::gru_internal {
namespace {

namespace simd = runtime::simd;
using recurrent::Geometry;
using recurrent::kColumns;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

// Which cotangents are given besides that of h.
struct Given {
  bool dgates, dinner;
};

// Both kernels go over the time steps backwards; the output dh0 holds the cotangents that a step
// passes on to the one before.
template <typename T>
void ClearCarried(const Geometry& g, const KernelArgs& args, int64_t begin, int64_t end) {
  T* const carried = args.out<T>(kDh0);
  std::fill(carried + begin * g.units, carried + end * g.units, T{0});
}

// What the cotangents of the gates and of inner add to ds and du in this row.
template <typename T>
void AddGateCotangents(const Geometry& g, const Given& given, const KernelArgs& args, int64_t row) {
  if (!given.dgates) return;
  const int64_t n = g.units;
  const T* const gates = args.in<T>(kGates) + row * 3 * n;
  const T* const dgates = args.in<T>(kDGates) + row * 3 * n;
  const T* const inner = args.in<T>(kInner) + row * n;
  T* const ds = args.out<T>(kDs) + row * 3 * n;
  T* const du = args.out<T>(kDu) + row * n;
  for (int64_t j = 0; j < n; ++j) {
    const T z = gates[j], r = gates[n + j], candidate = gates[2 * n + j];
    const T more = dgates[2 * n + j] * (1 - candidate * candidate);
    ds[j] += dgates[j] * z * (1 - z);
    ds[n + j] += (more * inner[j] + dgates[n + j]) * r * (1 - r);
    ds[2 * n + j] += more;
    du[j] += more * r;
    if (given.dinner) du[j] += args.in<T>(kDInner)[row * n + j];
  }
}

// ds, du and what H gives h_{t-1} directly, of step s of example b, by the definition.
template <typename T>
void ReferenceCell(const Geometry& g, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  const T* const gates = args.in<T>(kGates) + row * 3 * n;
  const T* const before = g.Before(args.in<T>(kH0), args.in<T>(kH), b, s);
  T* const ds = args.out<T>(kDs) + row * 3 * n;
  T* const carried = args.out<T>(kDh0) + b * n;
  for (int64_t j = 0; j < n; ++j) {
    const double z = gates[j], r = gates[n + j], candidate = gates[2 * n + j];
    const double dh = static_cast<double>(args.in<T>(kDh)[row * n + j]) + carried[j];
    const double dn = dh * (1 - z) * (1 - candidate * candidate);
    ds[j] = static_cast<T>(dh * (before[j] - candidate) * z * (1 - z));
    ds[n + j] = static_cast<T>(dn * args.in<T>(kInner)[row * n + j] * r * (1 - r));
    ds[2 * n + j] = static_cast<T>(dn);
    args.out<T>(kDu)[row * n + j] = static_cast<T>(dn * r);
    carried[j] = static_cast<T>(dh * z);
  }
}

template <typename T>
void ReferenceExample(const Geometry& g, const Given& given, const KernelArgs& args, int64_t b) {
  const int64_t n = g.units;
  ClearCarried<T>(g, args, b, b + 1);
  for (int64_t s = g.time; s-- > 0;) {
    const int64_t row = g.Row(b, s);
    ReferenceCell<T>(g, args, b, s);
    AddGateCotangents<T>(g, given, args, row);
    const T* const ds = args.out<T>(kDs) + row * 3 * n;
    const T* const du = args.out<T>(kDu) + row * n;
    for (int64_t j = 0; j < n; ++j) {
      const T* const weights = args.in<T>(kRecurrentKernel) + j * 3 * n;
      const auto of_s = [=](int64_t p) { return static_cast<double>(ds[p]) * weights[p]; };
      const auto of_u = [=](int64_t p) { return static_cast<double>(du[p]) * weights[2 * n + p]; };
      const double before = args.out<T>(kDh0)[b * n + j];
      args.out<T>(kDh0)[b * n + j] = static_cast<T>(before + SumOf(2 * n, of_s) + SumOf(n, of_u));
    }
  }
}

// Column j of dkernel, drecurrent_kernel and dbias.
template <typename T>
void ReferenceColumn(const Geometry& g, const KernelArgs& args, int64_t j) {
  const int64_t n = g.units;
  const auto ds = [&](int64_t row) -> double { return args.out<T>(kDs)[row * 3 * n + j]; };
  const auto du = [&](int64_t row) -> double {
    return j < 2 * n ? ds(row) : args.out<T>(kDu)[row * n + j - 2 * n];
  };
  const auto sum = [&g](auto element) {
    CompensatedSum total;
    for (int64_t b = 0; b < g.batch; ++b)
      total += SumOf(g.time, [&](int64_t s) { return element(b, s); });
    return static_cast<T>(static_cast<double>(total));
  };
  for (int64_t p = 0; p < g.features; ++p) {
    args.out<T>(kDKernel)[p * 3 * n + j] = sum([&](int64_t b, int64_t s) {
      return ds(g.Row(b, s)) * args.in<T>(kX)[g.Row(b, s) * g.features + p];
    });
  }
  for (int64_t p = 0; p < n; ++p) {
    args.out<T>(kDRecurrentKernel)[p * 3 * n + j] = sum([&](int64_t b, int64_t s) {
      return du(g.Row(b, s)) * g.Before(args.in<T>(kH0), args.in<T>(kH), b, s)[p];
    });
  }
  T* const dbias = args.out<T>(kDBias);
  dbias[j] = sum([&](int64_t b, int64_t s) { return ds(g.Row(b, s)); });
  dbias[3 * n + j] = sum([&](int64_t b, int64_t s) { return du(g.Row(b, s)); });
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
  runtime::ParallelOver(g.batch, steps * g.units * g.units * 3, examples, kernel);
  runtime::ParallelOver(3 * g.units, steps * g.batch * (g.features + g.units), columns, kernel);
}

// The blocks of recurrent_kernelᵀ for the two gates and for the candidate as panels, one behind the
// other.
struct Packed {
  float *of_gates, *of_inner;
};
Packed PackedOf(const Geometry& g, const KernelArgs& args) {
  std::byte* const second = args.kept + simd::PackedBytes(2 * g.units, g.units);
  return {reinterpret_cast<float*>(args.kept), reinterpret_cast<float*>(second)};
}
// For each step the h that it started from.
float* Started(const KernelArgs& args) { return reinterpret_cast<float*>(args.scratch); }

void AddPacking(const Geometry& g, Kernel* kernel) {
  const int64_t n = g.units;
  kernel->kept_bytes = simd::PackedBytes(2 * n, n) + simd::PackedBytes(n, n);
  kernel->scratch_bytes = runtime::BytesOf<float>(g.batch, g.time, n).value();
  runtime::ParallelOver(
      simd::NumPanels(n), static_cast<double>(simd::PanelColumns()) * n * 3 / 2,
      [g, n](const KernelArgs& args, int64_t begin, int64_t end) {
        const Packed packed = PackedOf(g, args);
        const float* const weights = args.in<float>(kRecurrentKernel);
        simd::PackRight(2 * n, n, {weights, 3 * n, true}, begin, end, packed.of_gates);
        simd::PackRight(n, n, {weights + 2 * n, 3 * n, true}, begin, end, packed.of_inner);
      },
      kernel);
  kernel->phases.back().inputs = 1 << kRecurrentKernel;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// All of step s of example b but the products; the h that it started from goes to its row of
// Started().
void FastCell(const Geometry& g, const Given& given, const KernelArgs& args, int64_t b, int64_t s) {
  const int64_t n = g.units, row = g.Row(b, s);
  const float* const before = g.Before(args.in<float>(kH0), args.in<float>(kH), b, s);
  GruCellGrad(n,
              {args.in<float>(kGates) + row * 3 * n, args.in<float>(kInner) + row * n, before,
               args.in<float>(kDh) + row * n},
              args.out<float>(kDh0) + b * n, args.out<float>(kDs) + row * 3 * n,
              args.out<float>(kDu) + row * n);
  AddGateCotangents<float>(g, given, args, row);
  std::copy(before, before + n, Started(args) + row * n);
}

void FastExamples(const Geometry& g, const Given& given, const KernelArgs& args, int64_t begin,
                  int64_t end) {
  const int64_t n = g.units, rows = end - begin, panels = simd::NumPanels(n);
  const Packed packed = PackedOf(g, args);
  const simd::GemmResult carried = {args.out<float>(kDh0) + begin * n, n, true};
  ClearCarried<float>(g, args, begin, end);
  for (int64_t s = g.time; s-- > 0;) {
    const int64_t row = g.Row(begin, s);
    for (int64_t b = begin; b < end; ++b) FastCell(g, given, args, b, s);
    simd::GemmPacked(rows, n, 2 * n, {args.out<float>(kDs) + row * 3 * n, g.time * 3 * n},
                     packed.of_gates, 0, panels, carried, nullptr);
    simd::GemmPacked(rows, n, n, {args.out<float>(kDu) + row * n, g.time * n}, packed.of_inner, 0,
                     panels, carried, nullptr);
  }
}

// Columns [col, col + width) of dkernel, drecurrent_kernel and dbias, either all of the gates or
// all of the candidate.
void FastColumns(const Geometry& g, const KernelArgs& args, int64_t col, int64_t width) {
  const int64_t n = g.units, ld = 3 * n, rows = g.batch * g.time;
  const float* const ds = args.out<float>(kDs) + col;
  float* const dbias = args.out<float>(kDBias) + col;
  const recurrent::Product products[] = {
      {args.in<float>(kX), g.features, args.out<float>(kDKernel) + col, ld},
      {Started(args), n, args.out<float>(kDRecurrentKernel) + col, ld}};
  const auto both = absl::MakeConstSpan(products);
  if (col < 2 * n) {
    recurrent::ColumnsOfProducts(rows, both, ds, ld, width, dbias);
    std::copy(dbias, dbias + width, dbias + ld);
  } else {
    const float* const du = args.out<float>(kDu) + col - 2 * n;
    recurrent::ColumnsOfProducts(rows, both.subspan(0, 1), ds, ld, width, dbias);
    recurrent::ColumnsOfProducts(rows, both.subspan(1), du, n, width, dbias + ld);
  }
}

void AddWeights(const Geometry& g, Kernel* kernel) {
  const int64_t n = g.units, of_gates = (2 * n + kColumns - 1) / kColumns;
  const int64_t of_inner = (n + kColumns - 1) / kColumns;
  const double cost = static_cast<double>(g.batch * g.time) * (g.features + n) * kColumns;
  runtime::ParallelOver(
      of_gates + of_inner, cost / 16,
      [g, n, of_gates](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const bool is_inner = i >= of_gates;
          const int64_t col = is_inner ? 2 * n + (i - of_gates) * kColumns : i * kColumns;
          const int64_t last = is_inner ? 3 * n : 2 * n;
          FastColumns(g, args, col, std::min(kColumns, last - col));
        }
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
  const Geometry g = recurrent::GeometryOf(request, kRecurrentKernel);
  const Given given = {request.inputs.size() > kDGates, request.inputs.size() > kDInner};
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeReference<double>(g, given, kernel);
  } else if (request.mode == runtime::KernelMode::kReference) {
    MakeReference<float>(g, given, kernel);
  } else {
    MakeFast(g, given, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::gru_internal
