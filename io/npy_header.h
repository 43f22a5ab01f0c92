#ifndef DAGRAD_IO_NPY_HEADER_H_
#define DAGRAD_IO_NPY_HEADER_H_

#include <string>

#include "absl/status/statusor.h"
#include "dagrad/graph/shape.h"
#include "dagrad/io/file.h"

namespace dagrad::io {

// What a .npy file says of its array before the elements.
struct NpyHeader {
  std::string descr;  // "<f4"; "|O" for pickled objects
  bool fortran_order = false;
  Dims shape;
};
// Reads it, up to the first element. DataLoss for what NumPy would not write, Unimplemented for
// another version of the format, ResourceExhausted for a header of more than 65,536 bytes.
absl::StatusOr<NpyHeader> TakeNpyHeader(ByteReader* reader);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_NPY_HEADER_H_
