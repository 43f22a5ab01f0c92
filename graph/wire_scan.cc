#include "dagrad/graph/wire_scan.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/proto_values.h"
#include "dagrad/graph/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dagrad {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The wire format: developers.google.com/protocol-buffers/docs/encoding.
class Wire {
 public:
  Wire(absl::string_view bytes, size_t offset) : rest_(bytes), offset_(offset) {}

  bool done() const { return rest_.empty(); }
  size_t offset() const { return offset_; }

  absl::Status Varint(uint64_t* value) {
    *value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (rest_.empty()) return Broken("ends within a number");
      const unsigned char c = rest_[0];
      Skip(1);
      if (shift < 64) *value |= uint64_t{c & 0x7Fu} << shift;
      if (c < 0x80) return absl::OkStatus();
    }
    return Broken("has a number of more than 10 bytes");
  }

  absl::Status Take(uint64_t size, absl::string_view* out) {
    if (size > rest_.size()) {
      return Broken(
          absl::StrCat("has a field of ", size, " bytes where ", rest_.size(), " are left"));
    }
    *out = rest_.substr(0, size);
    Skip(size);
    return absl::OkStatus();
  }

  absl::Status Broken(absl::string_view what) const {
    return DataLossError(absl::StrCat("the file ", what, " (byte ", offset_, ")"));
  }

 private:
  void Skip(size_t n) {
    rest_.remove_prefix(n);
    offset_ += n;
  }

  absl::string_view rest_;
  size_t offset_;
};

// ---- What reading takes, bounded from above. A list that grows has room for twice its elements,
// and holds the old ones too: in graphs for a while, so an element counts three times; in the
// messages' arena for good, so its pointer counts four times.

constexpr int64_t kPointers = 4 * sizeof(void*);

constexpr int64_t kHeap = 16;  // what the heap, or the arena's list of clean-ups, adds to a block

// Of text of so many bytes: within the string up to 15.
int64_t TextBytes(int64_t size) {
  return static_cast<int64_t>(sizeof(std::string)) + (size < 16 ? 0 : size + 2 * kHeap);
}

// Of what a message becomes in a graph, without its texts.
int64_t GraphBytes(const Descriptor* type) {
  constexpr int64_t kIndexed = 128;  // a node's entries in the tables of names and numbers
  const std::pair<const Descriptor*, size_t> sizes[] = {
      {proto::Node::descriptor(), sizeof(Node) + kIndexed},
      {proto::Attribute::descriptor(), 3 * sizeof(AttrMap::Entry)},
      {proto::ValueType::descriptor(), 3 * sizeof(ValueType)},
      {proto::Tensor::descriptor(), sizeof(Tensor) + kTensorAlignment},
      {proto::State::descriptor(), 3 * sizeof(StateDecl)},
      {proto::Output::descriptor(), 3 * sizeof(Function::Output)},
      {proto::Update::descriptor(), 3 * sizeof(Function::Update)},
      {proto::Function::descriptor(), 3 * sizeof(Body)},
      {proto::SharedFunction::descriptor(), kIndexed}};
  for (const auto& [message, size] : sizes) {
    if (message == type) return static_cast<int64_t>(size) + kHeap;
  }
  return 0;
}

// By the number of each message in the schema; the last is for entries of maps.
class MessageSizes {
 public:
  MessageSizes() {
    const google::protobuf::FileDescriptor* file = proto::Model::descriptor()->file();
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* type = file->message_type(i);
      const google::protobuf::Message* empty =
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
      const auto size = static_cast<int64_t>(empty->SpaceUsedLong());
      sizes_.push_back({size + kPointers + kHeap, GraphBytes(type)});
    }
    sizes_.push_back({kMapEntry, kMapEntry});
  }
  const ReadMemory& Of(const Descriptor* type) const {
    return type->containing_type() == nullptr ? sizes_[type->index()] : sizes_.back();
  }
  ReadMemory Largest() const {
    ReadMemory largest;
    for (const ReadMemory& m : sizes_) {
      largest.message = std::max(largest.message, m.message);
      largest.graph = std::max(largest.graph, m.graph);
    }
    return largest;
  }

 private:
  static constexpr int64_t kMapEntry = 128;
  std::vector<ReadMemory> sizes_;
};

