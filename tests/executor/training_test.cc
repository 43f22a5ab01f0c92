#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dagrad/runtime/compile/schedule.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/executor/mlp.h"

namespace dagrad {
namespace {

using testing::InitializeMlp;
using testing::MlpData;
using testing::MlpPrediction;
using testing::MlpTrainingStep;

// Large enough for matrix products and updates in several shards.
const std::vector<int64_t> kWidths = {64, 300, 200, 3};

std::string Bytes(const StateStore& store) {
  std::string bytes;
  for (const std::string& name : store.Names()) {
    const Tensor t = store.Get(name);
    bytes.append(static_cast<const char*>(t.bytes()), t.byte_size());
  }
  return bytes;
}

// The bytes of all weights and moments after some steps.
std::string Train(int threads, const CompileOptions& options, int steps) {
  EXPECT_TRUE(SetNumThreads(threads).ok());
  auto e = Executable::Compile(MlpTrainingStep(kWidths), options);
  EXPECT_TRUE(e.ok()) << e.status();
  StateStore store;
  InitializeMlp(kWidths, &store);
  auto context = (*e)->NewContext(&store);
  EXPECT_TRUE(context.ok()) << context.status();
  for (int i = 0; i < steps; ++i) {
    const int64_t rows = i % 3 == 2 ? 17 : 64;
    const absl::Status s = (*e)->Run(
        context->get(), {MlpData(rows, kWidths[0], i), MlpData(rows, kWidths.back(), 99 + i)});
    EXPECT_TRUE(s.ok()) << s;
  }
  EXPECT_TRUE((*context)->guards_intact());
  return Bytes(store);
}

TEST(TrainingTest, SameBitsForAnyNumberOfThreads) {
  const std::string one = Train(1, {}, 12);
  for (int threads : {2, 3, 4, 8})
    EXPECT_EQ(one == Train(threads, {}, 12), true) << threads << " threads";
}

TEST(TrainingTest, SameBitsWithAndWithoutRewriting) {
  CompileOptions plain;
  plain.optimize = false;
  EXPECT_EQ(Train(2, {}, 6) == Train(2, plain, 6), true);
}

TEST(TrainingTest, SameBitsInTilesAndNodeByNode) {
  CompileOptions node_by_node;
  node_by_node.flow = false;
  const std::string expected = Train(2, node_by_node, 6);
  for (const int64_t tile_bytes : {int64_t{1} << 10, int64_t{1} << 14, int64_t{1} << 24}) {
    const auto tuning = runtime::SetScheduleTuningForTesting({runtime::ByteSize(tile_bytes), 0});
    EXPECT_EQ(expected == Train(3, {}, 6), true) << tile_bytes;
    runtime::SetScheduleTuningForTesting(tuning);
  }
}

// Else the test above would compare a thing with itself.
TEST(TrainingTest, RowsFlowThroughLayersAndIntoUpdates) {
  const Function f = MlpTrainingStep(kWidths);
  auto e = Executable::Compile(f);
  ASSERT_TRUE(e.ok()) << e.status();
  auto plan = (*e)->Plan({{64, kWidths[0]}, {64, kWidths.back()}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::map<int, int> steps_of_chain;
  std::set<int> stages;
  for (const PlanSummary::Step& s : plan->steps) {
    ++steps_of_chain[s.chain];
    stages.insert(s.stage);
  }
  int longest = 0;
  for (const auto& [chain, steps] : steps_of_chain) longest = std::max(longest, steps);
  EXPECT_GE(longest, 5);
  EXPECT_LT(stages.size(), plan->steps.size() / 3);
}

TEST(TrainingTest, ProfileFindsAllNodes) {
  auto e = Executable::Compile(MlpTrainingStep(kWidths));
  ASSERT_TRUE(e.ok()) << e.status();
  StateStore store;
  InitializeMlp(kWidths, &store);
  auto context = *(*e)->NewContext(&store);
  const std::vector<Tensor> feeds = {MlpData(64, kWidths[0], 1), MlpData(64, kWidths.back(), 2)};
  EXPECT_FALSE((*e)->Profile(context.get(), feeds, 0).ok());
  const auto profile = (*e)->Profile(context.get(), feeds, 3);
  ASSERT_TRUE(profile.ok()) << profile.status();
  std::set<int> nodes;
  int64_t end = 0;
  for (const RunProfile::Event& event : profile->events) {
    nodes.insert(event.node);
    EXPECT_LE(event.begin_ns, event.end_ns);
    end = std::max(end, event.end_ns);
  }
  EXPECT_EQ(nodes.size(), profile->nodes.size()) << "every node that has something to run";
  EXPECT_GT(profile->seconds, 0);
  EXPECT_LT(static_cast<double>(end), 1e9 * 60);
  const std::string table = ProfileTable(*profile, 0);
  for (const auto& node : profile->nodes) EXPECT_NE(table.find(node.op), std::string::npos);
}

TEST(TrainingTest, SameBitsAsTheInterpreter) {
  const Function f = MlpTrainingStep(kWidths);
  StateStore store;
  InitializeMlp(kWidths, &store);
  TensorMap states;
  for (const std::string& name : store.Names()) states[name] = store.Get(name);
  for (int i = 0; i < 4; ++i) {
    const int64_t rows = i % 3 == 2 ? 17 : 64;
    auto r = runtime::EvaluateFunction(
        f, {{"x", MlpData(rows, kWidths[0], i)}, {"y", MlpData(rows, kWidths.back(), 99 + i)}},
        states, runtime::KernelMode::kFast);
    ASSERT_TRUE(r.ok()) << r.status();
    for (const auto& [name, tensor] : r->updates) states[name] = tensor;
  }
  std::string bytes;
  for (const auto& [name, t] : states)
    bytes.append(static_cast<const char*>(t.bytes()), t.byte_size());
  EXPECT_EQ(bytes == Train(3, {}, 4), true);
}

TEST(TrainingTest, LossFalls) {
  auto e = Executable::Compile(MlpTrainingStep({7, 20, 1}));
  ASSERT_TRUE(e.ok());
  StateStore store;
  InitializeMlp({7, 20, 1}, &store);
  auto context = *(*e)->NewContext(&store);
  float first = 0, last = 0;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE((*e)->Run(context.get(), {MlpData(32, 7, 1), MlpData(32, 1, 2)}).ok());
    last = context->outputs()[0].data<float>()[0];
    if (i == 0) first = last;
  }
  EXPECT_LT(last, first / 2);
}

TEST(TrainingTest, PlansOfManySizesAreBoundedAndMemoryStaysFlat) {
  CompileOptions options;
  options.plan_cache_capacity = 10;
  auto e = Executable::Compile(MlpPrediction({16, 8, 1}), options);
  ASSERT_TRUE(e.ok());
  StateStore store;
  InitializeMlp({16, 8, 1}, &store);
  auto context = *(*e)->NewContext(&store);
  for (int64_t rows = 1; rows <= 1000; ++rows) {
    ASSERT_TRUE((*e)->Run(context.get(), {MlpData(rows, 16, rows)}).ok());
    ASSERT_EQ((*e)->cached_plans(), static_cast<int>(std::min<int64_t>(rows, 10)));
    ASSERT_LE(context->arena_bytes(), static_cast<size_t>(rows * 8 * 4 * 2 + 64 * 8));
  }
}

TEST(ConcurrencyTest, SixteenThreadsRunOneExecutable) {
  ASSERT_TRUE(SetNumThreads(3).ok());
  auto e = Executable::Compile(MlpPrediction(kWidths));
  ASSERT_TRUE(e.ok());
  StateStore store;
  InitializeMlp(kWidths, &store);
  std::vector<Tensor> expected;
  for (int64_t rows : {16, 64}) {
    auto context = *(*e)->NewContext(&store);
    ASSERT_TRUE((*e)->Run(context.get(), {MlpData(rows, kWidths[0], rows)}).ok());
    expected.push_back(*context->outputs()[0].Clone());
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      auto context = *(*e)->NewContext(&store);
      const Tensor feeds[2] = {MlpData(16, kWidths[0], 16), MlpData(64, kWidths[0], 64)};
      for (int i = 0; i < 10000; ++i) {
        const int which = (i + t) % 100 == 0 ? 1 : 0;
        const bool ok = (*e)->Run(context.get(), {feeds[which]}).ok();
        wrong += !ok || !SameBits(context->outputs()[0], expected[which]);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(ConcurrencyTest, OneWriterAtATimeAndWritersExcludeReaders) {
  auto train = *Executable::Compile(MlpTrainingStep({4, 3, 1}));
  auto predict = *Executable::Compile(MlpPrediction({4, 3, 1}));
  StateStore store;
  InitializeMlp({4, 3, 1}, &store);
  std::vector<std::thread> threads;
  std::atomic<int> done{0}, refused{0}, other{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Executable& e = t % 2 == 0 ? *train : *predict;
      auto context = *e.NewContext(&store);
      std::vector<Tensor> feeds = {MlpData(5, 4, 1)};
      if (t % 2 == 0) feeds.push_back(MlpData(5, 1, 2));
      bool succeeded = false;
      for (int i = 0; i < 500 || !succeeded; ++i) {
        const absl::Status s = e.Run(context.get(), feeds);
        ++(s.ok() ? done : s.code() == absl::StatusCode::kFailedPrecondition ? refused : other);
        succeeded |= s.ok();
        if (other.load() > 0) break;
        if (!s.ok()) std::this_thread::yield();
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_GE(done.load() + refused.load(), 2000);
  EXPECT_EQ(other.load(), 0);
  const float steps = store.Get("step").data<float>()[0];
  EXPECT_GT(steps, 0);
  EXPECT_LE(steps, static_cast<float>(done.load()));
}

}  // namespace
}  // namespace dagrad
