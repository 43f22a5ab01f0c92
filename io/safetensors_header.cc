#include "dagrad/io/safetensors_header.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/json_events.h"
#include "dagrad/graph/name.h"

namespace dagrad::io {
namespace {

constexpr size_t kMaxListed = 64;  // numbers in a shape; the rank has its own limit

class HeaderEvents : public JsonEvents {
 public:
  explicit HeaderEvents(SafetensorsIndex* index) : index_(*index) {}

  absl::Status BeginObject() override {
    ++depth_;
    if (depth_ == 1) return absl::OkStatus();
    if (depth_ != 2 || list_ != nullptr) return Refuse("an object in a wrong place");
    if (!in_metadata_) index_.entries.push_back({name_, "", {}, {}});
    return absl::OkStatus();
  }
  absl::Status EndObject(size_t) override {
    --depth_;
    if (depth_ == 1 && !in_metadata_ && (seen_dtype_ & seen_shape_ & seen_offsets_) == 0) {
      return Refuse(absl::StrCat("\"", Printable(name_), "\" lacks dtype, shape or data_offsets"));
    }
    return absl::OkStatus();
  }
  absl::Status Key(absl::string_view key) override {
    if (depth_ == 1) return TensorKey(key);
    key_ = std::string(key);
    return in_metadata_ ? absl::OkStatus() : FieldKey();
  }
  absl::Status Text(absl::string_view text) override {
    if (depth_ == 2 && list_ == nullptr && in_metadata_) {
      if (index_.metadata.emplace(key_, text).second) return absl::OkStatus();
      return Refuse(absl::StrCat("metadata \"", Printable(key_), "\" stands twice"));
    }
    if (depth_ != 2 || list_ != nullptr || key_ != "dtype") return Refuse("text in a wrong place");
    index_.entries.back().dtype = std::string(text);
    return absl::OkStatus();
  }
  absl::Status BeginList() override {
    const bool list = depth_ == 2 && !in_metadata_ && list_ == nullptr;
    if (!list || key_ == "dtype") return Refuse("a list in a wrong place");
    SafetensorsEntry& entry = index_.entries.back();
    list_ = key_ == "shape" ? &entry.shape : &entry.offsets;
    return absl::OkStatus();
  }
  absl::Status EndList(size_t) override {
    list_ = nullptr;
    return absl::OkStatus();
  }
  absl::Status Scalar(const Json& value) override {
    if (value.is_null()) return Refuse("a null");
    if (value.is_bool()) return Refuse("a truth value");
    if (value.is_double()) return Refuse("a number that is no integer");
    if (list_ == nullptr) return Refuse("a number in a wrong place");
    int64_t number = -1;
    if (ReadJson(&value, &number) && number < 0) return Refuse("a negative number");
    if (number < 0 || list_->size() >= kMaxListed)
      return Refuse(absl::StrCat("\"", Printable(name_), "\" has impossible numbers"));
    list_->push_back(number);
    return absl::OkStatus();
  }

 private:
  static absl::Status Refuse(absl::string_view why) { return dagrad::InvalidArgumentError(why); }
  absl::Status TensorKey(absl::string_view name) {
    in_metadata_ = name == "__metadata__";
    name_ = std::string(name);
    seen_dtype_ = seen_shape_ = seen_offsets_ = 0;
    if (names_.insert(name_).second) return absl::OkStatus();
    return Refuse(absl::StrCat("\"", Printable(name), "\" twice"));
  }
  absl::Status FieldKey() {
    int* seen = key_ == "dtype"          ? &seen_dtype_
                : key_ == "shape"        ? &seen_shape_
                : key_ == "data_offsets" ? &seen_offsets_
                                         : nullptr;
    if (seen == nullptr) return Refuse(absl::StrCat("the unknown field \"", Printable(key_), "\""));
    if ((*seen)++ == 0) return absl::OkStatus();
    return Refuse(absl::StrCat("the field \"", key_, "\" twice in \"", Printable(name_), "\""));
  }

  SafetensorsIndex& index_;
  HashSet<std::string> names_;
  std::string name_;  // of the tensor
  std::string key_;   // in the tensor's object or in __metadata__
  std::vector<int64_t>* list_ = nullptr;
  int depth_ = 0;
  int seen_dtype_ = 0;
  int seen_shape_ = 0;
  int seen_offsets_ = 0;
  bool in_metadata_ = false;
};

}  // namespace

absl::StatusOr<SafetensorsIndex> ParseSafetensorsHeader(absl::string_view json) {
  SafetensorsIndex index;
  HeaderEvents events(&index);
  if (json.empty() || json[0] != '{') return DataLossError("its header does not begin with {");
  const absl::Status status = ReadJsonEvents(json, &events);
  if (!status.ok()) return DataLossError(absl::StrCat("its header has ", status.message()));
  return index;
}

}  // namespace dagrad::io