const MessageSizes& Sizes() {
  static const auto* const sizes = new MessageSizes();
  return *sizes;
}

absl::Status CheckMemory(const ReadMemory& memory, const ReadLimits& limits) {
  if (memory.total() <= limits.memory) return absl::OkStatus();
  return ResourceExhaustedError(
      absl::StrCat("reading the file takes more than ", limits.memory, " bytes of memory"));
}

absl::Status CheckFileBytes(absl::string_view bytes, const ReadLimits& limits) {
  if (bytes.size() <= limits.bytes) return absl::OkStatus();
  return ResourceExhaustedError(
      absl::StrCat("the file has ", bytes.size(), " bytes; the limit is ", limits.bytes));
}

class Scanner {
 public:
  explicit Scanner(const ReadLimits& limits) : limits_(limits) {}

  const ReadMemory& memory() const { return memory_; }

  // The schema recurses in functions within attributes only, which are counted: so its depth is
  // bounded.
  absl::Status Message(absl::string_view bytes, size_t offset,
                       const Descriptor* type) {  // NOLINT(misc-no-recursion)
    Wire wire(bytes, offset);
    int64_t fields = 0;
    while (!wire.done()) {
      uint64_t tag = 0;
      DAGRAD_RETURN_IF_ERROR(wire.Varint(&tag));
      if (tag > UINT32_MAX || tag >> 3 == 0)
        return wire.Broken(absl::StrCat("has the impossible field tag ", tag));
      if (type == proto::Node::descriptor()) {
        DAGRAD_RETURN_IF_ERROR(Count(&fields, 1, limits_.node_fields, "fields of one node"));
      }
      DAGRAD_RETURN_IF_ERROR(Field(&wire, static_cast<uint32_t>(tag), type));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Count(int64_t* counter, int64_t n, int64_t limit, absl::string_view what) {
    *counter += n;
    if (*counter <= limit) return absl::OkStatus();
    return ResourceExhaustedError(absl::StrCat("the file has more than ", limit, " ", what));
  }

  absl::Status Take(int64_t message, int64_t graph) {
    memory_.message += message;
    memory_.graph += graph;
    return CheckMemory(memory_, limits_);
  }

  absl::Status Text(const FieldDescriptor* field, size_t size) {
    const auto letters = static_cast<int64_t>(size);
    const int64_t pointers = field != nullptr && field->is_repeated() ? kPointers : 0;
    return Take(TextBytes(letters) + pointers + kHeap, GraphTextBytes(field, letters) + pointers);
  }

  // What a text becomes in a graph: a formula, a reference to a node or an op, or the same text.
  static int64_t GraphTextBytes(const FieldDescriptor* field, int64_t letters) {
    constexpr int64_t kDim = 3 * sizeof(Dim) + 96, kDimLetter = 32;
    const absl::string_view name = field == nullptr ? "" : absl::string_view(field->name());
    if (name == "dims") return kDim + letters * kDimLetter;
    if (name == "inputs" || name == "op") return 3 * sizeof(ValueRef);
    return TextBytes(letters);
  }

  absl::Status Field(Wire* wire, uint32_t tag,
                     const Descriptor* type) {  // NOLINT(misc-no-recursion)
    uint64_t number = 0;
    absl::string_view bytes;
    // A number: in a list, or kept as of an unknown field.
    if ((tag & 7) != 2) DAGRAD_RETURN_IF_ERROR(Take(kNumber, kNumber));
    switch (tag & 7) {
      case 0:
        return wire->Varint(&number);
      case 1:
        return wire->Take(8, &bytes);
      case 2:
        DAGRAD_RETURN_IF_ERROR(wire->Varint(&number));
        DAGRAD_RETURN_IF_ERROR(wire->Take(number, &bytes));
        return Delimited(bytes, wire->offset() - bytes.size(),
                         type->FindFieldByNumber(static_cast<int>(tag >> 3)));
      case 3:
      case 4:
        return wire->Broken("has groups, which no version of the format uses");
      case 5:
        return wire->Take(4, &bytes);
      default:
        return wire->Broken(absl::StrCat("has wire type ", tag & 7));
    }
  }

  absl::Status Delimited(absl::string_view bytes, size_t offset,
                         const FieldDescriptor* field) {  // NOLINT(misc-no-recursion)
    if (field == nullptr) {
      DAGRAD_RETURN_IF_ERROR(Take(kNumber, 0));
      return Text(nullptr, bytes.size());
    }
    if (field->is_packable()) {
      // An integer of one byte takes up to eight in memory.
      const size_t size = field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ? 8 : 1;
      const auto count = static_cast<int64_t>(bytes.size() / size);
      return Take(count * kNumber, count * kNumber);
    }
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(bytes)) {
      return DataLossError(absl::StrCat("the file's ", field->containing_type()->name(), ".",
                                        field->name(), " is no UTF-8 (byte ", offset, "): \"",
                                        Printable(bytes, 32), "\""));
    }
    if (field->message_type() == nullptr) return Text(field, bytes.size());
    const ReadMemory& size = Sizes().Of(field->message_type());
    DAGRAD_RETURN_IF_ERROR(Take(size.message, size.graph));
    if (field->message_type() == proto::Node::descriptor()) {
      DAGRAD_RETURN_IF_ERROR(Count(&nodes_, 1, limits_.nodes, "nodes"));
    } else if (field->message_type() == proto::Function::descriptor()) {
      DAGRAD_RETURN_IF_ERROR(Count(&functions_, 1, limits_.functions, "functions"));
    }
    const bool is_body = field->containing_type() == proto::Attribute::descriptor() &&
                         field->message_type() == proto::Function::descriptor();
    if (!is_body) return Message(bytes, offset, field->message_type());
    if (depth_ >= kMaxBodyDepth) return serialize_internal::TooDeep();
    ++depth_;
    DAGRAD_RETURN_IF_ERROR(Message(bytes, offset, field->message_type()));
    --depth_;
    return absl::OkStatus();
  }

  static constexpr int64_t kNumber = 4 * sizeof(int64_t);

  const ReadLimits& limits_;
  int64_t nodes_ = 0;
  int64_t functions_ = 0;
  int depth_ = 0;  // of functions within attributes
  ReadMemory memory_;
};

}  // namespace

