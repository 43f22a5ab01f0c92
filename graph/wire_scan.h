#ifndef DAGRAD_GRAPH_WIRE_SCAN_H_
#define DAGRAD_GRAPH_WIRE_SCAN_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/serialize.h"

namespace dagrad {

// Walks the wire format of a proto::Model and counts what parsing it would allocate, allocating
// nothing itself. ResourceExhausted beyond `limits`, DataLoss for bytes that are no protocol
// buffer.
absl::Status ScanModelBytes(absl::string_view bytes, const ReadLimits& limits);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_WIRE_SCAN_H_
