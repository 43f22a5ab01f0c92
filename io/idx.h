#ifndef DAGRAD_IO_IDX_H_
#define DAGRAD_IO_IDX_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::io {

struct ReadIdxOptions {
  size_t max_bytes = size_t{4} << 30;  // of the elements
  Budget budget = {};                  // takes the tensor's bytes for good
};

// Reads an IDX file, the format of MNIST (yann.lecun.com/exdb/mnist), plain or compressed with
// gzip: a type and a rank, the dims, the elements, big-endian, row-major. Unsigned bytes become
// uint8, 32-bit integers int32, floats float32 and float64; signed bytes and 16-bit integers become
// int32.
//
// DataLoss for a file that is truncated, has bytes left over or a wrong gzip checksum;
// Unimplemented for an unknown type; ResourceExhausted above `max_bytes`, and for a header that
// promises more than the file could hold.
absl::StatusOr<Tensor> ReadIdx(const std::string& path, const ReadIdxOptions& options = {});
absl::StatusOr<Tensor> ParseIdx(absl::string_view bytes, const ReadIdxOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_IDX_H_