absl::StatusOr<ReadMemory> ScanModelBytes(absl::string_view bytes, const ReadLimits& limits) {
  DAGRAD_RETURN_IF_ERROR(CheckFileBytes(bytes, limits));
  Scanner scanner(limits);
  DAGRAD_RETURN_IF_ERROR(scanner.Message(bytes, 0, proto::Model::descriptor()));
  return scanner.memory();
}

// A message begins with a brace, any other element behind a colon or a comma.
absl::StatusOr<ReadMemory> ScanModelText(absl::string_view text, const ReadLimits& limits) {
  DAGRAD_RETURN_IF_ERROR(CheckFileBytes(text, limits));
  int64_t messages = 0;
  int64_t others = 0;
  for (char c : text) {
    messages += c == '{' || c == '<' ? 1 : 0;
    others += c == ':' || c == ',' ? 1 : 0;
  }
  const ReadMemory largest = Sizes().Largest();
  const int64_t each = TextBytes(0) + kPointers + kHeap;
  const auto size = static_cast<int64_t>(text.size());
  const ReadMemory memory = {messages * largest.message + others * each + size,
                             messages * largest.graph + others * each + size};
  DAGRAD_RETURN_IF_ERROR(CheckMemory(memory, limits));
  return memory;
}

}  // namespace dagrad
