#include "dagrad/runtime/prepare_kernel.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/widened_kernel.h"

namespace dagrad::runtime {
namespace {

bool AnyElementIsRead(const KernelRequest& request, uint32_t unread) {
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    const bool is_unread = i < 32 && (unread >> i & 1) != 0;
    if (!is_unread && request.outputs[i].num_elements() > 0) return true;
  }
  return false;
}

std::string DTypesOf(absl::Span<const TensorSpec> specs) {
  return absl::StrJoin(specs, ", ", [](std::string* out, const TensorSpec& s) {
    absl::StrAppend(out, DTypeName(s.dtype));
  });
}

}  // namespace

absl::Status PrepareKernel(const KernelRequest& request, Kernel* kernel, uint32_t unread) {
  if (!AnyElementIsRead(request, unread)) return absl::OkStatus();
  const OpDef& op = *request.node->op;
  DAGRAD_RETURN_IF_ERROR(NeedsWidening(request) ? PrepareWidenedKernel(request, kernel)
                                                : op.make_kernel(request, kernel));
  if (!kernel->phases.empty() || op.Has(kView)) return absl::OkStatus();
  return UnimplementedError(absl::StrCat(op.name, " has no kernel for inputs of ",
                                         DTypesOf(request.inputs), " and outputs of ",
                                         DTypesOf(request.outputs)));
}

}  // namespace dagrad::runtime
