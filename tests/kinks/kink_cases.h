#ifndef DAGRAD_TESTS_KINKS_KINK_CASES_H_
#define DAGRAD_TESTS_KINKS_KINK_CASES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"

namespace dagrad::tests {

// A function that is differentiated at its special points.
struct KinkFunction {
  absl::string_view name;
  Value (*build)(absl::Span<const Value> x);
};

// That of a case of golden.json: the function by whose name the case's begins, the longest of these
// ("BatchNormNan" is a case of "BatchNorm"). Null if there is none.
const KinkFunction* FindKinkFunction(absl::string_view case_name);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_KINKS_KINK_CASES_H_
