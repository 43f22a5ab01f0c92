#include "dagrad/graph/wire_scan.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "google/protobuf/descriptor.h"

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
    return absl::DataLossError(absl::StrCat("the file ", what, " (byte ", offset_, ")"));
  }

 private:
  void Skip(size_t n) {
    rest_.remove_prefix(n);
    offset_ += n;
  }

  absl::string_view rest_;
  size_t offset_;
};

class Scanner {
 public:
  explicit Scanner(const ReadLimits& limits) : limits_(limits) {}

  // The schema is not recursive, so neither is this without bound: its depth is that of the schema.
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
      DAGRAD_RETURN_IF_ERROR(Count(&elements_, 1, limits_.elements, "elements"));
      DAGRAD_RETURN_IF_ERROR(Field(&wire, static_cast<uint32_t>(tag), type));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Count(int64_t* counter, int64_t n, int64_t limit, absl::string_view what) {
    *counter += n;
    if (*counter <= limit) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrCat("the file has more than ", limit, " ", what));
  }

  absl::Status Field(Wire* wire, uint32_t tag,
                     const Descriptor* type) {  // NOLINT(misc-no-recursion)
    uint64_t number = 0;
    absl::string_view bytes;
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
    if (field == nullptr) return absl::OkStatus();
    if (field->is_packable()) {
      // An integer of one byte takes up to eight in memory.
      const size_t size = field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ? 8 : 1;
      return Count(&elements_, static_cast<int64_t>(bytes.size() / size), limits_.elements,
                   "elements");
    }
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(bytes)) {
      return absl::DataLossError(absl::StrCat("the file's ", field->containing_type()->name(), ".",
                                              field->name(), " is no UTF-8 (byte ", offset, "): \"",
                                              Printable(bytes, 32), "\""));
    }
    if (field->message_type() == nullptr) return absl::OkStatus();
    if (field->message_type() == proto::Node::descriptor()) {
      DAGRAD_RETURN_IF_ERROR(Count(&nodes_, 1, limits_.nodes, "nodes"));
    } else if (field->message_type() == proto::Function::descriptor()) {
      DAGRAD_RETURN_IF_ERROR(Count(&functions_, 1, limits_.functions, "functions"));
    }
    return Message(bytes, offset, field->message_type());
  }

  const ReadLimits& limits_;
  int64_t nodes_ = 0;
  int64_t functions_ = 0;
  int64_t elements_ = 0;
};

}  // namespace

absl::Status ScanModelBytes(absl::string_view bytes, const ReadLimits& limits) {
  if (bytes.size() > limits.bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the file has ", bytes.size(), " bytes; the limit is ", limits.bytes));
  }
  return Scanner(limits).Message(bytes, 0, proto::Model::descriptor());
}

}  // namespace dagrad
