#ifndef DAGRAD_GRAPH_PROTO_VALUES_H_
#define DAGRAD_GRAPH_PROTO_VALUES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/graph.pb.h"
#include "dagrad/graph/shape.h"

// Reading the parts of a node from their messages; nothing in them is trusted.
namespace dagrad::serialize_internal {

// The fields of `message` that this version does not know, serialized.
std::string UnknownOf(const google::protobuf::Message& message);
absl::StatusOr<DType> ReadDType(proto::DType number);
absl::StatusOr<ValueType> ReadType(const proto::ValueType& in);
// Of any kind but function.
absl::StatusOr<Attribute> ReadAttribute(const proto::Attribute& in);
// The error of a file whose functions stand deeper within one another than kMaxBodyDepth.
absl::Status TooDeep();

}  // namespace dagrad::serialize_internal

#endif  // DAGRAD_GRAPH_PROTO_VALUES_H_
