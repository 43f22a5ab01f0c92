// The dagrad command as it is used at a terminal: help, pipes, models whose weights are elsewhere.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json.h"
#include "dagrad/io/model_file.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/table.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

using io::testing::FreshDirectory;

// A directory with the model "m": y = x + w.
std::string WithModel() {
  GraphBuilder g("predict");
  g.Output("y", g.Input("x", DType::kFloat32, {"batch", 2}) + g.State("w", DType::kFloat32, {2}));
  Model model;
  model.functions.push_back(*g.Build());
  model.states = {{"w", {DType::kFloat32, {2}}, true, ""}};
  const std::string dir = FreshDirectory();
  EXPECT_TRUE(io::SaveModel(dir + "m", model, {{"w", Tensor::Of<float>({2}, {1, 2})}}).ok());
  return dir;
}

// The names that the general help lists.
std::vector<std::string> CommandNames() {
  std::vector<std::string> names;
  for (absl::string_view line : absl::StrSplit(Dagrad(::testing::TempDir(), {"help"}).out, '\n')) {
    if (!absl::StartsWith(line, "  ") || absl::StartsWith(line, "  dagrad")) continue;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    names.emplace_back(words[0]);
  }
  return names;
}

// Standard output is a pipe that nobody reads.
void CloseReader() {
  int ends[2];
  if (pipe(ends) != 0) _exit(124);
  dup2(ends[1], STDOUT_FILENO);
  close(ends[0]);
  close(ends[1]);
}

TEST(ToolUseTest, HelpOfEveryCommand) {
  const std::string dir = FreshDirectory();
  EXPECT_GE(CommandNames().size(), 6u);
  for (const std::string& name : CommandNames()) {
    const Outcome help = Dagrad(dir, {"help", name});
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_EQ(help.out, Dagrad(dir, {name, "--help"}).out);
    EXPECT_TRUE(absl::StartsWith(help.out, absl::StrCat("usage: dagrad ", name, " "))) << help.out;
  }
  const Outcome none = Dagrad(dir, {"help", "frob"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "dagrad: there is no command \"frob\"; see dagrad --help\n");
}

TEST(ToolUseTest, AReaderThatLeavesIsNoError) {
  const std::string dir = WithModel();
  std::vector<std::vector<std::string>> calls = {
      {"--help"},    {"--version"},           {"help"},
      {"show", "m"}, {"show", "m", "--json"}, {"check", "m"},
      {"dot", "m"},  {"optimize", "m"},       {"profile", "m", "-n", "1"}};
  for (const std::string& name : CommandNames()) calls.push_back({"help", name});
  for (const std::vector<std::string>& call : calls) {
    const Outcome o = Dagrad(dir, call, CloseReader);
    EXPECT_EQ(o.err, "") << call[0];
    EXPECT_EQ(o.code, 141) << call[0];  // as of a process that SIGPIPE ended
  }
}

TEST(ToolUseTest, OutputThatCannotBeWrittenIsOne) {
  const std::string dir = WithModel();
  const Outcome o =
      Dagrad(dir, {"show", "m"}, [] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); });
  EXPECT_EQ(o.code, 1);
  EXPECT_EQ(o.err, "dagrad show: cannot write the output\n");
}

TEST(ToolUseTest, WhatNeedsNoWeightsWorksWithoutThem) {
  const std::string dir = WithModel();
  for (const auto& entry : std::filesystem::directory_iterator(dir + "m")) {
    if (entry.path().extension() == ".safetensors") std::filesystem::remove(entry.path());
  }
  const Outcome show = Dagrad(dir, {"show", "m"});
  EXPECT_EQ(show.code, 0) << show.err;
  EXPECT_TRUE(absl::StrContains(show.out, "(the file with the weights is missing)")) << show.out;
  EXPECT_TRUE(
      absl::StrContains(Dagrad(dir, {"show", "m", "--json"}).out, "\"has_weights\": false"));
  EXPECT_EQ(Dagrad(dir, {"dot", "m"}).code, 0);
  for (const char* command : {"check", "run", "profile"}) {
    const Outcome o = Dagrad(dir, {command, "m"});
    EXPECT_EQ(o.code, 1) << command;
    EXPECT_TRUE(absl::StrContains(o.err, ".safetensors: No such file or directory")) << o.err;
  }
}

