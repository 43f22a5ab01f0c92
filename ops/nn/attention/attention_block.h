#ifndef DAGRAD_OPS_NN_ATTENTION_ATTENTION_BLOCK_H_
#define DAGRAD_OPS_NN_ATTENTION_ATTENTION_BLOCK_H_

#include <algorithm>
#include <cstdint>

#include "dagrad/ops/nn/attention/attention_columns.h"
#include "dagrad/ops/nn/attention/attention_internal.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm.h"

// What the forward and the backward kernel do with one block of float32 scores.
namespace dagrad::ops::attention_internal {

// Queries [query, query + queries) of head `head`, and keys [key, key + keys).
struct Block {
  int64_t b, head, query, queries;
  int64_t key = 0, keys = 0;

  int64_t width() const { return (queries + kPad - 1) / kPad * kPad; }
};

// Some rows of a head of `x` [batch, len, heads, dim], as a matrix.
struct Rows {
  const float* data;
  int64_t ld;

  runtime::simd::GemmOperand plain() const { return {data, ld, false}; }
  runtime::simd::GemmOperand transposed() const { return {data, ld, true}; }
};
inline Rows QueryRows(const Geometry& g, const Block& block, const float* x, int64_t dim) {
  return {x + g.Query(block.b, block.query, block.head) * dim, g.heads * dim};
}
inline Rows KeyRows(const Geometry& g, const Block& block, const float* x, int64_t dim) {
  return {x + g.Key(block.b, block.key, block.head / g.group()) * dim, g.kv_heads * dim};
}

// The transpose of a block's queries × dim matrix, which QueryProducts takes.
inline runtime::ByteSize PackedQueryBytes(int64_t dim) {
  return runtime::ByteSize(runtime::simd::PackedBytes(dim, kQueries));
}
void PackQueries(const Block& block, const Rows& queries, int64_t dim, float* packed);

// to[j * kStride + i] = Σ_d keys[j,d] queries[i,d], and 0 in the columns of no query.
void QueryProducts(const Block& block, const Rows& keys, int64_t dim, const float* packed,
                   float* to);

// Puts the mask (if any; `mask` is its data) and causality into the block's products s. Gives the
// factor with which these are scores in powers of 2. With a mask that is added they are the scores
// themselves: finite wherever products and mask are, as a mask of float32's lowest number, which
// queries of padding have at all keys, would not be in powers of 2.
float MaskScores(const Geometry& g, const Block& block, const void* mask, float* s);

inline constexpr double kLog2E = 1.4426950408889634;

// Operations as ShardsFor counts them, of one query and one key in `products` products.
inline double PairCost(const Geometry& g, double products) {
  return products * static_cast<double>(g.head_dim + g.value_dim) / 25 + 4;
}

}  // namespace dagrad::ops::attention_internal

#endif  // DAGRAD_OPS_NN_ATTENTION_ATTENTION_BLOCK_H_
