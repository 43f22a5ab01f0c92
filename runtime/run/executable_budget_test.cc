// Runs that are cancelled, whose time is up, or that take more memory than they may.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dagrad/graph/budget.h"
#include "dagrad/graph/builder.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/testing/toy_ops.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::ToyAdd;
using testing::ToyReverse;
using testing::ToyScale;

constexpr DType kF32 = DType::kFloat32;
constexpr int kLength = 200;

// y = x reversed kLength times: as many stages; the state's update is of the first stage or depends
// on the last.
std::unique_ptr<Executable> Long(bool update_early, const CompileOptions& options = {}) {
  GraphBuilder g("long");
  Value x = g.Input("x", kF32, {"n"});
  Value state = g.State("s", kF32, {});
  if (update_early) g.Update("s", ToyScale(state, 2));
  Value y = x;
  for (int i = 0; i < kLength; ++i) y = ToyReverse(y);
  g.Output("y", y);
  if (!update_early) g.Update("s", ToyAdd(state, testing::ToySum(y)));
  return *Executable::Compile(*g.Build(), options);
}

constexpr int64_t kBig = 1 << 19;
Tensor Big() { return Tensor::Full(kF32, {kBig}, 1); }

TEST(ExecutableBudgetTest, CancelledBeforeItBegins) {
  auto e = Long(true);
  StateStore store;
  store.Set("s", Tensor::Scalar<float>(3));
  auto context = *e->NewContext(&store);
  const Tensor before = *store.Get("s").Clone();
  const Budget budget{Budget::Limits()};
  budget.Cancel();
  EXPECT_EQ(e->Run(context.get(), {Big()}, {budget}).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(SameBits(before, store.Get("s")));
  EXPECT_EQ(e->Run(context.get(), {Big()}, {Budget({.time = std::chrono::seconds(0)})}).code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(SameBits(before, store.Get("s")));
  EXPECT_TRUE(e->Run(context.get(), {Big()}).ok()) << "usable at once";
}

TEST(ExecutableBudgetTest, CancelledMidwayStateIsOldOrNew) {
  for (const bool early : {false, true}) {
    auto e = Long(early);
    StateStore store;
    store.Set("s", Tensor::Scalar<float>(3));
    auto context = *e->NewContext(&store);
    const std::vector<Tensor> feeds = {Big()};
    ASSERT_TRUE(e->Run(context.get(), feeds).ok());
    int cancelled = 0;
    for (int i = 0; i < 20; ++i) {
      const float before = store.Get("s").data<float>()[0];
      const float after = early ? 2 * before : before + kBig;
      const Budget budget{Budget::Limits()};
      std::thread canceller([&, i] {
        std::this_thread::sleep_for(std::chrono::milliseconds(i));
        budget.Cancel();
      });
      const absl::Status status = e->Run(context.get(), feeds, {budget});
      canceller.join();
      cancelled += absl::IsCancelled(status) ? 1 : 0;
      EXPECT_TRUE(status.ok() || absl::IsCancelled(status)) << status;
      const Tensor state = store.Get("s");
      for (const float s : state.data<float>())
        EXPECT_EQ(s, status.ok() ? after : before) << status;
      EXPECT_EQ(status.message().find("undefined"), std::string::npos) << status;
    }
    EXPECT_TRUE(early || cancelled > 0);
  }
}

TEST(ExecutableBudgetTest, WithoutWholeUpdatesItStopsAnywhere) {
  auto e = Long(/*update_early=*/true);
  StateStore store;
  store.Set("s", Tensor::Scalar<float>(3));
  auto context = *e->NewContext(&store);
  ASSERT_TRUE(e->Run(context.get(), {Big()}).ok());
  const Budget budget({.time = std::chrono::milliseconds(5)});
  const absl::Status status = e->Run(context.get(), {Big()}, {budget, false});
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  EXPECT_NE(status.message().find("; the state is undefined now"), std::string::npos) << status;
}

TEST(ExecutableBudgetTest, BuffersAreLent) {
  auto e = Long(true);
  StateStore store;
  store.Set("s", Tensor::Scalar<float>(3));
  const Budget budget({.bytes = 1 << 20});
  {
    auto context = *e->NewContext(&store, budget);
    ASSERT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {1000}, 1)}, {budget}).ok());
    EXPECT_GE(budget.taken(), static_cast<int64_t>(context->arena_bytes()) + 4000);
    const absl::Status status = e->Run(context.get(), {Big()}, {budget});
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_TRUE(e->Run(context.get(), {Tensor::Full(kF32, {1000}, 1)}, {budget}).ok());
  }
  EXPECT_EQ(budget.taken(), 0);
}

TEST(ExecutableBudgetTest, CompileAndPlan) {
  GraphBuilder g("f");
  g.Output("y", ToyReverse(g.Input("x", kF32, {"n"})));
  const Function f = *g.Build();
  CompileOptions options;
  options.budget = Budget(Budget::Limits());
  auto e = *Executable::Compile(f, options);
  options.budget.Cancel();
  EXPECT_EQ(Executable::Compile(f, options).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(e->Plan({{3}}).ok()) << "the budget was for compiling";
  EXPECT_EQ(e->Plan({{4}}, options.budget).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(e->Plan({{4}}).ok());
}

// Each part of what a run takes, made large.
TEST(ExecutableBudgetTest, TheLimitCountsEverything) {
  constexpr int64_t kMany = 1 << 18;
  const auto needs = [](const char* what, Function f, std::vector<Dims> dims) {
    const int64_t all = (*Executable::Compile(f))->Plan(dims)->run_bytes;
    EXPECT_GE(all, 4 * kMany) << what;
    EXPECT_LE(all, 4 * kMany * 3 + 100'000) << what;
    EXPECT_TRUE((*Executable::Compile(f, {.memory_limit_bytes = all}))->Plan(dims).ok()) << what;
    EXPECT_EQ((*Executable::Compile(f, {.memory_limit_bytes = 4 * kMany - 1}))
                  ->Plan(dims)
                  .status()
                  .code(),
              absl::StatusCode::kResourceExhausted)
        << what;
  };
  GraphBuilder output("output");
  output.Output("y", ToyScale(output.Input("x", kF32, {"n"}), 2));
  needs("outputs", *output.Build(), {{kMany}});
  GraphBuilder arena("arena");
  arena.Output("y", testing::ToySum(ToyReverse(ToyReverse(arena.Input("x", kF32, {"n"})))));
  needs("the arena", *arena.Build(), {{kMany}});
  GraphBuilder state("state");
  state.Output("y", testing::ToySum(state.State("s", kF32, {kMany})));
  needs("state", *state.Build(), {});
  GraphBuilder constant("constant");
  constant.Output("y", ToyAdd(constant.Input("x", kF32, {kMany}),
                              testing::ToyConstant(&constant, Tensor::Full(kF32, {kMany}, 1))));
  needs("constants", *constant.Build(), {{kMany}});
}

}  // namespace
}  // namespace dagrad
