// Runs the dagrad command as a process, as its users do.
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/table.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::tools {
namespace {

using io::testing::FreshDirectory;
using io::testing::Slurp;
using io::testing::Spill;

Model DenseModel() {
  Model model;
  model.name = "dense";
  {
    GraphBuilder g("predict");
    Value x = g.Input("x", DType::kFloat32, {"batch", 2});
    GraphBuilder::Scope scope(&g, "dense_1");
    Value w = g.State("w", DType::kFloat32, {2, 3});
    Value b = g.State("b", DType::kFloat32, {3});
    g.Output("y", Relu(MatMul(x, w) + b));
    model.functions.push_back(*g.Build());
  }
  {
    GraphBuilder g("step");
    Value b = g.State("b", DType::kFloat32, {3});
    g.Update("b", b + b);
    g.Output("old", b * 1.0);
    model.functions.push_back(*g.Build());
  }
  model.states = {{"w", {DType::kFloat32, {2, 3}}, true, ""},
                  {"b", {DType::kFloat32, {3}}, false, ""}};
  return model;
}

io::TensorMap DenseState() {
  return {{"w", Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
          {"b", Tensor::Of<float>({3}, {0.5, -100, 0})}};
}

// A directory with the model "dense".
std::string WithModel() {
  const std::string dir = FreshDirectory();
  EXPECT_TRUE(io::SaveModel(dir + "dense", DenseModel(), DenseState()).ok());
  return dir;
}

TEST(ToolTest, HelpAndVersion) {
  const std::string dir = FreshDirectory();
  EXPECT_EQ(Dagrad(dir, {"--version"}).out, "dagrad 0.1.0\n");
  const Outcome general = Dagrad(dir, {"--help"});
  EXPECT_EQ(general.code, 0);
  for (const char* command : {"show", "check", "dot", "run"}) {
    EXPECT_TRUE(absl::StrContains(general.out, absl::StrCat("  ", command, " "))) << general.out;
    const Outcome help = Dagrad(dir, {command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_TRUE(absl::StartsWith(help.out, absl::StrCat("usage: dagrad ", command, " FILE")))
        << help.out;
    EXPECT_EQ(help.err, "");
  }
}

TEST(ToolTest, WrongUseExitsWith2) {
  const std::string dir = WithModel();
  struct Case {
    std::vector<std::string> arguments;
    const char* err;
  };
  const Case kCases[] = {
      {{"frob"}, "dagrad: there is no command \"frob\"; see dagrad --help\n"},
      {{"a\x1b[2Jb"}, "dagrad: there is no command \"a\\x1b[2Jb\"; see dagrad --help\n"},
      {{"show"}, "dagrad show: needs FILE; see dagrad show --help\n"},
      {{"show", "a", "b"},
       "dagrad show: does not know what to do with \"b\"; see dagrad show --help\n"},
      {{"show", "--frob", "a"}, "dagrad show: has no option --frob; see dagrad show --help\n"},
      {{"show", "--json=1", "a"}, "dagrad show: --json takes no value; see dagrad show --help\n"},
      {{"show", "a", "--batch"}, "dagrad show: --batch needs N; see dagrad show --help\n"},
      {{"show", "dense", "--batch", "-1"},
       "dagrad show: \"-1\" is no size of batch; see dagrad show --help\n"},
      {{"show", "dense", "--batch", "1", "-b", "2"},
       "dagrad show: takes --batch once; see dagrad show --help\n"},
      {{"show", "dense", "--dim", "batch"},
       "dagrad show: --dim takes NAME=VALUE, not \"batch\"; see dagrad show --help\n"},
      {{"dot", "dense", "-T", "exe"},
       "dagrad dot: draws svg, png, pdf or dot, not \"exe\"; see dagrad dot --help\n"},
      {{"run", "dense", "--input", "x"},
       "dagrad run: --input takes NAME=VALUE, not \"x\"; see dagrad run --help\n"},
  };
  for (const Case& c : kCases) {
    const Outcome o = Dagrad(dir, c.arguments);
    EXPECT_EQ(o.code, 2) << c.err;
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(o.err, c.err);
  }
  const Outcome none = Dagrad(dir, {});
  EXPECT_EQ(none.code, 2);
  EXPECT_TRUE(absl::StartsWith(none.err, "usage: dagrad COMMAND")) << none.err;
}

TEST(ToolTest, ShowSaysWhatThereIs) {
  const std::string dir = WithModel();
  const Outcome o = Dagrad(dir, {"show", "dense", "--batch=32"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.err, "");
  for (const char* part : {
           "dense: model dense\n",
           "parameters 6, other state 3, together 36 B\n",
           "  w: float32[2,3]\n",
           "  b: float32[3] (not trainable)\n",
           "function predict(x: float32[batch,2]) -> (y: float32[batch,3])\n",
           "  reads    w, b\n",
           "  sizes    batch=32\n",
           "  cost     576 flop, ",  // 32·3·(2·2) + 32·3 + 32·3
           "function step() -> (old: float32[3])\n",
           "  updates  b\n",
           " planned peak (",
       }) {
    EXPECT_TRUE(absl::StrContains(o.out, part)) << part << "\n" << o.out;
  }
  EXPECT_FALSE(absl::StrContains(o.out, "unknown")) << o.out;
  const Outcome nodes = Dagrad(dir, {"show", "--nodes", "dense/model.pb"});
  EXPECT_TRUE(absl::StrContains(nodes.out, "    dense_1/MatMul = MatMul(x, w) {")) << nodes.out;
  EXPECT_TRUE(absl::StrContains(nodes.out, "-> float32[batch,3]  # tool_test.cc:")) << nodes.out;
}

TEST(ToolTest, ShowGivesJson) {
  const std::string dir = WithModel();
  const Outcome o = Dagrad(dir, {"show", "dense", "--json", "--nodes", "--dim", "batch=4"});
  EXPECT_EQ(o.code, 0) << o.err;
  const absl::StatusOr<Json> json = ParseJson(o.out);
  ASSERT_TRUE(json.ok()) << json.status() << o.out;
  const boost::json::object& j = json->as_object();
  EXPECT_EQ(j.at("parameters"), 6);
  EXPECT_EQ(j.at("state_elements"), 9);
  EXPECT_EQ(j.at("has_weights"), true);
  const boost::json::object& f = j.at("functions").at(0).as_object();
  EXPECT_EQ(f.at("inputs").at(0).at("type"), "float32[batch,2]");
  EXPECT_EQ(f.at("ops").at("MatMul"), 1);
  EXPECT_EQ(f.at("sizes").at("batch"), 4);
  EXPECT_EQ(f.at("flops"), 72.0);
  const int64_t unshared = f.at("memory").at("unshared_bytes").as_int64();
  EXPECT_GE(unshared, 48);  // at least the product
  EXPECT_LE(f.at("memory").at("peak_bytes").as_int64(), unshared);
  EXPECT_EQ(f.at("memory").at("state_bytes"), 36);
  EXPECT_EQ(f.at("nodes").as_array().size(), 6u);
  EXPECT_TRUE(absl::StartsWith(o.out, "{\n  \"file\": \"")) << o.out;
}

TEST(ToolTest, CheckFindsEveryError) {
  const std::string dir = WithModel();
  EXPECT_TRUE(absl::StartsWith(Dagrad(dir, {"check", "dense"}).out, "dense: ok (2 functions, "));
  EXPECT_TRUE(absl::EndsWith(Dagrad(dir, {"check", "dense"}).out, " nodes, 2 weights)\n"));
  proto::Model p;
  ASSERT_TRUE(ToProto(DenseModel(), &p).ok());
  for (proto::Node& n : *p.mutable_functions(0)->mutable_nodes()) {
    n.clear_source_line();
    if (n.op() == "MatMul") n.set_inputs(1, "x");
  }
  p.mutable_functions(0)->mutable_outputs(0)->set_name("evil\x1b[2J");
  Spill(dir + "bad.pb", p.SerializeAsString());
  const Outcome bad = Dagrad(dir, {"check", "bad.pb"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_TRUE(absl::StrContains(bad.err, "bad.pb: predict: dense_1/MatMul (MatMul): ")) << bad.err;
  EXPECT_TRUE(absl::StrContains(bad.err, "matmul_c")) << bad.err;
  for (proto::Node& n : *p.mutable_functions(0)->mutable_nodes()) n.add_inputs("no\x1b[2Jwhere");
  Spill(dir + "bad.pb", p.SerializeAsString());
  const Outcome many = Dagrad(dir, {"check", "bad.pb"});
  EXPECT_TRUE(absl::StrContains(
      many.err, "bad.pb: predict: w (State): input 0: \"no\\x1b[2Jwhere\": there is no node"))
      << many.err;
  EXPECT_TRUE(absl::EndsWith(many.err, "dagrad check: bad.pb: 6 errors\n")) << many.err;
  EXPECT_EQ(many.err.find('\x1b'), std::string::npos);
}

TEST(ToolTest, FilesThatCannotBeReadAreNamed) {
  const std::string dir = WithModel();
  EXPECT_EQ(Dagrad(dir, {"check", "nowhere"}).err,
            "dagrad check: cannot open nowhere: No such file or directory\n");
  EXPECT_EQ(Dagrad(dir, {"show", "."}).err,
            "dagrad show: . holds neither model.pb nor model.pbtxt\n");
  Spill(dir + "cut.pb", Slurp(dir + "dense/model.pb").substr(0, 100));
  const Outcome cut = Dagrad(dir, {"show", "cut.pb"});
  EXPECT_EQ(cut.code, 1);
  EXPECT_TRUE(absl::StartsWith(cut.err, "dagrad show: cut.pb: the file has a field of "))
      << cut.err;
  for (const auto& entry : std::filesystem::directory_iterator(dir + "dense")) {
    if (entry.path().extension() == ".safetensors") std::filesystem::remove(entry.path());
  }
  const Outcome lost = Dagrad(dir, {"check", "dense"});
  EXPECT_EQ(lost.code, 1);
  EXPECT_TRUE(absl::StrContains(lost.err, ".safetensors: No such file or directory")) << lost.err;
}

TEST(ToolTest, DotDrawsScopes) {
  const std::string dir = WithModel();
  const Outcome o = Dagrad(dir, {"dot", "dense", "-f", "predict"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(absl::StrContains(o.out, "label=\"dense_1\"")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, "label=\"float32[batch,3]\"")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, "label=\"Output y\"")) << o.out;
  EXPECT_FALSE(absl::StrContains(o.out, "label=\"step\"")) << o.out;
  EXPECT_EQ(Dagrad(dir, {"dot", "dense", "-f", "q"}).err,
            "dagrad dot: the model has no function \"q\"\n");
}

bool HasGraphviz() { return std::system("dot -V > /dev/null 2>&1") == 0; }

TEST(ToolTest, DotRunsGraphviz) {
  if (!HasGraphviz()) GTEST_SKIP() << "Graphviz's dot is not installed";
  const std::string dir = WithModel();
  EXPECT_EQ(Dagrad(dir, {"dot", "dense", "-T", "svg", "-o", "m.svg"}).code, 0);
  EXPECT_TRUE(absl::StrContains(Slurp(dir + "m.svg"), "<svg"));
  EXPECT_TRUE(absl::StartsWith(Dagrad(dir, {"dot", "dense", "-Tpng"}).out, "\x89PNG"));
}

TEST(ToolTest, HostileNamesStayText) {
  const std::string name = "\"]; evil [label=\"<script>\\N\x1b[2J";
  GraphBuilder g("predict");
  g.Output(name, Relu(g.Input(name, DType::kFloat32, {1})));
  Model model;
  model.functions.push_back(*g.Build());
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(io::SaveModel(dir + "m.pb", model, {}).ok());
  for (const char* command : {"show", "dot", "check"}) {
    const Outcome o = Dagrad(dir, {command, "m.pb"});
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_EQ(o.out.find('\x1b'), std::string::npos) << command;
  }
  EXPECT_TRUE(absl::StrContains(
      Dagrad(dir, {"dot", "m.pb"}).out,
      "[label=\"Input \\\"]; evil [label=\\\"<script>\\\\N\\\\x1b[2J\", shape=ellipse"));
  EXPECT_TRUE(!HasGraphviz() || Dagrad(dir, {"dot", "m.pb", "-T", "svg"}).code == 0);
}

TEST(ToolTest, RunComputes) {
  const std::string dir = WithModel();
  ASSERT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({2, 2}, {1, 1, 0, -1})).ok());
  const Outcome text = Dagrad(dir, {"run", "dense", "--input", "x=x.npy"});
  EXPECT_EQ(text.out, "y: float32[2,3] {5.5, 0, 9, 0, 0, 0}\n") << text.err;
  const Outcome o = Dagrad(
      dir, {"run", "dense", "-i", "x=x.npy", "--output", "y=y.npy", "--function", "predict"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "");
  const absl::StatusOr<Tensor> y = io::ReadNpy(dir + "y.npy");
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_TRUE(SameBits(*y, Tensor::Of<float>({2, 3}, {5.5, 0, 9, 0, 0, 0}))) << y->ToString();
}

TEST(ToolTest, RunNamesWhatMakesANan) {
  const std::string dir = WithModel();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({2, 2}, {1, 1, 0, nan})).ok());
  const Outcome silent = Dagrad(dir, {"run", "dense", "-i", "x=x.npy"});
  EXPECT_EQ(silent.code, 0) << silent.err;
  const Outcome o = Dagrad(dir, {"run", "dense", "-i", "x=x.npy", "--check-numerics"});
  EXPECT_EQ(o.code, 1);
  EXPECT_TRUE(absl::StrContains(o.err, "x (Input")) << o.err;
  EXPECT_TRUE(absl::StrContains(o.err, "is NaN already, at [1, 1], 1 of 4 elements")) << o.err;
}

TEST(ToolTest, RunKeepsNewState) {
  const std::string dir = WithModel();
  EXPECT_EQ(Dagrad(dir, {"run", "dense", "-f", "step", "--save", "after"}).out,
            "old: float32[3] {0.5, -100, 0}\n");
  const absl::StatusOr<io::LoadedModel> after = io::LoadModel(dir + "after", ops::FindOp);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE(SameBits(after->state.at("b"), Tensor::Of<float>({3}, {1, -200, 0})));
  const absl::StatusOr<io::LoadedModel> before = io::LoadModel(dir + "dense", ops::FindOp);
  EXPECT_TRUE(SameBits(before->state.at("b"), DenseState().at("b")));
}

TEST(ToolTest, OptimizeSaysWhatTheCompilerDoes) {
  const std::string dir = WithModel();
  const Outcome o = Dagrad(dir, {"optimize", "dense", "--explain", "-b", "64", "-o", "after"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(absl::StrContains(o.out, "function predict: ")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, "dense_1/MatMul, dense_1/Add, dense_1/Relu")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, "  mul_one: ")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, " KiB at the peak\n")) << o.out;
  EXPECT_EQ(Dagrad(dir, {"check", "after"}).code, 0);
  EXPECT_EQ(Dagrad(dir, {"run", "after", "-f", "step"}).out,
            Dagrad(dir, {"run", "dense", "-f", "step"}).out);
  EXPECT_EQ(Dagrad(dir, {"optimize", "dense", "-f", "nothing"}).code, 1);
  EXPECT_EQ(Dagrad(dir, {"optimize", "dense", "-m", "100000000"}).code, 0);
  EXPECT_EQ(Dagrad(dir, {"optimize", "dense", "-m", "0"}).code, 2);
}

TEST(ToolTest, ProfileShowsNodesAndWritesATrace) {
  const std::string dir = WithModel();
  const Outcome o =
      Dagrad(dir, {"profile", "dense", "-f", "predict", "-b", "5", "-n", "3", "-o", "trace.json"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_TRUE(absl::StrContains(o.out, "dense_1/MatMul")) << o.out;
  EXPECT_TRUE(absl::StrContains(o.out, "3 runs")) << o.out;
  const absl::StatusOr<Json> trace = ParseJson(Slurp(dir + "trace.json"));
  ASSERT_TRUE(trace.ok()) << trace.status();
  bool found = false;
  for (const Json& event : trace->at("traceEvents").as_array()) {
    found |= event.at("name") == "dense_1/MatMul";
    EXPECT_EQ(event.at("ph"), "X");
    EXPECT_GE(event.at("dur").as_double(), 0);
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(Dagrad(dir, {"profile", "dense", "-f", "predict", "-n", "1", "--trial"}).code, 0);
  EXPECT_EQ(Dagrad(dir, {"profile", "dense", "-n", "0"}).code, 2);
  EXPECT_EQ(Dagrad(dir, {"profile", "dense", "-n", "x"}).code, 2);
  EXPECT_EQ(Dagrad(dir, {"profile", "dense", "-f", "nothing"}).code, 1);
}

TEST(ToolTest, SizesOfNothingAreRefused) {
  const std::string dir = WithModel();
  for (const char* command : {"show", "optimize", "profile"}) {
    const std::string whose = command == std::string("profile") ? "function predict" : "the model";
    const Outcome o = Dagrad(dir, {command, "dense", "-d", "bacth=32"});
    EXPECT_EQ(o.code, 1);
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(o.err, absl::StrCat("dagrad ", command, ": ", whose,
                                  " has no dimension \"bacth\", "
                                  "perhaps \"batch\" was meant; known: batch\n"));
    EXPECT_EQ(Dagrad(dir, {command, "dense", "-d", "foo=3"}).code, 1);
  }
  EXPECT_EQ(Dagrad(dir, {"profile", "dense", "-f", "step", "-b", "5"}).err,
            "dagrad profile: function step has no dimension \"batch\"; there is none\n");
  EXPECT_EQ(Dagrad(dir, {"show", "dense", "--node"}).err,
            "dagrad show: has no option --node; --nodes may be meant; see dagrad show --help\n");
}

TEST(ToolTest, ThreadsAreANumber) {
  const std::string dir = WithModel();
  ASSERT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({1, 2}, {1, 1})).ok());
  setenv("DAGRAD_NUM_THREADS", "abc", 1);
  const Outcome o = Dagrad(dir, {"run", "dense", "-i", "x=x.npy"});
  unsetenv("DAGRAD_NUM_THREADS");
  EXPECT_EQ(o.code, 1);
  EXPECT_EQ(o.err,
            "dagrad run: DAGRAD_NUM_THREADS is \"abc\"; it must be a number from 1 to 1024\n");
}

TEST(ToolTest, RunNamesWhatIsWrong) {
  const std::string dir = WithModel();
  ASSERT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({3}, {1, 1, 0})).ok());
  EXPECT_EQ(Dagrad(dir, {"run", "dense"}).err,
            "dagrad run: function predict needs --input x=FILE.npy: float32[batch,2]\n");
  EXPECT_EQ(Dagrad(dir, {"run", "dense", "-f", "q"}).err,
            "dagrad run: the model has no function \"q\"; it has: predict, step\n");
  EXPECT_EQ(Dagrad(dir, {"run", "dense", "-i", "x=x.npy", "-o", "q=q.npy"}).err,
            "dagrad run: function predict has no output \"q\"; it has: y\n");
  const Outcome shape = Dagrad(dir, {"run", "dense", "-i", "x=x.npy"});
  EXPECT_EQ(shape.code, 1);
  EXPECT_TRUE(absl::StrContains(shape.err, "[3]") && absl::StrContains(shape.err, "[batch,2]"))
      << shape.err;
  EXPECT_TRUE(absl::StrContains(Dagrad(dir, {"run", "dense", "-i", "x=no.npy"}).err,
                                "cannot open no.npy: No such file or directory"));
  ASSERT_TRUE(io::SaveModel(dir + "bare.pb", DenseModel(), {}).ok());
  ASSERT_TRUE(io::WriteNpy(dir + "x.npy", Tensor::Of<float>({1, 2}, {1, 1})).ok());
  const Outcome bare = Dagrad(dir, {"run", "bare.pb", "-i", "x=x.npy"});
  EXPECT_EQ(bare.code, 1);
  EXPECT_TRUE(absl::StrContains(bare.err, "\"w\"")) << bare.err;
}

}  // namespace
}  // namespace dagrad::tools
