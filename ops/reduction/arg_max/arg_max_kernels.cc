#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/reduction/arg_max/arg_max_internal.h"

namespace dagrad::ops::arg_max_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// Whether v takes the place of `best`: strictly better, or the first NaN.
template <bool kMax, typename T>
bool Beats(T v, T best) {
  const bool better = kMax ? v > best : v < best;
  if constexpr (std::is_floating_point_v<T>) return better | ((v != v) & (best == best));
  return better;
}

// x is [outer][n][inner]. Row after row along the axis, elementwise for a tile of inner elements:
// reads are contiguous.
template <bool kMax, typename T>
void RunTile(const T* x, int64_t n, int64_t inner, int64_t width, int64_t* y) {
  constexpr int64_t kTile = 256;
  T best[kTile];
  for (int64_t first = 0; first < width; first += kTile, x += kTile, y += kTile) {
    const int64_t count = std::min(kTile, width - first);
    std::copy_n(x, count, best);
    std::fill_n(y, count, int64_t{0});
    for (int64_t r = 1; r < n; ++r) {
      const T* row = x + r * inner;
      for (int64_t i = 0; i < count; ++i) {
        const bool beats = Beats<kMax>(row[i], best[i]);
        best[i] = beats ? row[i] : best[i];
        y[i] = beats ? r : y[i];
      }
    }
  }
}

template <bool kMax, typename T>
int64_t RunContiguous(const T* x, int64_t n) {
  int64_t at = 0;
  T best = x[0];
  for (int64_t r = 1; r < n; ++r) {
    if (Beats<kMax>(x[r], best)) {
      best = x[r];
      at = r;
    }
  }
  return at;
}

template <bool kMax, typename T>
void Add(int64_t outer, int64_t n, int64_t inner, Kernel* kernel) {
  const double cost = 1.5 * static_cast<double>(n) * static_cast<double>(inner);
  runtime::OverRows(
      {.count = outer, .aligned = 1, .cost = cost},
      [n, inner](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o) {
          const T* x = args.in<T>(0) + o * n * inner;
          int64_t* y = args.out<int64_t>(0) + o * inner;
          if (inner == 1) {
            *y = RunContiguous<kMax>(x, n);
          } else {
            RunTile<kMax>(x, n, inner, inner, y);
          }
        }
      },
      kernel);
}

template <bool kMax>
absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const Dims& dims = request.inputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + dims.size() : attr;
  int64_t outer = 1, inner = 1;
  for (size_t a = 0; a < dims.size(); ++a) {
    if (a != axis) (a < axis ? outer : inner) *= dims[a];
  }
  if (dims[axis] == 0) {
    return InvalidArgumentError(
        absl::StrCat("axis ", axis, " of ", DimsToString(dims), " has no elements"));
  }
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>)
      Add<kMax, T>(inner == 0 ? 0 : outer, dims[axis], inner, kernel);
  });
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeMaxKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  return MakeKernel<true>(request, kernel);
}
absl::Status MakeMinKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  return MakeKernel<false>(request, kernel);
}

}  // namespace dagrad::ops::arg_max_internal
