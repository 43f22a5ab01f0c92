#include "dagrad/ops/linalg/orthonormalize/orthonormalize.h"

#include "absl/strings/str_cat.h"
#include "dagrad/ops/linalg/orthonormalize/orthonormalize_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& a = c.shape(0);
  if (a.rank() != 2) {
    return InferContext::Fail("orthonormalize_c1",
                              absl::StrCat("a ", a.ToString(), " must be a matrix"));
  }
  const Dim m = a.dim(0), n = a.dim(1);
  const bool tall = m == n || (m.is_known() && n.is_known() && m.value() >= n.value());
  if (!tall) {
    return InferContext::Fail(
        "orthonormalize_c2",
        absl::StrCat("a ", a.ToString(), " must have at least as many rows as columns"));
  }
  c.SetOutput(0, c.dtype(0), a);
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) {
  const auto m = static_cast<double>(c.inputs[0][0]), n = static_cast<double>(c.inputs[0][1]);
  return {2 * m * n * n, 0};
}

OpDef Make() {
  return {
      .name = "Orthonormalize",
      .label = "orthonormalize",
      .doc =
          "The factor Q of a = Q R, with QᵀQ = 1 and R upper triangular with a positive diagonal.\n"
          "It is what the Gram-Schmidt process makes of the columns of a (Mezzadri, 2007).",
      .inputs = {{.name = "a",
                  .dtypes = kFloatTypes,
                  .type_variable = "T",
                  .doc = "matrix with at least as many rows as columns",
                  .differentiable = false}},
      .outputs = {{"q", kFloatTypes, "T", "matrix Q of a's shape, with orthonormal columns"}},
      .constraints = {{"orthonormalize_c1", "a is a matrix"},
                      {"orthonormalize_c2", "a has at least as many rows as columns"}},
      .infer = Infer,
      .make_kernel = ops::orthonormalize_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::orthonormalize_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& OrthonormalizeOp() { return Singleton<Make>(); }
}  // namespace ops

Value Orthonormalize(Operand a) { return AddNode(ops::OrthonormalizeOp(), {a}); }

}  // namespace dagrad
