#include <algorithm>
#include <array>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/pad/pad_internal.h"
#include "dagrad/ops/shape/strided_copy/strided_copy.h"

namespace dagrad::ops::pad_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

struct Axis {
  int64_t dim = 1;     // of x
  int64_t padded = 1;  // of y
  int64_t low = 0;
  int64_t high = 0;
};

// The axes of modes reflect and edge. x has stride[a] elements between neighbours along axis a, y
// padded_stride[a].
struct Padding {
  bool reflect = false;
  int rank = 1;
  std::array<Axis, kMaxRank> axes;
  Dims stride, padded_stride;

  const Axis& last() const { return axes[rank - 1]; }
  // Whether the first of several axes is not padded, and long enough to share `rows` along the last
  // axis by it.
  bool KeepsFirstAxis(int64_t rows, double cost) const {
    const Axis& first = axes[0];
    return rank > 1 && rows > 0 && first.dim == first.padded &&
           first.dim >= runtime::ShardsFor(rows, cost);
  }
};

absl::StatusOr<Padding> Prepare(const KernelRequest& request, const Dims& x, const Dims& y) {
  const auto& low = request.attr<std::vector<int64_t>>("low");
  const auto& high = request.attr<std::vector<int64_t>>("high");
  const auto& mode = request.attr<std::string>("mode");
  Padding p;
  p.reflect = mode == "reflect";
  p.rank = std::max<int>(static_cast<int>(x.size()), 1);
  p.stride = x.empty() ? Dims{1} : RowMajorStrides(x);
  p.padded_stride = x.empty() ? Dims{1} : RowMajorStrides(y);
  for (size_t a = 0; a < x.size(); ++a) {
    p.axes[a] = {x[a], y[a], low[a], high[a]};
    const std::string problem = AxisProblem(mode, x[a], low[a], high[a]);
    if (!problem.empty())
      return InvalidArgumentError(absl::StrCat("axis ", a, " of ", DimsToString(x), ": ", problem));
  }
  return p;
}

// The index along x that index i along y was copied from.
int64_t Source(bool reflect, const Axis& axis, int64_t i) {
  const int64_t s = i - axis.low;
  if (!reflect) return std::clamp<int64_t>(s, 0, axis.dim - 1);
  if (s < 0) return -s;
  return s < axis.dim ? s : 2 * (axis.dim - 1) - s;
}

// The indices along y that were copied from index j along x, as at most three intervals in
// ascending order.
struct Copies {
  int count = 0;
  std::array<int64_t, 3> first, last;
  void Add(int64_t from, int64_t to) {
    first[count] = from;
    last[count++] = to;
  }
};

Copies CopiesOf(bool reflect, const Axis& axis, int64_t j) {
  Copies c;
  const int64_t i = j + axis.low;
  if (!reflect) {
    c.Add(j == 0 ? 0 : i, j == axis.dim - 1 ? axis.padded - 1 : i);
    return c;
  }
  if (j >= 1 && j <= axis.low) c.Add(axis.low - j, axis.low - j);
  c.Add(i, i);
  const int64_t mirrored = axis.low + 2 * (axis.dim - 1) - j;
  if (j <= axis.dim - 2 && mirrored < axis.padded) c.Add(mirrored, mirrored);
  return c;
}

// One row along the last axis of y.
template <typename T>
void PadRow(const Padding& p, const T* x, T* y) {
  const Axis& axis = p.last();
  for (int64_t i = 0; i < axis.low; ++i) y[i] = x[Source(p.reflect, axis, i)];
  std::copy(x, x + axis.dim, y + axis.low);
  for (int64_t i = axis.low + axis.dim; i < axis.padded; ++i) y[i] = x[Source(p.reflect, axis, i)];
}

template <typename T>
void AddMirroredCopy(const Padding& p, int64_t elements, Kernel* kernel) {
  const int64_t width = p.last().padded;
  const int64_t rows = width == 0 ? 0 : elements / width;
  const double cost = static_cast<double>(width) * 0.5 + 20;
  const bool by_first = p.KeepsFirstAxis(rows, cost);
  const int64_t unit = by_first ? rows / p.axes[0].padded : 1;
  runtime::OverRows(
      {.count = rows / unit, .aligned = by_first, .cost = cost * static_cast<double>(unit)},
      [p, unit](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin * unit; row < end * unit; ++row) {
          int64_t rest = row, from = 0;
          for (int a = p.rank - 1; a-- > 0;) {
            from += Source(p.reflect, p.axes[a], rest % p.axes[a].padded) * p.stride[a];
            rest /= p.axes[a].padded;
          }
          PadRow(p, args.in<T>(0) + from, args.out<T>(0) + row * p.last().padded);
        }
      },
      kernel);
}

