#include "dagrad/tests/onnx/hostile_nodes.h"

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dagrad/tests/onnx/model_maker.h"

namespace dagrad::onnx {
namespace {

ModelMaker WithInputs(int64_t opset) {
  ModelMaker m(opset);
  m.Input("x0", kFloat, {}).Input("x1", kFloat, {"4"}).Input("x2", kFloat, {"3", "4"});
  m.Input("x3", kFloat, {"2", "4", "6"}).Input("x4", kFloat, {"1", "4", "6", "6"});
  m.Input("w4", kFloat, {"2", "4", "3", "3"}).Input("k4", kFloat, {"2", "4", "0", "3"});
  m.Input("x5", kFloat, {"1", "4", "3", "3", "3"}).Input("s2", kFloat, {"n", "3"});
  m.Input("t4", kFloat, {"4", "2", "3", "3"}).Input("signal", kFloat, {"1", "4", "1"});
  m.Input("e2", kFloat, {"0", "3"}).Input("row", kFloat, {"1", "4"});
  m.Input("long", kFloat, {"1", "65536"}).Input("grid", kFloat, {"1", "2", "2", "2"});
  m.Input("w_rnn", kFloat, {"1", "1", "6"}).Input("r_rnn", kFloat, {"1", "1", "1"});
  m.Input("words", kString, {"4"});
  m.Input("ids", kInt64, {"4"}).Input("yes", kBool, {"4"}).Input("u8", kUInt8, {"4"});
  return m;
}

void AddNumbers(const std::string& text, ModelMaker* m) {
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "=");
  const bool is_float = absl::ConsumePrefix(&rest, "f"), is_bool = absl::ConsumePrefix(&rest, "b");
  const bool is_list = absl::ConsumePrefix(&rest, "[") && absl::ConsumeSuffix(&rest, "]");
  const std::vector<std::string> numbers = absl::StrSplit(rest, ',', absl::SkipEmpty());
  proto::Tensor* t = m->graph().add_initializer();
  t->set_name(text);
  t->set_data_type(is_float ? kFloat : is_bool ? kBool : kInt64);
  if (is_list) t->add_dims(static_cast<int64_t>(numbers.size()));
  for (const std::string& n : numbers) {
    if (is_float) {
      t->add_float_data(std::stof(n));
    } else if (is_bool) {
      t->add_int32_data(std::stoi(n));
    } else {
      t->add_int64_data(std::stoll(n));
    }
  }
}

void AddAttr(const Attr& attr, proto::Node* node) {
  if (const auto* i = std::get_if<int64_t>(&attr.value)) {
    SetInt(node, attr.name, *i);
  } else if (const auto* ints = std::get_if<Ints>(&attr.value)) {
    SetInts(node, attr.name, *ints);
  } else if (const auto* f = std::get_if<float>(&attr.value)) {
    AddAttribute(node, attr.name, kTypeFloat)->set_f(*f);
  } else {
    AddAttribute(node, attr.name, kTypeString)->set_s(std::get<std::string>(attr.value));
  }
}

std::string TextOf(const Attr& attr) {
  if (const auto* i = std::get_if<int64_t>(&attr.value)) return absl::StrCat(attr.name, " ", *i);
  if (const auto* f = std::get_if<float>(&attr.value)) return absl::StrCat(attr.name, " ", *f);
  if (const auto* ints = std::get_if<Ints>(&attr.value))
    return absl::StrCat(attr.name, " [", absl::StrJoin(*ints, ","), "]");
  return absl::StrCat(attr.name, " ", std::get<std::string>(attr.value));
}

}  // namespace

std::string BytesOf(const OneNode& n) {
  ModelMaker m = WithInputs(n.opset);
  std::set<std::string> numbers;
  for (const std::string& input : n.inputs) {
    if (absl::StartsWith(input, "=") && numbers.insert(input).second) AddNumbers(input, &m);
  }
  std::vector<std::string> outputs = {"y", "y1", "y2"};
  outputs.resize(static_cast<size_t>(n.outputs));
  proto::Node* node = m.Node(n.op, n.inputs, outputs);
  for (const Attr& attr : n.attrs) AddAttr(attr, node);
  for (const std::string& output : outputs) m.Output(output);
  if (outputs.empty()) m.Output("x1");
  return BytesOf(m);
}

void NodeTable::Add(int number, const OneNode& node, Codes accepted) {
  std::string name = absl::StrCat(node.op, "(", absl::StrJoin(node.inputs, ", "), ")");
  for (const Attr& attr : node.attrs) absl::StrAppend(&name, " ", TextOf(attr));
  cases_.push_back({number, name, accepted, [node] { return BytesOf(node); }});
}

}  // namespace dagrad::onnx
