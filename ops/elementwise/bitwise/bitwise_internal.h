#ifndef DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_INTERNAL_H_

#include "absl/strings/string_view.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::bitwise_internal {

enum class Kind { kAnd, kOr, kXor, kShiftLeft, kShiftRight };

// What tells one binary op of the family from another.
struct Entry {
  Kind kind;
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  absl::string_view c1;  // label of the constraint on shapes
};
const Entry& EntryOf(Kind kind);

absl::Status MakeBinaryKernel(Kind kind, const runtime::KernelRequest& request,
                              runtime::Kernel* kernel);
absl::Status MakeNotKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeBinarySamples(const Entry& entry);
Samples MakeNotSamples();

}  // namespace dagrad::ops::bitwise_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_BITWISE_BITWISE_INTERNAL_H_
