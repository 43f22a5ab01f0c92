#include <algorithm>
#include <cmath>
#include <limits>

#include "dagrad/ops/nn/attention/attention_internal.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/runtime/byte_size.h"

// The definition, for any dtype: one query, or one key, after the other, sums in float64.
namespace dagrad::ops::attention_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

template <typename T>
double Dot(const T* a, const T* b, int64_t n) {
  return SumOf(n, [=](int64_t i) { return static_cast<double>(a[i]) * b[i]; });
}

// S[b,h,i,j].
template <typename T>
double Score(const Geometry& g, const KernelArgs& args, int mask, int64_t b, int64_t h, int64_t i,
             int64_t j) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  if (g.causal && j > i) return kLowest;
  const T* q = args.in<T>(kQ) + g.Query(b, i, h) * g.head_dim;
  const T* k = args.in<T>(kK) + g.Key(b, j, h / g.group()) * g.head_dim;
  const double s = g.scale * Dot(q, k, g.head_dim);
  if (g.mask == DType::kInvalid) return s;
  const int64_t at = g.Mask(b, h, i, j);
  if (g.mask == DType::kBool) return args.in<bool>(mask)[at] ? s : kLowest;
  return s + static_cast<double>(args.in<T>(mask)[at]);
}

// y and lse of one query; `p` is for kv_len numbers.
template <typename T>
void ReferenceQuery(const Geometry& g, const KernelArgs& args, int64_t b, int64_t i, int64_t h,
                    double* p) {
  double max = -std::numeric_limits<double>::infinity();
  for (int64_t j = 0; j < g.kv_len; ++j) {
    p[j] = Score<T>(g, args, kMask, b, h, i, j);
    max = std::max(max, p[j]);
  }
  const double shift = std::isinf(max) && max < 0 ? 0 : max;
  const double sum = SumOf(g.kv_len, [=](int64_t j) { return p[j] = std::exp(p[j] - shift); });
  args.out<T>(1)[g.Lse(b, h, i)] = static_cast<T>(shift + std::log(sum));
  T* y = args.out<T>(0) + g.Query(b, i, h) * g.value_dim;
  for (int64_t e = 0; e < g.value_dim; ++e) {
    const double v = SumOf(g.kv_len, [&](int64_t j) {
      return p[j] *
             static_cast<double>(args.in<T>(kV)[g.Key(b, j, h / g.group()) * g.value_dim + e]);
    });
    y[e] = static_cast<T>(sum == 0 ? 0 : v / sum);
  }
}

// What rounding took from the lse of one query.
template <typename T>
double ReferenceRest(const Geometry& g, const KernelArgs& args, int64_t b, int64_t h, int64_t i) {
  const T lse = args.in<T>(kLse)[g.Lse(b, h, i)];
  if (!IsFarLse(lse)) return 0;
  double max = -std::numeric_limits<double>::infinity();
  const auto score = [&](int64_t j) { return Score<T>(g, args, kGradMask, b, h, i, j); };
  for (int64_t j = 0; j < g.kv_len; ++j) max = std::max(max, score(j));
  const double shift = std::isinf(max) && max < 0 ? 0 : max;
  const double sum = SumOf(g.kv_len, [&](int64_t j) { return std::exp(score(j) - shift); });
  return RestOfLse(shift - static_cast<double>(lse) + std::log(sum), lse);
}

// With a mask that is added the scratch begins with these.
runtime::ByteSize RestBytes(const Geometry& g) {
  return g.adds_mask() ? runtime::BytesOf<double>(g.batch, g.heads, g.q_len).Aligned()
                       : runtime::ByteSize();
}
double RestOf(const Geometry& g, const KernelArgs& args, int64_t at) {
  return g.adds_mask() ? reinterpret_cast<const double*>(args.scratch)[at] : 0;
}

template <typename T>
void AddReferenceRests(const Geometry& g, Kernel* kernel) {
  const auto run = [g](const KernelArgs& args, int64_t begin, int64_t end) {
    auto* const rests = reinterpret_cast<double*>(args.scratch);
    for (int64_t at = begin; at < end; ++at) {
      const int64_t head = at / g.q_len;
      rests[at] = ReferenceRest<T>(g, args, head / g.heads, head % g.heads, at % g.q_len);
    }
  };
  runtime::ParallelOver(g.batch * g.heads * g.q_len, 1, run, kernel);
  kernel->phases.back().outputs = 0;
}

