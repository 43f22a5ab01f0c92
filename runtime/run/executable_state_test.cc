#include "dagrad/runtime/run/executable.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/runtime/testing/run_executable.h"
#include "dagrad/runtime/testing/toy_ops.h"

namespace dagrad {
namespace {

using testing::CompileOrDie;
using testing::kF32;
using testing::Result;
using testing::RunWith;
using testing::ToyAdd;
using testing::ToyConstant;
using testing::ToyReshape;
using testing::ToyReverse;
using testing::ToyScale;
using testing::ToySub;
using testing::Values;
using testing::Vec;

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
  EXPECT_EQ(e->Run(context.get(), {}).message(),
            "state \"w\" is float32[1]; the store has float32[2]");
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
            "function \"f\": the feed of input \"x\" shares bytes with state \"a\", which this run "
            "writes: Clone() it");
  ASSERT_TRUE(e->Run(context.get(), {Vec({1, 1})}).ok());
  store.Set("a", shared);
  store.Set("b", shared);
  for (int again = 0; again < 2; ++again)
    EXPECT_FALSE(e->Run(context.get(), {Vec({1, 1})}).ok()) << "until they are other bytes";
  store.Set("b", Vec({1, 2}));
  ASSERT_TRUE(e->Run(context.get(), {Vec({1, 1})}).ok());
  const Tensor output = context->outputs()[0];
  EXPECT_EQ(e->Run(context.get(), {output}).message(),
            "function \"f\": the feed of input \"x\" shares bytes with an output of this context, "
            "which this run "
            "writes: Clone() it");
}

// One that is read has the bytes of all, beyond one that begins later and ends earlier.
TEST(ExecutableStateTest, SharedBytesAreRefusedHoweverTheyOverlap) {
  GraphBuilder g("f");
  const Value a = g.State("a", kF32, {64});
  const Value b = g.State("b", kF32, {4});
  g.Update("c", ToyScale(g.State("c", kF32, {4}), 2));
  g.Output("y", ToyScale(a, 1));
  g.Output("z", ToyScale(b, 1));
  auto e = CompileOrDie(&g);
  const Tensor whole = *Tensor::Zeros(kF32, {64});
  const auto part = [&](int64_t begin) {
    float* data = const_cast<float*>(whole.data<float>().data());
    return Tensor::Wrap(kF32, {4}, data + begin, std::make_shared<Tensor>(whole));
  };
  StateStore store;
  store.Set("a", whole);
  store.Set("b", part(16));
  store.Set("c", part(32));
  auto context = *e->NewContext(&store);
  EXPECT_EQ(e->Run(context.get(), {}).message(),
            "states \"a\" and \"c\" share bytes in the store, and one of them is updated");
  store.Set("c", *Tensor::Zeros(kF32, {4}));
  EXPECT_TRUE(e->Run(context.get(), {}).ok()) << "what is only read may share bytes";
}

// Other sizes move the outputs, and what guards them.
TEST(ExecutableStateTest, OutputsOfOtherSizesAreNoFeedsEither) {
  GraphBuilder g("f");
  g.Output("a", ToyScale(g.Input("x", kF32, {"n"}), 2));
  g.Output("b", ToyScale(g.Input("y", kF32, {"m"}), 2));
  auto e = CompileOrDie(&g);
  auto context = *e->NewContext(nullptr);
  ASSERT_TRUE(e->Run(context.get(), {*Tensor::Zeros(kF32, {32}), Vec({1, 2, 3, 4})}).ok());
  const Tensor b = context->outputs()[1];
  for (const int64_t n : {1, 32, 64}) {
    EXPECT_EQ(e->Run(context.get(), {*Tensor::Zeros(kF32, {n}), b}).message(),
              "function \"f\": the feed of input \"y\" shares bytes with an output of this "
              "context, which this run writes: Clone() it");
    EXPECT_EQ(Values(b), (std::vector<float>{2, 4, 6, 8}));
  }
}

// Contexts are made at once, and make what is missing.
TEST(ExecutableStateTest, ManyContextsMakeOneMissingState) {
  GraphBuilder g("f");
  for (int i = 0; i < 20; ++i)
    g.Update(absl::StrCat("s", i), ToyScale(g.Input(absl::StrCat("x", i), kF32, {2}), 1));
  auto e = CompileOrDie(&g);
  StateStore store;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] { EXPECT_TRUE(e->NewContext(&store).ok()); });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(store.Names().size(), 20u);
}

}  // namespace
}  // namespace dagrad
