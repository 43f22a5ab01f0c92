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
#include "dagrad/graph/test_ops.h"
#include "dagrad/graph/validate.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::FindTestOp;
using testing::TestAdd;
using testing::TestAddOp;
using testing::TestManyOp;

// One node of each op, attributes of each kind, state, symbolic shapes, a scope, a gradient mark.
Model SmallModel() {
  GraphBuilder g("predict");
  Value x = g.Input("x", DType::kFloat32, {"batch", 3});
  Value w = g.State("w", DType::kFloat32, {3});
  Value sum;
  {
    GraphBuilder::Scope scope(&g, "dense");
    sum = TestAdd(x, w);
  }
  Value many = g.AddNode(TestManyOp(), {sum, x},
                         {{"i", 7}, {"f", std::nan("")}, {"s", "line\n\"quoted\" ü"}},
                         SourceLocation::Current());
  {
    GraphBuilder::GradientOf gradient(&g, sum.ref().node);
    g.Output("again", TestAdd(many, x));
  }
  g.Output("y", many);
  g.Output("count", g.Outputs(many, 2)[1]);
  g.Update("w", TestAdd(w, w));
  Model model;
  model.name = "small";
  model.functions.push_back(*g.Build());
  model.states.push_back({"w", {DType::kFloat32, {3}}, true, ""});
  model.metadata = {{"note", "kept"}, {"about", "ü"}};
  return model;
}

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

// Tests change the protocol buffer of SmallModel and see what reading it says.
absl::Status ReadChanged(const std::function<void(proto::Model*)>& change) {
  proto::Model p;
  EXPECT_TRUE(ToProto(SmallModel(), &p).ok());
  change(&p);
  return ParseModel(p.SerializeAsString(), FindTestOp).status();
}

proto::Node* FindNode(proto::Model* p, absl::string_view name) {
  for (proto::Node& n : *p->mutable_functions(0)->mutable_nodes()) {
    if (n.name() == name) return &n;
  }
  ADD_FAILURE() << "no node " << name;
  return nullptr;
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
  EXPECT_TRUE(absl::StrContains(s.message(), "dense/TestAdd (TestAdd, serialize_test.cc:")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "TestMany (TestMany, serialize_test.cc:")) << s;
  const absl::Status self = ReadChanged([](proto::Model* p) {
    FindNode(p, "dense/TestAdd")->set_inputs(0, "dense/TestAdd");
    FindNode(p, "dense/TestAdd")->clear_source_line();
  });
  EXPECT_EQ(self.message(),
            "predict: nodes form a cycle: dense/TestAdd (TestAdd) -> dense/TestAdd");
}

struct Damage {
  const char* name;
  std::function<void(proto::Model*)> change;
  absl::StatusCode code;
  const char* message;  // of which it must hold this part
};