// P and dS of one pair.
struct Pair {
  double p, ds;
};
template <typename T>
Pair PairOf(const Geometry& g, const KernelArgs& args, int64_t b, int64_t h, int64_t i, int64_t j) {
  const int64_t at = g.Lse(b, h, i);
  const double lse = args.in<T>(kLse)[at];
  if (std::isinf(lse) && lse < 0) return {0, 0};
  const double p = std::exp(Score<T>(g, args, kGradMask, b, h, i, j) - lse - RestOf(g, args, at));
  const double dp = Dot(args.in<T>(kDy) + g.Query(b, i, h) * g.value_dim,
                        args.in<T>(kV) + g.Key(b, j, h / g.group()) * g.value_dim, g.value_dim);
  return {p, p * (dp - static_cast<double>(args.in<T>(kDelta)[g.Query(b, i, h)]))};
}

template <typename T>
void AddScaled(double factor, const T* x, int64_t n, CompensatedSum* sum) {
  for (int64_t d = 0; d < n; ++d) sum[d] += factor * static_cast<double>(x[d]);
}

template <typename T>
void ReferenceDq(const Geometry& g, const KernelArgs& args, int64_t b, int64_t i, int64_t h,
                 CompensatedSum* sum) {
  std::fill_n(sum, g.head_dim, CompensatedSum());
  for (int64_t j = 0; j < g.kv_len; ++j) {
    AddScaled(g.scale * PairOf<T>(g, args, b, h, i, j).ds,
              args.in<T>(kK) + g.Key(b, j, h / g.group()) * g.head_dim, g.head_dim, sum);
  }
  T* dq = args.out<T>(kQ) + g.Query(b, i, h) * g.head_dim;
  for (int64_t d = 0; d < g.head_dim; ++d) dq[d] = static_cast<T>(static_cast<double>(sum[d]));
}

// dk and dv of one key.
template <typename T>
void ReferenceDkDv(const Geometry& g, const KernelArgs& args, int64_t b, int64_t j, int64_t kv_head,
                   CompensatedSum* sum) {
  std::fill_n(sum, g.head_dim + g.value_dim, CompensatedSum());
  for (int64_t h = kv_head * g.group(); h < (kv_head + 1) * g.group(); ++h) {
    for (int64_t i = 0; i < g.q_len; ++i) {
      const Pair pair = PairOf<T>(g, args, b, h, i, j);
      const int64_t query = g.Query(b, i, h);
      AddScaled(g.scale * pair.ds, args.in<T>(kQ) + query * g.head_dim, g.head_dim, sum);
      AddScaled(pair.p, args.in<T>(kDy) + query * g.value_dim, g.value_dim, sum + g.head_dim);
    }
  }
  const int64_t key = g.Key(b, j, kv_head);
  for (int64_t d = 0; d < g.head_dim; ++d)
    args.out<T>(kK)[key * g.head_dim + d] = static_cast<T>(static_cast<double>(sum[d]));
  for (int64_t e = 0; e < g.value_dim; ++e)
    args.out<T>(kV)[key * g.value_dim + e] =
        static_cast<T>(static_cast<double>(sum[g.head_dim + e]));
}

// A phase over b × i × h, f(args, b, i, h, numbers), each shard with `count` Numbers of scratch
// behind `before`.
template <typename Number, typename F>
void OverRowsAndHeads(int64_t batch, int64_t len, int64_t heads, double cost, int64_t count,
                      runtime::ByteSize before, F f, Kernel* kernel) {
  const int64_t items = batch * len * heads;
  const int shards = runtime::ShardsFor(items, cost);
  kernel->scratch_bytes =
      std::max(kernel->scratch_bytes, (before + runtime::BytesOf<Number>(shards, count)).value());
  const auto run = [=](const KernelArgs& args, int shard) {
    const runtime::ShardRange range = runtime::RangeOfShard(items, shards, shard);
    Number* const scratch =
        reinterpret_cast<Number*>(args.scratch + before.value()) + shard * count;
    for (int64_t item = range.begin; item < range.end; ++item)
      f(args, item / heads / len, item / heads % len, item % heads, scratch);
    return absl::OkStatus();
  };
  kernel->phases.push_back({shards, run});
}

