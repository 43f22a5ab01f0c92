#include <cmath>

#include "dagrad/ops/nn/attention/attention_block.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::attention_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

// Takes keys of `block` into the softmax so far and into y, of which those before are part already.
// Gives the factor of the scores, the same for all keys.
float TakeKeys(const Geometry& g, const KernelArgs& args, const Block& block, const float* packed,
               Running* r, float* y) {
  alignas(64) float s[kKeys * kStride];
  QueryProducts(block, KeyRows(g, block, args.in<float>(kK), g.head_dim), g.head_dim, packed, s);
  const float factor =
      MaskScores(g, block, g.mask == DType::kInvalid ? nullptr : args.inputs[kMask], s);
  UpdateMax(s, block.keys, block.width(), factor, r);
  Exp2AndSum(s, block.keys, block.width(), factor, r);
  const bool first = block.key == 0;
  const bool corrected =
      std::any_of(r->correction, r->correction + block.queries, [](float c) { return c != 1; });
  const int64_t ld = g.heads * g.value_dim;
  if (!first && corrected) ScaleRows(y, ld, block.queries, g.value_dim, r->correction);
  simd::Gemm(block.queries, g.value_dim, block.keys, {s, kStride, true},
             KeyRows(g, block, args.in<float>(kV), g.value_dim).plain(), {y, ld, !first});
  return factor;
}

// y and lse of the block's queries.
void Attend(const Geometry& g, const KernelArgs& args, Block block, float* packed) {
  const Rows queries = QueryRows(g, block, args.in<float>(kQ), g.head_dim);
  float* const y = args.out<float>(0) + g.Query(block.b, block.query, block.head) * g.value_dim;
  const int64_t ld = g.heads * g.value_dim;
  Running r;
  r.Clear();
  PackQueries(block, queries, g.head_dim, packed);
  const int64_t end = g.KeysSeen(block.query + block.queries);
  double factor = 1;
  for (; block.key < end; block.key += kKeys) {
    block.keys = std::min(kKeys, end - block.key);
    factor = TakeKeys(g, args, block, packed, &r, y);
  }
  float* const lse = args.out<float>(1) + g.Lse(block.b, block.head, block.query);
  for (int64_t i = 0; i < block.queries; ++i) {
    const float sum = r.sum[i];
    lse[i] =
        static_cast<float>((r.shift[i] * factor + std::log2(static_cast<double>(sum))) / kLog2E);
    r.sum[i] = sum == 0 ? 0 : 1 / sum;
    if (sum == 0) std::fill_n(y + i * ld, g.value_dim, 0.0f);  // it sees no key
  }
  ScaleRows(y, ld, block.queries, g.value_dim, r.sum);
}

}  // namespace

// Items are the blocks of queries of each head; those of one head follow one another.
void MakeBlocks(const Geometry& g, runtime::Kernel* kernel) {
  kernel->implementation = "simd:blocks";
  const int64_t blocks = (g.q_len + kQueries - 1) / kQueries, items = g.batch * g.heads * blocks;
  const int shards = runtime::ShardsFor(
      items, PairCost(g, 1) * static_cast<double>(std::min(kQueries, g.q_len) * g.kv_len));
  const runtime::ByteSize own = PackedQueryBytes(g.head_dim);
  kernel->scratch_bytes = (shards * own).value();
  kernel->phases.push_back(
      {shards, [=, bytes = own.value()](const KernelArgs& args, int shard) {
         const runtime::ShardRange range = runtime::RangeOfShard(items, shards, shard);
         for (int64_t item = range.begin; item < range.end; ++item) {
           const int64_t head = item / blocks, query = item % blocks * kQueries;
           Attend(g, args,
                  {head / g.heads, head % g.heads, query, std::min(kQueries, g.q_len - query)},
                  reinterpret_cast<float*>(args.scratch + shard * bytes));
         }
         return absl::OkStatus();
       }});
}

}  // namespace dagrad::ops::attention_internal
