#include <algorithm>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/indexing/gather/gather_internal.h"
#include "dagrad/ops/words.h"

namespace dagrad::ops::gather_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;
using runtime::RangeOfShard;
using runtime::ShardRange;

// The indexed array as [outer][dim][inner], the other one as [outer][count][inner].
struct Layout {
  int64_t outer = 1;
  int64_t dim = 1;
  int64_t inner = 1;
  int64_t count = 1;  // of indices
  int axis = 0;
};

Layout LayoutOf(const Dims& indexed, const Dims& indices, int64_t axis) {
  Layout l;
  l.axis = static_cast<int>(axis < 0 ? axis + static_cast<int64_t>(indexed.size()) : axis);
  for (int a = 0; a < static_cast<int>(indexed.size()); ++a) {
    (a < l.axis ? l.outer : a == l.axis ? l.dim : l.inner) *= indexed[a];
  }
  l.count = NumElements(indices);
  return l;
}

absl::Status OutOfRange(int64_t index, int64_t at, const Layout& l) {
  return InvalidArgumentError(absl::StrCat("index ", index, " (element ", at,
                                           " of indices) is outside [", -l.dim, ", ", l.dim,
                                           "), the range of axis ", l.axis));
}

// Rows [begin, end) of y, of which there are outer·count.
template <typename Word, typename Index>
absl::Status GatherRows(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Word* x = args.in<Word>(0);
  const Index* indices = args.in<Index>(1);
  Word* y = args.out<Word>(0) + begin * l.inner;
  int64_t outer = begin / std::max<int64_t>(l.count, 1);
  int64_t j = begin - outer * l.count;
  for (int64_t row = begin; row < end; ++row, y += l.inner) {
    const int64_t index = static_cast<int64_t>(indices[j]);
    if (index < -l.dim || index >= l.dim) return OutOfRange(index, j, l);
    const Word* from = x + (outer * l.dim + (index < 0 ? index + l.dim : index)) * l.inner;
    if (l.inner == 1) {
      *y = *from;
    } else {
      std::copy_n(from, l.inner, y);
    }
    if (++j == l.count) {
      j = 0;
      ++outer;
    }
  }
  return absl::OkStatus();
}

constexpr uint32_t kIndicesByRow = 1 << 1;

template <typename Word, typename Index>
void AddGather(const Layout& l, Kernel* kernel) {
  kernel->implementation = "rows";
  const auto run = [l](const KernelArgs& args, int64_t begin, int64_t end) {
    return GatherRows<Word, Index>(l, args, begin, end);
  };
  runtime::AddRows({.count = l.outer * l.count,
                    .aligned = l.outer == 1 ? kIndicesByRow : 0,
                    .cost = static_cast<double>(l.inner) * 0.25 + 4,
                    .run = run},
                   kernel);
}

// Rows [begin, end) of y, of which there are outer·dim: every shard looks at all indices and adds
// what falls into its rows, in the order of the indices.
template <typename T, typename Index>
absl::Status ScatterRows(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  const Index* indices = args.in<Index>(0);
  T* y = args.out<T>(0);
  std::fill(y + begin * l.inner, y + end * l.inner, T(0));
  for (int64_t outer = begin / l.dim; outer * l.dim < end; ++outer) {
    const int64_t first = std::max(begin - outer * l.dim, int64_t{0});
    const int64_t last = std::min(end - outer * l.dim, l.dim);
    const T* updates = args.in<T>(1) + outer * l.count * l.inner;
    for (int64_t j = 0; j < l.count; ++j, updates += l.inner) {
      int64_t index = static_cast<int64_t>(indices[j]);
      if (index < -l.dim || index >= l.dim) return OutOfRange(index, j, l);
      if (index < 0) index += l.dim;
      if (index < first || index >= last) continue;
      T* to = y + (outer * l.dim + index) * l.inner;
      for (int64_t i = 0; i < l.inner; ++i) {
        if constexpr (std::is_integral_v<T>) {
          using U = std::make_unsigned_t<T>;
          to[i] = static_cast<T>(static_cast<U>(to[i]) + static_cast<U>(updates[i]));
        } else {
          to[i] += updates[i];
        }
      }
    }
  }
  return absl::OkStatus();
}

// Without rows there is nothing to write, but every index is out of range.
template <typename Index>
absl::Status NoRows(const Layout& l, const KernelArgs& args) {
  if (l.dim > 0 || l.count == 0) return absl::OkStatus();
  return OutOfRange(static_cast<int64_t>(args.in<Index>(0)[0]), 0, l);
}

template <typename T, typename Index>
void AddScatter(const Layout& l, Kernel* kernel) {
  kernel->implementation = "rows";
  const int64_t rows = l.outer * l.dim;
  if (rows == 0) {
    kernel->phases.push_back(
        {1, [l](const KernelArgs& args, int) { return NoRows<Index>(l, args); }});
    return;
  }
  const double elements = static_cast<double>(l.outer) * static_cast<double>(l.count + l.dim) *
                          static_cast<double>(l.inner);
  // Each shard scans the indices once more: no more shards than make that scan the smaller part of
  // the work.
  const int64_t worthwhile = std::min<int64_t>(rows, l.outer + l.inner);
  const int shards = static_cast<int>(
      std::min<int64_t>(runtime::ShardsFor(rows, elements / static_cast<double>(rows)),
                        std::max<int64_t>(worthwhile, 1)));
  kernel->phases.push_back({shards, [l, rows, shards](const KernelArgs& args, int shard) {
                              const ShardRange r = RangeOfShard(rows, shards, shard);
                              return ScatterRows<T, Index>(l, args, r.begin, r.end);
                            }});
}

// f(an index type, …) for the dtype of the indices.
template <typename F>
void DispatchIndex(DType dtype, F&& f) {
  if (dtype == DType::kInt32) return f(int32_t{});
  f(int64_t{});
}

}  // namespace

absl::Status MakeGatherKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l =
      LayoutOf(request.inputs[0].dims, request.inputs[1].dims, request.attr<int64_t>("axis"));
  DispatchIndex(request.inputs[1].dtype, [&](auto index) {
    DispatchWord(DTypeSize(request.outputs[0].dtype),
                 [&](auto word) { AddGather<decltype(word), decltype(index)>(l, kernel); });
  });
  return absl::OkStatus();
}

absl::Status MakeScatterAddKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l =
      LayoutOf(request.outputs[0].dims, request.inputs[0].dims, request.attr<int64_t>("axis"));
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      DispatchIndex(request.inputs[0].dtype,
                    [&](auto index) { AddScatter<T, decltype(index)>(l, kernel); });
    }
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::gather_internal
