#include "dagrad/runtime/run/executable.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/run_executable.h"
#include "dagrad/runtime/testing/toy_ops.h"

namespace dagrad {
namespace {

using testing::CompileOrDie;
using testing::kF32;
using testing::Mentions;
using testing::Result;
using testing::RunWith;
using testing::ToyAdd;
using testing::ToyConstant;
using testing::ToyFail;
using testing::ToyMul;
using testing::ToyReshape;
using testing::ToyReverse;
using testing::ToyScale;
using testing::ToySplitSign;
using testing::ToySum;
using testing::Values;
using testing::Vec;

TEST(ExecutableTest, RunsAFunction) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n"});
  Value y = ToyAdd(ToyScale(x, 2), ToyReverse(x));
  g.Output("y", y);
  g.Output("sum", ToySum(y));
  auto e = CompileOrDie(&g);
  const Result r = RunWith(*e, {{"x", Vec({1, 2, 3})}});
  EXPECT_EQ(r.at("y"), (std::vector<float>{5, 6, 7}));
  EXPECT_EQ(r.at("sum"), (std::vector<float>{18}));
}

// Symbols are those of all inputs, in whatever order these stand.
TEST(ExecutableTest, SizesMayBeFormulasOfLaterInputs) {
  GraphBuilder g("f");
  g.Output("a", ToyScale(g.Input("pairs", kF32, {Dim("n") * Dim(2)}), 2));
  g.Output("b", ToyScale(g.Input("both", kF32, {Dim("n") + Dim("m")}), 2));
  g.Output("c", ToyScale(g.Input("n", kF32, {"n"}), 2));
  g.Output("d", ToyScale(g.Input("m", kF32, {"m"}), 2));
  auto f = g.Build();
  ASSERT_TRUE(f.ok()) << f.status();
  auto e = Executable::Compile(*f);
  ASSERT_TRUE(e.ok()) << e.status();
  for (const int64_t n : {0, 3}) {
    const TensorMap feeds = {{"pairs", *Tensor::Zeros(kF32, {2 * n})},
                             {"both", *Tensor::Zeros(kF32, {n + 5})},
                             {"n", *Tensor::Zeros(kF32, {n})},
                             {"m", *Tensor::Zeros(kF32, {5})}};
    const auto y = (*e)->Run(feeds);
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ(y->at("a").dims(), (Dims{2 * n}));
    EXPECT_EQ(y->at("b").dims(), (Dims{n + 5}));
    EXPECT_TRUE(runtime::EvaluateFunction(*f, feeds).ok());
  }
}

TEST(ExecutableTest, OutputsMayBeFeedsConstantsViewsAndTheSameValueTwice) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {4});
  Value c = ToyConstant(&g, Vec({7, 8}));
  Value y = ToyScale(x, 3);
  g.Output("x", x);
  g.Output("c", c);
  g.Output("y", y);
  g.Output("again", y);
  g.Output("view", ToyReshape(y, {2, 2}));
  g.Output("x_view", ToyReshape(x, {1, 4}));
  auto e = CompileOrDie(&g);
  const Tensor feed = Vec({1, 2, 3, 4});
  auto outputs = e->Run({{"x", feed}});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_NE(outputs->at("x").bytes(), feed.bytes()) << "outputs are the context's own";
  EXPECT_EQ(Values(outputs->at("x")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(Values(outputs->at("c")), (std::vector<float>{7, 8}));
  EXPECT_EQ(Values(outputs->at("again")), (std::vector<float>{3, 6, 9, 12}));
  EXPECT_EQ(outputs->at("view").dims(), (Dims{2, 2}));
  EXPECT_EQ(Values(outputs->at("view")), (std::vector<float>{3, 6, 9, 12}));
  EXPECT_EQ(outputs->at("x_view").dims(), (Dims{1, 4}));
}

TEST(ExecutableTest, InPlaceSparesValuesThatAreStillNeeded) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {3});
  Value a = ToyScale(x, 2);
  Value b = ToyScale(a, 10);  // a is needed later: not over a
  Value c = ToyAdd(b, a);     // b and a die here
  Value d = ToyMul(c, c);     // over c, which it reads twice
  Value v = ToyReshape(d, {3, 1});
  Value e = ToyReshape(ToyScale(v, 1), {3});
  g.Output("y", ToyAdd(e, d));  // d lives through its view
  auto exe = CompileOrDie(&g);
  const Result r = RunWith(*exe, {{"x", Vec({1, 2, 3})}});
  EXPECT_EQ(r.at("y"), (std::vector<float>{968, 3872, 8712}));
}

