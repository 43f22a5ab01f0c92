#ifndef DAGRAD_TESTS_FUZZ_JSON_MUTATOR_H_
#define DAGRAD_TESTS_FUZZ_JSON_MUTATOR_H_

#include <cstddef>
#include <cstdint>

namespace dagrad::tests {

// A custom mutator for inputs of one byte and a JSON text behind it: values are replaced, moved,
// repeated or erased anywhere in the document; one mutant in ten has its bytes changed instead.
size_t MutateJsonBehindByte(uint8_t* data, size_t size, size_t max_size, unsigned seed);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_JSON_MUTATOR_H_
