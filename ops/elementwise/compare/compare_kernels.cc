#include <functional>

#include "dagrad/ops/elementwise/compare/compare_internal.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/elementwise/simd_loops.h"

namespace dagrad::ops::compare_internal {
namespace {

template <typename F>
void Make(F f, const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  DispatchComputed(request.inputs[0].dtype,
                   [&](auto zero) { BinaryLoop<decltype(zero), bool>(request, 1, f, kernel); });
}

}  // namespace

absl::Status MakeKernel(Relation relation, const runtime::KernelRequest& request,
                        runtime::Kernel* kernel) {
  if (request.mode == runtime::KernelMode::kFast && request.inputs[0].dtype == DType::kFloat32) {
    CompareSimd(relation, request, kernel);
    return absl::OkStatus();
  }
  switch (relation) {
    case Relation::kEqual:
      Make(std::equal_to<>(), request, kernel);
      break;
    case Relation::kNotEqual:
      Make(std::not_equal_to<>(), request, kernel);
      break;
    case Relation::kLess:
      Make(std::less<>(), request, kernel);
      break;
    case Relation::kLessEqual:
      Make(std::less_equal<>(), request, kernel);
      break;
    case Relation::kGreater:
      Make(std::greater<>(), request, kernel);
      break;
    case Relation::kGreaterEqual:
      Make(std::greater_equal<>(), request, kernel);
      break;
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::compare_internal
