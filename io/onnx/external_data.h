#ifndef DAGRAD_IO_ONNX_EXTERNAL_DATA_H_
#define DAGRAD_IO_ONNX_EXTERNAL_DATA_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/file.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

// The files that tensors of a model keep their bytes in, which stand in the model's directory or
// below. A model is not trusted: a location is relative, its parts are names of directories and of
// one file, none of which is ".." or, but in front, "."; symbolic links lead to files that stand
// there too, or in the directory that the model's own link leads to, or below; and the file is a
// regular one that has no other name (hard link). Whatever else is PermissionDenied or
// InvalidArgument.
class ExternalData {
 public:
  // `directory` that the model file stands in. An empty one means that there are no such files:
  // tensors that have their bytes outside are FailedPrecondition. `linked` is where that file
  // stands if it is a symbolic link, a canonical path; else empty (io::MappedFile::OpenInside).
  explicit ExternalData(std::string directory, Budget budget = {}, std::string linked = "")
      : directory_(std::move(directory)), linked_(std::move(linked)), budget_(std::move(budget)) {}

  // A tensor of `dtype` and `dims` whose bytes are where the entries of tensor.external_data say:
  // location, offset (0 without), length (to the end of the file without); checksum, and what ONNX
  // Runtime keeps there ("prepacked_…"), are not looked at. The bytes are of the mapped file where
  // their alignment allows that, else a copy; so the file must stay as it is while the tensor lives
  // (io::MappedFile). InvalidArgument for another key, or one that is given twice, and for numbers
  // that are none; DataLoss where the file or the length does not have the bytes that the dims
  // need.
  absl::StatusOr<Tensor> Load(const proto::Tensor& tensor, DType dtype, const Dims& dims);

  const Budget& budget() const { return budget_; }

 private:
  absl::StatusOr<std::shared_ptr<io::MappedFile>> Open(const std::string& location);

  std::string directory_, linked_;
  Budget budget_;
  std::map<std::string, std::shared_ptr<io::MappedFile>> files_;
};

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXTERNAL_DATA_H_
