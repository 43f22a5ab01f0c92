#include "dagrad/runtime/executable.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/runtime/interpreter.h"
#include "dagrad/runtime/testing/toy_ops.h"

namespace dagrad {
namespace {

using testing::ToyAdd;
using testing::ToyConstant;
using testing::ToyFail;
using testing::ToyMul;
using testing::ToyReshape;
using testing::ToyReverse;
using testing::ToyScale;
using testing::ToySplitSign;
using testing::ToySub;
using testing::ToySum;

constexpr DType kF32 = DType::kFloat32;

Tensor Vec(std::initializer_list<float> values) {
  return Tensor::Of<float>({static_cast<int64_t>(values.size())}, values);
}

std::vector<float> Values(const Tensor& t) {
  const auto data = t.data<float>();
  return {data.begin(), data.end()};
}

std::unique_ptr<Executable> CompileOrDie(GraphBuilder* g, const CompileOptions& options = {}) {
  auto f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  auto e = Executable::Compile(*f, options);
  EXPECT_TRUE(e.ok()) << e.status();
  return *std::move(e);
}

// Runs `e` in a fresh context over a store of `states`; gives the values of outputs and, as "state:<name>", of states.
using Result = std::map<std::string, std::vector<float>>;
Result RunWith(const Executable& e, const TensorMap& feeds, const TensorMap& states = {}) {
  StateStore store;
  for (const auto& [name, tensor] : states) store.Set(name, *tensor.Clone());
  auto outputs = e.Run(feeds, &store);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  Result result;
  if (!outputs.ok()) return result;
  for (const auto& [name, tensor] : *outputs) result[name] = Values(tensor);
  for (const std::string& name : store.Names()) result["state:" + name] = Values(store.Get(name));
  return result;
}

::testing::AssertionResult Mentions(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos) return ::testing::AssertionFailure() << part << " is not in: " << text;
  }
  return ::testing::AssertionSuccess();
}

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
  Value b = ToyScale(a, 10);     // a is needed later: not over a
  Value c = ToyAdd(b, a);        // b and a die here
  Value d = ToyMul(c, c);        // over c, which it reads twice
  Value v = ToyReshape(d, {3, 1});
  Value e = ToyReshape(ToyScale(v, 1), {3});
  g.Output("y", ToyAdd(e, d));   // d lives through its view
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

// --- State ---

TEST(ExecutableStateTest, UpdatesInPlace) {
  GraphBuilder g("f");
  Value w = g.State("w", kF32, {2});
  g.Update("w", ToySub(w, ToyScale(g.Input("g", kF32, {2}), 0.5)));
  auto e = CompileOrDie(&g);
  StateStore store;
  store.Set("w", Vec({1, 2}));
  const void* bytes = store.Get("w").bytes();
  auto context = e->NewContext(&store);
  ASSERT_TRUE(context.ok()) << context.status();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(e->Run(context->get(), {Vec({2, 4})}).ok());
  EXPECT_EQ(Values(store.Get("w")), (std::vector<float>{-2, -4}));
  EXPECT_EQ(store.Get("w").bytes(), bytes);
}

TEST(ExecutableStateTest, SwapAndRotation) {
  GraphBuilder g("f");
  Value a = g.State("a", kF32, {1});
  Value b = g.State("b", kF32, {1});
  Value c = g.State("c", kF32, {1});
  g.Update("a", b);
  g.Update("b", c);
  g.Update("c", a);
  auto e = CompileOrDie(&g);
  const Result r = RunWith(*e, {}, {{"a", Vec({1})}, {"b", Vec({2})}, {"c", Vec({3})}});
  EXPECT_EQ(r.at("state:a")[0], 2);
  EXPECT_EQ(r.at("state:b")[0], 3);
  EXPECT_EQ(r.at("state:c")[0], 1);
}

TEST(ExecutableStateTest, ChainOfOldAndNewValues) {
  GraphBuilder g("f");
  Value a = g.State("a", kF32, {2});
  Value b = g.State("b", kF32, {2});
  Value fixed = g.State("fixed", kF32, {2});
  Value a_new = ToyAdd(a, b);
  g.Update("a", a_new);
  g.Update("b", a);          // the old a
  g.Update("c", a_new);      // only updated: both a and c are the sum
  g.Update("d", fixed);      // a state that stays
  g.Update("fixed", fixed);  // keeps its value
  g.Output("old_a", a);
  g.Output("new_a", a_new);
  auto e = CompileOrDie(&g);
  const Result r =
      RunWith(*e, {}, {{"a", Vec({1, 2})}, {"b", Vec({10, 20})}, {"fixed", Vec({5, 6})}});
  EXPECT_EQ(r.at("state:a"), (std::vector<float>{11, 22}));
  EXPECT_EQ(r.at("state:b"), (std::vector<float>{1, 2}));
  EXPECT_EQ(r.at("state:c"), (std::vector<float>{11, 22}));
  EXPECT_EQ(r.at("state:d"), (std::vector<float>{5, 6}));
  EXPECT_EQ(r.at("state:fixed"), (std::vector<float>{5, 6}));
  EXPECT_EQ(r.at("old_a"), (std::vector<float>{1, 2}));
  EXPECT_EQ(r.at("new_a"), (std::vector<float>{11, 22}));
}

