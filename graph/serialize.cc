#include "dagrad/graph/serialize.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/proto_values.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/wire_scan.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace dagrad {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of the text format, whose parser recurses. The schema needs 6, and 3 for each function within a
// function; some more are read, so that the error is that of the depth of functions.
constexpr int kMaxTextDepth = 6 + 3 * (kMaxBodyDepth + 4);

// Recurses as deep as bodies nest.
bool HasUnknown(const Function& f) {  // NOLINT(misc-no-recursion)
  auto unknown = [](const auto& part) { return !part.unknown_fields.empty(); };
  return unknown(f) || std::any_of(f.outputs.begin(), f.outputs.end(), unknown) ||
         std::any_of(f.updates.begin(), f.updates.end(), unknown) ||
         std::any_of(f.nodes.begin(), f.nodes.end(), [&](const Node& n) {
           const std::vector<NamedBody> bodies = BodiesOf(n);
           return unknown(n) ||
                  std::any_of(n.attrs.entries().begin(), n.attrs.entries().end(), unknown) ||
                  std::any_of(bodies.begin(), bodies.end(),
                              [](const NamedBody& b) { return HasUnknown(b.body->function()); });
         });
}

bool HasUnknown(const Model& model) {
  auto unknown = [](const StateDecl& s) { return !s.unknown_fields.empty(); };
  return !model.unknown_fields.empty() ||
         std::any_of(model.states.begin(), model.states.end(), unknown) ||
         std::any_of(model.functions.begin(), model.functions.end(),
                     [](const Function& f) { return HasUnknown(f); });
}

// Keeps the first error of the text parser with its place.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty())
      text_ =
          absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", Printable(message, 512));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What ScanModelBytes counts in the binary format.
class Counter {
 public:
  // Recurses no deeper than kMaxBodyDepth.
  void Add(const proto::Function& f, int depth) {  // NOLINT(misc-no-recursion)
    too_deep_ |= depth > kMaxBodyDepth;
    if (too_deep_) return;
    ++functions_;
    nodes_ += f.nodes_size();
    for (const proto::Node& node : f.nodes()) {
      for (const proto::Attribute& a : node.attributes()) {
        if (a.has_function()) Add(a.function(), depth + 1);
      }
    }
  }
  absl::Status Check(const ReadLimits& limits) const {
    if (too_deep_) return serialize_internal::TooDeep();
    if (nodes_ > limits.nodes) {
      return ResourceExhaustedError(
          absl::StrCat("the file has more than ", limits.nodes, " nodes"));
    }
    if (functions_ <= limits.functions) return absl::OkStatus();
    return ResourceExhaustedError(
        absl::StrCat("the file has more than ", limits.functions, " functions"));
  }

 private:
  bool too_deep_ = false;
  int64_t nodes_ = 0;
  int64_t functions_ = 0;
};

absl::Status CheckCounts(const proto::Model& model, const ReadLimits& limits) {
  Counter counter;
  for (const proto::Function& f : model.functions()) counter.Add(f, 0);
  for (const proto::SharedFunction& f : model.shared_functions()) counter.Add(f.function(), 1);
  return counter.Check(limits);
}

absl::Status CheckUtf8(const FieldDescriptor& field, absl::string_view text) {
  if (IsUtf8(text)) return absl::OkStatus();
  return DataLossError(absl::StrCat("the file's ", field.containing_type()->name(), ".",
                                    field.name(), " is no UTF-8: \"", Printable(text, 32), "\""));
}

// What ScanModelBytes demands of the binary format's strings: the text format's parser does not ask
// what its escapes make. As deep as the text parser went.
absl::Status CheckStrings(const Message& message) {  // NOLINT(misc-no-recursion)
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  std::string scratch;
  for (const FieldDescriptor* field : fields) {
    const bool is_string = field->type() == FieldDescriptor::TYPE_STRING;
    if (!is_string && field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      DAGRAD_RETURN_IF_ERROR(
          is_string ? CheckUtf8(*field, reflection.GetStringReference(message, field, &scratch))
                    : CheckStrings(reflection.GetMessage(message, field)));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      DAGRAD_RETURN_IF_ERROR(is_string
                                 ? CheckUtf8(*field, reflection.GetRepeatedStringReference(
                                                         message, field, i, &scratch))
                                 : CheckStrings(reflection.GetRepeatedMessage(message, field, i)));
    }
  }
  return absl::OkStatus();
}

// ---- Messages stand in an arena: protobuf loses what it is about to add where an allocation
// fails, but an arena frees that too.

