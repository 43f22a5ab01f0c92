#ifndef DAGRAD_IO_PICKLE_H_
#define DAGRAD_IO_PICKLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"

namespace dagrad::io {

using IntegerLists = std::vector<std::vector<int64_t>>;

// The elements of a NumPy array of objects, one axis of `count` lists of integers, as Python
// pickled it by protocol 2, 3, 4 or 5: what follows the header of such a .npy file
// (docs.python.org/3/library/pickletools.html has the format).
//
// A pickle is a program that may call any function of Python; nothing is called here. Known are
// the instructions that make numbers, texts, lists and tuples, and of functions and classes
// numpy.ndarray, numpy.dtype, numpy.core.multiarray._reconstruct (also in numpy._core) and
// _codecs.encode, which only describe the array. Unimplemented for all else, by name; DataLoss for
// what is cut, has bytes left over, or is no such array; ResourceExhausted where more than
// `max_bytes` come out of it. `budget` takes what comes out for good. Thread-safe.
absl::StatusOr<IntegerLists> ParsePickledLists(absl::string_view bytes, int64_t count,
                                               size_t max_bytes, const Budget& budget = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_PICKLE_H_