TEST(ExecutableStateTest, ReadAfterTheNewValueIsComputed) {
  GraphBuilder g("f");
  Value w = g.State("w", kF32, {2});
  g.Update("w", ToyScale(w, 10));
  g.Output("y", ToyAdd(ToyReverse(w), w));  // after the node of the new value
  auto e = CompileOrDie(&g);
  const Result r = RunWith(*e, {}, {{"w", Vec({1, 2})}});
  EXPECT_EQ(r.at("y"), (std::vector<float>{3, 3}));
  EXPECT_EQ(r.at("state:w"), (std::vector<float>{10, 20}));
}

TEST(ExecutableStateTest, NewValueFromANodeThatMayNotWorkInPlace) {
  GraphBuilder g("f");
  Value w = g.State("w", kF32, {3});
  g.Update("w", ToyReverse(w));
  auto e = CompileOrDie(&g);
  EXPECT_EQ(RunWith(*e, {}, {{"w", Vec({1, 2, 3})}}).at("state:w"), (std::vector<float>{3, 2, 1}));
}

TEST(ExecutableStateTest, OneStateFeedsAnothersUpdate) {
  // momentum: v <- 0.5 v + g; w <- w - v
  GraphBuilder g("f");
  Value v = g.State("v", kF32, {2});
  Value w = g.State("w", kF32, {2});
  Value v_new = ToyAdd(ToyScale(v, 0.5), g.Input("g", kF32, {2}));
  g.Update("v", v_new);
  Value w_new = ToySub(w, v_new);
  g.Update("w", w_new);
  g.Output("w_new", ToyScale(w_new, 1));
  auto e = CompileOrDie(&g);
  const Result r = RunWith(*e, {{"g", Vec({1, 1})}}, {{"v", Vec({4, 8})}, {"w", Vec({0, 1})}});
  EXPECT_EQ(r.at("state:v"), (std::vector<float>{3, 5}));
  EXPECT_EQ(r.at("state:w"), (std::vector<float>{-3, -4}));
  EXPECT_EQ(r.at("w_new"), (std::vector<float>{-3, -4}));
}

TEST(ExecutableStateTest, UpdatesFromFeedsAndConstantsMakeMissingStates) {
  GraphBuilder g("initialize");
  g.Update("a", g.Input("x", kF32, {2}));
  g.Update("b", ToyConstant(&g, Vec({3, 4})));
  g.Update("c", ToyReshape(ToyConstant(&g, Vec({5, 6})), {2, 1}));
  auto e = CompileOrDie(&g);
  const Result r = RunWith(*e, {{"x", Vec({1, 2})}});
  EXPECT_EQ(r.at("state:a"), (std::vector<float>{1, 2}));
  EXPECT_EQ(r.at("state:b"), (std::vector<float>{3, 4}));
  EXPECT_EQ(r.at("state:c"), (std::vector<float>{5, 6}));
}

TEST(ExecutableStateTest, ContextsFollowNewTensorsInTheStore) {
  GraphBuilder g("f");
  g.Output("y", ToyScale(g.State("w", kF32, {1}), 2));
  auto e = CompileOrDie(&g);
  StateStore store;
  store.Set("w", Vec({1}));
  auto context = *e->NewContext(&store);
  ASSERT_TRUE(e->Run(context.get(), {}).ok());
  store.Set("w", Vec({5}));
  ASSERT_TRUE(e->Run(context.get(), {}).ok());
  EXPECT_EQ(Values(context->outputs()[0]), (std::vector<float>{10}));
  store.Set("w", Vec({1, 2}));
  EXPECT_EQ(e->Run(context.get(), {}).message(), "state \"w\" is float32[1]; the store has float32[2]");
}