TEST(SerializeTest, DamageIsNamed) {
  using absl::StatusCode;
  const Damage kDamages[] = {
      {"duplicate node", [](proto::Model* p) { FindNode(p, "TestMany")->set_name("x"); },
       StatusCode::kAlreadyExists, "x (TestMany, serialize_test.cc:"},
      {"empty node name", [](proto::Model* p) { FindNode(p, "TestMany")->set_name(""); },
       StatusCode::kInvalidArgument, "node name is empty"},
      {"NUL in a name",
       [](proto::Model* p) { FindNode(p, "TestMany")->set_name(std::string("a\0b", 3)); },
       StatusCode::kInvalidArgument, "node name \"a\\x00b\" holds a NUL"},
      {"long name",
       [](proto::Model* p) { FindNode(p, "TestMany")->set_name(std::string(10 << 20, 'a')); },
       StatusCode::kResourceExhausted, "has 10485760 bytes; the limit is 1024"},
      {"unknown input", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "nowhere"); },
       StatusCode::kNotFound, "input 1: \"nowhere\": there is no node \"nowhere\""},
      {"empty input", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, ""); },
       StatusCode::kNotFound, "input 1: \"\": there is no node \"\""},
      {"port out of range", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "x:7"); },
       StatusCode::kOutOfRange, "input 1 is port 7 of x (Input, serialize_test.cc:"},
      {"port no number", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "x:0x"); },
       StatusCode::kInvalidArgument, "\"x:0x\": after the colon stands no port"},
      {"port missing", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "x:"); },
       StatusCode::kInvalidArgument, "\"x:\": after the colon stands no port"},
      {"port negative", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "x:-1"); },
       StatusCode::kInvalidArgument, "\"x:-1\": after the colon stands no port"},
      {"port huge", [](proto::Model* p) { FindNode(p, "TestMany")->set_inputs(1, "x:2147483648"); },
       StatusCode::kInvalidArgument, "after the colon stands no port"},
      {"unknown op", [](proto::Model* p) { FindNode(p, "TestMany")->set_op("Frobnicate"); },
       StatusCode::kUnimplemented, "op \"Frobnicate\" is unknown to this version (dagrad 0.1.0)"},
      {"newer op", [](proto::Model* p) { FindNode(p, "dense/TestAdd")->set_op_version(4); },
       StatusCode::kUnimplemented,
       "version 4 of op TestAdd is newer than version 3, which dagrad 0.1.0 has"},
      {"no inputs", [](proto::Model* p) { FindNode(p, "dense/TestAdd")->clear_inputs(); },
       StatusCode::kInvalidArgument, "takes 2 inputs, 0 given (testadd_inputs)"},
      {"other dtype",
       [](proto::Model* p) {
         FindNode(p, "w")->mutable_outputs(0)->set_dtype(proto::INT32);
         FindNode(p, "w")->mutable_attributes(0)->set_dtype(proto::INT32);
       },
       StatusCode::kInvalidArgument,
       "inputs 0 and 1 differ in dtype: float32[batch,3] and int32[3] (testadd_dtype)"},
      {"declared type",
       [](proto::Model* p) { FindNode(p, "dense/TestAdd")->mutable_outputs(0)->set_dims(1, "4"); },
       StatusCode::kInvalidArgument,
       "output 0 is float32[batch,3] by its inputs and float32[batch,4] as declared"},
      {"attribute missing", [](proto::Model* p) { FindNode(p, "TestMany")->clear_attributes(); },
       StatusCode::kInvalidArgument, "needs attribute \"i\" (testmany_attr)"},
      {"attribute twice",
       [](proto::Model* p) {
         *FindNode(p, "TestMany")->add_attributes() =
             proto::Attribute(FindNode(p, "TestMany")->attributes(0));
       },
       StatusCode::kAlreadyExists, "attribute \"b\" is given twice"},
      {"attribute unknown",
       [](proto::Model* p) {
         proto::Attribute* a = FindNode(p, "TestMany")->add_attributes();
         a->set_name("q");
         a->set_i(1);
       },
       StatusCode::kInvalidArgument, "has no attribute \"q\" (testmany_attr)"},
      {"attribute without value",
       [](proto::Model* p) { FindNode(p, "TestMany")->mutable_attributes(0)->clear_value(); },
       StatusCode::kInvalidArgument,
       "attribute \"b\": has no value of a kind that this version knows"},
      {"attribute of another kind",
       [](proto::Model* p) { FindNode(p, "TestMany")->mutable_attributes(0)->set_s("text"); },
       StatusCode::kInvalidArgument, "attribute \"b\" is of kind string, not bool (testmany_attr)"},
      {"dtype 999",
       [](proto::Model* p) {
         FindNode(p, "x")->mutable_outputs(0)->set_dtype(static_cast<proto::DType>(999));
       },
       StatusCode::kInvalidArgument, "output 0: dtype 999 is unknown"},
      {"dtype -1",
       [](proto::Model* p) {
         FindNode(p, "x")->mutable_attributes(0)->set_dtype(static_cast<proto::DType>(-1));
       },
       StatusCode::kInvalidArgument, "attribute \"dtype\": dtype -1 is unknown"},
      {"rank 9",
       [](proto::Model* p) {
         for (int i = 0; i < 7; ++i)
           FindNode(p, "x")->mutable_attributes(1)->mutable_shape()->add_dims("1");
       },
       StatusCode::kInvalidArgument, "attribute \"shape\": rank 9 is above the limit of 8"},
      {"dim -1",
       [](proto::Model* p) {
         FindNode(p, "x")->mutable_attributes(1)->mutable_shape()->set_dims(0, "-1");
       },
       StatusCode::kInvalidArgument, "dimension -1 of [-1,3] is outside 0..2^40"},
      {"dim 2^62",
       [](proto::Model* p) {
         FindNode(p, "x")->mutable_attributes(1)->mutable_shape()->set_dims(0,
                                                                            "4611686018427387904");
       },
       StatusCode::kInvalidArgument, "is outside 0..2^40"},
      {"dim garbage",
       [](proto::Model* p) {
         FindNode(p, "x")->mutable_attributes(1)->mutable_shape()->set_dims(0, "3)(");
       },
       StatusCode::kInvalidArgument, "attribute \"shape\": \"3)(\" is no dimension"},
      {"tensor too short",
       [](proto::Model* p) {
         for (proto::Attribute& a : *FindNode(p, "TestMany")->mutable_attributes()) {
           if (a.name() == "tensor") a.mutable_tensor()->set_data("1234567");
         }
       },
       StatusCode::kDataLoss, "attribute \"tensor\": float32[2] takes 8 bytes; there are 7"},
      {"tensor of wrapping size",
       [](proto::Model* p) {
         for (proto::Attribute& a : *FindNode(p, "TestMany")->mutable_attributes()) {
           if (a.name() != "tensor") continue;
           a.mutable_tensor()->set_dims(0, int64_t{1} << 32);
           a.mutable_tensor()->add_dims(int64_t{1} << 32);
         }
       },
       StatusCode::kInvalidArgument, "is too large"},
      {"bool of 2",
       [](proto::Model* p) {
         for (proto::Attribute& a : *FindNode(p, "TestMany")->mutable_attributes()) {
           if (a.name() != "tensor") continue;
           a.mutable_tensor()->set_dtype(proto::BOOL);
           a.mutable_tensor()->set_data("\1\2");
         }
       },
       StatusCode::kInvalidArgument, "a bool is neither 0 nor 1"},
      {"gradient of nothing",
       [](proto::Model* p) { FindNode(p, "TestAdd")->set_gradient_of("nowhere"); },
       StatusCode::kNotFound, "gradient_of: there is no node \"nowhere\""},
      {"output names nothing",
       [](proto::Model* p) { p->mutable_functions(0)->mutable_outputs(0)->set_value("q"); },
       StatusCode::kNotFound, "predict: output \"again\": \"q\": there is no node \"q\""},
      {"outputs of one name",
       [](proto::Model* p) { p->mutable_functions(0)->mutable_outputs(0)->set_name("y"); },
       StatusCode::kAlreadyExists, "predict: two outputs are named \"y\""},
      {"input is no Input", [](proto::Model* p) { p->mutable_functions(0)->set_inputs(0, "w"); },
       StatusCode::kInvalidArgument, "predict: its inputs list w (State, serialize_test.cc:"},
      {"input left out", [](proto::Model* p) { p->mutable_functions(0)->clear_inputs(); },
       StatusCode::kInvalidArgument, "is not among the function's inputs"},
      {"input twice", [](proto::Model* p) { p->mutable_functions(0)->add_inputs("x"); },
       StatusCode::kAlreadyExists, "predict: its inputs list x (Input, serialize_test.cc:"},
      {"update of another type",
       [](proto::Model* p) { p->mutable_functions(0)->mutable_updates(0)->set_value("x"); },
       StatusCode::kInvalidArgument,
       "predict: state \"w\" is float32[3]; its new value, of x (Input, serialize_test"},
      {"state not declared", [](proto::Model* p) { p->clear_states(); }, StatusCode::kNotFound,
       "predict: state \"w\": is read but not declared in the model"},
      {"state of another shape",
       [](proto::Model* p) { p->mutable_states(0)->mutable_type()->set_dims(0, "4"); },
       StatusCode::kInvalidArgument,
       "predict: state \"w\": is declared as float32[4] and read as float32[3]"},
      {"symbolic state",
       [](proto::Model* p) { p->mutable_states(0)->mutable_type()->set_dims(0, "n"); },
       StatusCode::kInvalidArgument, "state \"w\": needs a shape of numbers, not [n]"},
      {"functions of one name",
       [](proto::Model* p) { *p->add_functions() = proto::Function(p->functions(0)); },
       StatusCode::kAlreadyExists, "two functions are named \"predict\""},
      {"newer format", [](proto::Model* p) { p->set_format_version(2); },
       StatusCode::kUnimplemented,
       "the file is of format version 2, by dagrad 0.1.0; dagrad 0.1.0 reads versions up to 1"},
      {"format 0", [](proto::Model* p) { p->set_format_version(0); }, StatusCode::kUnimplemented,
       "format version 0 is none: this is no dagrad model"},
      {"feature",
       [](proto::Model* p) {
         p->set_format_version(2);
         p->set_producer("dagrad 9.0");
         p->add_required_features("while");
       },
       StatusCode::kUnimplemented,
       "the file, of format version 2 by dagrad 9.0, needs the feature \"while\", which dagrad "
       "0.1.0 lacks"},
  };
  for (const Damage& d : kDamages) {
    const absl::Status s = ReadChanged(d.change);
    EXPECT_EQ(s.code(), d.code) << d.name << ": " << s;
    EXPECT_TRUE(absl::StrContains(s.message(), d.message)) << d.name << ": " << s;
  }
}

TEST(SerializeTest, AllErrorsCanBeAskedFor) {
  proto::Model p;
  ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
  FindNode(&p, "TestMany")->set_inputs(0, "here");
  FindNode(&p, "TestMany")->set_inputs(1, "there");
  FindNode(&p, "TestAdd")->set_inputs(0, "elsewhere");
  std::vector<absl::Status> errors;
  EXPECT_FALSE(FromProto(p, FindTestOp, &errors).ok());
  EXPECT_EQ(errors.size(), 3u);
}

TEST(SerializeTest, UnknownFieldsAreKept) {
  proto::Model p;
  ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
  auto mark = [](google::protobuf::Message* m, int value) {
    m->GetReflection()->MutableUnknownFields(m)->AddVarint(1000, value);
  };
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
  const std::string unknown = repeated(0x7A, 20'000'000);
  EXPECT_EQ(ParseModel(unknown, FindTestOp).status().message(),
            "the file has more than 16000000 elements");
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
