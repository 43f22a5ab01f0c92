#include "dagrad/io/safetensors_header.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "nlohmann/json.hpp"

namespace dagrad::io {
namespace {

constexpr size_t kMaxListed = 64;  // numbers in a shape; the rank has its own limit

// Follows the events of nlohmann's parser; each returns false to stop it.
class HeaderHandler {
 public:
  explicit HeaderHandler(SafetensorsIndex* index) : index_(*index) {}

  bool start_object(std::size_t) {
    ++depth_;
    if (depth_ == 1) return true;
    if (depth_ != 2 || list_ != nullptr) return Refuse("an object in a wrong place");
    if (!in_metadata_) index_.entries.push_back({name_, "", {}, {}});
    return true;
  }
  bool end_object() {
    --depth_;
    if (depth_ == 1 && !in_metadata_ && (seen_dtype_ & seen_shape_ & seen_offsets_) == 0) {
      return Refuse(absl::StrCat("\"", Printable(name_), "\" lacks dtype, shape or data_offsets"));
    }
    return true;
  }
  bool key(std::string& text) {
    if (depth_ == 1) return TensorKey(text);
    if (in_metadata_) {
      key_ = text;
      return true;
    }
    return FieldKey(text);
  }
  bool string(std::string& text) {
    if (depth_ == 2 && list_ == nullptr && in_metadata_) {
      if (index_.metadata.emplace(key_, text).second) return true;
      return Refuse(absl::StrCat("metadata \"", Printable(key_), "\" stands twice"));
    }
    if (depth_ != 2 || list_ != nullptr || key_ != "dtype") return Refuse("text in a wrong place");
    index_.entries.back().dtype = text;
    return true;
  }
  bool start_array(std::size_t) {
    const bool list = depth_ == 2 && !in_metadata_ && list_ == nullptr;
    if (!list || key_ == "dtype") return Refuse("a list in a wrong place");
    SafetensorsEntry& entry = index_.entries.back();
    list_ = key_ == "shape" ? &entry.shape : &entry.offsets;
    return true;
  }
  bool end_array() {
    list_ = nullptr;
    return true;
  }
  bool number_unsigned(uint64_t value) {
    if (list_ == nullptr) return Refuse("a number in a wrong place");
    if (list_->size() >= kMaxListed || value > uint64_t{std::numeric_limits<int64_t>::max()}) {
      return Refuse(absl::StrCat("\"", Printable(name_), "\" has impossible numbers"));
    }
    list_->push_back(static_cast<int64_t>(value));
    return true;
  }
  bool null() { return Refuse("a null"); }
  bool boolean(bool) { return Refuse("a truth value"); }
  bool number_integer(int64_t) { return Refuse("a negative number"); }
  bool number_float(double, const std::string&) { return Refuse("a number that is no integer"); }
  template <typename Binary>
  bool binary(Binary&) {
    return Refuse("binary data");
  }
  template <typename Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception&) {
    return Refuse(absl::StrCat("no JSON at byte ", position));
  }

  absl::Status status() const { return DataLossError(absl::StrCat("its header has ", why_)); }

 private:
  bool Refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }
  bool TensorKey(const std::string& text) {
    in_metadata_ = text == "__metadata__";
    name_ = text;
    seen_dtype_ = seen_shape_ = seen_offsets_ = 0;
    if (names_.insert(text).second) return true;
    return Refuse(absl::StrCat("\"", Printable(text), "\" twice"));
  }
  bool FieldKey(const std::string& text) {
    key_ = text;
    int* seen = text == "dtype"          ? &seen_dtype_
                : text == "shape"        ? &seen_shape_
                : text == "data_offsets" ? &seen_offsets_
                                         : nullptr;
    if (seen == nullptr) return Refuse(absl::StrCat("the unknown field \"", Printable(text), "\""));
    if ((*seen)++ == 0) return true;
    return Refuse(absl::StrCat("the field \"", text, "\" twice in \"", Printable(name_), "\""));
  }

  SafetensorsIndex& index_;
  HashSet<std::string> names_;
  std::string why_;
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
  HeaderHandler handler(&index);
  if (json.empty() || json[0] != '{') return DataLossError("its header does not begin with {");
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &handler)) return handler.status();
  return index;
}

}  // namespace dagrad::io
