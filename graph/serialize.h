#ifndef DAGRAD_GRAPH_SERIALIZE_H_
#define DAGRAD_GRAPH_SERIALIZE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/graph.pb.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/tensor.h"

namespace dagrad {

// The version of graph.proto that is written, and the newest that is read.
inline constexpr int64_t kFormatVersion = 1;

// Named as required by files with functions in attributes (body.h).
inline constexpr char kFunctionsFeature[] = "functions";

// What is written as Model.producer.
absl::string_view Producer();

// What a file may ask for; more is ResourceExhausted. Counted on the bytes, before anything is
// allocated for them.
struct ReadLimits {
  size_t bytes = size_t{256} << 20;
  int64_t nodes = 1'000'000;  // of all functions together
  int64_t functions = 10'000;
  int64_t node_fields = 65'536;  // inputs, attributes and outputs of one node
  // That reading takes at its peak, beside the bytes: an empty message of 2 bytes takes 250.
  int64_t memory = int64_t{5} << 29;
  // Lends `memory` (as counted), and keeps what the model takes; its time is looked at between the
  // steps of reading.
  Budget budget = {};
};

// ---- Writing. A model or function that is not sound in itself (a null op, a reference out of
// range, text that is no UTF-8) is InvalidArgument naming the node. Equal models give equal bytes.
// A body that several attributes share (the same object) is written once in a model, and shared
// again when it is read.
absl::Status ToProto(const Model& model, proto::Model* out);
absl::Status ToProto(const Function& function, proto::Function* out);
void ToProto(const Tensor& tensor, proto::Tensor* out);

absl::StatusOr<std::string> SerializeModel(const Model& model);
// Protobuf's text format. Fields of newer versions, kept as unknown ones, have no names that could
// be read again: FailedPrecondition.
absl::StatusOr<std::string> ModelToText(const Model& model);

// ---- Reading. Files are not trusted: whatever they hold, the result is a validated model
// (ValidateModel) or a status that names function, node, op and line. Nodes may stand in any order:
// they are sorted, keeping the file's order if it will do; a cycle is InvalidArgument naming its
// nodes. Nodes of an older version of their op become such of today's (OpDef::upgrade). A newer
// format or op version, an unknown op and a feature that this version lacks are Unimplemented,
// named with the version.
//
// `errors`, if given, receives all errors found, at most 100, instead of the first alone.
absl::StatusOr<Model> FromProto(const proto::Model& in, const OpLookup& find_op,
                                std::vector<absl::Status>* errors = nullptr);
absl::StatusOr<Function> FromProto(const proto::Function& in, const OpLookup& find_op,
                                   std::vector<absl::Status>* errors = nullptr);
// DataLoss if the bytes are not as many as the shape says.
absl::StatusOr<Tensor> FromProto(const proto::Tensor& in);

absl::StatusOr<Model> ParseModel(absl::string_view bytes, const OpLookup& find_op,
                                 const ReadLimits& limits = {},
                                 std::vector<absl::Status>* errors = nullptr);
// An error of syntax has its line and column.
absl::StatusOr<Model> ParseModelText(absl::string_view text, const OpLookup& find_op,
                                     const ReadLimits& limits = {},
                                     std::vector<absl::Status>* errors = nullptr);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_SERIALIZE_H_
