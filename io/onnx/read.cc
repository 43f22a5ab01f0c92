#include "dagrad/io/onnx/read.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/message.h"
#include "google/protobuf/wire_format_lite.h"

namespace dagrad::onnx {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Of one element of a repeated field, whose list may have room for twice as many and hold the old
// ones too while it grows.
constexpr int64_t kPointer = 4 * sizeof(void*);
constexpr int64_t kHeap = 16;

class Scanner {
 public:
  explicit Scanner(const ReadLimits& limits) : limits_(limits) {}

  int64_t memory() const { return memory_; }

  // Its depth is that of nested graphs, which is limited, times that of the schema.
  absl::Status Message(CodedInputStream* in, const Descriptor* type, int depth) {  // NOLINT
    while (const uint32_t tag = in->ReadTag()) {
      const FieldDescriptor* field =
          type->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
        DAGRAD_RETURN_IF_ERROR(Number(in, tag, field));
      } else {
        DAGRAD_RETURN_IF_ERROR(Delimited(in, field, depth));
      }
    }
    if (!in->ConsumedEntireMessage()) return Broken(*in);
    return absl::OkStatus();
  }

 private:
  static absl::Status Broken(const CodedInputStream& in) {
    return DataLossError(
        absl::StrCat("the file is no protocol buffer (byte ", in.CurrentPosition(), ")"));
  }

  absl::Status Take(int64_t bytes) {
    memory_ += bytes;
    if (memory_ <= limits_.memory) return absl::OkStatus();
    return ResourceExhaustedError(
        absl::StrCat("reading the file takes more than ", limits_.memory, " bytes of memory"));
  }

  static absl::Status Count(int64_t* counter, int64_t limit, absl::string_view what) {
    if (++*counter <= limit) return absl::OkStatus();
    return ResourceExhaustedError(absl::StrCat("the file has more than ", limit, " ", what));
  }

  absl::Status Number(CodedInputStream* in, uint32_t tag, const FieldDescriptor* field) {
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_START_GROUP ||
        type == WireFormatLite::WIRETYPE_END_GROUP || !WireFormatLite::SkipField(in, tag)) {
      return Broken(*in);
    }
    // Unknown fields are kept, as bytes.
    return Take(field != nullptr && !field->is_repeated() ? 0 : 4 * sizeof(int64_t));
  }

  absl::Status Delimited(CodedInputStream* in, const FieldDescriptor* field, int depth) {  // NOLINT
    int size = 0;
    if (!in->ReadVarintSizeAsInt(&size) || size > in->BytesUntilLimit()) return Broken(*in);
    if (field == nullptr || field->message_type() == nullptr) return Plain(in, field, size);
    const Descriptor* type = field->message_type();
    if (type == proto::Node::descriptor())
      DAGRAD_RETURN_IF_ERROR(Count(&nodes_, limits_.nodes, "nodes"));
    if (type == proto::Function::descriptor())
      DAGRAD_RETURN_IF_ERROR(Count(&functions_, limits_.functions, "functions"));
    const bool nested = field->containing_type() == proto::Attribute::descriptor() &&
                        type == proto::Graph::descriptor();
    if (nested && ++depth > limits_.depth) {
      return ResourceExhaustedError(
          absl::StrCat("graphs are nested more than ", limits_.depth, " deep"));
    }
    // Types of sequences of sequences, and what else is nested without being a graph.
    if (++messages_deep_ > kMostMessagesDeep)
      return ResourceExhaustedError("messages are nested too deep");
    DAGRAD_RETURN_IF_ERROR(Take(SizeOf(type) + kPointer + kHeap));
    const CodedInputStream::Limit limit = in->PushLimit(size);
    DAGRAD_RETURN_IF_ERROR(Message(in, type, depth));
    in->PopLimit(limit);
    --messages_deep_;
    return absl::OkStatus();
  }

  // Bytes, a text or packed numbers.
  absl::Status Plain(CodedInputStream* in, const FieldDescriptor* field, int size) {
    if (field != nullptr && field->is_packable()) {
      // A number of one byte may take eight.
      DAGRAD_RETURN_IF_ERROR(Take(int64_t{size} * (IsFixed(field) ? 3 : 24)));
      return in->Skip(size) ? absl::OkStatus() : Broken(*in);
    }
    DAGRAD_RETURN_IF_ERROR(Take(sizeof(std::string) + size + kPointer + kHeap));
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_STRING)
      return in->Skip(size) ? absl::OkStatus() : Broken(*in);
    std::string text;
    if (!in->ReadString(&text, size)) return Broken(*in);
    if (IsUtf8(text)) return absl::OkStatus();
    return DataLossError(absl::StrCat("the file's ", field->containing_type()->name(), ".",
                                      field->name(), " is no UTF-8: \"", Printable(text, 32),
                                      "\""));
  }

  static bool IsFixed(const FieldDescriptor* field) {
    return field->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ||
           field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
  }

  static int64_t SizeOf(const Descriptor* type) {
    return static_cast<int64_t>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->SpaceUsedLong());
  }

  static constexpr int kMostMessagesDeep = 90;  // protobuf reads 100

  const ReadLimits& limits_;
  int64_t nodes_ = 0, functions_ = 0, memory_ = 0;
  int messages_deep_ = 0;
};

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view bytes, const ReadLimits& limits) {
  int64_t memory = 0;
  DAGRAD_RETURN_IF_ERROR(ScanBytes(bytes, Message::default_instance(), limits, &memory));
  DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease, limits.budget.Lend(memory, "the file"));
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return DataLossError("the file is no protocol buffer of ONNX");
  return message;
}

template <typename Message>
absl::StatusOr<Message> Read(const std::string& path, const ReadLimits& limits) {
  Budget::Lease lease;
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes,
                          io::ReadFile(path, limits.bytes, limits.budget, &lease));
  absl::StatusOr<Message> message = Parse<Message>(bytes, limits);
  if (!message.ok()) return Prefixed(path, message.status());
  return message;
}

}  // namespace

absl::Status ScanBytes(absl::string_view bytes, const google::protobuf::Message& message,
                       const ReadLimits& limits, int64_t* memory) {
  if (bytes.size() > limits.bytes || bytes.size() > INT32_MAX) {
    return ResourceExhaustedError(
        absl::StrCat("the file has ", bytes.size(), " bytes; the limit is ", limits.bytes));
  }
  const auto size = static_cast<int>(bytes.size());
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()), size);
  in.SetTotalBytesLimit(size);
  const CodedInputStream::Limit limit = in.PushLimit(size);
  Scanner scanner(limits);
  DAGRAD_RETURN_IF_ERROR(scanner.Message(&in, message.GetDescriptor(), 0));
  in.PopLimit(limit);
  *memory = scanner.memory();
  return absl::OkStatus();
}

absl::StatusOr<proto::Model> ParseModel(absl::string_view bytes, const ReadLimits& limits) {
  return Parse<proto::Model>(bytes, limits);
}

absl::StatusOr<proto::Model> ReadModel(const std::string& path, const ReadLimits& limits) {
  return Read<proto::Model>(path, limits);
}

absl::StatusOr<proto::Tensor> ReadTensorFile(const std::string& path, const ReadLimits& limits) {
  return Read<proto::Tensor>(path, limits);
}

}  // namespace dagrad::onnx
