#include "dagrad/ops/shape/strided_copy/strided_copy.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "dagrad/ops/shape/strided_copy/prepared_copy.h"
#include "dagrad/ops/shape/strided_copy/row_copies.h"
#include "dagrad/ops/words.h"

namespace dagrad::ops {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelMode;
using runtime::KernelRequest;
using runtime::RangeOfShard;
using runtime::ShardRange;
using strided_copy_internal::CopyOfRow;
using strided_copy_internal::Method;
using strided_copy_internal::PreparedCopy;
using strided_copy_internal::RowCopies;

template <typename T>
void CopyRun(const T* x, T* y, int64_t n) {
  if (n >= 16) {
    std::memcpy(static_cast<void*>(y), x, n * sizeof(T));
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = x[i];
  }
}

// y[r·row_out + c] = x[r + c·col_in], in tiles whose lines stay in the first-level cache on both
// sides.
template <typename T>
void CopyTransposed(const T* x, T* y, int64_t rows, int64_t cols, int64_t row_out, int64_t col_in) {
  constexpr int64_t kTile = 8;
  for (int64_t c0 = 0; c0 < cols; c0 += kTile) {
    const int64_t nc = std::min(kTile, cols - c0);
    for (int64_t r0 = 0; r0 < rows; r0 += kTile) {
      const int64_t nr = std::min(kTile, rows - r0);
      const T* in = x + r0 + c0 * col_in;
      T* out = y + r0 * row_out + c0;
      if (nr == kTile && nc == kTile) {
        for (int64_t r = 0; r < kTile; ++r) {
          for (int64_t c = 0; c < kTile; ++c) out[r * row_out + c] = in[r + c * col_in];
        }
      } else {
        for (int64_t r = 0; r < nr; ++r) {
          for (int64_t c = 0; c < nc; ++c) out[r * row_out + c] = in[r + c * col_in];
        }
      }
    }
  }
}

template <typename T>
void CopyBody(const PreparedCopy& p, const T* x, T* y, int64_t rows, int64_t cols) {
  if (p.method == Method::kTranspose) return CopyTransposed(x, y, rows, cols, p.row_out, p.col_in);
  for (int64_t r = 0; r < rows; ++r, x += p.row_in, y += p.row_out) {
    if (p.method == Method::kRun) {
      CopyRun(x, y, cols);
    } else if (p.method == Method::kFill) {
      std::fill(y, y + cols, *x);
    } else {
      for (int64_t c = 0; c < cols; ++c) y[c * p.col_out] = x[c * p.col_in];
    }
  }
}

// Adds to the offsets what the odometer at `index` says.
void Locate(const Dims& dims, const Dims& in_strides, const Dims& out_strides, int64_t index,
            int64_t* in, int64_t* out) {
  for (size_t a = dims.size(); a-- > 0;) {
    const int64_t k = index % dims[a];
    index /= dims[a];
    *in += k * in_strides[a];
    *out += k * out_strides[a];
  }
}

// Units [begin, end) of a copy.
template <typename T>
void CopyUnits(const PreparedCopy& p, const T* x, T* y, int64_t begin, int64_t end) {
  for (int64_t unit = begin; unit < end; ++unit) {
    const int64_t first = unit % p.chunks * p.chunk;
    int64_t in = p.in_offset;
    int64_t out = p.out_offset;
    Locate(p.outer_dims, p.outer_in, p.outer_out, unit / p.chunks, &in, &out);
    if (p.chunk_rows) {
      in += first * p.row_in;
      out += first * p.row_out;
      CopyBody(p, x + in, y + out, std::min(p.chunk, p.rows - first), p.cols);
    } else {
      in += first * p.col_in;
      out += first * p.col_out;
      CopyBody(p, x + in, y + out, p.rows, std::min(p.chunk, p.cols - first));
    }
  }
}

// A copy of each row: one line of a rectangle where it is a single run of elements.
struct PreparedRow {
  PreparedRow(const CopyOfRow& copy, int64_t row_elements)
      : body(strided_copy_internal::Prepare(copy.row)),
        in_stride(copy.in_stride),
        out_stride(row_elements),
        is_line(body.rows == 1 && body.units == 1) {
    if (!is_line) return;
    body.row_in = in_stride;
    body.row_out = out_stride;
  }

