#include "dagrad/runtime/compile/arena.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {
namespace {

// Above this many buffers the quadratic placement would take longer than it is worth.
constexpr size_t kMaxForQuadratic = 3000;

size_t RoundUp(ByteSize bytes) { return bytes.Aligned(kTensorAlignment).value(); }

// No offset, and no end of a buffer, is above this sum: where it is not too large, none wraps.
ByteSize SumOf(absl::Span<const BufferLifetime> buffers) {
  ByteSize sum;
  for (const BufferLifetime& b : buffers) sum += b.bytes.Aligned(kTensorAlignment);
  return sum;
}

std::vector<int> Indices(size_t n) {
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Calls free(i) and take(i) for the buffers in the order of time; at one time those that were last
// needed before it are freed first.
template <typename Take, typename Free>
void Sweep(absl::Span<const BufferLifetime> buffers, Take take, Free free) {
  std::vector<int> by_first = Indices(buffers.size());
  std::vector<int> by_last = by_first;
  std::stable_sort(by_first.begin(), by_first.end(),
                   [&](int a, int b) { return buffers[a].first < buffers[b].first; });
  std::stable_sort(by_last.begin(), by_last.end(),
                   [&](int a, int b) { return buffers[a].last < buffers[b].last; });
  size_t freed = 0;
  for (int i : by_first) {
    while (freed < by_last.size() && buffers[by_last[freed]].last < buffers[i].first)
      free(by_last[freed++]);
    take(i);
  }
}

// The holes of an arena that grows at its end.
class FreeList {
 public:
  // The smallest hole that is large enough, the lowest of equal ones, else from the end on.
  size_t Take(size_t size) {
    auto fit = by_size_.lower_bound({size, 0});
    if (fit == by_size_.end()) return Grow(size);
    const auto [hole_size, offset] = *fit;
    Remove(by_offset_.find(offset));
    if (hole_size > size) Add(offset + size, hole_size - size);
    return offset;
  }

  void Free(size_t offset, size_t size) {
    auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == offset + size) {
      size += next->second;
      next = Remove(next);
    }
    if (next != by_offset_.begin()) {
      auto previous = std::prev(next);
      if (previous->first + previous->second == offset) {
        offset = previous->first;
        size += previous->second;
        Remove(previous);
      }
    }
    Add(offset, size);
  }

  size_t end() const { return end_; }

 private:
  using ByOffset = std::map<size_t, size_t>;

  void Add(size_t offset, size_t size) {
    by_offset_[offset] = size;
    by_size_.insert({size, offset});
  }
  ByOffset::iterator Remove(ByOffset::iterator hole) {
    by_size_.erase({hole->second, hole->first});
    return by_offset_.erase(hole);
  }
  // A hole at the end is made larger instead of being left behind.
  size_t Grow(size_t size) {
    size_t offset = end_;
    if (!by_offset_.empty()) {
      auto last = std::prev(by_offset_.end());
      if (last->first + last->second == end_) {
        offset = last->first;
        Remove(last);
      }
    }
    end_ = offset + size;
    return offset;
  }

  ByOffset by_offset_;
  std::set<std::pair<size_t, size_t>> by_size_;
  size_t end_ = 0;
};

ArenaLayout PlaceInTime(absl::Span<const BufferLifetime> buffers) {
  ArenaLayout layout;
  layout.offsets.resize(buffers.size());
  FreeList list;
  Sweep(
      buffers,
      [&](int i) {
        if (buffers[i].bytes > ByteSize()) layout.offsets[i] = list.Take(RoundUp(buffers[i].bytes));
      },
      [&](int i) {
        if (buffers[i].bytes > ByteSize()) list.Free(layout.offsets[i], RoundUp(buffers[i].bytes));
      });
  layout.bytes = ByteSize(list.end());
  return layout;
}

bool Meet(const BufferLifetime& a, const BufferLifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

// The start of the smallest gap of at least `size` between the buffers of `placed` (sorted by
// offset) that are needed at the same time as buffer `i`.
size_t BestGap(absl::Span<const BufferLifetime> buffers, const ArenaLayout& layout,
               const std::vector<int>& placed, int i) {
  const size_t size = RoundUp(buffers[i].bytes);
  size_t best = 0;
  size_t best_gap = SIZE_MAX;
  size_t end = 0;  // of what is occupied so far
  for (int other : placed) {
    if (!Meet(buffers[i], buffers[other])) continue;
    const size_t offset = layout.offsets[other];
    if (offset > end && offset - end >= size && offset - end < best_gap) {
      best = end;
      best_gap = offset - end;
    }
    end = std::max(end, offset + RoundUp(buffers[other].bytes));
  }
  return best_gap == SIZE_MAX ? end : best;
}

ArenaLayout PlaceBySize(absl::Span<const BufferLifetime> buffers) {
  ArenaLayout layout;
  layout.offsets.resize(buffers.size());
  std::vector<int> order = Indices(buffers.size());
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return buffers[a].bytes > buffers[b].bytes; });
  std::vector<int> placed;
  for (int i : order) {
    if (buffers[i].bytes == ByteSize()) continue;
    layout.offsets[i] = BestGap(buffers, layout, placed, i);
    layout.bytes = std::max(layout.bytes, ByteSize(layout.offsets[i]) + buffers[i].bytes.Aligned());
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), i,
                         [&](int a, int b) { return layout.offsets[a] < layout.offsets[b]; }),
        i);
  }
  return layout;
}

}  // namespace

