#ifndef DAGRAD_RUNTIME_SIMD_GEMM_H_
#define DAGRAD_RUNTIME_SIMD_GEMM_H_

#include <cstddef>
#include <cstdint>

namespace dagrad::runtime::simd {

// Matrix products of float32, on the calling thread alone and without the heap:
//   c[i, j] = (add ? c[i, j] : 0) + sum over p < k of a[i, p] * b[p, j] (+ bias[j]),
// i < m, j < n. Any size may be 0. Outputs overlap no input. Safe to call from many threads at
// once.
//
// Gemm and GemmPacked take the sum in an order that k alone decides, so the bits of c[i, j] depend
// on the instruction set, on row i of a, on column j of b and on nothing else: work may be cut into
// ranges of rows and of columns, and these functions mixed, at will. GemmDots sums in an order of
// its own, of which the same holds: for one matrix use either it or the others.

// A row-major matrix or its transpose: element (i, j) is data[i * ld + j], or data[j * ld + i]
// where `transposed`. What lies between the stored rows is not read.
struct GemmOperand {
  const float* data;
  int64_t ld;
  bool transposed = false;
};

// c[i, j] is data[i * ld + j]. Of what lies between rows, nothing is written.
struct GemmResult {
  float* data;
  int64_t ld;
  bool add = false;
  const float* bias = nullptr;  // of n elements, added last; null: none
};

// b is used as it is, or copied in small parts where it is transposed or its ld is awkward: for few
// rows of a (the copies are made in every call), for small b, and for b that are used once.
void Gemm(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b, GemmResult c);

// For an a that is not and a b that is transposed, as their flags must say: each element is a dot
// product of stored rows. The fastest where m is at most 8 or so, or n is 1, and k not small.
void GemmDots(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b, GemmResult c);

// The fastest for many rows: first b is copied into panels of PanelColumns() columns (which depend
// on the processor), each k rows after one another. `packed` holds PackedBytes(k, n) and need not
// be aligned beyond float.
int64_t PanelColumns();
int64_t NumPanels(int64_t n);
size_t PackedBytes(int64_t k, int64_t n);
// Panels [panel_begin, panel_end) of the k x n matrix b, to their place in `packed`.
void PackRight(int64_t k, int64_t n, GemmOperand b, int64_t panel_begin, int64_t panel_end,
               float* packed);
// The same of `rows` rows alone, from row `first` of the k that stand in `packed` on: b is
// rows x n.
void PackRows(int64_t k, int64_t n, int64_t first, int64_t rows, GemmOperand b, int64_t panel_begin,
              int64_t panel_end, float* packed);
// Columns of these panels. `n`, `c` and c.bias are those of all columns. `scratch` makes it faster
// if a is transposed: GemmScratchBytes of this or a larger m, of n and of k; may be null.
void GemmPacked(int64_t m, int64_t n, int64_t k, GemmOperand a, const float* packed,
                int64_t panel_begin, int64_t panel_end, GemmResult c, float* scratch);
size_t GemmScratchBytes(int64_t m, int64_t n, int64_t k);  // 0: pass null

// A matrix whose rows are windows of an image, which overlap: row (y, x), column (s, p) is
// data[y * row_step + x * column_step + s * segment_step + p], for y < rows, x < columns,
// s < segments, p < segment.
struct Windows {
  const float* data;
  int64_t rows, columns, row_step, column_step;
  int64_t segments, segment, segment_step;
};

// The product of windows and a b of segments * segment rows, packed by PackRight:
//   c[(y, x), j] = (c.add ? c[(y, x), j] : 0)
//                  + sum over s and p of w[(y, x), (s, p)] * b[(s, p), j] (+ c.bias[j]),
// which is c.data[y * c_row + x * c.ld + j]. The order of a sum depends on segments and segment
// alone: work may be cut into ranges of rows, columns and panels at will.
void GemmWindows(int64_t n, const Windows& w, const float* packed, int64_t panel_begin,
                 int64_t panel_end, GemmResult c, int64_t c_row);

// The product of the transpose of the windows' first segment (w.segments does not count) and b,
// which has a row for each window:
//   c[p, j] = (c.add ? c[p, j] : 0) + sum over y and x of w[(y, x), (0, p)] * b[(y, x), j],
// p < w.segment. c has no bias. The order of a sum depends on rows and columns.
void GemmTransposedWindows(int64_t n, const Windows& w, const float* b, GemmResult c);

}  // namespace dagrad::runtime::simd

#endif  // DAGRAD_RUNTIME_SIMD_GEMM_H_
