#ifndef DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_INTERNAL_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::binary_internal {

enum class Binary { kAdd, kSub, kMul, kDiv, kFloorMod, kMaximum, kMinimum };

// What tells one op of the family from another.
struct Entry {
  Binary op;
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  absl::string_view c1;  // label of the constraint on shapes
  uint32_t traits;
  absl::Status (*gradient)(GradContext&);
  absl::Span<const runtime::Rule> (*rules)() = nullptr;
  bool has_ties = false;  // attribute ties_to_a
};
const Entry& EntryOf(Binary op);

absl::Status AddGradient(GradContext& c);
absl::Status SubGradient(GradContext& c);
absl::Status MulGradient(GradContext& c);
absl::Status DivGradient(GradContext& c);
absl::Status FloorModGradient(GradContext& c);
absl::Status MaximumGradient(GradContext& c);
absl::Status MinimumGradient(GradContext& c);

absl::Span<const runtime::Rule> AddRules();
absl::Span<const runtime::Rule> SubRules();
absl::Span<const runtime::Rule> MulRules();
absl::Span<const runtime::Rule> DivRules();

absl::Status MakeKernel(Binary op, const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples(const Entry& entry);

}  // namespace dagrad::ops::binary_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_BINARY_BINARY_INTERNAL_H_
