#include "dagrad/ops/creation/random/philox.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "dagrad/ops/creation/random/philox_simd.h"

namespace dagrad::random {
namespace {

// Sets the derivation of keys apart from the drawing of elements.
constexpr uint32_t kStreamTag = 0x73747265;
// Streams of graphs are the user's; this one is of Permutation alone.
constexpr int64_t kPermutationStream = INT64_MIN;

constexpr uint32_t Low32(uint64_t v) { return static_cast<uint32_t>(v); }
constexpr uint32_t High32(uint64_t v) { return static_cast<uint32_t>(v >> 32); }

PhiloxKey StreamKey(uint64_t seed, uint64_t stream) {
  const PhiloxBlock b =
      Philox4x32({Low32(stream), High32(stream), kStreamTag, 0}, {Low32(seed), High32(seed)});
  return {b[0], b[1]};
}

}  // namespace

ElementBits::ElementBits(int64_t seed, int64_t counter, int64_t stream)
    : counter_(static_cast<uint64_t>(counter)),
      key_(StreamKey(static_cast<uint64_t>(seed), static_cast<uint64_t>(stream))) {}

PhiloxBlock ElementBits::Block(uint64_t half, int64_t block) const {
  const uint64_t index = half + static_cast<uint64_t>(block);
  return Philox4x32({Low32(index), High32(index), Low32(counter_), High32(counter_)}, key_);
}

void ElementBits::Fill(uint64_t half, int64_t begin, int64_t count, uint32_t* words) const {
  const int64_t end = begin + count;
  int64_t i = begin;
  const auto part_of_block = [&](int64_t stop) {
    const PhiloxBlock b = Block(half, i / 4);
    for (; i < stop; ++i) *words++ = b[i % 4];
  };
  if (i % 4 != 0) part_of_block(std::min(end, (i / 4 + 1) * 4));
  if (const int64_t blocks = (end - i) / 4; blocks > 0) {
    FillBlocks(half + static_cast<uint64_t>(i / 4), counter_, key_, blocks, words);
    i += 4 * blocks;
    words += 4 * blocks;
  }
  if (i < end) part_of_block(end);
}

std::vector<int64_t> Permutation(int64_t seed, int64_t epoch, int64_t n) {
  std::vector<int64_t> order(std::max<int64_t>(n, 0));
  std::iota(order.begin(), order.end(), 0);
  const ElementBits bits(seed, epoch, kPermutationStream);
  constexpr int64_t kChunk = 256;
  uint32_t high[kChunk], low[kChunk];
  for (int64_t begin = 0; begin < n; begin += kChunk) {
    const int64_t count = std::min(kChunk, n - begin);
    bits.High(begin, count, high);
    bits.Low(begin, count, low);
    for (int64_t k = 0; k < count; ++k) {
      // A fraction of 64 bits times i + 1: its bias is below (i + 1) / 2^64.
      const uint64_t draw = uint64_t{high[k]} << 32 | low[k];
      const int64_t i = begin + k;
      const auto j = static_cast<int64_t>((static_cast<unsigned __int128>(draw) * (i + 1)) >> 64);
      std::swap(order[i], order[j]);
    }
  }
  return order;
}

}  // namespace dagrad::random
