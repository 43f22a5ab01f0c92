// The dagrad command goes into functions within functions.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/ops/ops.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

using io::testing::FreshDirectory;
using Span = absl::Span<const Value>;

// A directory with "m.pb": a Scan with an If in its step, and a product that can be simplified.
std::string WithModel() {
  GraphBuilder g("predict");
  const Value x = g.Input("x", DType::kFloat32, {"time", 2});
  const Value zero = Full(&g, DType::kFloat32, {2}, 0);
  const ScanResult r = Scan({zero}, {x}, [&](GraphBuilder&, Span c, Span s) {
    const std::vector<Value> y = If(
        Less(ReduceSum(s[0]), 0.0), [&](GraphBuilder&) { return Values{Sin(c[0])}; },
        [&](GraphBuilder&) { return Values{s[0] * 1.0 + Tanh(c[0])}; });
    return ScanStep{y[0], y[0]};
  });
  g.Output("y", r.outputs[0].Named("loop"));
  Model model;
  model.functions.push_back(*g.Build());
  const std::string dir = FreshDirectory();
  EXPECT_TRUE(io::SaveModel(dir + "m.pb", model, {}).ok());
  EXPECT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({3, 2}, {1, -1, 2, 3, -4, 2})).ok());
  return dir;
}

void ExpectParts(const Outcome& outcome, const std::vector<std::string>& parts) {
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string& part : parts)
    EXPECT_TRUE(absl::StrContains(outcome.out, part)) << part << " in\n" << outcome.out;
}

TEST(FunctionsTest, CommandsGoIntoThem) {
  const std::string dir = WithModel();
  ExpectParts(Dagrad(dir, {"check", "m.pb"}), {"1 function, 18 nodes"});
  ExpectParts(Dagrad(dir, {"show", "m.pb", "--nodes"}),
              {"function predict(", "function predict/loop/body(",
               "function predict/loop/body/If/then_branch(", "= Tanh("});
  ExpectParts(Dagrad(dir, {"show", "m.pb", "--json"}), {"\"predict/loop/body/If/else_branch\""});
  ExpectParts(Dagrad(dir, {"dot", "m.pb"}),
              {"label=\"predict\"", "label=\"predict/loop/body\"", "label=\"Sin\""});
  ExpectParts(Dagrad(dir, {"optimize", "m.pb", "--explain"}), {"loop/body/If/else_branch/Mul"});
  ExpectParts(Dagrad(dir, {"profile", "m.pb", "-d", "time=5", "--runs", "3"}),
              {"loop/body/If", "regions"});
  ExpectParts(Dagrad(dir, {"run", "m.pb", "-i", "x=x.npy"}), {"y"});
}

TEST(FunctionsTest, ConvertGoesBothWays) {
  const std::string dir = WithModel();
  const Outcome there = Dagrad(dir, {"convert", "m.pb", "m.onnx", "--opset", "18"});
  EXPECT_EQ(there.out, "m.onnx: function predict\n") << there.err;
  EXPECT_EQ(Dagrad(dir, {"convert", "m.pb", "flat.onnx", "--flat", "--external=0"}).code, 0);
  EXPECT_EQ(Dagrad(dir, {"convert", "m.onnx", "back.pb"}).code, 0);
  const std::string run = Dagrad(dir, {"run", "m.pb", "-i", "x=x.npy"}).out;
  EXPECT_EQ(Dagrad(dir, {"run", "back.pb", "-i", "x=x.npy"}).out, run);
  const std::vector<std::vector<std::string>> wrong = {{"m.pb", "back.pb"},
                                                       {"m.onnx", "x.onnx"},
                                                       {"m.pb", "x.onnx", "--weights", "frozen"},
                                                       {"m.onnx", "x.pb", "--opset=18"},
                                                       {"m.pb", "x.onnx", "--opset=many"}};
  for (const std::vector<std::string>& operands : wrong) {
    std::vector<std::string> arguments = {"convert"};
    arguments.insert(arguments.end(), operands.begin(), operands.end());
    EXPECT_EQ(Dagrad(dir, arguments).code, 2) << operands[0] << " " << operands[1];
  }
  EXPECT_EQ(Dagrad(dir, {"convert", "m.pb", "x.onnx", "--opset=99"}).code, 1);
  EXPECT_EQ(Dagrad(dir, {"convert", "m.pb", "x.onnx", "--function=no"}).code, 1);
}

}  // namespace
}  // namespace dagrad::tools