// Sizes that add up to more than there are numbers.
TEST(ToolUseTest, HostileSizesAreNoNegativeOnes) {
  GraphBuilder g("predict");
  const int64_t most = int64_t{1} << 40;
  Model model;
  for (const char* name : {"a", "b", "c"}) {
    const Value state = g.State(name, DType::kFloat64, {most, 1 << 19});
    g.Output(absl::StrCat("twice ", name), state + state);
    model.states.push_back({name, {DType::kFloat64, {most, 1 << 19}}, true, ""});
  }
  model.functions.push_back(*g.Build());
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(io::SaveModel(dir + "m.pb", model, {}).ok());
  const absl::StatusOr<Json> json = ParseJson(Dagrad(dir, {"show", "m.pb", "--json"}).out);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->at("state_bytes"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(json->at("state_elements"), 3 * (int64_t{1} << 59));
}

// Names that a console would have to escape.
TEST(ToolUseTest, JsonIsJsonWhateverTheNames) {
  const std::string dir = FreshDirectory();
  const std::string name = "a\x7f\xc2\x85\xe2\x80\xae";
  std::filesystem::create_directories(dir + "cases/" + name);
  io::testing::Spill(dir + "cases/" + name + "/model.onnx", "none");
  const Outcome o = Dagrad(dir, {"conform", "cases", "--json"});
  EXPECT_EQ(o.code, 1) << o.err;
  const absl::StatusOr<Json> json = ParseJson(o.out);
  ASSERT_TRUE(json.ok()) << json.status() << o.out;
  EXPECT_EQ(json->at("cases").at(0).at("name"), Json(name));
  for (const char c : Dagrad(dir, {"ops", "--json"}).out)
    ASSERT_TRUE(c == '\n' || (c >= ' ' && c < 0x7f)) << int{c};
}

TEST(ToolUseTest, PathsAreThoseOfTheUserUnderBazelRun) {
  const std::string dir = WithModel();
  const std::string runfiles = dir + "dagrad.runfiles/dagrad";
  std::filesystem::create_directories(runfiles);
  const auto prepare = [&] { setenv("BUILD_WORKING_DIRECTORY", dir.c_str(), 1); };
  const Outcome o = Dagrad(runfiles, {"check", "m"}, prepare);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(Dagrad(runfiles, {"check", "m"}).code, 1);
  // Elsewhere the variable is of another program that bazel run started.
  std::filesystem::create_directories(dir + "sub");
  EXPECT_EQ(Dagrad(dir + "sub", {"check", "m"}, prepare).code, 1);
  EXPECT_EQ(Dagrad(dir + "sub", {"check", "../m"}, prepare).code, 0);
}

// ---- dagrad ops.

TEST(ToolUseTest, OpsListsAll) {
  const std::string dir = FreshDirectory();
  const Outcome o = Dagrad(dir, {"ops"});
  EXPECT_EQ(o.code, 0) << o.err;
  const std::vector<std::string> lines = absl::StrSplit(o.out, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), ops::AllOps().size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const OpDef& op = *ops::AllOps()[i];
    EXPECT_TRUE(absl::StartsWith(lines[i], absl::StrCat(op.name, " "))) << lines[i];
    const std::vector<std::string> doc = absl::StrSplit(op.doc, '\n');
    EXPECT_TRUE(absl::EndsWith(lines[i], absl::StrCat("  ", doc[0]))) << lines[i];
  }
}

