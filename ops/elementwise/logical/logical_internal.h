#ifndef DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_INTERNAL_H_

#include "absl/strings/string_view.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::logical_internal {

enum class Connective { kAnd, kOr, kXor };

// What tells one binary op of the family from another.
struct Entry {
  Connective connective;
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  absl::string_view c1;  // label of the constraint on shapes
};
const Entry& EntryOf(Connective connective);

absl::Status MakeBinaryKernel(Connective connective, const runtime::KernelRequest& request,
                              runtime::Kernel* kernel);
absl::Status MakeNotKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeBinarySamples(const Entry& entry);
Samples MakeNotSamples();

}  // namespace dagrad::ops::logical_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_LOGICAL_LOGICAL_INTERNAL_H_