// What reading takes, lent while it reads.
struct ReadLeases {
  Budget::Lease message;
  Budget::Lease graph;
};

absl::StatusOr<ReadLeases> Lend(const absl::StatusOr<ReadMemory>& memory, const Budget& budget) {
  DAGRAD_RETURN_IF_ERROR(memory.status());
  ReadLeases leases;
  DAGRAD_ASSIGN_OR_RETURN(leases.message, budget.Lend(memory->message, "reading the file"));
  DAGRAD_ASSIGN_OR_RETURN(leases.graph, budget.Lend(memory->graph, "reading the file"));
  return leases;
}

absl::Status Reported(absl::Status status, std::vector<absl::Status>* errors) {
  if (errors != nullptr) errors->push_back(status);
  return status;
}

// The model of a message that has been read; its memory stays with whoever asked.
absl::StatusOr<Model> ToModel(const proto::Model& proto, const OpLookup& find_op,
                              const ReadLimits& limits, ReadLeases* leases,
                              std::vector<absl::Status>* errors) {
  if (absl::Status s = limits.budget.Check(); !s.ok()) return Reported(s, errors);
  absl::StatusOr<Model> model = FromProto(proto, find_op, errors);
  if (!model.ok()) return model;
  if (absl::Status s = limits.budget.Check(); !s.ok()) return Reported(s, errors);
  leases->graph.Keep();
  return model;
}

}  // namespace

absl::string_view Producer() { return "dagrad 0.1.0"; }

absl::StatusOr<std::string> SerializeModel(const Model& model) try {
  google::protobuf::Arena arena;
  auto* proto = google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
  DAGRAD_RETURN_IF_ERROR(ToProto(model, proto));
  const size_t size = proto->ByteSizeLong();
  if (size > INT_MAX) {
    return ResourceExhaustedError(
        absl::StrCat("the model takes ", size, " bytes; a protocol buffer has at most ", INT_MAX));
  }
  std::string bytes;
  bytes.reserve(size);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    if (!proto->SerializeToCodedStream(&out))
      return InternalError("protobuf could not serialize the model");
  }
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::string> ModelToText(const Model& model) try {
  if (HasUnknown(model)) {
    return FailedPreconditionError(
        "the model has fields of a newer version, which the text format cannot keep; save it as "
        "binary");
  }
  google::protobuf::Arena arena;
  auto* proto = google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
  DAGRAD_RETURN_IF_ERROR(ToProto(model, proto));
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseShortRepeatedPrimitives(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  if (!printer.PrintToString(*proto, &text))
    return InternalError("protobuf could not print the model");
  return text;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Model> ParseModel(absl::string_view bytes, const OpLookup& find_op,
                                 const ReadLimits& limits, std::vector<absl::Status>* errors) try {
  if (bytes.empty()) return Reported(DataLossError("the file is empty"), errors);
  absl::StatusOr<ReadLeases> leases = Lend(ScanModelBytes(bytes, limits), limits.budget);
  if (!leases.ok()) return Reported(leases.status(), errors);
  google::protobuf::Arena arena;
  auto* proto = google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
  if (!proto->ParseFromArray(bytes.data(),
                             static_cast<int>(std::min<size_t>(bytes.size(), INT_MAX)))) {
    return Reported(DataLossError("the file is no dagrad model"), errors);
  }
  return ToModel(*proto, find_op, limits, &*leases, errors);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Model> ParseModelText(absl::string_view text, const OpLookup& find_op,
                                     const ReadLimits& limits,
                                     std::vector<absl::Status>* errors) try {
  absl::StatusOr<ReadLeases> leases = Lend(ScanModelText(text, limits), limits.budget);
  if (!leases.ok()) return Reported(leases.status(), errors);
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.SetRecursionLimit(kMaxTextDepth);
  parser.RecordErrorsTo(&error);
  google::protobuf::Arena arena;
  auto* proto = google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
  google::protobuf::io::ArrayInputStream stream(
      text.data(), static_cast<int>(std::min<size_t>(text.size(), INT_MAX)));
  if (!parser.Parse(&stream, proto)) {
    return Reported(
        InvalidArgumentError(error.text().empty() ? "the text is no dagrad model" : error.text()),
        errors);
  }
  if (absl::Status s = CheckCounts(*proto, limits); !s.ok()) return Reported(s, errors);
  if (absl::Status s = CheckStrings(*proto); !s.ok()) return Reported(s, errors);
  return ToModel(*proto, find_op, limits, &*leases, errors);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad
