#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/indexing/slice_update/slice_update_internal.h"
#include "dagrad/ops/words.h"

namespace dagrad::ops::slice_update_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;
using runtime::RangeOfShard;
using runtime::ShardRange;

// x as [outer][dim][inner], the update as [outer][count][inner].
struct Layout {
  int64_t outer = 1, dim = 1, count = 1, inner = 1;
  int64_t starts = 1;     // of which one is for outer / starts rows
  int64_t per_start = 1;  // outer / starts
  bool circular = false;
};

Layout LayoutOf(const KernelRequest& request) {
  const Dims &x = request.inputs[0].dims, &update = request.inputs[1].dims;
  const int64_t given = request.attr<int64_t>("axis");
  const size_t axis = given < 0 ? given + x.size() : given;
  Layout l;
  for (size_t a = 0; a < x.size(); ++a) {
    if (a < axis) l.outer *= x[a];
    if (a > axis) l.inner *= x[a];
  }
  l.dim = x[axis];
  l.count = update[axis];
  l.starts = NumElements(request.inputs[2].dims);
  l.per_start = l.outer / std::max<int64_t>(l.starts, 1);
  l.circular = request.attr<bool>("circular");
  return l;
}

template <typename Index>
absl::Status CheckStarts(const Layout& l, const KernelArgs& args) {
  const Index* starts = args.in<Index>(2);
  const int64_t last = l.circular ? (l.count > l.dim ? -1 : l.dim - 1) : l.dim - l.count;
  for (int64_t i = 0; i < l.starts; ++i) {
    const auto start = static_cast<int64_t>(starts[i]);
    if (start >= 0 && start <= last) continue;
    if (l.circular && l.count == 0) continue;
    return InvalidArgumentError(absl::StrCat("start ", start, " is outside [0, ", last,
                                             "]: an update of ", l.count, " into an axis of ",
                                             l.dim));
  }
  return absl::OkStatus();
}

// Rows [begin, end) of y as those of x, unless they stand there.
template <typename Word>
void CopyRows(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  if (args.inputs[0] == args.outputs[0]) return;
  std::copy_n(args.in<Word>(0) + begin * l.inner, (end - begin) * l.inner,
              args.out<Word>(0) + begin * l.inner);
}

// Rows [begin, end) of the update.
template <typename Word, typename Index>
void WriteRows(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end) {
  while (begin < end) {
    const int64_t outer = begin / l.count, j = begin % l.count;
    const int64_t start = static_cast<int64_t>(args.in<Index>(2)[outer / l.per_start]);
    const int64_t place = start + j < l.dim ? start + j : start + j - l.dim;
    // As many as stand side by side in both.
    const int64_t rows = std::min({end - begin, l.count - j, l.dim - place});
    std::copy_n(args.in<Word>(1) + begin * l.inner, rows * l.inner,
                args.out<Word>(0) + (outer * l.dim + place) * l.inner);
    begin += rows;
  }
}

template <typename Word, typename Index>
void AddPhases(const Layout& l, Kernel* kernel) {
  kernel->implementation = "rows";
  const double cost = static_cast<double>(l.inner) / 4 + 1;
  const int64_t rows = l.inner == 0 ? 0 : l.outer * l.dim;
  const int64_t updates = l.inner == 0 ? 0 : l.outer * l.count;
  const int copies = runtime::ShardsFor(rows, cost), writes = runtime::ShardsFor(updates, cost);
  kernel->phases.push_back({copies, [l, rows, copies](const KernelArgs& args, int shard) {
                              const absl::Status s = CheckStarts<Index>(l, args);
                              if (!s.ok()) return s;
                              const ShardRange r = RangeOfShard(rows, copies, shard);
                              CopyRows<Word>(l, args, r.begin, r.end);
                              return absl::OkStatus();
                            }});
  kernel->phases.push_back({writes, [l, updates, writes](const KernelArgs& args, int shard) {
                              const ShardRange r = RangeOfShard(updates, writes, shard);
                              WriteRows<Word, Index>(l, args, r.begin, r.end);
                              return absl::OkStatus();
                            }});
}

}  // namespace

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const Layout l = LayoutOf(request);
  DispatchWord(DTypeSize(request.outputs[0].dtype), [&](auto word) {
    using Word = decltype(word);
    if (request.inputs[2].dtype == DType::kInt32) return AddPhases<Word, int32_t>(l, kernel);
    AddPhases<Word, int64_t>(l, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::slice_update_internal