TEST(ToolUseTest, OpsDescribesEveryOp) {
  const std::string dir = FreshDirectory();
  const Outcome o = Dagrad(dir, {"ops", "MaskedAttention"});
  EXPECT_EQ(o.code, 0) << o.err;
  for (const char* part :
       {"Attention, version 1, formerly also MaskedAttention\n\nScaled dot-product attention",
        "\ninputs\n  q     T: float32|float64|float16|bfloat16    queries [batch, q_len, heads, "
        "head_dim]\n",
        " (may be left out)\n",
        "\noutputs\n  y    T: float32|float64|float16|bfloat16  weighted values ",
        "\nattributes\n  scale      float  = 0      factor of the products of queries and keys",
        "\nconstraints\n  attention_c1  q, k and v are of rank 4\n", "\ntraits    none\n",
        "\ngradient  q, k, v, mask\n"})
    EXPECT_TRUE(absl::StrContains(o.out, part)) << part << "\n" << o.out;
  EXPECT_TRUE(absl::StrContains(Dagrad(dir, {"ops", "Full"}).out, "  value  float  needed  "));
  EXPECT_TRUE(absl::StrContains(Dagrad(dir, {"ops", "Softmax"}).out, " (in place of x)\n"));
  EXPECT_TRUE(absl::StrContains(Dagrad(dir, {"ops", "Concat"}).out, " (one or more)\n"));
  EXPECT_TRUE(absl::StrContains(Dagrad(dir, {"ops", "Input"}).out, "\ntraits    structural\n"));
}

TEST(ToolUseTest, OpsGivesJson) {
  const std::string dir = FreshDirectory();
  const Outcome all = Dagrad(dir, {"ops", "--json"});
  EXPECT_EQ(all.code, 0) << all.err;
  const absl::StatusOr<Json> json = ParseJson(all.out);
  ASSERT_TRUE(json.ok() && json->is_array()) << all.out;
  const boost::json::array& list = json->get_array();
  ASSERT_EQ(list.size(), ops::AllOps().size());
  for (size_t i = 0; i < list.size(); ++i) {
    const OpDef& op = *ops::AllOps()[i];
    EXPECT_EQ(list[i].at("name"), Json(std::string(op.name)));
    EXPECT_EQ(list[i].at("doc"), Json(std::string(op.doc)));
    EXPECT_EQ(list[i].at("version"), op.version);
    EXPECT_EQ(list[i].at("inputs").as_array().size(), op.inputs.size());
    EXPECT_EQ(list[i].at("attributes").as_array().size(), op.attrs.size());
    EXPECT_EQ(list[i].at("constraints").as_array().size(), op.constraints.size());
  }
  const absl::StatusOr<Json> one = ParseJson(Dagrad(dir, {"ops", "ArgMax", "--json"}).out);
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->at("attributes").at(0).at("default"), "-1");
  EXPECT_EQ(one->at("outputs").at(0).at("dtypes").at(0), "int64");
  EXPECT_EQ(one->at("gradient").as_array().size(), 0u);
}

TEST(ToolUseTest, OpsNamesTheNearest) {
  const std::string dir = FreshDirectory();
  const Outcome near = Dagrad(dir, {"ops", "Matmull"});
  EXPECT_EQ(near.code, 1);
  EXPECT_EQ(near.out, "");
  EXPECT_EQ(near.err, "dagrad ops: there is no op \"Matmull\", perhaps \"MatMul\" was meant\n");
  EXPECT_EQ(Dagrad(dir, {"ops", "x\x1b[2Jqqqqqqqqqqq"}).err,
            "dagrad ops: there is no op \"x\\x1b[2Jqqqqqqqqqqq\"; see dagrad ops\n");
  EXPECT_EQ(Dagrad(dir, {"ops", "Add", "Mul"}).err,
            "dagrad ops: does not know what to do with \"Mul\"; see dagrad ops --help\n");
}

}  // namespace
}  // namespace dagrad::tools
