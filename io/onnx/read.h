#ifndef DAGRAD_IO_ONNX_READ_H_
#define DAGRAD_IO_ONNX_READ_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

// What an ONNX file may ask for; more is ResourceExhausted. Counted on the bytes, before anything
// is allocated for them.
struct ReadLimits {
  size_t bytes = (size_t{1} << 31) - 1;  // protobuf's own limit
  int64_t nodes = 1'000'000;             // of all graphs and functions together
  int64_t functions = 10'000;
  int depth = 16;  // of graphs in attributes of nodes
  // Of the message in memory, beside the bytes.
  int64_t memory = int64_t{1} << 32;
  Budget budget = {};  // lends the memory, as counted
};

// Walks the wire format of `message` and counts what reading it takes. DataLoss for bytes that are
// no protocol buffer, and for a text that is no UTF-8; ResourceExhausted beyond `limits`.
absl::Status ScanBytes(absl::string_view bytes, const google::protobuf::Message& message,
                       const ReadLimits& limits, int64_t* memory);

// Scans and parses. Nothing of its content has been checked.
absl::StatusOr<proto::Model> ParseModel(absl::string_view bytes, const ReadLimits& limits = {});
absl::StatusOr<proto::Model> ReadModel(const std::string& path, const ReadLimits& limits = {});
absl::StatusOr<proto::Tensor> ReadTensorFile(const std::string& path,
                                             const ReadLimits& limits = {});

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_READ_H_
