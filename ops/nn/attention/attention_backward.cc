#include <cmath>
#include <limits>

#include "dagrad/ops/nn/attention/attention_block.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::attention_internal {
namespace {

using runtime::KernelArgs;
namespace simd = runtime::simd;

// What a shard computes: of the group of one head of keys, what queries [query_begin, query_end)
// and keys [key_begin, key_end) contribute to dq, to dk and dv, or to all.
struct Part {
  int64_t b, kv_head, query_begin, query_end, key_begin, key_end;
  bool dq, dkv;
};

// A block of queries prepared.
struct Prepared {
  const float* packed_q;
  const float* packed_dy;
  // lse, in powers of 2 unless the mask is added (MaskScores); +inf for -inf: P is then 0.
  alignas(64) float shift[kQueries];
  alignas(64) float rest[kQueries];  // of RestOfLse, in powers of 2
  alignas(64) float delta[kQueries];
};

// With a mask that is added the scratch begins with a rest for every lse.
runtime::ByteSize RestBytes(const Geometry& g) {
  return g.adds_mask() ? runtime::BytesOf<float>(g.batch, g.heads, g.q_len).Aligned()
                       : runtime::ByteSize();
}
float* RestsOf(const Geometry& g, const KernelArgs& args, const Block& block) {
  return reinterpret_cast<float*>(args.scratch) + g.Lse(block.b, block.head, block.query);
}

Prepared Prepare(const Geometry& g, const KernelArgs& args, const Block& block, float* scratch) {
  Prepared p;
  float* const packed_dy = scratch + PackedQueryBytes(g.head_dim).value() / sizeof(float);
  PackQueries(block, QueryRows(g, block, args.in<float>(kQ), g.head_dim), g.head_dim, scratch);
  PackQueries(block, QueryRows(g, block, args.in<float>(kDy), g.value_dim), g.value_dim, packed_dy);
  p.packed_q = scratch;
  p.packed_dy = packed_dy;
  std::fill_n(p.shift, kQueries, 0.0f);
  std::fill_n(p.rest, kQueries, 0.0f);
  std::fill_n(p.delta, kQueries, 0.0f);
  if (g.adds_mask()) std::copy_n(RestsOf(g, args, block), block.queries, p.rest);
  const float unit = g.adds_mask() ? 1 : static_cast<float>(kLog2E);
  for (int64_t i = 0; i < block.queries; ++i) {
    const float lse = args.in<float>(kLse)[g.Lse(block.b, block.head, block.query + i)];
    const bool sees_none = std::isinf(lse) && lse < 0;
    p.shift[i] = sees_none ? -lse : lse * unit;
    p.delta[i] = args.in<float>(kDelta)[g.Query(block.b, block.query + i, block.head)];
  }
  return p;
}

// y rows of `block`, where its keys, or its queries, stand in output x of `dim`.
simd::GemmResult Keys(const Geometry& g, const Block& block, float* x, int64_t dim) {
  return {x + g.Key(block.b, block.key, block.head / g.group()) * dim, g.kv_heads * dim, true};
}

void TakePair(const Geometry& g, const KernelArgs& args, const Part& part, const Block& block,
              const Prepared& prepared) {
  alignas(64) float p[kKeys * kStride];
  alignas(64) float ds[kKeys * kStride];
  const Rows q = QueryRows(g, block, args.in<float>(kQ), g.head_dim),
             dy = QueryRows(g, block, args.in<float>(kDy), g.value_dim),
             k = KeyRows(g, block, args.in<float>(kK), g.head_dim),
             v = KeyRows(g, block, args.in<float>(kV), g.value_dim);
  QueryProducts(block, k, g.head_dim, prepared.packed_q, p);
  const float factor =
      MaskScores(g, block, g.mask == DType::kInvalid ? nullptr : args.inputs[kGradMask], p);
  if (g.adds_mask())
    Exp2OfDifference(p, block.keys, block.width(), factor, prepared.shift, prepared.rest);
  else
    Exp2(p, block.keys, block.width(), factor, prepared.shift);
  if (part.dkv) {
    simd::Gemm(block.keys, g.value_dim, block.queries, {p, kStride}, dy.plain(),
               Keys(g, block, args.out<float>(kV), g.value_dim));
  }
  QueryProducts(block, v, g.value_dim, prepared.packed_dy, ds);
  ScoreGrad(p, block.keys, block.width(), prepared.delta, static_cast<float>(g.scale), ds);
  if (part.dkv) {
    simd::Gemm(block.keys, g.head_dim, block.queries, {ds, kStride}, q.plain(),
               Keys(g, block, args.out<float>(kK), g.head_dim));
  }
  if (!part.dq) return;
  float* const dq = args.out<float>(kQ) + g.Query(block.b, block.query, block.head) * g.head_dim;
  simd::Gemm(block.queries, g.head_dim, block.keys, {ds, kStride, true}, k.plain(),
             {dq, g.heads * g.head_dim, block.key > 0});
}

void Zero(float* x, int64_t rows, int64_t ld, int64_t n) {
  for (int64_t i = 0; i < rows; ++i) std::fill_n(x + i * ld, n, 0.0f);
}

void ZeroKeys(const Geometry& g, const KernelArgs& args, const Part& part) {
  const int64_t first = g.Key(part.b, part.key_begin, part.kv_head),
                rows = part.key_end - part.key_begin;
  Zero(args.out<float>(kK) + first * g.head_dim, rows, g.kv_heads * g.head_dim, g.head_dim);
  Zero(args.out<float>(kV) + first * g.value_dim, rows, g.kv_heads * g.value_dim, g.value_dim);
}

void TakePart(const Geometry& g, const KernelArgs& args, const Part& part, float* scratch) {
  if (part.dkv) ZeroKeys(g, args, part);
  for (int64_t head = part.kv_head * g.group(); head < (part.kv_head + 1) * g.group(); ++head) {
    for (int64_t query = part.query_begin; query < part.query_end; query += kQueries) {
      Block block = {part.b, head, query, std::min(kQueries, part.query_end - query)};
      const int64_t end = std::min(part.key_end, g.KeysSeen(query + block.queries));
      if (part.dq && g.kv_len == 0) {
        Zero(args.out<float>(kQ) + g.Query(part.b, query, head) * g.head_dim, block.queries,
             g.heads * g.head_dim, g.head_dim);
      }
      if (part.key_begin >= end) continue;
      const Prepared prepared = Prepare(g, args, block, scratch);
      for (block.key = part.key_begin; block.key < end; block.key += kKeys) {
        block.keys = std::min(kKeys, end - block.key);
        TakePair(g, args, part, block, prepared);
      }
    }
  }
}

// Takes keys of `block` into the sums of P before lse is subtracted. Gives the factor of the
// scores.
double SumKeys(const Geometry& g, const KernelArgs& args, const Block& block, const float* packed,
               Running* r) {
  alignas(64) float s[kKeys * kStride];
  QueryProducts(block, KeyRows(g, block, args.in<float>(kK), g.head_dim), g.head_dim, packed, s);
  const float factor = MaskScores(g, block, args.inputs[kGradMask], s);
  UpdateMax(s, block.keys, block.width(), factor, r);
  Exp2AndSum(s, block.keys, block.width(), factor, r);
  return factor;
}

// The rests of a block's lse: 0 but where lse is far from 0, which costs one more product.
void TakeRests(const Geometry& g, const KernelArgs& args, Block block, float* packed) {
  const float* lse = args.in<float>(kLse) + g.Lse(block.b, block.head, block.query);
  float* const rests = RestsOf(g, args, block);
  std::fill_n(rests, block.queries, 0.0f);
  if (std::none_of(lse, lse + block.queries, IsFarLse<float>)) return;
  Running r;
  r.Clear();
  PackQueries(block, QueryRows(g, block, args.in<float>(kQ), g.head_dim), g.head_dim, packed);
  const int64_t end = g.KeysSeen(block.query + block.queries);
  double factor = 1;
  for (; block.key < end; block.key += kKeys) {
    block.keys = std::min(kKeys, end - block.key);
    factor = SumKeys(g, args, block, packed, &r);
  }
  for (int64_t i = 0; i < block.queries; ++i) {
    if (!IsFarLse(lse[i])) continue;
    const double difference = static_cast<double>(r.shift[i]) - lse[i];
    const double rest = difference + std::log2(static_cast<double>(r.sum[i])) / factor;
    rests[i] = static_cast<float>(RestOfLse(rest, lse[i]) * factor);
  }
}

// The first phase of those with a mask that is added.
void AddRests(const Geometry& g, runtime::Kernel* kernel) {
  const int64_t blocks = (g.q_len + kQueries - 1) / kQueries, items = g.batch * g.heads * blocks;
  const int shards = runtime::ShardsFor(items, static_cast<double>(std::min(kQueries, g.q_len)));
  const runtime::ByteSize own = PackedQueryBytes(g.head_dim);
  kernel->scratch_bytes = (RestBytes(g) + shards * own).value();
  kernel->phases.push_back(
      {shards,
       [=, rests = RestBytes(g).value(), bytes = own.value()](const KernelArgs& args, int shard) {
         const runtime::ShardRange range = runtime::RangeOfShard(items, shards, shard);
         for (int64_t item = range.begin; item < range.end; ++item) {
           const int64_t head = item / blocks, query = item % blocks * kQueries;
           TakeRests(g, args,
                     {head / g.heads, head % g.heads, query, std::min(kQueries, g.q_len - query)},
                     reinterpret_cast<float*>(args.scratch + rests + shard * bytes));
         }
         return absl::OkStatus();
       }});
  kernel->phases.back().inputs = 1 << kQ | 1 << kK | 1 << kLse | 1 << kGradMask;
  kernel->phases.back().outputs = 0;
}

// A phase of parts: part_of(item).
template <typename F>
void OverParts(const Geometry& g, int64_t items, double cost, F part_of, runtime::Kernel* kernel) {
  const int shards = runtime::ShardsFor(items, cost);
  const runtime::ByteSize part = PackedQueryBytes(g.head_dim) + PackedQueryBytes(g.value_dim);
  kernel->scratch_bytes = std::max(kernel->scratch_bytes, (RestBytes(g) + shards * part).value());
  kernel->phases.push_back(
      {shards,
       [=, rests = RestBytes(g).value(), bytes = part.value()](const KernelArgs& args, int shard) {
         const runtime::ShardRange range = runtime::RangeOfShard(items, shards, shard);
         float* const scratch = reinterpret_cast<float*>(args.scratch + rests + shard * bytes);
         for (int64_t item = range.begin; item < range.end; ++item)
           TakePart(g, args, part_of(item), scratch);
         return absl::OkStatus();
       }});
}

// Fewer heads of keys than this are no work for many threads.
constexpr int64_t kManyHeads = 8;

// Scores and their gradients are computed once, by the head of keys and all that belongs to it.
void AddByHead(const Geometry& g, runtime::Kernel* kernel) {
  const auto part = [g](int64_t item) {
    return Part{item / g.kv_heads, item % g.kv_heads, 0, g.q_len, 0, g.kv_len, true, true};
  };
  const double pairs = static_cast<double>(g.group() * g.q_len) * static_cast<double>(g.kv_len);
  OverParts(g, g.batch * g.kv_heads, 2.5 * PairCost(g, 1) * pairs, part, kernel);
}

// Twice: by blocks of queries for dq, by blocks of keys for dk and dv.
void AddByBlock(const Geometry& g, runtime::Kernel* kernel) {
  const double group = static_cast<double>(g.group());
  const int64_t q_blocks = (g.q_len + kQueries - 1) / kQueries,
                k_blocks = (g.kv_len + kKeys - 1) / kKeys, heads = g.batch * g.kv_heads;
  const auto queries = [g, q_blocks](int64_t item) {
    const int64_t head = item / q_blocks, begin = item % q_blocks * kQueries;
    return Part{head / g.kv_heads,
                head % g.kv_heads,
                begin,
                std::min(begin + kQueries, g.q_len),
                0,
                g.kv_len,
                true,
                false};
  };
  OverParts(g, heads * q_blocks,
            1.5 * PairCost(g, 1) * group * static_cast<double>(kQueries * g.kv_len), queries,
            kernel);
  kernel->phases.back().outputs = 1 << kQ;
  const auto keys = [g, k_blocks](int64_t item) {
    const int64_t head = item / k_blocks, begin = item % k_blocks * kKeys;
    return Part{head / g.kv_heads,
                head % g.kv_heads,
                0,
                g.q_len,
                begin,
                std::min(begin + kKeys, g.kv_len),
                false,
                true};
  };
  OverParts(g, heads * k_blocks, 2 * PairCost(g, 1) * group * static_cast<double>(kKeys * g.q_len),
            keys, kernel);
  kernel->phases.back().outputs = 1 << kK | 1 << kV;
}

}  // namespace

void MakeGradBlocks(const Geometry& g, runtime::Kernel* kernel) {
  kernel->implementation = "simd:blocks";
  const bool one_block = g.q_len <= kQueries && g.kv_len <= kKeys;
  if (g.adds_mask()) AddRests(g, kernel);
  if (one_block || g.batch * g.kv_heads >= kManyHeads) {
    AddByHead(g, kernel);
  } else {
    AddByBlock(g, kernel);
  }
}

}  // namespace dagrad::ops::attention_internal
