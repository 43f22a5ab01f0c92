#include <algorithm>
#include <utility>

#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/reduction/reduce/exclusive_prod.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/reduction/reduce/reduce_internal.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::ops::reduce_internal {
namespace {

std::vector<int64_t> Axes(const GradContext& c) { return c.attr<std::vector<int64_t>>("axes"); }

// `v`, of the node's output shape, with the reduced axes as dimensions 1, so that it broadcasts
// against x.
Value Kept(const GradContext& c, Value v) {
  Shape kept = KeptShape(c.input(0).shape(), Axes(c));
  return v.shape() == kept ? v : Reshape(v, std::move(kept));
}

Value SpreadOverX(const GradContext& c, Value v) {
  return BroadcastTo(Kept(c, v), Shape(c.input(0).shape()));
}

// Kept axes, then reduced ones; `kept` is how many are kept.
std::vector<int64_t> KeptFirst(const std::vector<bool>& reduced, size_t* kept) {
  std::vector<int64_t> perm;
  for (size_t a = 0; a < reduced.size(); ++a) {
    if (!reduced[a]) perm.push_back(static_cast<int64_t>(a));
  }
  *kept = perm.size();
  for (size_t a = 0; a < reduced.size(); ++a) {
    if (reduced[a]) perm.push_back(static_cast<int64_t>(a));
  }
  return perm;
}

Value Permuted(Value v, std::vector<int64_t> perm) {
  return std::is_sorted(perm.begin(), perm.end()) ? v : Transpose(v, std::move(perm));
}

// Of ȳ / n with a number of elements n: halves end at 65504 (float16) or do not hold every n beyond
// 256 (bfloat16).
DType CountingDType(const GradContext& c) { return ComputeDType(c.output().dtype()); }

}  // namespace

// ∂y_k/∂x_{k,r} = 1 for every r, so x̄_{k,r} = ȳ_k.
absl::Status SumGradient(GradContext& c) {
  if (c.needs_grad(0)) c.SetGrad(0, SpreadOverX(c, c.cotangent()));
  return absl::OkStatus();
}

// ∂y_k/∂x_{k,r} = 1/n, so x̄_{k,r} = ȳ_k/n.
absl::Status MeanGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const DType dtype = c.output().dtype(), wide = CountingDType(c);
  const Value n = Size(c.input(0), Axes(c), wide);
  c.SetGrad(0, SpreadOverX(c, InDType(InDType(c.cotangent(), wide) / n, dtype)));
  return absl::OkStatus();
}

// ∂y_k/∂x_{k,r} = Π_{s≠r} x_{k,s}, so x̄_{k,r} is ȳ_k times the product of the others, computed on x
// as a matrix of kept by reduced elements.
absl::Status ProdGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const Shape shape = c.input(0).shape();
  size_t kept = 0;
  const std::vector<int64_t> perm = KeptFirst(ReducedAxes(Axes(c), shape.rank()), &kept);
  std::vector<int64_t> inverse(perm.size());
  Shape permuted;
  Dim rows = 1, columns = 1;
  for (size_t a = 0; a < perm.size(); ++a) {
    const Dim d = shape.dim(static_cast<int>(perm[a]));
    inverse[perm[a]] = static_cast<int64_t>(a);
    permuted.push_back(d);
    (a < kept ? rows : columns) = (a < kept ? rows : columns) * d;
  }
  const Value others = ExclusiveProd(Reshape(Permuted(c.input(0), perm), {rows, columns}));
  const Value products = Reshape(c.cotangent(), {rows, 1}) * others;
  c.SetGrad(0, Permuted(Reshape(products, std::move(permuted)), std::move(inverse)));
  return absl::OkStatus();
}

// y_k moves with whichever x_{k,r} equals it. Where m of them do, the subgradient that treats them
// alike is 1/m for each: x̄_{k,r} = ȳ_k/m_k where x_{k,r} = y_k, else 0. A NaN equals nothing, so m
// = 0 there and the gradient is NaN.
absl::Status ExtremumGradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const DType dtype = c.output().dtype(), wide = CountingDType(c);
  const Value attained = Cast(Equal(c.input(0), Kept(c, c.output())), wide);
  const Value ties = ReduceSum(attained, {.axes = Axes(c), .keepdims = true});
  c.SetGrad(0, InDType(attained * (Kept(c, InDType(c.cotangent(), wide)) / ties), dtype));
  return absl::OkStatus();
}

}  // namespace dagrad::ops::reduce_internal
