#ifndef DAGRAD_TESTS_ONNX_HOSTILE_CASES_H_
#define DAGRAD_TESTS_ONNX_HOSTILE_CASES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/tests/onnx/model_maker.h"

// Files of ONNX that try to harm who imports them, by kinds, which are numbered from 1 to 91.
namespace dagrad::onnx {

// A set of status codes.
class Codes {
 public:
  constexpr Codes(absl::StatusCode code)  // NOLINT(google-explicit-constructor)
      : bits_(uint32_t{1} << static_cast<int>(code)) {}
  constexpr Codes operator|(Codes other) const {
    other.bits_ |= bits_;
    return other;
  }
  constexpr bool Contains(absl::StatusCode code) const {
    return (bits_ >> static_cast<int>(code) & 1) != 0;
  }

 private:
  uint32_t bits_;
};

inline constexpr Codes kOk = absl::StatusCode::kOk, kInvalid = absl::StatusCode::kInvalidArgument,
                       kDataLoss = absl::StatusCode::kDataLoss,
                       kExhausted = absl::StatusCode::kResourceExhausted,
                       kUnimplemented = absl::StatusCode::kUnimplemented,
                       kExists = absl::StatusCode::kAlreadyExists,
                       kNotFound = absl::StatusCode::kNotFound,
                       kDenied = absl::StatusCode::kPermissionDenied,
                       kOutOfRange = absl::StatusCode::kOutOfRange,
                       kMustBeKnown = absl::StatusCode::kFailedPrecondition,
                       kDeadline = absl::StatusCode::kDeadlineExceeded,
                       kUnavailable = absl::StatusCode::kUnavailable;

struct HostileCase {
  int number = 0;  // of its kind
  std::string name;
  Codes accepted = kInvalid;  // what the import may say, or the run of what was imported
  std::function<std::string()> bytes;
  std::string directory = {};  // of its external data
};
using HostileCases = std::vector<HostileCase>;

// A small file in which nothing is wrong.
std::string PlainFile();

// 1 to 21, but for what is damaged a little (3 and 4) and for what is no file (18 and 19).
HostileCases WireCases();
// 23 to 39, and 52.
HostileCases GraphCases();
// 45 to 54.
HostileCases FunctionCases();
// 41 to 44, 61 to 65, 71, 72, 76, 77 and 83.
HostileCases ShapeCases();
// 40, 66 to 69, 73 to 75 and 78 to 82. Empty tensors (70) are not among them.
HostileCases ValueCases();
// 55 to 60, 84 to 86, and what takes several nodes of 61 to 74.
HostileCases DataCases();
// 87 to 91. The other files are made in `directory`, which has no slash at its end.
HostileCases ExternalCases(const std::string& directory);

// ---- Messages by hand: what the protobuf library does not write, or would take long for.

inline std::string Varint(uint64_t n) {
  std::string bytes;
  for (; n > 127; n >>= 7) bytes.push_back(static_cast<char>((n & 127) | 128));
  bytes.push_back(static_cast<char>(n));
  return bytes;
}

// A field of a message, a text or bytes.
inline std::string Field(uint64_t number, absl::string_view bytes) {
  return absl::StrCat(Varint(number << 3 | 2), Varint(bytes.size()), bytes);
}

// A field of a number.
inline std::string NumberField(uint64_t number, uint64_t value) {
  return absl::StrCat(Varint(number << 3), Varint(value));
}

inline std::string Repeated(absl::string_view bytes, size_t times) {
  std::string all;
  all.reserve(bytes.size() * times);
  for (size_t i = 0; i < times; ++i) all.append(bytes.data(), bytes.size());
  return all;
}

// Numbers of fields.
inline constexpr uint64_t kGraphOfModel = 7, kNodeOfGraph = 1, kNameOfGraph = 2, kInputOfGraph = 11,
                          kInputOfNode = 1, kOutputOfNode = 2, kNameOfNode = 3, kOpOfNode = 4,
                          kAttributeOfNode = 5, kGraphOfAttribute = 6, kGraphsOfAttribute = 11;

inline std::string BytesOf(ModelMaker& m) { return m.model().SerializeAsString(); }

// An attribute of type `type`, to be filled.
inline proto::Attribute* AddAttribute(proto::Node* node, const std::string& name, int32_t type) {
  proto::Attribute* a = node->add_attribute();
  a->set_name(name);
  a->set_type(type);
  return a;
}
inline constexpr int32_t kTypeFloat = 1, kTypeInt = 2, kTypeString = 3, kTypeTensor = 4,
                         kTypeGraph = 5, kTypeFloats = 6, kTypeInts = 7, kTypeStrings = 8;

// The graph of an attribute.
inline proto::Graph* AddGraph(proto::Node* node, const std::string& name,
                              const std::vector<std::string>& inputs,
                              const std::vector<std::string>& outputs) {
  proto::Graph* graph = AddAttribute(node, name, kTypeGraph)->mutable_g();
  for (const std::string& s : inputs) graph->add_input()->set_name(s);
  for (const std::string& s : outputs) graph->add_output()->set_name(s);
  return graph;
}

// Adds a node to a graph or a function.
template <typename Nodes>
proto::Node* AddTo(Nodes* nodes, const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs) {
  proto::Node* node = nodes->add_node();
  node->set_op_type(op);
  for (const std::string& s : inputs) node->add_input(s);
  for (const std::string& s : outputs) node->add_output(s);
  return node;
}

// ---- Tables of models.

inline constexpr int32_t kBool = 9, kString = 8;  // ONNX's numbers of types

// What is done to a model with the inputs x, float32[2,3], i, int64[2], and b, a bool, and the
// output y, which no node makes yet.
struct GraphRow {
  int number;
  const char* name;
  Codes accepted;
  void (*make)(ModelMaker& m);
};

inline std::string Made(void (*make)(ModelMaker& m)) {
  ModelMaker m;
  m.Input("x", kFloat, {"2", "3"}).Input("i", kInt64, {"2"}).Input("b", kBool, {}).Output("y");
  make(m);
  return BytesOf(m);
}

template <size_t n>
void AddRows(const GraphRow (&rows)[n], HostileCases* cases) {
  for (const GraphRow& row : rows) {
    cases->push_back(
        {row.number, row.name, row.accepted, [make = row.make] { return Made(make); }});
  }
}

// A function of the domain "mine", whose output is r.
inline proto::Function* AddFunction(ModelMaker& m, const std::string& name,
                                    const std::vector<std::string>& inputs) {
  proto::Function* f = m.model().add_functions();
  f->set_name(name);
  f->set_domain("mine");
  for (const std::string& input : inputs) f->add_input(input);
  f->add_output("r");
  f->add_opset_import()->set_version(17);
  return f;
}

// Adds a call of such a function.
inline proto::Node* AddCall(proto::Function* f, const std::string& name,
                            const std::vector<std::string>& inputs, const std::string& output) {
  proto::Node* call = AddTo(f, name, inputs, {output});
  call->set_domain("mine");
  return call;
}

}  // namespace dagrad::onnx

#endif  // DAGRAD_TESTS_ONNX_HOSTILE_CASES_H_
