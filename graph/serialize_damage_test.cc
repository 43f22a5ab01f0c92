#include "dagrad/graph/serialize.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <set>
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
       StatusCode::kAlreadyExists, "x (TestMany, test_models.cc:"},
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
       StatusCode::kOutOfRange, "input 1 is port 7 of x (Input, test_models.cc:"},
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
       StatusCode::kInvalidArgument, "takes 2 inputs (a, b), 0 given (testadd_inputs)"},
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
       StatusCode::kInvalidArgument, "has no attribute \"q\"; known: b, i,"},
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
       StatusCode::kInvalidArgument, "predict: its inputs list w (State, test_models.cc:"},
      {"input left out", [](proto::Model* p) { p->mutable_functions(0)->clear_inputs(); },
       StatusCode::kInvalidArgument, "is not among the function's inputs"},
      {"input twice", [](proto::Model* p) { p->mutable_functions(0)->add_inputs("x"); },
       StatusCode::kAlreadyExists, "predict: its inputs list x (Input, test_models.cc:"},
      {"update of another type",
       [](proto::Model* p) { p->mutable_functions(0)->mutable_updates(0)->set_value("x"); },
       StatusCode::kInvalidArgument,
       "predict: state \"w\" is float32[3]; its new value, of x (Input, test_models"},
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

// Calls `f` once for each string of each kind of message below `m`, with that string set to `text`.
// What is missing is added for that time. Of functions within functions only `functions` are
// entered.
void WithEachString(google::protobuf::Message* m, const std::string& text,
                    const std::function<void(const std::string& field)>& f, int functions = 1) {
  const auto& reflection = *m->GetReflection();
  const std::unique_ptr<google::protobuf::Message> before(m->New());
  before->CopyFrom(*m);
  for (int i = 0; i < m->GetDescriptor()->field_count(); ++i) {
    const auto& field = *m->GetDescriptor()->field(i);
    const std::string name = absl::StrCat(m->GetDescriptor()->name(), ".", field.name());
    if (field.type() == field.TYPE_STRING && field.is_repeated()) {
      reflection.AddString(m, &field, text);
      f(name);
    } else if (field.type() == field.TYPE_STRING) {
      reflection.SetString(m, &field, text);
      f(name);
    } else if (field.message_type() != nullptr && field.is_repeated()) {
      WithEachString(reflection.AddMessage(m, &field), text, f, functions);
    } else if (field.message_type() != nullptr) {
      const int left = name == "Attribute.function" ? functions - 1 : functions;
      if (left >= 0) WithEachString(reflection.MutableMessage(m, &field), text, f, left);
    }
    m->CopyFrom(*before);
  }
}

TEST(SerializeTest, NoFormatTakesWhatIsNoUtf8) {
  for (const std::string bad :
       {"\xff", "a\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    proto::Model p;
    ASSERT_TRUE(ToProto(SmallModel(), &p).ok());
    std::set<std::string> fields;
    WithEachString(&p, bad, [&](const std::string& field) {
      fields.insert(field);
      const absl::Status binary = ParseModel(p.SerializePartialAsString(), FindTestOp).status();
      const absl::Status text = ParseModelText(p.DebugString(), FindTestOp).status();
      for (const absl::Status& s : {binary, text}) {
        EXPECT_EQ(s.code(), absl::StatusCode::kDataLoss) << field << ": " << s;
        EXPECT_TRUE(absl::StrContains(s.message(), " is no UTF-8")) << field << ": " << s;
      }
    });
    EXPECT_TRUE(fields.contains("Node.source_file") && fields.contains("Strings.values") &&
                fields.contains("Model.required_features"));
    EXPECT_GE(fields.size(), 18u);
  }
}

// What inference says of an attribute that the op lacks quotes its name.
TEST(SerializeTest, MessagesArePrintable) {
  const absl::Status s = ReadChanged([](proto::Model* p) {
    proto::Attribute* a = FindNode(p, "TestMany")->add_attributes();
    a->set_name("\x1b[2J\n\u202e");
    a->set_i(1);
  });
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(s.message(), "has no attribute \"\\x1b[2J\\x0a\\u202e\"")) << s;
  GraphBuilder g("f");
  g.Fail(absl::NotFoundError("a\x1b[2Jb"));
  EXPECT_EQ(g.status(), absl::NotFoundError("a\\x1b[2Jb"));
}

TEST(SerializeTest, TextDoesNotNestWithoutBound) {
  for (const char* open : {"functions { ", "x { ", "[a.b/c] { ", "functions: [{ ", "x: [", "< "}) {
    std::string text = "format_version: 1 ";
    for (int i = 0; i < 200'000; ++i) text += open;
    EXPECT_FALSE(ParseModelText(text, FindTestOp).ok()) << open;
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

}  // namespace
}  // namespace dagrad
