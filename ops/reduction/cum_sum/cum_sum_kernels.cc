#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "dagrad/ops/reduction/cum_sum/cum_sum_internal.h"

namespace dagrad::ops::cum_sum_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// In what elements of type T are added up; unsigned integers, whose sums wrap around.
template <typename T>
using SumOf = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

// x is [outer][n][inner].
struct Sums {
  int64_t n, inner;
  bool exclusive, reverse;

  // That of the r-th row to be added up.
  int64_t RowOf(int64_t r) const { return (reverse ? n - 1 - r : r) * inner; }
};

// Of `lines` lines at a time, so that additions need not wait for one another. Element r of line l
// stands at line l's start plus RowOf(r).
template <int kLines, typename T>
void AddUp(const T* x, const Sums& s, int64_t line, T* y) {
  SumOf<T> sums[kLines] = {};
  for (int64_t r = 0; r < s.n; ++r) {
    const int64_t row = s.RowOf(r);
    for (int l = 0; l < kLines; ++l) {
      const SumOf<T> before = sums[l];
      sums[l] += static_cast<SumOf<T>>(x[l * line + row]);
      y[l * line + row] = static_cast<T>(s.exclusive ? before : sums[l]);
    }
  }
}

// Blocks [begin, end) of one element in each row.
template <typename T>
void AddUpLines(const T* x, const Sums& s, int64_t begin, int64_t end, T* y) {
  constexpr int kLines = 4;
  int64_t o = begin;
  for (; o + kLines <= end; o += kLines) AddUp<kLines>(x + o * s.n, s, s.n, y + o * s.n);
  for (; o < end; ++o) AddUp<1>(x + o * s.n, s, s.n, y + o * s.n);
}

// One block of many elements in each row.
template <typename T>
void AddUpRows(const T* x, const Sums& s, T* y) {
  constexpr int kLines = 16;
  int64_t i = 0;
  for (; i + kLines <= s.inner; i += kLines) AddUp<kLines>(x + i, s, 1, y + i);
  for (; i < s.inner; ++i) AddUp<1>(x + i, s, 1, y + i);
}

template <typename T>
void Add(int64_t outer, const Sums& s, Kernel* kernel) {
  runtime::OverRows(
      {.count = outer,
       .aligned = 1,
       .cost = 2 * static_cast<double>(s.n) * static_cast<double>(s.inner)},
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        if (s.inner == 1) return AddUpLines(args.in<T>(0), s, begin, end, args.out<T>(0));
        for (int64_t o = begin; o < end; ++o) {
          const int64_t at = o * s.n * s.inner;
          AddUpRows(args.in<T>(0) + at, s, args.out<T>(0) + at);
        }
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const Dims& dims = request.inputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + dims.size() : attr;
  Sums s = {dims[axis], 1, request.attr<bool>("exclusive"), request.attr<bool>("reverse")};
  int64_t outer = 1;
  for (size_t a = 0; a < dims.size(); ++a) {
    if (a != axis) (a < axis ? outer : s.inner) *= dims[a];
  }
  if (s.n == 0 || s.inner == 0) outer = 0;
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) Add<T>(outer, s, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::cum_sum_internal