  PreparedCopy body;
  int64_t in_stride, out_stride;
  bool is_line;
};

template <typename T>
void CopyRows(const PreparedRow& p, const T* x, T* y, int64_t begin, int64_t end) {
  x += begin * p.in_stride;
  y += begin * p.out_stride;
  if (p.is_line) {
    return CopyBody(p.body, x + p.body.in_offset, y + p.body.out_offset, end - begin, p.body.cols);
  }
  for (int64_t row = begin; row < end; ++row, x += p.in_stride, y += p.out_stride)
    CopyUnits(p.body, x, y, 0, p.body.units);
}

void AddRowPhase(const RowCopies& by_row, double cost, size_t element_size, Kernel* kernel) {
  std::vector<PreparedRow> copies;
  for (const CopyOfRow& copy : by_row.copies()) copies.emplace_back(copy, by_row.row_elements());
  DispatchWord(element_size, [&](auto zero) {
    using T = decltype(zero);
    runtime::OverRows(
        {.count = by_row.count(), .aligned = by_row.aligned(), .cost = cost},
        [copies = std::move(copies)](const KernelArgs& args, int64_t begin, int64_t end) {
          for (const PreparedRow& p : copies)
            CopyRows(p, args.in<T>(p.body.input), args.out<T>(0), begin, end);
        },
        kernel);
  });
}

void AddUnitPhase(std::vector<PreparedCopy> copies, int shards, size_t element_size,
                  Kernel* kernel) {
  DispatchWord(element_size, [&](auto zero) {
    using T = decltype(zero);
    kernel->phases.push_back(
        {shards, [copies = std::move(copies), shards](const KernelArgs& args, int shard) {
           for (const PreparedCopy& p : copies) {
             const ShardRange r = RangeOfShard(p.units, shards, shard);
             CopyUnits(p, args.in<T>(p.input), args.out<T>(0), r.begin, r.end);
           }
           return absl::OkStatus();
         }});
  });
}

void AddFastPhase(absl::Span<const StridedCopy> copies, const KernelRequest& request,
                  Kernel* kernel) {
  constexpr int64_t kShortRow = 16;  // elements: a call for each would cost more than they do
  std::vector<PreparedCopy> prepared;
  double elements = 0;
  int64_t units = 0;
  for (const StridedCopy& copy : copies) {
    prepared.push_back(strided_copy_internal::Prepare(copy));
    elements += static_cast<double>(NumElements(copy.dims));
    units += prepared.back().units;
  }
  // An element costs about a quarter of an operation to move, a unit some twenty to find.
  const double cost = elements * 0.25 + units * 20.0;
  const int shards = runtime::ShardsFor(units, cost / std::max<double>(units, 1));
  const size_t element_size = DTypeSize(request.outputs[0].dtype);
  const RowCopies by_row(copies, request);
  if (by_row.count() >= shards && by_row.row_elements() >= kShortRow)
    return AddRowPhase(by_row, cost / by_row.count(), element_size, kernel);
  AddUnitPhase(std::move(prepared), shards, element_size, kernel);
}

// Elements [begin, end) of a copy, one by one.
template <typename T>
void CopyElements(const StridedCopy& copy, const T* x, T* y, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    int64_t in = copy.in_offset;
    int64_t out = copy.out_offset;
    Locate(copy.dims, copy.in_strides, copy.out_strides, i, &in, &out);
    y[out] = x[in];
  }
}

void AddReferencePhase(const StridedCopy& copy, const RowCopies& by_row, size_t element_size,
                       Kernel* kernel) {
  const int64_t elements = NumElements(copy.dims);
  const int64_t rows = by_row.count() > 0 ? by_row.count() : elements;
  const int64_t each = elements / std::max<int64_t>(rows, 1);
  DispatchWord(element_size, [&](auto zero) {
    using T = decltype(zero);
    const auto run = [copy, each](const KernelArgs& args, int64_t begin, int64_t end) {
      CopyElements(copy, args.in<T>(copy.input), args.out<T>(0), begin * each, end * each);
    };
    if (by_row.count() > 0) {
      runtime::OverRows({.count = rows, .aligned = by_row.aligned(), .cost = 4.0 * each}, run,
                        kernel);
    } else {
      runtime::ParallelOver(elements, 4, run, kernel);
    }
  });
  kernel->phases.back().inputs = copy.input < 32 ? 1U << copy.input : 0;
}

}  // namespace

Dims RowMajorStrides(absl::Span<const int64_t> dims) {
  Dims strides(dims.size(), 1);
  for (size_t a = dims.size(); a-- > 1;) strides[a - 1] = strides[a] * dims[a];
  return strides;
}

void AddCopyPhase(absl::Span<const StridedCopy> copies, const KernelRequest& request,
                  Kernel* kernel) {
  if (request.mode != KernelMode::kReference) {
    kernel->implementation = "strided_copy";
    return AddFastPhase(copies, request, kernel);
  }
  const RowCopies by_row(copies, request);
  for (const StridedCopy& copy : copies)
    AddReferencePhase(copy, by_row, DTypeSize(request.outputs[0].dtype), kernel);
}

void AddFillPhase(double value, const KernelRequest& request, Kernel* kernel) {
  DispatchDType(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    const T filled = static_cast<T>(value);
    runtime::OverRows(
        {.count = request.outputs[0].num_elements(), .cost = 0.25},
        [filled](const KernelArgs& args, int64_t begin, int64_t end) {
          std::fill(args.out<T>(0) + begin, args.out<T>(0) + end, filled);
        },
        kernel);
  });
  kernel->phases.back().inputs = 0;
}

}  // namespace dagrad::ops
