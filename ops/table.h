#ifndef DAGRAD_OPS_TABLE_H_
#define DAGRAD_OPS_TABLE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"

namespace dagrad::ops {

// Every op of dagrad, sorted by name. The objects live as long as the program; thread-safe.
absl::Span<const OpDef* const> AllOps();

// The op of that name, or that had it in older files, Input and State included; null if there is
// none. An OpLookup.
const OpDef* FindOp(absl::string_view name);

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_TABLE_H_
