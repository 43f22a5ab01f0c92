#ifndef DAGRAD_GRAPH_WIRE_SCAN_H_
#define DAGRAD_GRAPH_WIRE_SCAN_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/serialize.h"

namespace dagrad {

// Bytes of memory that reading a file takes at its peak, as bounds from above.
struct ReadMemory {
  int64_t message = 0;  // of the protocol buffer
  int64_t graph = 0;    // of what is made of it
  int64_t total() const { return message + graph; }
};

// Walks the wire format of a proto::Model and counts what reading it would take, allocating next to
// nothing itself. ResourceExhausted beyond `limits`, DataLoss for bytes that are no protocol
// buffer.
absl::StatusOr<ReadMemory> ScanModelBytes(absl::string_view bytes, const ReadLimits& limits);

// The same bound for protobuf's text format, where it is several times as large as what is needed.
absl::StatusOr<ReadMemory> ScanModelText(absl::string_view text, const ReadLimits& limits);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_WIRE_SCAN_H_
