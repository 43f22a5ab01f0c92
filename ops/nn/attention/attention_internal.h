#ifndef DAGRAD_OPS_NN_ATTENTION_ATTENTION_INTERNAL_H_
#define DAGRAD_OPS_NN_ATTENTION_ATTENTION_INTERNAL_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::attention_internal {

enum Input { kQ, kK, kV, kMask };
enum GradInput { kLse = 3, kDelta, kDy, kGradMask };

// c1 … c5 of q, k, v (inputs 0, 1 and 2) and of the mask, input `mask`, if there is one.
absl::Status CheckInputs(InferContext& c, absl::string_view label, int mask);
std::vector<AttrSpec> SharedAttrs();  // of both ops
PortSpec MaskPort();
OpCost CostOfProducts(const CostContext& c, double products);

// An op of known sizes.
struct Geometry {
  int64_t batch = 0, q_len = 0, kv_len = 0, heads = 0, kv_heads = 0, head_dim = 0, value_dim = 0;
  double scale = 1;
  bool causal = false;
  DType mask = DType::kInvalid;  // none
  bool adds_mask() const { return mask != DType::kInvalid && mask != DType::kBool; }
  // Elements by which the mask advances along batch, heads, q_len and kv_len; 0 where broadcast.
  std::array<int64_t, 4> mask_strides = {};

  int64_t group() const { return heads / kv_heads; }
  int64_t Query(int64_t b, int64_t i, int64_t h) const { return (b * q_len + i) * heads + h; }
  int64_t Key(int64_t b, int64_t j, int64_t h) const { return (b * kv_len + j) * kv_heads + h; }
  int64_t Lse(int64_t b, int64_t h, int64_t i) const { return (b * heads + h) * q_len + i; }
  int64_t Mask(int64_t b, int64_t h, int64_t i, int64_t j) const {
    return b * mask_strides[0] + h * mask_strides[1] + i * mask_strides[2] + j * mask_strides[3];
  }
  // Queries before `i_end` see keys before this.
  int64_t KeysSeen(int64_t i_end) const { return causal && i_end < kv_len ? i_end : kv_len; }
};
Geometry GeometryOf(const runtime::KernelRequest& request, int mask);

// Masks may push all scores of a query as far from 0 as floats go, where lse has no digits left for
// what their exponentials add up to. So far from it, P is computed with what rounding has taken.
constexpr double kFarLse = 1024;  // where float32 rounds by 6e-5
template <typename T>
bool IsFarLse(T lse) {
  return std::isfinite(lse) && std::abs(lse) > kFarLse;
}
// `rest`, if rounding can have taken as much from `lse`; what is nearest to it otherwise, so that
// an lse that is not the scores' own is taken as it is.
template <typename T>
double RestOfLse(double rest, T lse) {
  const double most = std::abs(static_cast<double>(lse)) * std::numeric_limits<T>::epsilon();
  return std::clamp(rest, -most, most);
}

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
absl::Status MakeGradKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
// float32 by blocks.
void MakeBlocks(const Geometry& g, runtime::Kernel* kernel);
void MakeGradBlocks(const Geometry& g, runtime::Kernel* kernel);

Samples MakeSamples();
Samples MakeGradSamples();

}  // namespace dagrad::ops::attention_internal

#endif  // DAGRAD_OPS_NN_ATTENTION_ATTENTION_INTERNAL_H_
