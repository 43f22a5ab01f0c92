#include "dagrad/ops/conv/conv2d_internal.h"
#include "dagrad/ops/conv/winograd.h"

namespace dagrad::ops::conv2d_internal {
namespace {

// Each makes the kernel, unless the sizes are not for it.
using Maker = bool (*)(Kind, const Sizes&, runtime::Kernel*);
constexpr Maker kMakers[] = {MakeDepthwiseKernel, MakePointwiseKernel, MakePrimitiveKernel};

void MakeFastKernel(Kind kind, const Sizes& sizes, bool filter_is_fixed, runtime::Kernel* kernel) {
  if (const int m = WinogradForm(kind, sizes, filter_is_fixed); m > 0)
    return MakeWinogradKernel(m, kind, sizes, filter_is_fixed, kernel);
  for (const Maker make : kMakers) {
    if (make(kind, sizes, kernel)) return;
  }
  MakeGemmKernel(kind, sizes, kernel);
}

}  // namespace

absl::Status MakeKernel(Kind kind, const Sizes& sizes, const runtime::KernelRequest& request,
                        runtime::Kernel* kernel) {
  if (request.outputs[0].num_elements() == 0) return absl::OkStatus();
  const bool fixed = (request.fixed_inputs >> 1 & 1) != 0;  // the filter
  const bool empty = request.inputs[0].num_elements() == 0 || request.inputs[1].num_elements() == 0;
  if (request.inputs[0].dtype == DType::kFloat64) {
    MakeReferenceKernel<double>(kind, sizes, kernel);
  } else if (request.mode == runtime::KernelMode::kReference || empty) {
    MakeReferenceKernel<float>(kind, sizes, kernel);
  } else {
    MakeFastKernel(kind, sizes, fixed, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::conv2d_internal
