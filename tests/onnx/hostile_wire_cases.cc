// Hostile files of ONNX: bytes that are no protocol buffer, or one that asks for much.
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"

namespace dagrad::onnx {

std::string PlainFile() {
  ModelMaker m;
  m.Input("x", kFloat, {"batch", "3"}).Output("y").Output("z").Floats("b", {2}, {10, 20});
  m.Floats("w", {3, 2}, {1, 2, 3, 4, 5, 6}).Integers("shape", {-1});
  SetInt(m.Node("Gemm", {"x", "w", "b"}, {"h"}), "transA", 0);
  SetInt(m.Node("Softmax", {"h"}, {"y"}), "axis", -1);
  m.Node("Reshape", {"h", "shape"}, {"z"});
  return BytesOf(m);
}

namespace {

std::string OneNode(const std::string& fields) {
  return Field(kGraphOfModel, Field(kNodeOfGraph, fields));
}

std::string NestedGraphs(int depth, uint64_t field) {
  std::string graph;
  for (int i = 0; i < depth; ++i)
    graph = Field(kNodeOfGraph, Field(kAttributeOfNode, Field(field, graph)));
  return Field(kGraphOfModel, graph);
}

// An input whose type is a sequence of sequences of …
std::string NestedTypes(int depth) {
  std::string type;
  for (int i = 0; i < depth; ++i) type = Field(4, Field(1, type));
  return Field(kGraphOfModel, Field(kInputOfGraph, Field(1, "s") + Field(2, type)));
}

// An input "another" of float32 with one dimension.
std::string InputOf(const std::string& dimension) {
  const std::string tensor = NumberField(1, kFloat) + Field(2, Field(1, dimension));
  return Field(kGraphOfModel,
               Field(kInputOfGraph, Field(1, "another") + Field(2, Field(1, tensor))));
}

std::string WithVersion(int64_t ir, int64_t opset) {
  ModelMaker m(opset);
  m.model().set_ir_version(ir);
  m.Input("x", kFloat, {"2"}).Output("y").Node("Relu", {"x"}, {"y"});
  return BytesOf(m);
}

void AddBrokenBytes(HostileCases* cases) {
  const auto add = [cases](int number, const std::string& name, const std::string& bytes) {
    cases->push_back({number, name, kDataLoss, [bytes] { return bytes; }});
  };
  for (int byte : {0x00, 0x01, 0x07, 0x0a, 0x0b, 0x38, 0x3a, 0x7f, 0x80, 0xff})
    add(2, absl::StrCat("byte ", byte), std::string(1, static_cast<char>(byte)));
  const std::string zeros(32, '\0');
  add(5, "PNG", "\x89PNG\r\n\x1a\n" + zeros);
  add(5, "ELF", "\x7f" + ("ELF\x02\x01\x01" + zeros));
  add(5, "zip", "PK\x03\x04" + zeros);
  add(5, "gzip", "\x1f\x8b\x08" + zeros);
  add(5, "HDF5", "\x89HDF\r\n\x1a\n" + zeros);
  add(5, "GGUF", "GGUF\x03" + zeros);
  add(5, "JSON", R"({"irVersion": "8", "graph": {"node": []}})");
  add(5, "text", "ir_version: 8 graph { node { op_type: \"Relu\" } }");
  const std::string long_varint = std::string(10, '\xff') + "\x01";
  add(6, "a number of 11 bytes", "\x08" + long_varint);
  add(6, "a tag of 11 bytes", long_varint);
  add(6, "a length of 11 bytes", "\x3a" + long_varint);
  for (uint64_t size : {uint64_t{1} << 63, UINT64_MAX, uint64_t{UINT32_MAX}, uint64_t{INT32_MAX}})
    add(7, absl::StrCat("length ", size), "\x3a" + Varint(size) + zeros);
  add(8, "a graph longer than the file", "\x3a\x05\x0a");
  add(8, "a node longer than its graph", Field(kGraphOfModel, "\x0a\x0a") + zeros);
  for (const char* group : {"\x0b", "\x0c", "\x0b\x0c", "\x3b\x3c", "\x0b\x0b\x0c"}) {
    add(9, "groups", group);
    add(9, "groups in a graph", Field(kGraphOfModel, group));
  }
  for (const std::string& tag :
       {std::string("\x02\x00", 2), std::string(2, '\0'), std::string("\x82\x00\x00", 3)}) {
    add(10, "field 0", tag);
    add(10, "field 0 in a graph", Field(kGraphOfModel, tag));
  }
  for (const char* text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "ab\xf0\x9f"}) {
    add(16, "name of a node", OneNode(Field(kNameOfNode, text)));
    add(16, "name of an op", OneNode(Field(kOpOfNode, text)));
    add(16, "name of a graph", Field(kGraphOfModel, Field(kNameOfGraph, text)));
  }
}

void AddManyMessages(HostileCases* cases) {
  const auto add = [cases](int number, const std::string& name,
                           std::function<std::string()> bytes) {
    cases->push_back({number, name, kExhausted, std::move(bytes)});
  };
  const absl::string_view empty("\x0a\x00", 2);
  constexpr size_t kMany = 5'000'000;
  add(11, "10 MiB of nodes", [=] { return Field(kGraphOfModel, Repeated(empty, kMany)); });
  add(12, "10 MiB of inputs", [=] {
    return OneNode(Repeated(empty, kMany) + Field(kOutputOfNode, "y") + Field(kOpOfNode, "Sum"));
  });
  add(13, "26 graphs", [] { return NestedGraphs(26, kGraphOfAttribute); });
  add(13, "26 graphs in lists", [] { return NestedGraphs(26, kGraphsOfAttribute); });
  add(13, "60 types", [] { return NestedTypes(60); });
}

void AddNuls(HostileCases* cases) {
  const auto add = [cases](const std::string& name, Codes accepted, void (*damage)(ModelMaker&)) {
    cases->push_back({17, name, accepted, [damage] {
                        ModelMaker m;
                        m.Input("x", kFloat, {"2"}).Output("y").Floats("w", {2}, {1, 2});
                        m.Node("Add", {"x", "w"}, {"y"});
                        damage(m);
                        return BytesOf(m);
                      }});
  };
  static const std::string nul("a\0b", 3);
  add("node", kInvalid, [](ModelMaker& m) { m.graph().mutable_node(0)->set_name(nul); });
  add("op", kInvalid | kUnimplemented,
      [](ModelMaker& m) { m.graph().mutable_node(0)->set_op_type(nul); });
  add("input", kInvalid, [](ModelMaker& m) { m.Input(nul, kFloat, {"1"}); });
  add("output", kInvalid, [](ModelMaker& m) {
    m.Node("Neg", {"x"}, {nul});
    m.Output(nul);
  });
  add("state", kInvalid, [](ModelMaker& m) {
    m.graph().mutable_initializer(0)->set_name(nul);
    m.graph().mutable_node(0)->set_input(1, nul);
  });
}

// Of a field that stands twice the last one counts; messages are joined.
void AddDoubles(HostileCases* cases) {
  const auto add = [cases](const std::string& name, Codes accepted, const std::string& more) {
    cases->push_back({21, name, accepted, [more] { return PlainFile() + more; }});
  };
  const std::string number = NumberField(1, 3), symbol = Field(2, "n");
  const std::string relu = Field(kOpOfNode, "Relu"), unknown = Field(kOpOfNode, "Frobnicate");
  const std::string node = Field(kInputOfNode, "x") + Field(kOutputOfNode, "more");
  const std::string sequence = Field(4, ""), tensor = Field(1, NumberField(1, kFloat));
  add("version of the file", kOk, NumberField(1, 8));
  add("graph", kOk, Field(kGraphOfModel, Field(kNameOfGraph, "other")));
  add("all of it", kInvalid | kExists, PlainFile());
  add("number, then symbol", kOk, InputOf(number + symbol));
  add("symbol, then number", kOk, InputOf(symbol + number));
  add("two numbers, the last below 0", kInvalid,
      InputOf(number + NumberField(1, static_cast<uint64_t>(-7))));
  add("an op, then an unknown one", kUnimplemented, OneNode(node + relu + unknown));
  add("an unknown op, then another", kOk, OneNode(node + unknown + relu));
  add("tensor, then sequence", kUnimplemented,
      Field(kGraphOfModel,
            Field(kInputOfGraph, Field(1, "another") + Field(2, tensor) + Field(2, sequence))));
}

}  // namespace

HostileCases WireCases() {
  HostileCases cases;
  cases.push_back({1, "empty file", kInvalid | kDataLoss, [] { return std::string(); }});
  AddBrokenBytes(&cases);
  AddManyMessages(&cases);
  AddNuls(&cases);
  AddDoubles(&cases);
  for (int64_t ir : {int64_t{0}, int64_t{-1}, int64_t{INT32_MAX}, INT64_MIN}) {
    cases.push_back({20, absl::StrCat("version ", ir), kOk | kUnimplemented,
                     [ir] { return WithVersion(ir, 17); }});
  }
  for (int64_t opset : {int64_t{0}, int64_t{-1}, int64_t{99}, int64_t{INT32_MAX}, INT64_MIN}) {
    cases.push_back({20, absl::StrCat("opset ", opset), kUnimplemented,
                     [opset] { return WithVersion(8, opset); }});
  }
  return cases;
}

}  // namespace dagrad::onnx
