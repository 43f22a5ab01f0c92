#ifndef DAGRAD_IO_ONNX_EXPORT_SIZES_H_
#define DAGRAD_IO_ONNX_EXPORT_SIZES_H_

#include <functional>
#include <string>
#include <utility>

#include "dagrad/graph/shape.h"
#include "dagrad/io/onnx/export/node_writer.h"

namespace dagrad::onnx {

// The dimensions of a run as values of the graph, whose symbols stand for what only the run knows.
class Sizes {
 public:
  // Gives the name of an int64[1] that is `dim`, if there is one without a formula; else "".
  using Find = std::function<std::string(const Dim& dim)>;
  Sizes(NodeWriter* writer, Find find) : writer_(writer), find_(std::move(find)) {}

  // The value of `dim`, int64[1]: nodes that compute its formula, made once.
  std::string Of(const Dim& dim);
  // All dimensions of a shape, int64[rank].
  std::string Of(const Shape& shape);
  // A symbol that had no value; empty if there was none.
  const std::string& unknown() const { return unknown_; }

 private:
  NodeWriter* writer_;
  Find find_;
  HashMap<std::string, std::string> names_;
  std::string unknown_;
};

// Dimension `axis` of the value `name`, int64[1].
std::string SizeOfAxis(NodeWriter* writer, const std::string& name, int axis);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_SIZES_H_
