#include "dagrad/ops/elementwise/cast/cast.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/cast/cast_internal.h"
#include "dagrad/runtime/compile/rewrite/algebra.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const DType to = c.attr<DType>("to");
  if (to == DType::kInvalid) return InferContext::Fail("cast_c1", "attribute \"to\" is no dtype");
  c.SetOutput(0, to, c.shape(0));
  return absl::OkStatus();
}

// y = x rounded: its derivative is 1 wherever it has one.
absl::Status Gradient(GradContext& c) {
  const DType from = c.input(0).dtype();
  if (c.needs_grad(0) && IsFloating(from) && IsFloating(c.output().dtype()))
    c.SetGrad(0, Cast(c.cotangent(), from));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Cast",
          .label = "cast",
          .doc =
              "Converts every element to another dtype.\n"
              "Float to integer rounds toward 0 and saturates, NaN gives 0; integers keep the low "
              "bits;\n"
              "to bool: x is not 0.",
          .inputs = {{.name = "x", .dtypes = kAnyType, .doc = "tensor of any shape"}},
          .outputs = {{.name = "y", .dtypes = kAnyType, .doc = "x converted"}},
          .attrs = {{"to", AttrKind::kDType, std::nullopt, "dtype of the result"}},
          .traits = kElementwise | kMovesElements,
          .constraints = {{"cast_c1", "to is a valid dtype"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::cast_internal::MakeKernel,
          .rules = runtime::SameTypeRules,
          .samples = ops::cast_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& CastOp() { return Singleton<Make>(); }
}  // namespace ops

Value Cast(Operand x, DType to) { return AddNode(ops::CastOp(), {x}, {{"to", to}}); }

Value InDType(Value x, DType dtype) {
  return !x.valid() || x.dtype() == dtype ? x : Cast(x, dtype);
}

}  // namespace dagrad
