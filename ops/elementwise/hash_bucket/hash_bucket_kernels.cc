#include <type_traits>
#include <vector>

#include "dagrad/ops/elementwise/hash_bucket/hash_bucket_internal.h"
#include "dagrad/ops/elementwise/hash_bucket/text_hash.h"
#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops::hash_bucket_internal {
namespace {

constexpr double kCost = 30;  // of an element, as for runtime::ShardsFor

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const auto num_buckets = static_cast<uint64_t>(request.attr<int64_t>("num_buckets"));
  const std::vector<int64_t> salt = request.attr<std::vector<int64_t>>("salt");
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
      UnaryLoop<T, int64_t>(
          request.outputs[0].num_elements(), kCost,
          [=](T x) {
            return static_cast<int64_t>(HashOfInteger(static_cast<Wide>(x), salt) % num_buckets);
          },
          kernel);
    }
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::hash_bucket_internal
