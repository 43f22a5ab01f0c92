#ifndef DAGRAD_OPS_NN_ATTENTION_ATTENTION_COLUMNS_H_
#define DAGRAD_OPS_NN_ATTENTION_ATTENTION_COLUMNS_H_

#include <algorithm>
#include <cstdint>
#include <limits>

// Vectorized loops over blocks of transposed scores: element (j, i) of key j and query i is
// s[j * kStride + i], so sums and maxima over keys need no sums over lanes. `width` queries, a
// multiple of kPad: what lies in the columns of no query is computed too, and must be finite.
// Results depend on the elements and on the processor's vectors only.
namespace dagrad::ops::attention_internal {

constexpr int64_t kQueries = 64;  // most of a block
constexpr int64_t kKeys = 128;
constexpr int64_t kPad = 16;
constexpr int64_t kStride = kQueries + kPad;  // not all rows on the same lines of the cache

// The running softmax of each query of a block, in powers of 2.
struct Running {
  alignas(64) float max[kQueries];         // of s
  alignas(64) float shift[kQueries];       // that, but 0 for -inf
  alignas(64) float sum[kQueries];         // Σ 2^(factor (s - shift))
  alignas(64) float correction[kQueries];  // of what was summed before

  void Clear() {  // no key so far
    std::fill_n(max, kQueries, -std::numeric_limits<float>::infinity());
    std::fill_n(shift, kQueries, 0.0f);
    std::fill_n(sum, kQueries, 0.0f);
  }
};

// Takes the maxima of this block in, and corrects the sum for them.
void UpdateMax(const float* s, int64_t keys, int64_t width, float factor, Running* r);
// s = 2^(factor s - shift), within 4 units in the last place; 0 below 2^-126, inf above 2^127.
void Exp2(float* s, int64_t keys, int64_t width, float factor, const float* shift);
// s = 2^(factor (s - shift) - rest) likewise: the difference comes first, for scores of any size.
void Exp2OfDifference(float* s, int64_t keys, int64_t width, float factor, const float* shift,
                      const float* rest);
// s = 2^(factor (s - r's shift)) likewise, adding to r's sum.
void Exp2AndSum(float* s, int64_t keys, int64_t width, float factor, Running* r);
// ds = factor · p · (ds - delta).
void ScoreGrad(const float* p, int64_t keys, int64_t width, const float* delta, float factor,
               float* ds);
// Row i of y *= factors[i].
void ScaleRows(float* y, int64_t ld, int64_t rows, int64_t n, const float* factors);

}  // namespace dagrad::ops::attention_internal

#endif  // DAGRAD_OPS_NN_ATTENTION_ATTENTION_COLUMNS_H_
