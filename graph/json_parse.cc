#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/json_events.h"

namespace dagrad {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// What Boost's parser calls, made into events: texts come whole, and numbers are exact, which those
// of Boost 1.81 are not.
class Handler {
 public:
  static constexpr size_t max_object_size = boost::json::object::max_size();
  static constexpr size_t max_array_size = boost::json::array::max_size();
  static constexpr size_t max_string_size = boost::json::string::max_size();
  static constexpr size_t max_key_size = boost::json::string::max_size();

  explicit Handler(JsonEvents* events) : events_(*events) {}
  const absl::Status& status() const { return status_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& e) { return Go(events_.BeginObject(), e); }
  bool on_object_end(size_t n, error_code& e) { return Go(events_.EndObject(n), e); }
  bool on_array_begin(error_code& e) { return Go(events_.BeginList(), e); }
  bool on_array_end(size_t n, error_code& e) { return Go(events_.EndList(n), e); }
  bool on_key_part(string_view s, size_t, error_code&) { return Append(s); }
  bool on_key(string_view s, size_t, error_code& e) {
    Append(s);
    return Go(events_.Key(text_), e);
  }
  bool on_string_part(string_view s, size_t, error_code&) { return Append(s); }
  bool on_string(string_view s, size_t, error_code& e) {
    Append(s);
    return Go(events_.Text(text_), e);
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(int64_t i, string_view, error_code& e) { return Go(events_.Scalar(i), e); }
  bool on_uint64(uint64_t u, string_view, error_code& e) { return Go(events_.Scalar(u), e); }
  bool on_double(double d, string_view s, error_code& e) {
    if (absl::SimpleAtod(ViewOf(s), &d) && std::isfinite(d)) return Go(events_.Scalar(d), e);
    e = boost::json::error::exponent_overflow;
    return false;
  }
  bool on_bool(bool b, error_code& e) { return Go(events_.Scalar(b), e); }
  bool on_null(error_code& e) { return Go(events_.Scalar(nullptr), e); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  bool Append(string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  // What comes after a text is another one.
  bool Go(absl::Status status, error_code& e) {
    text_.clear();
    status_ = std::move(status);
    if (!status_.ok()) e = boost::json::error::syntax;
    return status_.ok();
  }

  JsonEvents& events_;
  std::string text_;
  absl::Status status_;
};

class TreeMaker : public JsonEvents {
 public:
  TreeMaker() { stack_.reset(); }
  absl::Status BeginObject() override { return absl::OkStatus(); }
  absl::Status EndObject(size_t members) override {
    stack_.push_object(members);
    return absl::OkStatus();
  }
  absl::Status BeginList() override { return absl::OkStatus(); }
  absl::Status EndList(size_t items) override {
    stack_.push_array(items);
    return absl::OkStatus();
  }
  absl::Status Key(absl::string_view key) override {
    stack_.push_key({key.data(), key.size()});
    return absl::OkStatus();
  }
  absl::Status Text(absl::string_view text) override {
    stack_.push_string({text.data(), text.size()});
    return absl::OkStatus();
  }
  absl::Status Scalar(const Json& value) override {
    if (value.is_double()) stack_.push_double(value.get_double());
    if (value.is_int64()) stack_.push_int64(value.get_int64());
    if (value.is_uint64()) stack_.push_uint64(value.get_uint64());
    if (value.is_bool()) stack_.push_bool(value.get_bool());
    if (value.is_null()) stack_.push_null();
    return absl::OkStatus();
  }
  Json Take() { return stack_.release(); }

 private:
  boost::json::value_stack stack_;
};

// The most lists and objects that are open at once. Brackets in texts are no brackets.
int Depth(absl::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

absl::Status ReadJsonEvents(absl::string_view text, JsonEvents* events) {
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  boost::json::basic_parser<Handler> parser(options, events);
  error_code error;
  const size_t read = parser.write_some(/*more=*/false, text.data(), text.size(), error);
  if (const absl::Status& status = parser.handler().status(); !status.ok()) return status;
  if (!error && read < text.size()) error = boost::json::error::extra_data;
  if (!error) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("no JSON at byte ", read));
}

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  if (const int depth = Depth(text); depth > kMaxJsonDepth) {
    return InvalidArgumentError(absl::StrCat("the JSON nests lists and objects ", depth,
                                             " deep; the limit is ", kMaxJsonDepth));
  }
  TreeMaker tree;
  const absl::Status status = ReadJsonEvents(text, &tree);
  if (!status.ok()) return InvalidArgumentError(absl::StrCat("the text is ", status.message()));
  return tree.Take();
}

}  // namespace dagrad
