#include "dagrad/graph/serialize.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/test_models.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/graph/validate.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::FindNode;
using testing::FindTestOp;
using testing::ReadChanged;
using testing::SmallModel;
using testing::TestAdd;
using testing::TestAddOp;
using testing::TestManyOp;

void ExpectSameFunction(const Function& a, const Function& b) {
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    const Node& m = a.nodes[i];
    const Node& n = b.nodes[i];
    EXPECT_EQ(m.op, n.op);
    EXPECT_EQ(m.name, n.name);
    EXPECT_EQ(m.inputs, n.inputs);
    EXPECT_EQ(m.attrs, n.attrs) << m.attrs.ToString() << " and " << n.attrs.ToString();
    EXPECT_EQ(m.outputs, n.outputs);
    EXPECT_EQ(m.source_file, n.source_file);
    EXPECT_EQ(m.source_line, n.source_line);
    EXPECT_EQ(m.gradient_of, n.gradient_of);
    EXPECT_EQ(m.unknown_fields, n.unknown_fields);
  }
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.inputs, b.inputs);
  EXPECT_EQ(a.states, b.states);
  ASSERT_EQ(a.outputs.size(), b.outputs.size());
  for (size_t i = 0; i < a.outputs.size(); ++i) {
    EXPECT_EQ(a.outputs[i].name, b.outputs[i].name);
    EXPECT_EQ(a.outputs[i].value, b.outputs[i].value);
  }
  ASSERT_EQ(a.updates.size(), b.updates.size());
  for (size_t i = 0; i < a.updates.size(); ++i) {
    EXPECT_EQ(a.updates[i].state, b.updates[i].state);
    EXPECT_EQ(a.updates[i].value, b.updates[i].value);
  }
}

void ExpectSameModel(const Model& a, const Model& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.metadata, b.metadata);
  ASSERT_EQ(a.states.size(), b.states.size());
  for (size_t i = 0; i < a.states.size(); ++i) {
    EXPECT_EQ(a.states[i].name, b.states[i].name);
    EXPECT_EQ(a.states[i].type, b.states[i].type);
    EXPECT_EQ(a.states[i].trainable, b.states[i].trainable);
  }
  ASSERT_EQ(a.functions.size(), b.functions.size());
  for (size_t i = 0; i < a.functions.size(); ++i)
    ExpectSameFunction(a.functions[i], b.functions[i]);
}

TEST(SerializeTest, BinaryKeepsEverything) {
  const Model model = SmallModel();
  const absl::StatusOr<std::string> bytes = SerializeModel(model);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const absl::StatusOr<Model> again = ParseModel(*bytes, FindTestOp);
  ASSERT_TRUE(again.ok()) << again.status();
  ExpectSameModel(model, *again);
  EXPECT_EQ(*SerializeModel(*again), *bytes);
}

TEST(SerializeTest, TextKeepsEverything) {
  const Model model = SmallModel();
  const absl::StatusOr<std::string> text = ModelToText(model);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_TRUE(absl::StrContains(*text, "dims: \"batch\"\n")) << *text;
  const absl::StatusOr<Model> again = ParseModelText(*text, FindTestOp);
  ASSERT_TRUE(again.ok()) << again.status();
  ExpectSameModel(model, *again);
}

TEST(SerializeTest, NodesMayStandInAnyOrder) {
  std::mt19937 random(7);
  const Model model = SmallModel();
  proto::Model p;
  ASSERT_TRUE(ToProto(model, &p).ok());
  auto* nodes = p.mutable_functions(0)->mutable_nodes();
  for (int round = 0; round < 20; ++round) {
    for (int i = nodes->size() - 1; i > 0; --i)
      nodes->SwapElements(i, static_cast<int>(random() % (i + 1)));
    const absl::StatusOr<Model> read = FromProto(p, FindTestOp);
    ASSERT_TRUE(read.ok()) << read.status();
    const Function& f = read->functions[0];
    EXPECT_EQ(f.type(f.FindOutput("again")->value).ToString(), "float32[batch,3]");
    EXPECT_EQ(f.nodes[f.inputs[0]].name, "x");
    EXPECT_EQ(f.nodes[f.FindNode("TestAdd")->gradient_of].name, "dense/TestAdd");
  }
}

TEST(SerializeTest, OutputTypesMayBeLeftOut) {
  proto::Model p;
  ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
  for (proto::Node& n : *p.mutable_functions(0)->mutable_nodes()) n.clear_outputs();
  const absl::StatusOr<Model> read = FromProto(p, FindTestOp);
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSameModel(SmallModel(), *read);
}

TEST(SerializeTest, DefaultsFillAttributesThatAreLeftOut) {
  proto::Model p;
  ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
  proto::Node* node = FindNode(&p, "TestMany");
  node->mutable_attributes()->Clear();
  proto::Attribute* i = node->add_attributes();
  i->set_name("i");
  i->set_i(7);
  const absl::StatusOr<Model> read = FromProto(p, FindTestOp);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->functions[0].FindNode("TestMany")->attrs.size(), TestManyOp().attrs.size());
}