TEST(ExecutableStateTest, SharedBytesAreRefused) {
  GraphBuilder g("f");
  Value a = g.State("a", kF32, {2});
  g.State("b", kF32, {2});
  g.Update("a", ToyAdd(a, g.Input("x", kF32, {2})));
  g.Output("y", ToyScale(a, 1));
  auto e = CompileOrDie(&g);
  const Tensor shared = Vec({1, 2});
  StateStore store;
  store.Set("a", shared);
  store.Set("b", shared);
  auto context = *e->NewContext(&store);
  EXPECT_EQ(e->Run(context.get(), {Vec({1, 1})}).message(),
            "states \"a\" and \"b\" share bytes in the store, and one of them is updated");
  store.Set("b", Vec({1, 2}));
  EXPECT_EQ(e->Run(context.get(), {shared}).message(),
            "function \"f\": the feed of input \"x\" shares bytes with state \"a\", which this run writes: Clone() it");
  ASSERT_TRUE(e->Run(context.get(), {Vec({1, 1})}).ok());
  const Tensor output = context->outputs()[0];
  EXPECT_EQ(e->Run(context.get(), {output}).message(),
            "function \"f\": the feed of input \"x\" shares bytes with an output of this context, which this run "
            "writes: Clone() it");
}

// --- Errors ---

TEST(ExecutableErrorTest, FeedsAreChecked) {
  GraphBuilder g("f");
  Value x = g.Input("x", kF32, {"n", 2});
  g.Input("z", kF32, {"n"});
  g.Output("y", ToyScale(x, 1));
  auto e = CompileOrDie(&g);
  auto context = *e->NewContext(nullptr);
  const Tensor z = Vec({1, 2});
  auto error = [&](absl::Span<const Tensor> feeds) { return std::string(e->Run(context.get(), feeds).message()); };
  EXPECT_EQ(error({z}), "function \"f\" takes 2 inputs, 1 given");
  EXPECT_EQ(error({Tensor(), z}), "function \"f\": input \"x\" is float32[n,2], given nothing");
  EXPECT_EQ(error({Tensor::Of<double>({1, 2}, {1, 2}), z}),
            "function \"f\": input \"x\" is float32[n,2], given float64[1,2]");
  EXPECT_EQ(error({Tensor::Full(kF32, {3, 3}, 0), z}),
            "function \"f\": input \"x\" is float32[n,2], given [3,3]: shape [3,3] does not fit [n,2]");
  EXPECT_NE(error({Tensor::Full(kF32, {3, 2}, 0), z}).find("input \"z\" is float32[n], given [2]"), std::string::npos);
  EXPECT_EQ(std::string(e->Run({{"x", z}}).status().message()),
            "function \"f\": no tensor is given for input \"z\", which is float32[n]");
  EXPECT_EQ(std::string(e->Run({{"x", z}, {"z", z}, {"u", z}}).status().message()),
            "function \"f\" has no input \"u\"");
  EXPECT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {2, 2}, 0), z}).ok()) << "usable after errors";
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
    const absl::Status status = e->Run(context.get(), {Vec({-1, 2})});
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_TRUE(std::string(status.message()).find("inner/fail (ToyFail, toy_ops.cc:") == 0) << status;
    EXPECT_NE(status.message().find(") on float32[2]: told to fail; the state is undefined now"), std::string::npos)
        << status;
    EXPECT_TRUE(e->Run(context.get(), {Vec({1, 2})}).ok()) << "usable after errors";
  }
  const absl::Status status = e->Plan({Dims{0}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(status.message().find("inner/fail (ToyFail, toy_ops.cc:"), std::string::npos) << status;
  EXPECT_NE(status.message().find("on float32[0]: told not to start"), std::string::npos) << status;
}

TEST(ExecutableErrorTest, StatesAreChecked) {
  GraphBuilder g("f");
  g.Output("y", ToyScale(g.State("w", kF32, {2}), 1));
  auto e = CompileOrDie(&g);
  EXPECT_EQ(e->NewContext(nullptr).status().message(), "function \"f\" has state \"w\"; no store is given");
  StateStore store;
  EXPECT_EQ(e->NewContext(&store).status(),
            absl::NotFoundError("function \"f\": the store has no state \"w\", which is float32[2]"));
  store.Set("w", Tensor::Of<double>({2}, {1, 2}));
  EXPECT_EQ(e->NewContext(&store).status().message(), "state \"w\" is float32[2]; the store has float64[2]");
}

TEST(ExecutableErrorTest, CompileChecksTheFunction) {
  auto compile = [](const Function& f) { return std::string(Executable::Compile(f).status().message()); };
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
  EXPECT_EQ(compile(*symbolic.Build()), "state \"s\" is float32[n]: the dimensions of a state must be numbers");
  EXPECT_NE(Executable::Compile(good, {.plan_cache_capacity = 0}).status().message().find("at least 1"),
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
  EXPECT_NE(status.message().find("bytes for intermediate values; the limit is 20000. The largest is ToyReverse"),
            std::string::npos)
      << status;
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
