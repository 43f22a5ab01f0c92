#include "dagrad/ops/shape/transpose/transpose.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/shape/transpose/transpose_internal.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

namespace dagrad {
namespace {

using ops::transpose_internal::Permutation;

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<int> perm,
                          Permutation(c.attr<std::vector<int64_t>>("perm"), x.rank()));
  Shape y;
  for (int axis : perm) y.push_back(x.dim(axis));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

// y is x with its axes renamed, so x̄ is ȳ with them named back: axis perm[a] of x̄ is axis a of ȳ.
absl::Status Gradient(GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<int> perm,
                          Permutation(c.attr<std::vector<int64_t>>("perm"), c.input(0).rank()));
  std::vector<int64_t> inverse(perm.size());
  for (size_t a = 0; a < perm.size(); ++a) inverse[perm[a]] = static_cast<int64_t>(a);
  c.SetGrad(0, Transpose(c.cotangent(), std::move(inverse)));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Transpose",
          .label = "transpose",
          .doc = "Permutes axes: dimension i of y is dimension perm[i] of x (numpy.transpose).",
          .inputs = {{"x", kAnyElement, "T", "tensor of any shape"}},
          .outputs = {{"y", kAnyElement, "T", "x with its axes permuted"}},
          .attrs = {{"perm", AttrKind::kInts, Attribute(std::vector<int64_t>()),
                     "axis of x that becomes each axis of the result; empty: reversed"}},
          .traits = kMovesElements,
          .constraints = {{"transpose_c1", "perm is empty or names every axis once"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::transpose_internal::MakeKernel,
          .rules = ops::transpose_internal::Rules,
          .samples = ops::transpose_internal::MakeSamples};
}

}  // namespace

namespace ops {

absl::StatusOr<std::vector<int>> transpose_internal::Permutation(const std::vector<int64_t>& perm,
                                                                 int rank) {
  std::vector<int> axes;
  if (perm.empty()) {
    for (int a = rank - 1; a >= 0; --a) axes.push_back(a);
    return axes;
  }
  uint32_t seen = 0;
  for (int64_t axis : perm) {
    DAGRAD_ASSIGN_OR_RETURN(const int a, InferContext::NormalizeAxis(axis, rank, "transpose_c1"));
    axes.push_back(a);
    seen |= uint32_t{1} << a;
  }
  if (static_cast<int>(perm.size()) != rank || seen != (uint32_t{1} << rank) - 1) {
    return InferContext::Fail(
        "transpose_c1",
        absl::StrCat("perm {", absl::StrJoin(perm, ","), "} is no permutation of ", rank, " axes"));
  }
  return axes;
}

const OpDef& TransposeOp() { return Singleton<Make>(); }

}  // namespace ops

Value Transpose(Operand x, std::vector<int64_t> perm) {
  return AddNode(ops::TransposeOp(), {x}, {{"perm", std::move(perm)}});
}

}  // namespace dagrad
