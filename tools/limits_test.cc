// What --memory-limit and --timeout do, of every command.
#include "dagrad/tools/limits.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

using io::testing::Spill;

// A directory with the model "dense", a function "predict" of x.
std::string WithModel() {
  const std::string dir = io::testing::FreshDirectory();
  GraphBuilder g("predict");
  g.Output("y", Relu(g.Input("x", DType::kFloat32, {"batch", 2})));
  Model model;
  model.functions.push_back(*g.Build());
  EXPECT_TRUE(io::SaveModel(dir + "dense", model, {}).ok());
  onnx::ModelMaker onnx;
  onnx.Input("x", onnx::kFloat, {"batch", "2"}).Output("y");
  onnx.Node("Relu", {"x"}, {"y"});
  std::filesystem::create_directories(dir + "cases/relu");
  for (const char* path : {"dense.onnx", "cases/relu/model.onnx"})
    std::ofstream(dir + path) << onnx.model().SerializeAsString();
  return dir;
}

// What stands before the options.
std::vector<std::string> Used(const std::string& command) {
  if (command == "convert") return {command, "dense.onnx", "converted"};
  if (command == "conform") return {command, "cases"};
  return {command, "dense"};
}

Outcome DagradWith(const std::string& dir, std::vector<std::string> arguments,
                   const std::string& option) {
  arguments.push_back(option);
  return Dagrad(dir, arguments);
}

// The commands that `dagrad --help` lists.
std::vector<std::string> Commands(const std::string& directory) {
  std::vector<std::string> commands;
  for (absl::string_view line : absl::StrSplit(Dagrad(directory, {"--help"}).out, '\n')) {
    if (!absl::ConsumePrefix(&line, "  ") || absl::StartsWith(line, " ") ||
        absl::StartsWith(line, "dagrad"))
      continue;
    commands.emplace_back(line.substr(0, line.find(' ')));
  }
  return commands;
}

TEST(LimitsTest, EveryCommandKeepsItsLimits) {
  const std::string dir = WithModel();
  const std::vector<std::string> commands = Commands(dir);
  ASSERT_GE(commands.size(), 6U);
  for (const std::string& command : commands) {
    for (const char* limit : {"--memory-limit=1", "--memory-limit=1K", "--timeout=1e-9"}) {
      const Outcome o = DagradWith(dir, Used(command), limit);
      EXPECT_EQ(o.code, 3) << command << limit << o.err;
      EXPECT_TRUE(absl::StrContains(o.err, "allowed")) << command << limit << o.err;
      EXPECT_EQ(o.out, "") << command;
    }
    for (const char* wrong : {"--memory-limit=", "--memory-limit=0", "--memory-limit=-1",
                              "--memory-limit=5X", "--memory-limit=9999999999G", "--timeout=",
                              "--timeout=0s", "--timeout=-1", "--timeout=5y", "--timeout=nan"}) {
      const Outcome o = DagradWith(dir, Used(command), wrong);
      EXPECT_EQ(o.code, 2) << command << wrong << o.err;
      EXPECT_TRUE(absl::StrContains(o.err, " takes a ")) << command << wrong << o.err;
    }
    const Outcome help = Dagrad(dir, {command, "--help"});
    for (const char* option : {"--memory-limit SIZE", "--timeout TIME"})
      EXPECT_TRUE(absl::StrContains(help.out, option)) << help.out;
  }
  for (const char* size : {"64M", "65536k", "67108864", "64MiB", "64mb"})
    EXPECT_EQ(Dagrad(dir, {"show", "dense", "--memory-limit", size}).code, 0) << size;
  for (const char* time : {"20", "20s", "20000ms", "0.5m", "1h"})
    EXPECT_EQ(Dagrad(dir, {"show", "dense", "--timeout", time}).code, 0) << time;
}

// A run that is bounded before it takes anything: an input and a state of any size.
TEST(LimitsTest, HugeInputsAreRefused) {
  const std::string dir = WithModel();
  const Outcome profile = Dagrad(dir, {"profile", "dense", "-f", "predict", "-b", "99999999999"});
  EXPECT_EQ(profile.code, 3) << profile.err;
  // A sparse file of 64 GiB.
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (8589934592, 2), }";
  std::string start("\x93NUMPY\1\0\x76\0", 10);
  start += header + std::string(0x76 - header.size() - 1, ' ') + "\n";
  Spill(dir + "x.npy", start);
  std::filesystem::resize_file(dir + "x.npy", start.size() + (uintmax_t{64} << 30));
  const Outcome run = Dagrad(dir, {"run", "dense", "-f", "predict", "-i", "x=x.npy", "-m", "1G"});
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_TRUE(absl::StrContains(run.err, "takes 68719476736 bytes")) << run.err;
}

}  // namespace
}  // namespace dagrad::tools
