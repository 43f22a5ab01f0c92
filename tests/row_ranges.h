#ifndef DAGRAD_TESTS_ROW_RANGES_H_
#define DAGRAD_TESTS_ROW_RANGES_H_

#include <cstddef>
#include <random>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::tests {

// The buffers that `args` points to. An output may be one of the inputs.
struct RowBuffers {
  runtime::KernelArgs args;
  absl::Span<const size_t> input_bytes;
  absl::Span<const size_t> output_bytes;
};

// Runs a phase by rows in ranges drawn from `bits`, in an order drawn from it, each with scratch of
// its own. While a range is computed, poison stands wherever the phase says that it neither reads
// nor writes: in the other rows of aligned inputs, and of the outputs that it writes. An error if
// it writes there or beside its scratch. At the end the buffers hold what one run over all rows
// leaves, if the phase keeps its word.
absl::Status RunInRanges(const runtime::Phase& phase, const RowBuffers& buffers,
                         std::mt19937* bits);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_ROW_RANGES_H_
