#ifndef DAGRAD_TESTS_KINKS_REASONS_H_
#define DAGRAD_TESTS_KINKS_REASONS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace dagrad::tests {

// Why dagrad is not as PyTorch.
struct Explanation {
  absl::string_view key;
  absl::string_view text;
};
absl::Span<const Explanation> AllExplanations();

// Where that holds.
struct Reason {
  absl::string_view key;         // of the explanation
  absl::string_view name;        // of the case, or what it begins with
  absl::string_view derivative;  // "∂/∂x"; empty: any
  absl::string_view value;       // dagrad's, as the document has it; empty: any
};
absl::Span<const Reason> AllReasons();

// The first reason that holds there; null if there is none.
const Reason* FindReason(absl::string_view name, absl::string_view derivative,
                         absl::string_view value);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_KINKS_REASONS_H_