TEST(ExecutableTest, InPlaceChainNeedsOneBuffer) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n"});
  Value y = x;
  for (int i = 0; i < 20; ++i) y = ToyScale(y, 1.5);
  g.Output("s", ToySum(y));
  auto e = CompileOrDie(&g);
  auto plan = e->Plan({Dims{1000}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_LE(plan->arena_bytes, 4096 + 64);
  EXPECT_GE(plan->unshared_bytes, 20 * 4000);
  EXPECT_EQ(plan->steps.size(), 21u);
  EXPECT_EQ(plan->steps[0].op, "ToyScale");
  EXPECT_EQ(plan->steps[0].shards, 8);
}

TEST(ExecutableTest, UnusedOutputsOfANodeHaveRoomToo) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {4});
  g.Output("y", ToyScale(ToySplitSign(ToyScale(x, 1))[1], 1));
  auto e = CompileOrDie(&g);
  EXPECT_EQ(RunWith(*e, {{"x", Vec({-1, 2, -3, 4})}}).at("y"), (std::vector<float>{-1, 0, -3, 0}));
}

// Eight outputs and what they are computed from. Of 2^61 bytes each, the outputs are 0 together in
// 64 bits.
TEST(ExecutableErrorTest, PlansAreAtMost2To47Bytes) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n", int64_t{1} << 20});
  for (int i = 0; i < 8; ++i) {
    const std::string name = absl::StrCat("y", i);
    g.Output(name, ToyScale(x, 2 + i).Named(name));
  }
  auto e = CompileOrDie(&g);
  EXPECT_TRUE(e->Plan({Dims{1 << 21, 1 << 20}}).ok()) << "9 times 2^43 bytes";
  for (int64_t rows : {int64_t{1} << 22, int64_t{1} << 37, int64_t{1} << 39}) {
    const absl::Status status = e->Plan({Dims{rows, 1 << 20}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << rows;
    EXPECT_TRUE(Mentions(std::string(status.message()),
                         {"needs more than 140737488355328 bytes", "The largest are x (Input",
                          "y0 (ToyScale", "y1 (ToyScale"}));
  }
}

TEST(ExecutableErrorTest, FeedsAreChecked) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n", 2});
  g.Input("z", kF32, {"n"});
  g.Output("y", ToyScale(x, 1));
  auto e = CompileOrDie(&g);
  auto context = *e->NewContext(nullptr);
  const Tensor z = Vec({1, 2});
  auto error = [&](absl::Span<const Tensor> feeds) {
    return std::string(e->Run(context.get(), feeds).message());
  };
  EXPECT_EQ(error({z}), "function \"f\" takes 2 inputs, 1 given");
  EXPECT_EQ(error({Tensor(), z}), "function \"f\": input \"x\" is float32[n,2], given nothing");
  EXPECT_EQ(error({Tensor::Of<double>({1, 2}, {1, 2}), z}),
            "function \"f\": input \"x\" is float32[n,2], given float64[1,2]");
  EXPECT_EQ(
      error({Tensor::Full(kF32, {3, 3}, 0), z}),
      "function \"f\": input \"x\" is float32[n,2], given [3,3]: shape [3,3] does not fit [n,2]");
  EXPECT_NE(error({Tensor::Full(kF32, {3, 2}, 0), z}).find("input \"z\" is float32[n], given [2]"),
            std::string::npos);
  EXPECT_EQ(std::string(e->Run({{"x", z}}).status().message()),
            "function \"f\": no tensor is given for input \"z\", which is float32[n]");
  EXPECT_EQ(std::string(e->Run({{"x", z}, {"z", z}, {"u", z}}).status().message()),
            "function \"f\" has no input \"u\"");
  EXPECT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {2, 2}, 0), z}).ok())
      << "usable after errors";
}

