#ifndef DAGRAD_IO_NPY_H_
#define DAGRAD_IO_NPY_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::io {

// NumPy's .npy files, versions 1 to 3
// (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
//
// Read: every dtype but bfloat16, which NumPy lacks, little-endian, in C or Fortran order (which
// becomes row-major); text ("<U5", "|S5") becomes strings. Unimplemented, naming the type, for
// others; DataLoss for a file that is cut, has bytes left over or a header that NumPy would not
// write; InvalidArgument for shapes beyond CheckedNumElements.
//
// `budget` takes the tensor's bytes for good.
absl::StatusOr<Tensor> ReadNpy(const std::string& path, const Budget& budget = {});
absl::StatusOr<Tensor> ParseNpy(absl::string_view bytes, const Budget& budget = {});

// Written: version 1, C order, as NumPy writes it; strings as unicode. All or nothing (WriteFile).
// Unimplemented for bfloat16; InvalidArgument for strings that are no UTF-8 or end with a zero.
absl::Status WriteNpy(const std::string& path, const Tensor& tensor);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_NPY_H_
