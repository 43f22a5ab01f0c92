// Control flow in the executor: what the interpreter gives, the same bits for any number of
// threads, without allocations, within its memory, and stopped by a budget.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/autodiff/checkpoint.h"
#include "dagrad/ops/ops.h"
#include "dagrad/runtime/compile/schedule.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/testing/allocation_counter.h"
#include "dagrad/tests/control/models.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using Span = absl::Span<const Value>;

// All models, and with their gradients.
std::vector<ControlModel> AllModels(DType dtype, int64_t scale) {
  std::vector<ControlModel> models = ControlModels(dtype, scale);
  const size_t count = models.size();
  for (size_t i = 0; i < count; ++i) {
    ControlModel m = models[i];
    m.name += ", with gradients";
    const absl::StatusOr<Function> f = WithGradients(m.function);
    EXPECT_TRUE(f.ok()) << m.name << ": " << f.status();
    if (!f.ok()) continue;
    m.function = *f;
    models.push_back(std::move(m));
  }
  return models;
}

void ExpectSame(const TensorMap& actual, const TensorMap& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(SameBits(actual.at(name), tensor)) << name << ":\n"
                                                   << actual.at(name) << "\nexpected:\n"
                                                   << tensor;
  }
}

// So that small tensors go to the team in tiles.
class SmallTiles {
 public:
  SmallTiles()
      : shard_cost_(runtime::SetShardCostForTesting(64)),
        tuning_(runtime::SetScheduleTuningForTesting({runtime::ByteSize(512), 0})) {}
  ~SmallTiles() {
    runtime::SetShardCostForTesting(shard_cost_);
    runtime::SetScheduleTuningForTesting(tuning_);
  }

 private:
  double shard_cost_;
  runtime::ScheduleTuning tuning_;
};

TEST(ControlExecutorTest, GivesWhatTheInterpreterGives) {
  for (DType dtype : {DType::kFloat64, DType::kFloat32}) {
    for (const ControlModel& m : AllModels(dtype, 2)) {
      SCOPED_TRACE(m.name);
      const auto expected =
          runtime::EvaluateFunction(m.function, m.feeds, {}, runtime::KernelMode::kFast);
      ASSERT_TRUE(expected.ok()) << expected.status();
      for (bool optimize : {false, true}) {
        for (bool flow : {false, true}) {
          const auto e =
              Executable::Compile(m.function, {.optimize = optimize, .fuse = false, .flow = flow});
          ASSERT_TRUE(e.ok()) << e.status();
          const auto actual = (*e)->Run(m.feeds);
          ASSERT_TRUE(actual.ok()) << actual.status();
          ExpectSame(*actual, expected->outputs);
        }
      }
    }
  }
}

TEST(ControlExecutorTest, TheSameBitsForAnyNumberOfThreads) {
  const SmallTiles tiles;
  const int before = NumThreads();
  for (const ControlModel& m : AllModels(DType::kFloat32, 8)) {
    SCOPED_TRACE(m.name);
    const auto e = Executable::Compile(m.function);
    ASSERT_TRUE(e.ok()) << e.status();
    ASSERT_TRUE(SetNumThreads(1).ok());
    const auto expected = (*e)->Run(m.feeds);
    ASSERT_TRUE(expected.ok()) << expected.status();
    for (int threads : {2, 3, 4, 8}) {
      ASSERT_TRUE(SetNumThreads(threads).ok());
      ExpectSame(*(*e)->Run(m.feeds), *expected);
    }
  }
  ASSERT_TRUE(SetNumThreads(before).ok());
}

TEST(ControlExecutorTest, AWarmStepAllocatesNothing) {
  if (!testing::AllocationCounter::Supported()) GTEST_SKIP();
  for (const ControlModel& m : AllModels(DType::kFloat32, 2)) {
    SCOPED_TRACE(m.name);
    const auto e = Executable::Compile(m.function);
    ASSERT_TRUE(e.ok()) << e.status();
    const auto context = (*e)->NewContext(nullptr);
    ASSERT_TRUE(context.ok()) << context.status();
    std::vector<Tensor> feeds;
    for (NodeId id : (*e)->function().inputs)
      feeds.push_back(m.feeds.at((*e)->function().nodes[id].name));
    for (int i = 0; i < 2; ++i) ASSERT_TRUE((*e)->Run(context->get(), feeds).ok());
    const testing::AllocationCounter counter;
    ASSERT_TRUE((*e)->Run(context->get(), feeds).ok());
    EXPECT_EQ(counter.count(), 0);
    EXPECT_TRUE((*context)->guards_intact());
  }
}

TEST(ControlExecutorTest, OneContextRunsManyInputs) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {});
  g.Output("y", If(
                    Less(x, 0.0), [&](GraphBuilder&) { return Values{-x}; },
                    [&](GraphBuilder&) { return Values{x * 2.0}; })[0]);
  const auto e = *Executable::Compile(*g.Build());
  const auto context = *e->NewContext(nullptr);
  for (float v : {1.0F, -1.0F, 3.0F, -4.0F}) {
    ASSERT_TRUE(e->Run(context.get(), std::vector<Tensor>{Tensor::Scalar(v)}).ok());
    EXPECT_EQ(context->outputs()[0].data<float>()[0], v < 0 ? -v : 2 * v);
  }
}

