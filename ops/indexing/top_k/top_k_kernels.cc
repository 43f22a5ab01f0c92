#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/indexing/top_k/top_k_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::top_k_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// Numbers that compare as elements do: NaN is above every number, and 0 is -0.
template <typename T>
uint64_t KeyOf(T v) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    constexpr int kLast = std::numeric_limits<Bits>::digits - 1;
    constexpr Bits kSign = Bits{1} << kLast;
    if (v != v) return std::numeric_limits<Bits>::max();
    const auto bits = std::bit_cast<Bits>(v + T{0});
    // Without a branch: signs are not to be foreseen.
    return static_cast<Bits>(bits ^ (static_cast<Bits>(0 - (bits >> kLast)) | kSign));
  } else if constexpr (std::is_signed_v<T>) {
    using Bits = std::make_unsigned_t<T>;
    constexpr int kLast = std::numeric_limits<Bits>::digits - 1;
    return static_cast<Bits>(static_cast<Bits>(v) ^ Bits{1} << kLast);
  } else {
    return v;
  }
}

// One element's key, or its complement where the smallest are wanted, and behind it the complement
// of its place: the larger entry is the better one.
template <typename T, typename Entry, bool kLargest>
struct Entries {
  static constexpr int kBits = sizeof(Entry) == 8 ? 32 : 64;
  static constexpr uint64_t kAll = ~uint64_t{0} >> (64 - kBits);

  static Entry Of(T v, int64_t i) {
    const uint64_t key = KeyOf(v);
    return Entry{kLargest ? key : ~key & kAll} << kBits | Entry{~static_cast<uint64_t>(i) & kAll};
  }
  static int64_t PlaceOf(Entry e) { return static_cast<int64_t>(~static_cast<uint64_t>(e) & kAll); }
};

struct Sizes {
  int64_t n, k, inner;

  // Where k is small, the best of so many are kept while a line is read.
  int64_t room() const { return k < n / 4 ? 2 * k : n; }
};

// The indices of the k best of one line of x, [n] of stride `inner`, best first.
template <typename E, typename T, typename Entry>
void SelectOfLine(const T* x, const Sizes& s, Entry* best, int64_t* y) {
  const int64_t room = s.room();
  for (int64_t i = 0; i < room; ++i) best[i] = E::Of(x[i * s.inner], i);
  const auto select = [best, k = s.k](int64_t size) {
    if (k < size) std::nth_element(best, best + k - 1, best + size, std::greater<Entry>());
  };
  select(room);
  int64_t size = s.k;
  Entry least = best[s.k - 1];
  for (int64_t i = room; i < s.n; ++i) {
    const Entry e = E::Of(x[i * s.inner], i);
    if (e < least) continue;
    best[size++] = e;
    if (size < room) continue;
    select(size);
    size = s.k;
    least = best[s.k - 1];
  }
  select(size);
  std::sort(best, best + s.k, std::greater<Entry>());
  for (int64_t j = 0; j < s.k; ++j) y[j * s.inner] = E::PlaceOf(best[j]);
}

template <typename T, typename Entry, bool kLargest>
void AddLines(int64_t outer, const Sizes& s, Kernel* kernel) {
  const auto n = static_cast<double>(s.n), k = static_cast<double>(s.k);
  runtime::OverRows(
      {.count = outer,
       .aligned = 1,
       .cost = (4 * n + 8 * k) * static_cast<double>(s.inner),
       .task_scratch_bytes = runtime::BytesOf<Entry>(s.room()).value()},
      [s](const KernelArgs& args, int64_t begin, int64_t end) {
        auto* best = reinterpret_cast<Entry*>(args.task_scratch);
        for (int64_t o = begin; o < end; ++o) {
          const T* x = args.in<T>(0) + o * s.n * s.inner;
          int64_t* y = args.out<int64_t>(0) + o * s.k * s.inner;
          for (int64_t i = 0; i < s.inner; ++i)
            SelectOfLine<Entries<T, Entry, kLargest>>(x + i, s, best, y + i);
        }
      },
      kernel);
}

template <typename T, bool kLargest>
void Add(int64_t outer, const Sizes& s, Kernel* kernel) {
  if constexpr (sizeof(T) <= 4) {
    if (s.n <= std::numeric_limits<uint32_t>::max())
      return AddLines<T, uint64_t, kLargest>(outer, s, kernel);
  }
  AddLines<T, absl::uint128, kLargest>(outer, s, kernel);
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