TEST(ExecutableErrorTest, KernelsErrorsNameTheNodeAndItsShapes) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n"});
  g.Update("w", ToyAdd(g.State("w", kF32, {2}), ToyReshape(ToyFail(x).Named("inner/fail"), {2})));
  auto e = CompileOrDie(&g);
  StateStore store;
  store.Set("w", Vec({1, 2}));
  for (int threads : {1, 4}) {
    ASSERT_TRUE(SetNumThreads(threads).ok());
    auto context = *e->NewContext(&store);
    const float w = store.Get("w").data<float>()[0];
    const absl::Status status = e->Run(context.get(), {Vec({-1, 2})});
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_TRUE(std::string(status.message()).find("inner/fail (ToyFail, toy_ops.cc:") == 0)
        << status;
    EXPECT_TRUE(absl::EndsWith(status.message(), ") on float32[2]: told to fail")) << status;
    EXPECT_EQ(store.Get("w").data<float>()[0], w) << "not written yet";
    EXPECT_TRUE(e->Run(context.get(), {Vec({1, 2})}).ok()) << "usable after errors";
  }
  const absl::Status status = e->Plan({Dims{1}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(status.message().find("inner/fail (ToyFail, toy_ops.cc:"), std::string::npos) << status;
  EXPECT_NE(status.message().find("on float32[1]: told not to start"), std::string::npos) << status;
}

TEST(ExecutableErrorTest, StatesAreChecked) {
  GraphBuilder g("f");
  g.Output("y", ToyScale(g.State("w", kF32, {2}), 1));
  auto e = CompileOrDie(&g);
  EXPECT_EQ(e->NewContext(nullptr).status().message(),
            "function \"f\" has state \"w\"; no store is given");
  StateStore store;
  EXPECT_EQ(
      e->NewContext(&store).status(),
      absl::NotFoundError("function \"f\": the store has no state \"w\", which is float32[2]"));
  store.Set("w", Tensor::Of<double>({2}, {1, 2}));
  EXPECT_EQ(e->NewContext(&store).status().message(),
            "state \"w\" is float32[2]; the store has float64[2]");
}

TEST(ExecutableErrorTest, CompileChecksTheFunction) {
  auto compile = [](const Function& f) {
    return std::string(Executable::Compile(f).status().message());
  };
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {2});
  g.Output("y", ToyScale(x, 1));
  const Function good = *g.Build();
  Function f = good;
  f.nodes[1].inputs[0] = {1, 0};
  EXPECT_TRUE(Mentions(compile(f), {"ToyScale", "input 0"}));
  f = good;
  f.outputs[0].value = {5, 0};
  EXPECT_TRUE(Mentions(compile(f), {"output \"y\""}));
  f = good;
  f.inputs.clear();
  EXPECT_FALSE(compile(f).empty());
  f = good;
  f.updates.push_back({"s", {0, 0}});
  f.updates.push_back({"s", {0, 0}});
  EXPECT_TRUE(Mentions(compile(f), {"\"s\""}));

  GraphBuilder symbolic("f");
  symbolic.Update("s", symbolic.Input("x", kF32, {"n"}));
  EXPECT_EQ(compile(*symbolic.Build()),
            "state \"s\" is float32[n]: the dimensions of a state must be numbers");
  EXPECT_NE(
      Executable::Compile(good, {.plan_cache_capacity = 0}).status().message().find("at least 1"),
      std::string::npos);
}

TEST(ExecutableErrorTest, MemoryLimit) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n"});
  g.Output("s", ToySum(ToyReverse(ToyReverse(x))));
  auto e = CompileOrDie(&g, {.memory_limit_bytes = 20000});
  auto context = *e->NewContext(nullptr);
  EXPECT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {1000}, 1)}).ok());
  const absl::Status status = e->Run(context.get(), {Tensor::Full(kF32, {10000}, 1)});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  for (const char* const part :
       {" bytes for intermediate values, ", "; the limit is 20000. The largest is ToyReverse"})
    EXPECT_NE(status.message().find(part), std::string::npos) << status;
  EXPECT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {1000}, 1)}).ok()) << "usable after errors";
}

TEST(ExecutableTest, HostsOpenMpSettingStays) {
  GraphBuilder g("f");
  g.Output("y", ToyScale(g.Input("x", kF32, {2}), 1));
  omp_set_num_threads(5);
  auto e = CompileOrDie(&g);
  RunWith(*e, {{"x", Vec({1, 2})}});
  EXPECT_EQ(omp_get_max_threads(), 5);
}

TEST(ExecutableTest, NumThreads) {
  ASSERT_TRUE(SetNumThreads(3).ok());
  EXPECT_EQ(NumThreads(), 3);
  EXPECT_FALSE(SetNumThreads(0).ok());
  EXPECT_EQ(NumThreads(), 3);
}

}  // namespace
}  // namespace dagrad
