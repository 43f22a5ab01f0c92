#include "dagrad/ops/elementwise/logical/logical_internal.h"
#include "dagrad/ops/elementwise/loops.h"

namespace dagrad::ops::logical_internal {

absl::Status MakeBinaryKernel(Connective connective, const runtime::KernelRequest& request,
                              runtime::Kernel* kernel) {
  switch (connective) {
    case Connective::kAnd:
      BinaryLoop<bool, bool>(
          request, 1, [](bool a, bool b) { return a && b; }, kernel);
      break;
    case Connective::kOr:
      BinaryLoop<bool, bool>(
          request, 1, [](bool a, bool b) { return a || b; }, kernel);
      break;
    case Connective::kXor:
      BinaryLoop<bool, bool>(
          request, 1, [](bool a, bool b) { return a != b; }, kernel);
      break;
  }
  return absl::OkStatus();
}

absl::Status MakeNotKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  UnaryLoop<bool, bool>(
      request.outputs[0].num_elements(), 1, [](bool x) { return !x; }, kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::logical_internal
