#ifndef DAGRAD_TESTS_HOSTILE_SIZE_VARIANTS_H_
#define DAGRAD_TESTS_HOSTILE_SIZE_VARIANTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "dagrad/tests/op_cases.h"

namespace dagrad::tests {

// A use of an op with other sizes than its sample's.
struct SizeVariant {
  AttrMap attrs;
  std::vector<ValueType> inputs;

  std::string ToString() const;  // "float32[3,0], float32[0]; axis=1"
};

// Calls `visit` with the case's own sizes and with every variant of them: where each axis of each
// input, of each attribute that is a shape, and each integer of an attribute, by itself and
// together with all that have the same size in the sample (so that what has to agree does), is 0,
// 2^31 - 1, 2^31, 2^40, or 1; and where two such sizes are one 0 and the other 2^40. Many are none
// that the op accepts.
void ForSizeVariants(const OpCase& c, absl::FunctionRef<void(const SizeVariant&)> visit);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_SIZE_VARIANTS_H_
