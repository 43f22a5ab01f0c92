#include <algorithm>
#include <utility>

#include "dagrad/ops/linalg/matmul/matmul_internal.h"
#include "dagrad/runtime/simd/gemm.h"

namespace dagrad::ops::matmul_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

bool IsShared(const Dims& strides, const Dims& dims) {
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] > 1 && strides[i] != 0) return false;
  }
  return true;
}

// Whether each product has a matrix of its own: they then follow one another as the products do.
bool IsOwn(const Dims& strides, const Dims& dims) {
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] > 1 && strides[i] == 0) return false;
  }
  return true;
}

// The same products in their plainest form. A row or a column is stored as its transpose is; and
// where all products share b and the rows of a follow one another, they are one product of batch *
// m rows.
Geometry Simplified(Geometry g) {
  if (g.k == 1) {
    g.transpose_a = g.transpose_b = false;
    g.lda = 1;
    g.ldb = g.n;
  }
  if (g.m == 1) {
    g.transpose_a = false;
    g.lda = g.k;
  }
  if (g.n == 1) {
    g.transpose_b = true;
    g.ldb = g.k;
  }
  if (g.transpose_a || !IsShared(g.b_strides, g.batch_dims) || !IsOwn(g.a_strides, g.batch_dims))
    return g;
  g.m *= g.batch;
  g.batch = 1;
  g.batch_dims.clear();
  g.a_strides.clear();
  g.b_strides.clear();
  return g;
}

// How the products of one node are made. By its sizes alone, so the bits of y depend neither on the
// number of threads nor on how work is cut. Measured on one core (Zen 4, AVX-512), in microseconds
// for k = n = 512:
//       m, b       | dots | in place | packed (copy included) | dnnl_sgemm
//     1 transposed |   10 |       37 |                     47 |         11
//    16 transposed |   83 |      102 |                    111 |        155
//   128 transposed |  674 |      615 |                    621 |        665
//   128 plain      |      |      604 |                    610 |        578
// A b that is fixed is packed once, which pays from some 9 rows on: of 784 x 512 and 512 x 512 by
// two threads, in place and packed, 1 row takes 30 and 41 us, 4 rows 57 and 60, 16 rows 146 and
// 134, 32 rows 317 and 240. The two have the same bits, so what is fixed does not change results.
// What dnnl_sgemm stays faster at is not worth a second way: large products with AVX-512 (1000 x
// 1000 x 1000: 17.8 against 19.9 ms; with AVX2 18.2 against 19.3), and one row with a matrix that
// is in no cache (4096 x 4096: 3.3 against 3.7 ms; two rows 5.4 against 4.1).
enum class Form { kDots, kInPlace, kPacked };

Form FormOf(const Geometry& g) {
  const int64_t rows = g.batch * g.m;
  if (!g.transpose_a && g.transpose_b && g.k >= 32) {
    if (g.n == 1 || g.m <= 8 || (g.m <= 16 && g.k >= 256)) return Form::kDots;
  }
  constexpr int64_t kFixedRows = 9, kFixedElements = 1024;
  const bool shared = IsShared(g.b_strides, g.batch_dims) && g.n > 1;
  if (shared && g.fixed_b && rows >= kFixedRows && g.k * g.n >= kFixedElements)
    return Form::kPacked;
  // In place, a transposed b is copied in every call, and another is read well where it is small.
  const int64_t enough_rows = g.transpose_b ? 17 : 64,
                enough_elements = g.transpose_b ? 4096 : 16384;
  const bool pack = rows >= enough_rows && g.k * g.n >= enough_elements;
  return shared && pack ? Form::kPacked : Form::kInPlace;
}

// Elementary operations, as for ShardsFor, of `rows` rows of y that read `b_elements` of b: some
// 4e9 a second, whichever of arithmetic and memory is slower.
double Cost(const Geometry& g, double rows, double b_elements) {
  const double arithmetic = 2 * rows * g.n * g.k / 100e9;
  return 4e9 * std::max(arithmetic, 4 * (rows * (g.k + g.n) + b_elements) / 20e9);
}

// Rows [row, row + rows) and columns [col, col + cols) of product `item`.
struct Block {
  int64_t item, row, rows, col, cols;
};

// `cols` are whole panels if packed.
void Multiply(const Geometry& g, Form form, const Block& block, const KernelArgs& args,
              std::byte* scratch) {
  const float* const a = args.in<float>(0) + g.AOffset(block.item);
  float* const y = args.out<float>(0) + (block.item * g.m + block.row) * g.n;
  const simd::GemmOperand left = {a + block.row * (g.transpose_a ? 1 : g.lda), g.lda,
                                  g.transpose_a};
  if (form == Form::kPacked) {
    const int64_t panel = block.col / simd::PanelColumns();
    return simd::GemmPacked(block.rows, g.n, g.k, left, reinterpret_cast<float*>(args.kept), panel,
                            panel + simd::NumPanels(block.cols), {y, g.n},
                            reinterpret_cast<float*>(scratch));
  }
  const float* const b = args.in<float>(1) + g.BOffset(block.item);
  const simd::GemmOperand right = {b + block.col * (g.transpose_b ? g.ldb : 1), g.ldb,
                                   g.transpose_b};
  const auto gemm = form == Form::kDots ? simd::GemmDots : simd::Gemm;
  gemm(block.rows, block.cols, g.k, left, right, {y + block.col, g.n});
}

