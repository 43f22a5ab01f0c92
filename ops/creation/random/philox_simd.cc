#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/creation/random/philox_simd.cc"
#include "hwy/foreach_target.h"  // must come before highway.h

#include "dagrad/ops/creation/random/philox_simd.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::random::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
int64_t FillVectors(uint64_t, uint64_t, PhiloxKey, int64_t, uint32_t*) { return 0; }
#else

// High halves of the 64-bit products of the lanes of v with m, and low halves in *low.
template <class D, class V>
HWY_INLINE V MulWide(D d, V v, V m, V* low) {
  const hn::Repartition<uint64_t, D> d64;
  const auto even = hn::MulEven(v, m);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, v))), m);
  *low = hn::Or(hn::BitCast(d, hn::And(even, hn::Set(d64, 0xFFFFFFFFu))),
                hn::BitCast(d, hn::ShiftLeft<32>(odd)));
  return hn::Or(hn::BitCast(d, hn::ShiftRight<32>(even)),
                hn::BitCast(d, hn::AndNot(hn::Set(d64, 0xFFFFFFFFu), odd)));
}

// Lanes are blocks. Fills the blocks that whole vectors hold, and gives their number.
int64_t FillVectors(uint64_t first_block, uint64_t counter, PhiloxKey key, int64_t blocks,
                    uint32_t* HWY_RESTRICT words) {
  const hn::ScalableTag<uint32_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto m0 = hn::Set(d, 0xD2511F53u);
  const auto m1 = hn::Set(d, 0xCD9E8D57u);
  int64_t b = 0;
  for (; b + lanes <= blocks; b += lanes) {
    auto c0 = hn::Iota(d, static_cast<uint32_t>(first_block + b));
    auto c1 = hn::Set(d, static_cast<uint32_t>(first_block >> 32));
    auto c2 = hn::Set(d, static_cast<uint32_t>(counter));
    auto c3 = hn::Set(d, static_cast<uint32_t>(counter >> 32));
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round) {
      auto low_a = m0, low_b = m1;
      const auto high_a = MulWide(d, c0, m0, &low_a);
      const auto high_b = MulWide(d, c2, m1, &low_b);
      c0 = hn::Xor(hn::Xor(high_b, c1), hn::Set(d, k0));
      c2 = hn::Xor(hn::Xor(high_a, c3), hn::Set(d, k1));
      c1 = low_b;
      c3 = low_a;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    hn::StoreInterleaved4(c0, c1, c2, c3, d, words + 4 * b);
  }
  return b;
}
#endif  // HWY_TARGET == HWY_SCALAR

}  // namespace dagrad::random::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace dagrad::random {

HWY_EXPORT(FillVectors);

namespace {

// All blocks have the same high 32 bits of their index.
void FillSameHigh(uint64_t first_block, uint64_t counter, PhiloxKey key, int64_t blocks,
                  uint32_t* words) {
  int64_t b = HWY_DYNAMIC_DISPATCH(FillVectors)(first_block, counter, key, blocks, words);
  for (; b < blocks; ++b) {
    const uint64_t index = first_block + b;
    const PhiloxBlock block =
        Philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                    static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32)},
                   key);
    for (int w = 0; w < 4; ++w) words[4 * b + w] = block[w];
  }
}

}  // namespace

void FillBlocks(uint64_t first_block, uint64_t counter, PhiloxKey key, int64_t blocks,
                uint32_t* words) {
  while (blocks > 0) {
    const int64_t until_carry =
        (int64_t{1} << 32) - static_cast<int64_t>(first_block & 0xFFFFFFFFu);
    const int64_t count = std::min(blocks, until_carry);
    FillSameHigh(first_block, counter, key, count, words);
    first_block += count;
    words += 4 * count;
    blocks -= count;
  }
}

}  // namespace dagrad::random
#endif  // HWY_ONCE