// dx += what one row of dy holds for it.
template <typename T>
void AddRow(const Padding& p, const T* dy, T* dx) {
  const Axis& axis = p.last();
  for (int64_t j = 0; j < axis.dim; ++j) dx[j] += dy[axis.low + j];
  for (int64_t i = 0; i < axis.low; ++i) dx[Source(p.reflect, axis, i)] += dy[i];
  for (int64_t i = axis.low + axis.dim; i < axis.padded; ++i)
    dx[Source(p.reflect, axis, i)] += dy[i];
}

// Visits the rows of dy that were copied from the row of x at `index`: every combination of the
// copies along the outer axes.
template <typename T>
void GatherRows(const Padding& p, const std::array<Copies, kMaxRank>& copies, int axis,
                int64_t offset, const T* dy, T* dx) {
  if (axis == p.rank - 1) return AddRow(p, dy + offset, dx);
  const Copies& c = copies[axis];
  for (int k = 0; k < c.count; ++k) {
    for (int64_t i = c.first[k]; i <= c.last[k]; ++i) {
      GatherRows(p, copies, axis + 1, offset + i * p.padded_stride[axis], dy, dx);
    }
  }
}

template <typename T>
void AddAdjoint(const Padding& p, int64_t elements, double cost, Kernel* kernel) {
  const int64_t width = p.last().dim;
  const int64_t rows = width == 0 ? 0 : elements / width;
  const bool by_first = p.KeepsFirstAxis(rows, cost);
  const int64_t unit = by_first ? rows / p.axes[0].dim : 1;
  runtime::OverRows(
      {.count = rows / unit, .aligned = by_first, .cost = cost * static_cast<double>(unit)},
      [p, unit](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin * unit; row < end * unit; ++row) {
          std::array<Copies, kMaxRank> copies;
          int64_t rest = row;
          for (int a = p.rank - 1; a-- > 0;) {
            copies[a] = CopiesOf(p.reflect, p.axes[a], rest % p.axes[a].dim);
            rest /= p.axes[a].dim;
          }
          T* dx = args.out<T>(0) + row * p.last().dim;
          std::fill(dx, dx + p.last().dim, T(0));
          GatherRows(p, copies, 0, 0, args.in<T>(0), dx);
        }
      },
      kernel);
}

absl::Status MakeConstant(const KernelRequest& request, Kernel* kernel) {
  const auto& low = request.attr<std::vector<int64_t>>("low");
  StridedCopy copy;
  copy.dims = request.inputs[0].dims;
  copy.in_strides = RowMajorStrides(copy.dims);
  copy.out_strides = RowMajorStrides(request.outputs[0].dims);
  for (size_t a = 0; a < low.size(); ++a) copy.out_offset += low[a] * copy.out_strides[a];
  AddFillPhase(request.attr<double>("value"), request, kernel);
  AddCopyPhase({copy}, request, kernel);
  return absl::OkStatus();
}

}  // namespace

absl::Status MakePadKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.attr<std::string>("mode") == "constant") return MakeConstant(request, kernel);
  const Dims& y = request.outputs[0].dims;
  DAGRAD_ASSIGN_OR_RETURN(const Padding p, Prepare(request, request.inputs[0].dims, y));
  DispatchDType(request.outputs[0].dtype,
                [&](auto zero) { AddMirroredCopy<decltype(zero)>(p, NumElements(y), kernel); });
  return absl::OkStatus();
}

absl::Status MakePadGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Dims& dx = request.outputs[0].dims;
  const Dims& dy = request.inputs[0].dims;
  DAGRAD_ASSIGN_OR_RETURN(const Padding p, Prepare(request, dx, dy));
  const double rows = static_cast<double>(
      std::max<int64_t>(NumElements(dx) / std::max<int64_t>(p.last().dim, 1), 1));
  const double cost = static_cast<double>(NumElements(dy)) / rows + 20;
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) AddAdjoint<T>(p, NumElements(dx), cost, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::pad_internal
