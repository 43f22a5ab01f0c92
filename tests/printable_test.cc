// No text of a file reaches a Status, a terminal, DOT or JSON as it is: every string that a model
// can hold is replaced by one full of what terminals, DOT and JSON obey, and everything that then
// says something is looked through.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/op_cases.h"
#include "dagrad/tools/command.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// An escape sequence, control characters of both sets, a line of its own, a change of direction, a
// line separator, and what ends a string of DOT, JSON and HTML.
constexpr char kHostile[] =
    "e\x1b[2J\x1b]0;t\x07\x7f\t\r\xc2\x9b"
    "31m\nFORGED\u202e\u2066\u2028\u061c\"]; FORGED [label=\"<b>\\N{}|";

void ExpectPrintable(absl::string_view text, absl::string_view where) {
  EXPECT_EQ(PrintableLines(text), text) << where;
  EXPECT_FALSE(absl::StartsWith(text, "FORGED") || absl::StrContains(text, "\nFORGED")) << where;
}

void ExpectPrintable(const absl::Status& status, absl::string_view where) {
  EXPECT_EQ(Printable(status.message(), status.message().size()), status.message()) << where;
}

// `dot` without its quoted strings.
std::string Unquoted(absl::string_view dot) {
  std::string rest;
  bool quoted = false;
  for (size_t i = 0; i < dot.size(); ++i) {
    if (dot[i] == '"') {
      quoted = !quoted;
    } else if (quoted && dot[i] == '\\') {
      ++i;
    } else if (!quoted) {
      rest += dot[i];
    }
  }
  return rest;
}

void TakeThroughCommand(const tools::Command& command, std::vector<std::string> arguments,
                        const std::string& where) {
  const absl::StatusOr<tools::Args> args = tools::ParseArgs(command, arguments);
  ASSERT_TRUE(args.ok()) << args.status();
  tools::Console console;
  ExpectPrintable(command.run(*args, &console), where);
  ExpectPrintable(console.out, where);
  ExpectPrintable(console.err, where);
  EXPECT_FALSE(command.name == "dot" && absl::StrContains(Unquoted(console.out), "FORGED"));
  if (args->Has("--json") && !console.out.empty()) {
    EXPECT_TRUE(ParseJson(console.out).ok()) << where << console.out;
    for (unsigned char c : console.out) EXPECT_LT(c, 0x80) << where;
  }
}

void TakeThroughCommands(const std::string& file, const std::string& where) {
  TakeThroughCommand(tools::ShowCommand(), {file, "--nodes"}, where);
  TakeThroughCommand(tools::ShowCommand(), {file, "--nodes", "--json"}, where);
  TakeThroughCommand(tools::CheckCommand(), {file}, where);
  TakeThroughCommand(tools::DotCommand(), {file}, where);
  TakeThroughCommand(tools::RunCommand(), {file}, where);
  TakeThroughCommand(tools::RunCommand(), {file, "-i", absl::StrCat(kHostile, "=", kHostile)},
                     where);
  TakeThroughCommand(tools::RunCommand(), {file, "-f", kHostile, "-o", "y=y.npy"}, where);
  TakeThroughCommand(tools::OptimizeCommand(), {file, "--explain"}, where);
  TakeThroughCommand(tools::OptimizeCommand(), {file, "-d", absl::StrCat(kHostile, "=3")}, where);
  TakeThroughCommand(tools::ProfileCommand(), {file, "-n", "1", "--no-flow"}, where);
}

// What a program makes of the model: with feeds that do not fit, with none, with those of the case.
void TakeThroughRuntime(const Model& model, const std::vector<Tensor>& inputs,
                        const std::string& where) {
  for (const Function& f : model.functions) {
    absl::StatusOr<std::unique_ptr<Executable>> executable = Executable::Compile(f);
    ExpectPrintable(executable.status(), where);
    if (!executable.ok()) continue;
    StateStore store;
    ExpectPrintable((*executable)->NewContext(nullptr).status(), where);
    ExpectPrintable((*executable)->NewContext(&store).status(), where);
    ExpectPrintable((*executable)->Run({}, &store).status(), where);
    ExpectPrintable((*executable)->Run({{kHostile, Tensor::Scalar<float>(1)}}, &store).status(),
                    where);
    std::vector<Dims> odd(f.inputs.size(), Dims{1, 2, 3, 4, 5});
    ExpectPrintable((*executable)->Plan(odd).status(), where);
    TensorMap feeds;
    for (size_t i = 0; i < f.inputs.size(); ++i) {
      feeds[f.nodes[f.inputs[i]].name] = i < inputs.size() ? inputs[i] : Tensor::Scalar<float>(1);
    }
    ExpectPrintable((*executable)->Run(feeds, &store).status(), where);
  }
}

