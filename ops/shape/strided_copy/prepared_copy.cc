#include "dagrad/ops/shape/strided_copy/prepared_copy.h"

#include <algorithm>
#include <vector>

namespace dagrad::ops::strided_copy_internal {
namespace {

// Elements of a unit: enough to make its bookkeeping small, few enough to share a copy among
// threads.
constexpr int64_t kUnitElements = 8192;
constexpr int64_t kTransposeRows = 64;  // a whole number of cache lines on the side that is read

struct Axis {
  int64_t dim, in, out;
};

// Axes without those of size 1, the slowest of y first, neighbours merged where they form one
// progression.
std::vector<Axis> MergedAxes(const StridedCopy& copy) {
  std::vector<Axis> axes;
  for (size_t a = 0; a < copy.dims.size(); ++a) {
    if (copy.dims[a] != 1) axes.push_back({copy.dims[a], copy.in_strides[a], copy.out_strides[a]});
  }
  std::stable_sort(axes.begin(), axes.end(),
                   [](const Axis& a, const Axis& b) { return a.out > b.out; });
  std::vector<Axis> merged;
  for (const Axis& axis : axes) {
    if (!merged.empty() && merged.back().in == axis.in * axis.dim &&
        merged.back().out == axis.out * axis.dim) {
      merged.back() = {merged.back().dim * axis.dim, axis.in, axis.out};
    } else {
      merged.push_back(axis);
    }
  }
  return merged;
}

Method Choose(const std::vector<Axis>& axes, const Axis& cols) {
  if (cols.out != 1) return Method::kStrided;
  if (cols.in == 1) return Method::kRun;
  if (cols.in == 0) return Method::kFill;
  const bool transposed =
      std::any_of(axes.begin(), axes.end(), [](const Axis& a) { return a.in == 1; });
  return transposed ? Method::kTranspose : Method::kStrided;
}

// The axis that becomes the rows: for a transposition the one along which x is contiguous, else the
// last one.
Axis TakeRows(Method method, std::vector<Axis>* axes) {
  auto it = std::prev(axes->end());
  if (method == Method::kTranspose) {
    it = std::find_if(axes->begin(), axes->end(), [](const Axis& a) { return a.in == 1; });
  }
  const Axis rows = *it;
  axes->erase(it);
  return rows;
}

void Chunk(PreparedCopy* p) {
  p->chunk_rows = p->rows > 1;
  const int64_t whole = p->chunk_rows ? p->rows : p->cols;
  p->chunk = p->chunk_rows ? std::max<int64_t>(1, kUnitElements / p->cols) : kUnitElements;
  if (p->method == Method::kTranspose)
    p->chunk = std::max(p->chunk / kTransposeRows, int64_t{1}) * kTransposeRows;
  p->chunk = std::min(p->chunk, whole);
  p->chunks = (whole + p->chunk - 1) / p->chunk;
}

}  // namespace

PreparedCopy Prepare(const StridedCopy& copy) {
  PreparedCopy p;
  p.input = copy.input;
  p.in_offset = copy.in_offset;
  p.out_offset = copy.out_offset;
  if (NumElements(copy.dims) == 0) return p;
  std::vector<Axis> axes = MergedAxes(copy);
  if (!axes.empty()) {
    const Axis cols = axes.back();
    axes.pop_back();
    p.method = Choose(axes, cols);
    p.cols = cols.dim;
    p.col_in = cols.in;
    p.col_out = cols.out;
  }
  if (!axes.empty() && (p.cols < kUnitElements || p.method == Method::kTranspose)) {
    const Axis rows = TakeRows(p.method, &axes);
    p.rows = rows.dim;
    p.row_in = rows.in;
    p.row_out = rows.out;
  }
  p.units = 1;
  for (const Axis& axis : axes) {
    p.outer_dims.push_back(axis.dim);
    p.outer_in.push_back(axis.in);
    p.outer_out.push_back(axis.out);
    p.units *= axis.dim;
  }
  Chunk(&p);
  p.units *= p.chunks;
  return p;
}

}  // namespace dagrad::ops::strided_copy_internal
