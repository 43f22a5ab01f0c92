#ifndef DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_INTERNAL_H_

#include "absl/strings/string_view.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/simd/binary.h"

namespace dagrad::ops::compare_internal {

using Relation = runtime::simd::Comparison;

// What tells one op of the family from another.
struct Entry {
  Relation relation;
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  absl::string_view c1;  // label of the constraint on shapes
  DTypeSet dtypes;
  bool commutative;
};
const Entry& EntryOf(Relation relation);

absl::Status MakeKernel(Relation relation, const runtime::KernelRequest& request,
                        runtime::Kernel* kernel);
Samples MakeSamples(const Entry& entry);

}  // namespace dagrad::ops::compare_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_COMPARE_COMPARE_INTERNAL_H_
