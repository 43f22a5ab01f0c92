#include <algorithm>
#include <numeric>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/indexing/top_k/top_k_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::top_k_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// NaN is above every number.
template <typename T>
bool IsAbove(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a > b || (a != a && b == b);
  return a > b;
}

struct Sizes {
  int64_t n, k, inner;
};

// One line of x, [n] of stride `inner`, by indices in `order`, [n].
template <typename T, bool kLargest>
void SortLine(const T* x, const Sizes& s, int64_t* order, int64_t* y) {
  std::iota(order, order + s.n, int64_t{0});
  const auto is_before = [x, &s](int64_t i, int64_t j) {
    const T a = x[i * s.inner], b = x[j * s.inner];
    if (kLargest ? IsAbove(a, b) : IsAbove(b, a)) return true;
    return !(kLargest ? IsAbove(b, a) : IsAbove(a, b)) && i < j;
  };
  if (s.k == 1) {
    std::swap(order[0], *std::min_element(order, order + s.n, is_before));
  } else {
    // Selects, then sorts what was selected: less work than a heap unless k is small.
    if (s.k < s.n) std::nth_element(order, order + s.k, order + s.n, is_before);
    std::sort(order, order + s.k, is_before);
  }
  for (int64_t j = 0; j < s.k; ++j) y[j * s.inner] = order[j];
}

template <typename T, bool kLargest>
void Add(int64_t outer, const Sizes& s, Kernel* kernel) {
  runtime::OverRows(
      {.count = outer,
       .aligned = 1,
       .cost = 8.0 * static_cast<double>(s.n) * static_cast<double>(s.inner),
       .task_scratch_bytes = runtime::BytesOf<int64_t>(s.n).value()},
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        auto* order = reinterpret_cast<int64_t*>(args.task_scratch);
        for (int64_t o = begin; o < end; ++o) {
          const T* x = args.in<T>(0) + o * s.n * s.inner;
          int64_t* y = args.out<int64_t>(0) + o * s.k * s.inner;
          for (int64_t i = 0; i < s.inner; ++i) SortLine<T, kLargest>(x + i, s, order, y + i);
        }
      },
      kernel);
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  const Dims& dims = request.inputs[0].dims;
  const int64_t attr = request.attr<int64_t>("axis");
  const size_t axis = attr < 0 ? attr + dims.size() : attr;
  Sizes s = {dims[axis], request.outputs[0].dims[axis], 1};
  if (s.k > s.n) {
    return InvalidArgumentError(
        absl::StrCat("k is ", s.k, ", and axis ", axis, " of ", DimsToString(dims), " has ", s.n));
  }
  int64_t outer = 1;
  for (size_t a = 0; a < dims.size(); ++a) {
    if (a != axis) (a < axis ? outer : s.inner) *= dims[a];
  }
  if (s.inner == 0 || s.k == 0) outer = 0;
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      if (request.attr<bool>("largest")) {
        Add<T, true>(outer, s, kernel);
      } else {
        Add<T, false>(outer, s, kernel);
      }
    }
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::top_k_internal
