#include "dagrad/ops/elementwise/unary/unary.h"

#include "dagrad/graph/gradient.h"
#include "dagrad/ops/elementwise/simd_loops.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"

namespace dagrad::ops::unary_internal {

absl::Status Infer(const Entry& entry, InferContext& c) {
  c.SetOutput(0, entry.is_predicate ? DType::kBool : c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status Gradient(const Entry& entry, GradContext& c) {
  if (!c.needs_grad(0)) return absl::OkStatus();
  const double alpha = entry.has_alpha ? c.attr<double>("alpha") : 0;
  c.SetGrad(0, entry.vjp({c.cotangent(), c.input(0), c.output(), alpha}));
  return absl::OkStatus();
}

absl::Status MakeKernel(const Entry& entry, const runtime::KernelRequest& request,
                        runtime::Kernel* kernel) {
  const bool fast =
      request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32;
  if (fast && entry.simd.has_value()) {
    const float alpha = entry.has_alpha ? static_cast<float>(request.attr<double>("alpha")) : 0;
    UnarySimd(*entry.simd, alpha, request, entry.cost, kernel);
  } else {
    entry.make(request, entry.cost, kernel);
  }
  return absl::OkStatus();
}

OpDef MakeDef(const Entry& e) {
  OpDef op = {.name = e.name, .label = e.label, .doc = e.doc, .rules = e.rules};
  op.inputs = {{.name = "x",
                .dtypes = e.dtypes,
                .type_variable = "T",
                .doc = "tensor of any shape",
                .differentiable = e.vjp != nullptr}};
  constexpr absl::string_view kResult = "the results, of x's shape";
  op.outputs = {e.is_predicate ? PortSpec{"y", kBoolType, "", kResult}
                               : PortSpec{"y", e.dtypes, "T", kResult}};
  if (e.has_alpha)
    op.attrs = {{"alpha", AttrKind::kFloat, std::nullopt, "factor for x <= 0, any number"}};
  op.traits = e.is_predicate ? kElementwise : kElementwise | kInPlace;
  return op;
}

}  // namespace dagrad::ops::unary_internal
