#include <algorithm>
#include <numeric>
#include <type_traits>

#include "dagrad/ops/indexing/unique/unique_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::unique_internal {
namespace {

// -1, 0 or 1; NaN equals NaN and is above every number.
template <typename T>
int Compare(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b) return static_cast<int>(a != a) - static_cast<int>(b != b);
  }
  return static_cast<int>(b < a) - static_cast<int>(a < b);
}

template <typename T>
int CompareRows(const T* a, const T* b, int64_t width) {
  for (int64_t i = 0; i < width; ++i) {
    const int c = Compare(a[i], b[i]);
    if (c != 0) return c;
  }
  return 0;
}

// `order` and `rank` are scratch, [m] each.
template <typename T>
void Run(const T* x, int64_t m, int64_t width, bool sorted, int64_t* order, int64_t* rank,
         const runtime::KernelArgs& args) {
  auto *first = args.out<int64_t>(0), *inverse = args.out<int64_t>(1);
  auto *counts = args.out<int64_t>(2), *count = args.out<int64_t>(3);
  std::iota(order, order + m, int64_t{0});
  std::sort(order, order + m, [&](int64_t i, int64_t j) {
    const int c = CompareRows(x + i * width, x + j * width, width);
    return c != 0 ? c < 0 : i < j;
  });
  // Runs of equal rows; the first of each run stands first in x too.
  int64_t n = 0;
  for (int64_t i = 0; i < m; ++i) {
    const bool is_new =
        i == 0 || CompareRows(x + order[i - 1] * width, x + order[i] * width, width) != 0;
    if (is_new) {
      first[n] = order[i];
      counts[n++] = 0;
    }
    ++counts[n - 1];
    inverse[order[i]] = n - 1;
  }
  if (!sorted) {
    // Renumbered by place of first appearance.
    std::iota(order, order + n, int64_t{0});
    std::sort(order, order + n, [&](int64_t i, int64_t j) { return first[i] < first[j]; });
    for (int64_t i = 0; i < n; ++i) rank[order[i]] = i;
    for (int64_t i = 0; i < m; ++i) inverse[i] = rank[inverse[i]];
    std::sort(first, first + n);
    std::fill(counts, counts + n, 0);
    for (int64_t i = 0; i < m; ++i) ++counts[inverse[i]];
  }
  std::fill(first + n, first + m, 0);
  std::fill(counts + n, counts + m, 0);
  *count = n;
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const int64_t m = request.inputs[0].dims[0], width = request.inputs[0].dims[1];
  const bool sorted = request.attr<bool>("sorted");
  kernel->scratch_bytes = kernel->shared_scratch_bytes = runtime::BytesOf<int64_t>(2, m).value();
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    kernel->phases.push_back({1, [m, width, sorted](const runtime::KernelArgs& args, int) {
                                auto* scratch = reinterpret_cast<int64_t*>(args.scratch);
                                Run(args.in<T>(0), m, width, sorted, scratch, scratch + m, args);
                                return absl::OkStatus();
                              }});
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::unique_internal
