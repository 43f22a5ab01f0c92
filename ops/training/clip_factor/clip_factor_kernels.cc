#include <algorithm>
#include <cmath>
#include <vector>

#include "dagrad/graph/dtype.h"
#include "dagrad/ops/reduction/sums/sums.h"
#include "dagrad/ops/training/clip_factor/clip_factor_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::clip_factor_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// The inputs, one behind the other, and how their elements are cut into shards.
struct Layout {
  std::vector<int64_t> sizes;
  int64_t total = 0;
  int shards = 1;
  double most = 0;  // the largest finite number of the node's dtype, which may be a half
};

// f(x, count) for the parts of the inputs that elements [begin, end) of all are.
template <typename T, typename F>
void ForParts(const Layout& l, const KernelArgs& args, int64_t begin, int64_t end, F f) {
  int64_t start = 0;  // of input i
  for (size_t i = 0; i < l.sizes.size() && start < end; start += l.sizes[i++]) {
    const int64_t from = std::max<int64_t>(begin - start, 0);
    const int64_t to = std::min(end - start, l.sizes[i]);
    if (from < to) f(args.in<T>(static_cast<int>(i)) + from, to - from);
  }
}

// Σ (x / unit)² over elements [begin, end), infinities being the largest finite number.
template <typename T>
double SquaresRelativeTo(double unit, const Layout& l, const KernelArgs& args, int64_t begin,
                         int64_t end) {
  CompensatedSum total;
  ForParts<T>(l, args, begin, end, [&](const T* x, int64_t n) {
    total += SumOf(n, [=, most = l.most](int64_t i) {
      const double relative = std::clamp<double>(x[i], -most, most) / unit;
      return relative * relative;
    });
  });
  return static_cast<double>(total);
}

// clipnorm / ‖x‖ where squares are too large or an element is infinite.
template <typename T>
double RatioOfLarge(double clipnorm, const Layout& l, const KernelArgs& args) {
  double largest = 0;
  ForParts<T>(l, args, 0, l.total, [&](const T* x, int64_t n) {
    for (int64_t i = 0; i < n; ++i) largest = std::max<double>(largest, std::abs(x[i]));
  });
  largest = std::min(largest, l.most);
  return clipnorm / largest / std::sqrt(SquaresRelativeTo<T>(largest, l, args, 0, l.total));
}

template <typename T>
void AddPhases(const Layout& l, double clipnorm, Kernel* kernel) {
  kernel->scratch_bytes = runtime::BytesOf<double>(l.shards).value();
  kernel->phases.push_back(
      {l.shards, [l](const KernelArgs& args, int shard) {
         const auto range = runtime::RangeOfShard(l.total, l.shards, shard);
         CompensatedSum total;
         ForParts<T>(l, args, range.begin, range.end, [&](const T* x, int64_t n) {
           total += SumOf(n, [=](int64_t i) { return static_cast<double>(x[i]) * x[i]; });
         });
         reinterpret_cast<double*>(args.scratch)[shard] = static_cast<double>(total);
         return absl::OkStatus();
       }});
  kernel->phases.back().outputs = 0;
  kernel->phases.push_back({1, [l, clipnorm](const KernelArgs& args, int) {
                              const auto* partial = reinterpret_cast<const double*>(args.scratch);
                              const double squares =
                                  SumOf(l.shards, [=](int64_t s) { return partial[s]; });
                              const double ratio = std::isinf(squares)
                                                       ? RatioOfLarge<T>(clipnorm, l, args)
                                                       : clipnorm / std::sqrt(squares);
                              // A NaN stays one.
                              args.out<T>(0)[0] = ratio > 1 ? T(1) : static_cast<T>(ratio);
                              return absl::OkStatus();
                            }});
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  Layout l;
  for (const runtime::TensorSpec& x : request.inputs) {
    l.sizes.push_back(x.num_elements());
    l.total += x.num_elements();
  }
  l.shards = runtime::ShardsFor(l.total, 1);
  l.most = LargestFinite(request.node->outputs[0].dtype);
  const double clipnorm = request.attr<double>("clipnorm");
  if (request.inputs[0].dtype == DType::kFloat64) {
    AddPhases<double>(l, clipnorm, kernel);
  } else {
    AddPhases<float>(l, clipnorm, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::clip_factor_internal
