#ifndef DAGRAD_IO_NPZ_H_
#define DAGRAD_IO_NPZ_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/pickle.h"

namespace dagrad::io {

// An array of a .npz file: a tensor or, of an array of objects, lists of integers.
struct NpzArray {
  Tensor tensor;       // not defined for lists
  IntegerLists lists;  // as Keras's imdb.npz and reuters.npz have them
};
using Npz = std::map<std::string, NpzArray>;  // by name, without ".npy"

struct ReadNpzOptions {
  size_t max_bytes = size_t{1} << 30;  // of the file, of what is unpacked, and of each array
  // Takes the arrays' bytes for good, and while it is read those of the file and of an array as it
  // is packed.
  Budget budget = {};
};

// NumPy's .npz files: zip archives of .npy files, stored or deflated; other files in them are left
// out. Errors are those of ListZip and, with the array's name, of UnpackZipMember, ReadNpy and, for
// arrays of objects, ParsePickledLists; DataLoss for two arrays of one name; ResourceExhausted
// above `max_bytes`. Thread-safe.
absl::StatusOr<Npz> ReadNpz(const std::string& path, const ReadNpzOptions& options = {});
absl::StatusOr<Npz> ParseNpz(absl::string_view bytes, const ReadNpzOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_NPZ_H_