TEST(ControlExecutorTest, ALoopWithoutABoundEndsByItsCondition) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {});
  const WhileResult r = While(
      {x}, [&](GraphBuilder&, Span c) { return Less(c[0], 1e6); },
      [&](GraphBuilder&, Span c) -> Values { return c[0] * 2.0; });
  g.Output("y", r.carried[0]);
  g.Output("n", r.iterations);
  const auto e = *Executable::Compile(*g.Build());
  const auto y = e->Run({{"x", Tensor::Scalar(1.0F)}});
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_EQ(y->at("y").data<float>()[0], 1 << 20);
  EXPECT_EQ(y->at("n").data<int64_t>()[0], 20);
}

TEST(ControlExecutorTest, ABudgetEndsALoopThatGoesOn) {
  for (bool empty : {false, true}) {
    GraphBuilder g("endless");
    const Value x = g.Input("x", DType::kFloat32, {});
    const Value always = Equal(x, x);
    g.Output("y", While(
                      {x}, [&](GraphBuilder&, Span) { return always; },
                      [&](GraphBuilder&, Span c) -> Values { return empty ? c[0] : c[0] + 1.0; })
                      .carried[0]);
    const auto e = Executable::Compile(*g.Build());
    ASSERT_TRUE(e.ok()) << e.status();
    const auto y = (*e)->Run({{"x", Tensor::Scalar(1.0F)}}, nullptr,
                             {.budget = Budget({.time = std::chrono::milliseconds(50)})});
    EXPECT_EQ(y.status().code(), absl::StatusCode::kDeadlineExceeded) << y.status();
  }
}

// State is written after it, so nothing that was begun has to be ended.
TEST(ControlExecutorTest, ABudgetEndsALoopThatGoesOnBesideAnUpdate) {
  for (bool nested : {false, true}) {
    GraphBuilder g("endless");
    const Value x = g.Input("x", DType::kFloat32, {});
    const Value s = g.State("s", DType::kFloat32, {});
    g.Update("s", s + 1.0);
    const auto endless = [](Value from) {
      return While(
                 {from}, [](GraphBuilder&, Span c) { return Equal(c[0], c[0]); },
                 [](GraphBuilder&, Span c) -> Values { return c[0] * 1.0; })
          .carried[0];
    };
    const auto within = [&](GraphBuilder&) { return Values{endless(x)}; };
    g.Output("y", nested ? If(Equal(x, x), within, within)[0] : endless(x));
    const auto e = Executable::Compile(*g.Build());
    ASSERT_TRUE(e.ok()) << e.status();
    StateStore store;
    store.Set("s", Tensor::Scalar(4.0F));
    const auto y = (*e)->Run({{"x", Tensor::Scalar(1.0F)}}, &store,
                             {.budget = Budget({.time = std::chrono::milliseconds(50)})});
    EXPECT_EQ(y.status().code(), absl::StatusCode::kDeadlineExceeded) << y.status();
    EXPECT_EQ(store.Get("s").data<float>()[0], 4.0F);
  }
}

TEST(ControlExecutorTest, AnErrorNamesThePathOfNodes) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {3, 2});
  const Value i = g.Input("i", DType::kInt64, {4});
  const ScanResult r = Scan({}, {i}, [&](GraphBuilder&, Span, Span s) {
    const Value y = If(
        Equal(s[0], s[0]), [&](GraphBuilder&) { return Values{Gather(x, s[0])}; },
        [&](GraphBuilder&) { return Values{Gather(x, s[0] * 0)}; })[0];
    return ScanStep{Values{}, y.Named("chosen")};
  });
  g.Output("y", r.outputs[0]);
  const Function f = *g.Build();
  const TensorMap feeds = {{"x", *Tensor::Zeros(DType::kFloat32, {3, 2})},
                           {"i", Tensor::Of<int64_t>({4}, {0, 1, 7, 2})}};
  const auto e = Executable::Compile(f);
  ASSERT_TRUE(e.ok()) << e.status();
  for (const absl::Status& s :
       {(*e)->Run(feeds).status(), runtime::EvaluateFunction(f, feeds).status()}) {
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << s;
    size_t at = 0;
    for (absl::string_view part : {"Scan (Scan, executor_test.cc:", "body: ", "chosen (If, ",
                                   "then_branch: ", "Gather (Gather, ", "7"}) {
      at = s.message().find(part, at);
      ASSERT_NE(at, absl::string_view::npos) << part << " in " << s;
    }
  }
}

