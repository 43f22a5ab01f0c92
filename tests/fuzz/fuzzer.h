#ifndef DAGRAD_TESTS_FUZZ_FUZZER_H_
#define DAGRAD_TESTS_FUZZ_FUZZER_H_

#include <cstddef>
#include <cstdint>

// The interface of libFuzzer (llvm.org/docs/LibFuzzer.html) that a target here implements. With
// --config=fuzz it is linked with libFuzzer; as a test, with replay.cc, which runs the files of the
// corpus.
extern "C" {

// Runs one input. Ends the process if it finds something (Finding, a sanitizer).
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// libFuzzer's own mutator of bytes; does nothing in a replay.
size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// What a target may implement.
size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1, const uint8_t* data2,
                                 size_t size2, uint8_t* out, size_t max_out_size, unsigned seed);
}

#endif  // DAGRAD_TESTS_FUZZ_FUZZER_H_
