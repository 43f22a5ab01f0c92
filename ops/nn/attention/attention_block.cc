#include "dagrad/ops/nn/attention/attention_block.h"

#include <limits>

namespace dagrad::ops::attention_internal {
namespace {

namespace simd = runtime::simd;

constexpr float kLowest = -std::numeric_limits<float>::infinity();

float Masked(float s, float, bool seen) { return seen ? s : kLowest; }
float Masked(float s, float scale, float added) { return s * scale + added; }

template <typename M>
void AddMask(const Geometry& g, const Block& block, const M* mask, float* s) {
  const float scale = static_cast<float>(g.scale);
  mask += g.Mask(block.b, block.head, block.query, block.key);
  const int64_t by_query = g.mask_strides[2], by_key = g.mask_strides[3];
  for (int64_t j = 0; j < block.keys; ++j, mask += by_key, s += kStride) {
    if (by_query == 0) {
      const M masked = *mask;
      for (int64_t i = 0; i < block.queries; ++i) s[i] = Masked(s[i], scale, masked);
    } else {
      for (int64_t i = 0; i < block.queries; ++i) s[i] = Masked(s[i], scale, mask[i * by_query]);
    }
  }
}

// Key j is not seen by the queries before j.
void MaskFuture(const Block& block, float* s) {
  for (int64_t j = 0; j < block.keys; ++j) {
    const int64_t unseeing = std::clamp<int64_t>(block.key + j - block.query, 0, block.queries);
    std::fill_n(s + j * kStride, unseeing, kLowest);
  }
}

}  // namespace

void PackQueries(const Block& block, const Rows& queries, int64_t dim, float* packed) {
  simd::PackRight(dim, block.queries, queries.transposed(), 0, simd::NumPanels(block.queries),
                  packed);
}

void QueryProducts(const Block& block, const Rows& keys, int64_t dim, const float* packed,
                   float* to) {
  simd::GemmPacked(block.keys, block.queries, dim, keys.plain(), packed, 0,
                   simd::NumPanels(block.queries), {to, kStride}, nullptr);
  for (int64_t j = 0; block.queries < block.width() && j < block.keys; ++j)
    std::fill(to + j * kStride + block.queries, to + j * kStride + block.width(), 0.0f);
}

float MaskScores(const Geometry& g, const Block& block, const void* mask, float* s) {
  if (g.mask == DType::kBool)
    AddMask(g, block, static_cast<const bool*>(mask), s);
  else if (g.adds_mask())
    AddMask(g, block, static_cast<const float*>(mask), s);
  if (g.causal) MaskFuture(block, s);
  // Not 0, by which -inf would become NaN.
  return std::max(static_cast<float>(g.adds_mask() ? kLog2E : g.scale * kLog2E),
                  std::numeric_limits<float>::min());
}

}  // namespace dagrad::ops::attention_internal
