#ifndef DAGRAD_IO_NPY_TEXT_H_
#define DAGRAD_IO_NPY_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/file.h"

namespace dagrad::io {

// NumPy's arrays of text: elements of one size, filled up with zeros.
struct NpyText {
  bool is_unicode = false;  // UTF-32 (little-endian), else bytes
  int64_t size = 0;         // of an element, in characters or bytes

  int64_t bytes() const { return is_unicode ? 4 * size : size; }
};

// Of "<U5" or "|S5"; none for what is no type of text.
std::optional<NpyText> ParseNpyText(absl::string_view descr);

// All that `reader` has left, as strings in the order of the file; UTF-8 of what is unicode.
// DataLoss where it is not as long as `dims` need, or has what is no character.
absl::StatusOr<Tensor> ReadNpyText(ByteReader* reader, const NpyText& text, const Dims& dims,
                                   const Budget& budget);

// The elements of the strings as unicode, and their type. InvalidArgument, with its number, for a
// string that is no UTF-8, or ends with a zero, which NumPy drops; ResourceExhausted beyond 4 GiB.
struct EncodedNpyText {
  std::string descr;
  std::string bytes;
};
absl::StatusOr<EncodedNpyText> EncodeNpyText(const Tensor& strings);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_NPY_TEXT_H_