ByteSize PeakLiveBytes(absl::Span<const BufferLifetime> buffers) {
  if (SumOf(buffers).too_large()) return SumOf(buffers);
  size_t live = 0;
  size_t peak = 0;
  Sweep(
      buffers, [&](int i) { peak = std::max(peak, live += RoundUp(buffers[i].bytes)); },
      [&](int i) { live -= RoundUp(buffers[i].bytes); });
  return ByteSize(peak);
}

ArenaLayout LayOutArena(absl::Span<const BufferLifetime> buffers) {
  if (const ByteSize sum = SumOf(buffers); sum.too_large())
    return {std::vector<size_t>(buffers.size()), sum};
  ArenaLayout in_time = PlaceInTime(buffers);
  if (buffers.size() > kMaxForQuadratic || in_time.bytes == PeakLiveBytes(buffers)) return in_time;
  ArenaLayout by_size = PlaceBySize(buffers);
  return by_size.bytes < in_time.bytes ? by_size : in_time;
}

absl::Status CheckArena(absl::Span<const BufferLifetime> buffers, const ArenaLayout& layout) {
  std::map<size_t, int> live;  // by offset
  absl::Status status;
  auto overlap = [&](int a, int b) {
    status.Update(
        InternalError(absl::StrCat("buffers ", a, " and ", b, " of the memory plan overlap")));
  };
  Sweep(
      buffers,
      [&](int i) {
        if (buffers[i].bytes == ByteSize() || !status.ok()) return;
        const size_t begin = layout.offsets[i];
        const size_t end = begin + buffers[i].bytes.value();
        if (end > layout.bytes.value() || begin % kTensorAlignment != 0) {
          status.Update(
              InternalError(absl::StrCat("buffer ", i, " of the memory plan is misplaced")));
        }
        auto next = live.lower_bound(begin);
        if (next != live.end() && next->first < end) return overlap(i, next->second);
        if (next != live.begin()) {
          auto previous = std::prev(next);
          if (previous->first + buffers[previous->second].bytes.value() > begin)
            return overlap(i, previous->second);
        }
        live.emplace(begin, i);
      },
      [&](int i) {
        if (buffers[i].bytes > ByteSize() && status.ok()) live.erase(layout.offsets[i]);
      });
  return status;
}

}  // namespace dagrad::runtime