// Needs nothing but b, and so may run before a is there.
void AddPacking(const Geometry& g, runtime::Kernel* kernel) {
  kernel->kept_bytes = simd::PackedBytes(g.k, g.n);
  runtime::ParallelOver(
      simd::NumPanels(g.n), static_cast<double>(simd::PanelColumns()) * g.k / 2,
      [g](const KernelArgs& args, int64_t begin, int64_t end) {
        simd::PackRight(g.k, g.n, {args.in<float>(1), g.ldb, g.transpose_b}, begin, end,
                        reinterpret_cast<float*>(args.kept));
      },
      kernel);
  kernel->phases.back().inputs = 0b10;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

// Fewer rows at a time would read b, or make what copies of it the form makes, too often: of a
// packed b of 512 x 512, 4 rows at a time take 1.05 times as long as all (1.17 with AVX2), 8 rows
// 1.02 (1.13), 24 rows 1.01 (1.01); where a chain of products has more than a core's own cache
// holds, 8 rows take 1.05 times as long as 16. Eight parts are enough for most machines.
int64_t LeastRows(const Geometry& g, Form form) {
  constexpr int64_t kMost = 64, kLine = 16;  // kLine elements of a column of a come at once
  if (g.n == 1) return kMost;
  const bool copies = form == Form::kInPlace && g.transpose_b;
  if (copies || !IsShared(g.b_strides, g.batch_dims)) return std::clamp<int64_t>(g.m, 8, kMost);
  if (g.k * g.n > (int64_t{1} << 21)) return 32;  // in no core's own cache
  return std::clamp<int64_t>(g.batch * g.m / 8, g.transpose_a ? kLine : 4, 24);
}

void AddProductsByRows(const Geometry& g, Form form, runtime::Kernel* kernel) {
  runtime::Phase::Rows rows;
  rows.count = g.batch * g.m;
  rows.aligned = !g.transpose_a && IsOwn(g.a_strides, g.batch_dims) ? 0b1 : 0;
  rows.least = LeastRows(g, form);
  const bool shared = IsShared(g.b_strides, g.batch_dims);
  rows.cost = Cost(g, 1, shared ? 0 : static_cast<double>(g.k) * g.n / g.m);
  if (form == Form::kPacked && g.transpose_a)
    rows.task_scratch_bytes = simd::GemmScratchBytes(g.m, g.n, g.k);
  const bool has_scratch = rows.task_scratch_bytes > 0;
  rows.run = [g, form, has_scratch](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end;) {
      const int64_t size = std::min(end - row, g.m - row % g.m);
      Multiply(g, form, {row / g.m, row % g.m, size, 0, g.n}, args,
               has_scratch ? args.task_scratch : nullptr);
      row += size;
    }
    return absl::OkStatus();
  };
  runtime::AddRows(std::move(rows), kernel);
  if (form == Form::kPacked) kernel->phases.back().inputs = 0b01;
}

// Of so few rows that threads cannot share them, each thread takes some columns.
constexpr int64_t kFewRows = 32;

// In whole panels, and as many as the widest tile of the product takes. Of a matrix that is in no
// cache, more: memory is slow to give short pieces of rows.
int64_t ColumnsPerUnit(const Geometry& g) {
  const int64_t least = g.k * g.n > (int64_t{1} << 22) ? 512 : 64;
  return std::max(simd::PanelColumns(), least);
}
int64_t ColumnUnits(const Geometry& g) {
  const int64_t unit = ColumnsPerUnit(g);
  return (g.n + unit - 1) / unit;
}
double ColumnUnitCost(const Geometry& g) {
  const double all = Cost(g, static_cast<double>(g.m), static_cast<double>(g.k) * g.n);
  return all / static_cast<double>(ColumnUnits(g));
}

bool IsByColumns(const Geometry& g) {
  return g.batch == 1 && g.m < kFewRows &&
         runtime::ShardsFor(ColumnUnits(g), ColumnUnitCost(g)) > 1;
}

void AddProductsByColumns(const Geometry& g, Form form, runtime::Kernel* kernel) {
  runtime::ParallelOver(
      ColumnUnits(g), ColumnUnitCost(g),
      [g, form, unit = ColumnsPerUnit(g)](const KernelArgs& args, int64_t begin, int64_t end) {
        const int64_t col = begin * unit, cols = std::min(g.n, end * unit) - col;
        Multiply(g, form, {0, 0, g.m, col, cols}, args, nullptr);
      },
      kernel);
  if (form == Form::kPacked) kernel->phases.back().inputs = 0b01;
}

}  // namespace

void MakeGemmKernel(const Geometry& geometry, runtime::Kernel* kernel) {
  const Geometry g = Simplified(geometry);
  const Form form = FormOf(g);
  kernel->implementation = "simd:gemm";
  if (form == Form::kPacked) AddPacking(g, kernel);
  if (IsByColumns(g)) {
    AddProductsByColumns(g, form, kernel);
  } else {
    AddProductsByRows(g, form, kernel);
  }
}

}  // namespace dagrad::ops::matmul_internal
