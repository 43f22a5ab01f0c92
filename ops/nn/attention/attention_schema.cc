#include <cmath>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/attention/attention_internal.h"

namespace dagrad::ops::attention_internal {
namespace {

std::string Shapes(InferContext& c) {
  return absl::StrCat("q ", c.shape(kQ).ToString(), ", k ", c.shape(kK).ToString(), ", v ",
                      c.shape(kV).ToString());
}

absl::Status CheckDims(InferContext& c, absl::string_view label) {
  const Shape &q = c.shape(kQ), &k = c.shape(kK), &v = c.shape(kV);
  if (q.rank() != 4 || k.rank() != 4 || v.rank() != 4)
    return InferContext::Fail(absl::StrCat(label, "_c1"), Shapes(c) + " must be of rank 4");
  const bool agree = q.dim(0) == k.dim(0) && k.dim(0) == v.dim(0) && k.dim(1) == v.dim(1) &&
                     k.dim(2) == v.dim(2) && q.dim(3) == k.dim(3);
  if (!agree) {
    return InferContext::Fail(
        absl::StrCat(label, "_c2"),
        Shapes(c) + ": batch, head_dim of q and k, or kv_len or kv_heads of k and v differ");
  }
  const Dim heads = q.dim(2), kv_heads = k.dim(2);
  if (heads.is_known() && kv_heads.is_known() && q.dim(3).is_known() && kv_heads.value() > 0 &&
      heads.value() % kv_heads.value() == 0)
    return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c3"),
      Shapes(c) + ": heads must be a multiple of kv_heads, and these and head_dim numbers");
}

absl::Status CheckMask(InferContext& c, absl::string_view label, int mask) {
  const Shape &m = c.shape(mask), &q = c.shape(kQ);
  const Dim target[] = {q.dim(0), q.dim(2), q.dim(1), c.shape(kK).dim(1)};
  bool fits = m.rank() <= 4 && (c.dtype(mask) == DType::kBool || c.dtype(mask) == c.dtype(kQ));
  for (int i = 1; fits && i <= m.rank(); ++i)
    fits = m.dim(m.rank() - i) == Dim(1) || m.dim(m.rank() - i) == target[4 - i];
  if (fits) return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c5"),
      absl::StrCat("mask ", c.input(mask).ToString(), " must be bool or ", DTypeName(c.dtype(kQ)),
                   " and broadcast to ",
                   Shape({target[0], target[1], target[2], target[3]}).ToString()));
}

}  // namespace

absl::Status CheckInputs(InferContext& c, absl::string_view label, int mask) {
  DAGRAD_RETURN_IF_ERROR(CheckDims(c, label));
  const double scale = c.attr<double>("scale");
  if (!std::isfinite(scale) || scale < 0) {
    return InferContext::Fail(absl::StrCat(label, "_c4"),
                              absl::StrCat("scale ", scale, " is not finite and >= 0"));
  }
  return c.has_input(mask) ? CheckMask(c, label, mask) : absl::OkStatus();
}

std::vector<AttrSpec> SharedAttrs() {
  return {{"scale", AttrKind::kFloat, 0.0,
           "factor of the products of queries and keys; 0: 1 / sqrt(head_dim)"},
          {"is_causal", AttrKind::kBool, false, "query i sees keys 0 to i only"}};
}

PortSpec MaskPort() {
  return {
      .name = "mask",
      .dtypes = kFloatTypes | kBoolType,
      .doc =
          "added to the scores, or which keys are seen; broadcast to [batch, heads, q_len, kv_len]",
      .optional = true};
}

OpCost CostOfProducts(const CostContext& c, double products) {
  const Dims &q = c.inputs[kQ], &v = c.inputs[kV];
  double bytes = 0;
  for (const Dims& dims : c.inputs) bytes += 4.0 * static_cast<double>(NumElements(dims));
  for (const Dims& dims : c.outputs) bytes += 4.0 * static_cast<double>(NumElements(dims));
  double scores = 1;  // in floating point: there may be more than integers count, of no elements
  for (const int64_t n : {q[0], q[1], q[2], v[1]}) scores *= static_cast<double>(n);
  const double dims = static_cast<double>(q[3] + v[3]) / 2;
  return {scores * (2 * products * dims + 8), bytes};
}

}  // namespace dagrad::ops::attention_internal