TEST(ControlBuilderTest, MistakesInABodyAreErrorsOfTheBuilder) {
  const auto error_of = [](auto build) {
    GraphBuilder g("f");
    build(&g, g.Input("x", DType::kFloat32, {2}));
    return g.Build().status();
  };
  Value leaked;
  const absl::Status leak = error_of([&](GraphBuilder* g, Value x) {
    If(
        Equal(ReduceSum(x), 0.0), [&](GraphBuilder&) { return Values{leaked = Sin(x)}; },
        [&](GraphBuilder&) { return Values{x}; });
    g->Output("y", x + leaked);
  });
  EXPECT_EQ(leak.code(), absl::StatusCode::kInvalidArgument) << leak;
  EXPECT_TRUE(absl::StrContains(leak.message(), "input 1 is not a value of this graph")) << leak;
  const absl::Status state = error_of([](GraphBuilder*, Value x) {
    While(
        {x}, [&](GraphBuilder&, Span c) { return Less(ReduceSum(c[0]), 1.0); },
        [&](GraphBuilder& body, Span c) -> Values {
          return c[0] + body.State("w", DType::kFloat32, {2});
        });
  });
  EXPECT_TRUE(absl::StrContains(state.message(), "(body_c1)")) << state;
  EXPECT_TRUE(absl::StrContains(state.message(), "executor_test.cc:")) << state;
  const absl::Status types = error_of([](GraphBuilder*, Value x) {
    Scan({x}, {x}, [&](GraphBuilder&, Span c, Span s) { return ScanStep{c[0] * s[0], {}}; });
    If(
        Equal(ReduceSum(x), 0.0), [&](GraphBuilder&) { return Values{ReduceSum(x)}; },
        [&](GraphBuilder&) { return Values{x}; });
  });
  EXPECT_TRUE(absl::StrContains(types.message(), "If (If, executor_test.cc:")) << types;
  EXPECT_TRUE(absl::StrContains(types.message(), "(if_c3)")) << types;
  const absl::Status count = error_of([](GraphBuilder*, Value x) {
    Scan({x}, {x}, [&](GraphBuilder&, Span, Span) { return ScanStep{}; });
  });
  EXPECT_TRUE(absl::StrContains(count.message(), "(scan_c4)")) << count;
}

// As all expressions, they chain without checks: there are as many results as if nothing had
// failed.
TEST(ControlBuilderTest, ResultsMayBeTakenThoughTheGraphHasFailed) {
  for (bool null : {false, true}) {
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat32, {3});
    const Value bad = null ? Value() : x + g.Input("y", DType::kFloat32, {4});
    const auto branch = [&](GraphBuilder&) { return Values{bad, x}; };
    Value sum = If(Less(ReduceSum(bad), 0.0), branch, branch)[1];
    sum = sum + Checkpoint(&g, branch)[0] + Checkpoint(null ? nullptr : &g, branch)[1];
    sum = sum + While(
                    {bad}, [&](GraphBuilder&, Span c) { return Less(ReduceSum(c[0]), 1.0); },
                    [&](GraphBuilder&, Span c) -> Values { return c[0] + bad; })
                    .carried[0];
    const ScanResult scan = Scan({bad}, {bad}, [&](GraphBuilder&, Span c, Span s) {
      return ScanStep{Values{c[0]}, Values{s[0] + c[0]}};
    });
    sum = sum + scan.carried[0] + scan.outputs[0];
    sum = sum +
          CustomGradient(
              {bad}, [&](GraphBuilder&, Span in) { return in[0] + bad; },
              [&](GraphBuilder&, Span in, Span out, Span dy) { return in[0] + out[0] + dy[0]; })[0];
    g.Output("z", sum);
    const absl::Status status = g.Build().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    if (!null) {
      EXPECT_TRUE(absl::StrContains(status.message(), "Add (Add, executor_test.cc:")) << status;
    }
  }
}

TEST(ControlBuilderTest, CustomGradientsNeedSomethingToDifferentiateBy) {
  GraphBuilder g("f");
  const Value i = g.Input("i", DType::kInt64, {3});
  CustomGradient(
      {i}, [&](GraphBuilder&, Span in) { return Cast(in[0], DType::kFloat32); },
      [&](GraphBuilder&, Span, Span, Span) { return Values{}; });
  const absl::Status status = g.Build().status();
  EXPECT_TRUE(absl::StrContains(status.message(), "no operand of floating type")) << status;
}

// What depends on values from outside alone is computed once.
TEST(ControlExecutorTest, ManyStepsNeedNoMoreMemoryThanOne) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {64, 64});
  const Value n = g.Input("n", DType::kInt64, {"time"});
  const ScanResult r = Scan({x}, {n}, [&](GraphBuilder&, Span c, Span) {
    return ScanStep{Values{Tanh(MatMul(c[0], Sin(x)))}};
  });
  g.Output("y", r.carried[0]);
  const auto e = *Executable::Compile(*g.Build());
  const int64_t few = e->Plan({{64, 64}, {2}})->arena_bytes;
  EXPECT_EQ(e->Plan({{64, 64}, {1000}})->arena_bytes, few);
  EXPECT_GT(few, 64 * 64 * 4) << "the body's memory is counted";
  EXPECT_LT(few, 20 * 64 * 64 * 4);
}

}  // namespace
}  // namespace dagrad::tests
