#ifndef DAGRAD_OPS_CREATION_RANDOM_PHILOX_H_
#define DAGRAD_OPS_CREATION_RANDOM_PHILOX_H_

#include <array>
#include <cstdint>
#include <vector>

namespace dagrad::random {

using PhiloxBlock = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

// Philox4x32-10: a bijection of 128-bit counters for each 64-bit key, whose values at 0, 1, 2, …
// are a random stream. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1,
// 2, 3", SC'11.
constexpr PhiloxBlock Philox4x32(PhiloxBlock counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// The random bits that the elements of one tensor are made of: a pure function of the state {seed,
// counter}, of the stream, which tells apart the nodes that draw from one state, and of the
// element's index. So neither shards nor threads matter. Immutable, thread-safe.
//
//   key of the stream = words 0 and 1 of Philox4x32({stream, tag}, seed)
//   High: element i has word i mod 4 of Philox4x32({i / 4, counter}, key of the stream)
//   Low:  the same with the block's index plus 2^63
//
// A float32 is made of High alone and a float64 of both, High first, so the two agree to float32's
// precision.
class ElementBits {
 public:
  ElementBits(int64_t seed, int64_t counter, int64_t stream);

  // The words of elements begin … begin + count - 1.
  void High(int64_t begin, int64_t count, uint32_t* words) const { Fill(0, begin, count, words); }
  void Low(int64_t begin, int64_t count, uint32_t* words) const { Fill(kLow, begin, count, words); }

 private:
  static constexpr uint64_t kLow = uint64_t{1} << 63;
  PhiloxBlock Block(uint64_t half, int64_t block) const;
  void Fill(uint64_t half, int64_t begin, int64_t count, uint32_t* words) const;

  uint64_t counter_;
  PhiloxKey key_;
};

// A uniformly random order of 0 … n-1 that depends on the arguments alone: for the examples of an
// epoch. Fisher and Yates's shuffle; empty for n <= 0.
std::vector<int64_t> Permutation(int64_t seed, int64_t epoch, int64_t n);

}  // namespace dagrad::random

#endif  // DAGRAD_OPS_CREATION_RANDOM_PHILOX_H_