void TakeThroughAll(const proto::Model& p, const std::vector<Tensor>& inputs,
                    const std::string& file, const std::string& where) {
  const std::string bytes = p.SerializeAsString();
  io::testing::Spill(file, bytes);
  TakeThroughCommands(file, where);
  std::vector<absl::Status> errors;
  const absl::StatusOr<Model> model = ParseModel(bytes, ops::FindOp, {}, &errors);
  for (const absl::Status& e : errors) ExpectPrintable(e, where);
  ExpectPrintable(ParseModelText(p.DebugString(), ops::FindOp).status(), where);
  if (model.ok()) TakeThroughRuntime(*model, inputs, where);
}

// Calls `f` once for each string of `m` that is there, with that string replaced.
void ReplaceEach(Message* m, const std::function<void(const std::string& field)>& f) {
  const auto& reflection = *m->GetReflection();
  for (int i = 0; i < m->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *m->GetDescriptor()->field(i);
    const bool is_string = field.type() == FieldDescriptor::TYPE_STRING;
    if (field.is_repeated() && (is_string || field.message_type() != nullptr)) {
      for (int k = 0; k < reflection.FieldSize(*m, &field); ++k) {
        if (!is_string) {
          ReplaceEach(reflection.MutableRepeatedMessage(m, &field, k), f);
          continue;
        }
        const std::string before = reflection.GetRepeatedString(*m, &field, k);
        reflection.SetRepeatedString(m, &field, k, kHostile);
        f(field.full_name());
        reflection.SetRepeatedString(m, &field, k, before);
      }
    } else if (!field.is_repeated() && is_string && reflection.HasField(*m, &field)) {
      const std::string before = reflection.GetString(*m, &field);
      reflection.SetString(m, &field, kHostile);
      f(field.full_name());
      reflection.SetString(m, &field, before);
    } else if (!field.is_repeated() && field.message_type() != nullptr &&
               reflection.HasField(*m, &field)) {
      ReplaceEach(reflection.MutableMessage(m, &field), f);
    }
  }
}

// The model with every name followed by the hostile text: as valid as before.
void RenameAll(proto::Model* p) {
  const auto rename = [](std::string* name) { absl::StrAppend(name, kHostile); };
  const auto rename_value = [](std::string* value) {  // "node:port" keeps its port
    const size_t colon = value->rfind(':');
    value->insert(colon == std::string::npos ? value->size() : colon, kHostile);
  };
  p->set_name(kHostile);
  for (proto::State& s : *p->mutable_states()) rename(s.mutable_name());
  for (proto::Function& f : *p->mutable_functions()) {
    rename(f.mutable_name());
    for (std::string& name : *f.mutable_inputs()) rename(&name);
    for (proto::Output& o : *f.mutable_outputs()) {
      rename(o.mutable_name());
      rename_value(o.mutable_value());
    }
    for (proto::Node& n : *f.mutable_nodes()) {
      rename(n.mutable_name());
      n.set_source_file(kHostile);
      n.set_source_line(1);
      for (std::string& in : *n.mutable_inputs()) rename_value(&in);
    }
  }
}

proto::Model ModelOf(const OpCase& c) {
  const absl::StatusOr<Function> f = MakeFunction(c);
  proto::Model p;
  if (!f.ok()) return p;
  Model model;
  model.name = "model";
  model.metadata["key"] = "value";
  model.functions.push_back(*f);
  EXPECT_TRUE(ToProto(model, &p).ok());
  return p;
}

TEST(PrintableTest, EveryStringOfEveryOpsModel) {
  const std::string file = io::testing::FreshDirectory() + "m.pb";
  int models = 0;
  for (const OpDef* op : ops::AllOps()) {
    const std::vector<OpCase> cases = Float64Cases(*op);
    ASSERT_FALSE(cases.empty()) << op->name;
    const OpCase& c = cases[0];
    proto::Model p = ModelOf(c);
    ASSERT_GT(p.functions_size(), 0) << c.Name();
    ReplaceEach(&p, [&](const std::string& field) {
      TakeThroughAll(p, c.inputs, file, absl::StrCat(c.Name(), ", ", field));
      ++models;
    });
    RenameAll(&p);
    ASSERT_TRUE(ParseModel(p.SerializeAsString(), ops::FindOp).ok())
        << c.Name() << ParseModel(p.SerializeAsString(), ops::FindOp).status();
    TakeThroughAll(p, c.inputs, file, absl::StrCat(c.Name(), ", all names"));
    TakeThroughAll(p, {}, file, absl::StrCat(c.Name(), ", all names, odd feeds"));
    if (::testing::Test::HasFailure()) break;  // one op's failures say enough
  }
  EXPECT_GT(models, 1000);
}

}  // namespace
}  // namespace dagrad::tests