template <typename T>
void Forward(const Geometry& g, Kernel* kernel) {
  const auto query = [g](const KernelArgs& args, int64_t b, int64_t i, int64_t h, double* p) {
    ReferenceQuery<T>(g, args, b, i, h, p);
  };
  const double cost =
      static_cast<double>(g.kv_len) * static_cast<double>(g.head_dim + g.value_dim + 8);
  OverRowsAndHeads<double>(g.batch, g.q_len, g.heads, cost, g.kv_len, {}, query, kernel);
}

template <typename T>
void Backward(const Geometry& g, Kernel* kernel) {
  const double pair = static_cast<double>(2 * (g.head_dim + g.value_dim) + 8);
  if (g.adds_mask()) AddReferenceRests<T>(g, kernel);
  const auto query = [g](const KernelArgs& args, int64_t b, int64_t i, int64_t h,
                         CompensatedSum* sum) { ReferenceDq<T>(g, args, b, i, h, sum); };
  OverRowsAndHeads<CompensatedSum>(g.batch, g.q_len, g.heads, pair * static_cast<double>(g.kv_len),
                                   g.head_dim, RestBytes(g), query, kernel);
  kernel->phases.back().outputs = 1 << kQ;
  const auto key = [g](const KernelArgs& args, int64_t b, int64_t j, int64_t h,
                       CompensatedSum* sum) { ReferenceDkDv<T>(g, args, b, j, h, sum); };
  OverRowsAndHeads<CompensatedSum>(
      g.batch, g.kv_len, g.kv_heads,
      pair * static_cast<double>(g.q_len) * static_cast<double>(g.group()),
      g.head_dim + g.value_dim, RestBytes(g), key, kernel);
  kernel->phases.back().outputs = 1 << kK | 1 << kV;
}

bool IsFast(const KernelRequest& request) {
  return request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32;
}

}  // namespace

Geometry GeometryOf(const KernelRequest& request, int mask) {
  const Dims &q = request.inputs[kQ].dims, &v = request.inputs[kV].dims;
  Geometry g;
  g.batch = q[0];
  g.q_len = q[1];
  g.heads = q[2];
  g.head_dim = q[3];
  g.kv_len = v[1];
  g.kv_heads = v[2];
  // Queries without heads are none, however many there are; and nobody goes through the heads of
  // none.
  if (g.heads == 0) g.q_len = 0;
  if (g.q_len == 0) g.heads = g.kv_heads;
  g.value_dim = v[3];
  const double scale = request.attr<double>("scale");
  g.scale = scale > 0 ? scale : 1 / std::sqrt(static_cast<double>(std::max<int64_t>(1, q[3])));
  g.causal = request.attr<bool>("is_causal");
  if (static_cast<int>(request.inputs.size()) <= mask) return g;
  const runtime::TensorSpec& m = request.inputs[mask];
  g.mask = m.dtype;
  int64_t stride = 1;
  for (int i = 1; i <= static_cast<int>(m.dims.size()); ++i) {
    const int64_t dim = m.dims[m.dims.size() - i];
    g.mask_strides[4 - i] = dim == 1 ? 0 : stride;
    stride *= dim;
  }
  return g;
}

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const Geometry g = GeometryOf(request, kMask);
  if (IsFast(request)) {
    MakeBlocks(g, kernel);
  } else if (request.inputs[0].dtype == DType::kFloat32) {
    Forward<float>(g, kernel);
  } else {
    Forward<double>(g, kernel);
  }
  return absl::OkStatus();
}

absl::Status MakeGradKernel(const KernelRequest& request, Kernel* kernel) {
  const Geometry g = GeometryOf(request, kGradMask);
  if (IsFast(request)) {
    MakeGradBlocks(g, kernel);
  } else if (request.inputs[0].dtype == DType::kFloat32) {
    Backward<float>(g, kernel);
  } else {
    Backward<double>(g, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::attention_internal