TEST(SerializeTest, CycleNamesItsNodes) {
  const absl::Status s =
      ReadChanged([](proto::Model* p) { FindNode(p, "dense/TestAdd")->set_inputs(0, "TestMany"); });
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(s.message(), "predict: nodes form a cycle: ")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "dense/TestAdd (TestAdd, test_models.cc:")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "TestMany (TestMany, test_models.cc:")) << s;
  const absl::Status self = ReadChanged([](proto::Model* p) {
    FindNode(p, "dense/TestAdd")->set_inputs(0, "dense/TestAdd");
    FindNode(p, "dense/TestAdd")->clear_source_line();
  });
  EXPECT_EQ(self.message(),
            "predict: nodes form a cycle: dense/TestAdd (TestAdd) -> dense/TestAdd");
}

TEST(SerializeTest, UnknownFieldsAreKept) {
  proto::Model p;
  ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
  auto mark = [](google::protobuf::Message* m, int value) {
    m->GetReflection()->MutableUnknownFields(m)->AddVarint(1000, value);
  };
  p.clear_metadata();  // SerializeAsString gives a map's entries in any order
  proto::Function* f = p.mutable_functions(0);
  mark(&p, 1);
  mark(f, 2);
  mark(f->mutable_nodes(0), 3);
  mark(f->mutable_nodes(0)->mutable_attributes(0), 4);
  mark(f->mutable_outputs(0), 5);
  mark(f->mutable_updates(0), 6);
  mark(p.mutable_states(0), 7);
  const absl::StatusOr<Model> model = FromProto(p, FindTestOp);
  ASSERT_TRUE(model.ok()) << model.status();
  proto::Model again;
  ASSERT_TRUE(ToProto(*model, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), p.SerializeAsString());
  EXPECT_EQ(ModelToText(*model).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(SerializeTest, NamesWithColonsKeepTheirPorts) {
  GraphBuilder g("f");
  Value x = g.Input("x:1", DType::kFloat32, {2});
  g.Output("y:0", TestAdd(x, x));
  Model model;
  model.functions.push_back(*g.Build());
  proto::Model p;
  ASSERT_TRUE(ToProto(model, &p).ok());
  EXPECT_EQ(p.functions(0).nodes(1).inputs(0), "x:1:0");
  const absl::StatusOr<Model> again = FromProto(p, FindTestOp);
  ASSERT_TRUE(again.ok()) << again.status();
  ExpectSameModel(model, *again);
}

TEST(SerializeTest, SyntaxErrorHasItsPlace) {
  const absl::Status s =
      ParseModelText("format_version: 1\nfunctions {\n  name: 3\n}", FindTestOp).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(s.message(), "line 3, column 9: Expected string, got: 3");
}

// TestMany as of version 3: its "i" was one less in version 2, and was called "n" in version 1,
// which had no other "n".
const OpDef& NewerMany() {
  static const OpDef* const op = [] {
    auto* newer = new OpDef(TestManyOp());
    newer->version = 3;
    newer->upgrade = [](int from_version, AttrMap* attrs) {
      const Attribute* i = attrs->Find(from_version == 1 ? "n" : "i");
      const int64_t* value = i == nullptr ? nullptr : i->get_if<int64_t>();
      if (value == nullptr) return absl::InvalidArgumentError("there is no number");
      attrs->Set("i", *value + (from_version == 2 ? 1 : 0));
      return absl::OkStatus();
    };
    return newer;
  }();
  return *op;
}

// SmallModel with "TestMany" of that version and number, read where it is NewerMany.
absl::StatusOr<Model> ReadVersion(int version, const char* attribute, int64_t number) {
  proto::Model p;
  EXPECT_TRUE(ToProto(SmallModel(), &p).ok());
  proto::Node* node = FindNode(&p, "TestMany");
  node->set_op_version(version);
  node->clear_attributes();
  proto::Attribute* a = node->add_attributes();
  a->set_name(attribute);
  a->set_i(number);
  const auto find = [](absl::string_view name) {
    return name == "TestMany" ? &NewerMany() : FindTestOp(name);
  };
  return ParseModel(p.SerializeAsString(), find);
}

TEST(SerializeTest, OlderVersionsOfAnOpAreUpgraded) {
  struct Case {
    int version;
    const char* attribute;
    int64_t number;
  };
  for (const Case& c : {Case{3, "i", 2}, Case{2, "i", 1}, Case{1, "n", 2}, Case{0, "n", 2}}) {
    SCOPED_TRACE(c.version);
    const absl::StatusOr<Model> model = ReadVersion(c.version, c.attribute, c.number);
    ASSERT_TRUE(model.ok()) << model.status();
    const Node& node = *model->functions[0].FindNode("TestMany");
    EXPECT_EQ(node.op, &NewerMany());
    EXPECT_EQ(node.attrs.Get<int64_t>("i"), 2);
    EXPECT_EQ(node.attrs.Get<int64_t>("n"), 2) << "the default of today";
    proto::Model again;
    ASSERT_TRUE(ToProto(*model, &again).ok());
    EXPECT_EQ(FindNode(&again, "TestMany")->op_version(), 3);
  }
}

TEST(SerializeTest, VersionsThatCannotBeUpgradedAreRefused) {
  const auto error = [](int version, const char* attribute) {
    return std::string(ReadVersion(version, attribute, 2).status().message());
  };
  EXPECT_TRUE(absl::StrContains(error(4, "i"), "TestMany")) << error(4, "i");
  EXPECT_TRUE(absl::StrContains(
      error(4, "i"), "version 4 of op TestMany is newer than version 3, which dagrad 0.1.0 has"))
      << error(4, "i");
  EXPECT_TRUE(absl::StrContains(error(-1, "i"), "version -1 of op TestMany is not version 3"))
      << error(-1, "i");
  EXPECT_TRUE(absl::StrContains(error(2, "q"), "version 2 of op TestMany: there is no number"))
      << error(2, "q");
  // An op without upgrades: TestAdd is of version 3.
  const absl::Status s =
      ReadChanged([](proto::Model* p) { FindNode(p, "dense/TestAdd")->set_op_version(2); });
  EXPECT_EQ(s.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(s.message(), "version 2 of op TestAdd is not version 3")) << s;
}

TEST(SerializeTest, DeepTextIsRefused) {
  std::string text = "format_version: 1 ";
  for (int i = 0; i < 20000; ++i) text += "unknown {";
  EXPECT_FALSE(ParseModelText(text, FindTestOp).ok());
}

TEST(SerializeTest, TextThatIsNoUtf8IsRefused) {
  Model model = SmallModel();
  model.functions[0].nodes[2].source_file = "\xff";
  EXPECT_EQ(SerializeModel(model).status().code(), absl::StatusCode::kInvalidArgument);
  model = SmallModel();
  model.functions[0].nodes[2].inputs[0] = {99, 0};
  EXPECT_EQ(SerializeModel(model).status().message().substr(0, 32),
            "predict: dense/TestAdd (TestAdd,");
}

TEST(SerializeTest, BombsAreRefusedBeforeParsing) {
  auto repeated = [](char tag, int n) {
    std::string body;
    for (int i = 0; i < n; ++i) body += {tag, 0};
    return body;
  };
  auto field = [](char tag, const std::string& body) {
    std::string bytes(1, tag);
    for (size_t n = body.size(); true; n >>= 7) {
      bytes += static_cast<char>((n & 0x7F) | (n > 0x7F ? 0x80 : 0));
      if (n <= 0x7F) return bytes + body;
    }
  };
  const std::string nodes = field(0x2A, repeated(0x12, 5'000'000));
  EXPECT_EQ(ParseModel(nodes, FindTestOp).status().message(),
            "the file has more than 1000000 nodes");
  const std::string inputs = field(0x2A, field(0x12, repeated(0x22, 5'000'000)));
  EXPECT_EQ(ParseModel(inputs, FindTestOp).status().message(),
            "the file has more than 65536 fields of one node");
  const std::string functions = repeated(0x2A, 20'000);
  EXPECT_EQ(ParseModel(functions, FindTestOp).status().message(),
            "the file has more than 10000 functions");
  const std::string unknown = repeated(0x7A, 50'000'000);
  EXPECT_EQ(ParseModel(unknown, FindTestOp).status().message(),
            "reading the file takes more than 2684354560 bytes of memory");
  ReadLimits limits;
  limits.bytes = 10;
  EXPECT_EQ(ParseModel(nodes, FindTestOp, limits).status().message(),
            "the file has 10000005 bytes; the limit is 10");
}

TEST(SerializeTest, EveryTruncationAndFlipIsSurvived) {
  const std::string bytes = *SerializeModel(SmallModel());
  for (size_t n = 0; n < bytes.size(); ++n) {
    const absl::StatusOr<Model> m = ParseModel(bytes.substr(0, n), FindTestOp);
    EXPECT_TRUE(!m.ok() || ValidateModel(*m).ok());
  }
  int read = 0;
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string flipped = bytes;
    flipped[i / 8] ^= static_cast<char>(1 << i % 8);
    const absl::StatusOr<Model> m = ParseModel(flipped, FindTestOp);
    if (!m.ok()) continue;
    ++read;
    EXPECT_TRUE(ValidateModel(*m).ok());
    EXPECT_TRUE(SerializeModel(*m).ok());
  }
  EXPECT_GT(read, 0);  // a flipped letter of a comment-like field is no error
}

TEST(SerializeTest, ForeignFilesAreRefused) {
  EXPECT_EQ(ParseModel("", FindTestOp).status().message(), "the file is empty");
  for (const char* bytes : {"\x89PNG\r\n\x1a\n",
                            "\x7f"
                            "ELF",
                            "PK\x03\x04", "{\"json\": 1}", "\x07"}) {
    EXPECT_FALSE(ParseModel(bytes, FindTestOp).ok()) << bytes;
  }
  EXPECT_EQ(ParseModel("\x12\x02\xc3(", FindTestOp).status(),
            absl::DataLossError("the file's Model.producer is no UTF-8 (byte 2): \"\\xc3(\""));
  EXPECT_EQ(ParseModel(std::string(11, '\xff'), FindTestOp).status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace dagrad
