#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/validate.h"
#include "dagrad/runtime/compile/rewrite/pass.h"
#include "dagrad/runtime/compile/schedule.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/run_executable.h"
#include "dagrad/tests/executor/random_function.h"

namespace dagrad {
namespace {

using runtime::KernelMode;
using testing::Random;
using testing::RandomFeeds;
using testing::RandomFunction;
using testing::RandomStates;

// Equal, where NaN equals NaN of other bits and 0 equals -0: of two operands that are both NaN or
// both zero it is not said which one an op takes, and merging nodes of a commutative op may swap
// them.
bool SameNumbers(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) return false;
  bool same = true;
  DispatchDType(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < a.num_elements(); ++i) {
      const T x = a.data<T>()[i];
      const T y = b.data<T>()[i];
      same &= x == y || (x != x && y != y);
    }
  });
  return same;
}

TensorMap Cloned(const TensorMap& tensors) {
  TensorMap clones;
  for (const auto& [name, tensor] : tensors) clones[name] = *tensor.Clone();
  return clones;
}

uint64_t Seed() {
  const char* text = std::getenv("DAGRAD_SEED");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device()();
}

// Some steps of a function with its executable and with the interpreter, both with the same
// kernels.
void CompareWithInterpreter(const Function& f, const CompileOptions& options, Random& random,
                            int* compared) {
  auto e = Executable::Compile(f, options);
  ASSERT_TRUE(e.ok()) << e.status();
  StateStore store;
  TensorMap states = RandomStates(f, random);
  for (const auto& [name, tensor] : Cloned(states)) store.Set(name, tensor);
  auto context = (*e)->NewContext(&store);
  ASSERT_TRUE(context.ok()) << context.status();
  for (int64_t n : {4, 4, 1, 4, 0}) {
    const TensorMap feeds = RandomFeeds(f, n, random);
    auto expected = runtime::EvaluateFunction(f, feeds, states, options.kernel_mode);
    if (!expected.ok()) return;  // a step that cannot be: other functions are drawn
    std::vector<Tensor> ordered;
    for (NodeId id : f.inputs) ordered.push_back(feeds.at(f.nodes[id].name));
    const absl::Status status = (*e)->Run(context->get(), ordered);
    if (options.memory_limit_bytes > 0 && absl::IsResourceExhausted(status)) return;
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE((*context)->guards_intact());
    for (size_t i = 0; i < f.outputs.size(); ++i) {
      const Tensor& want = expected->outputs.at(f.outputs[i].name);
      const Tensor& got = (*context)->outputs()[i];
      EXPECT_TRUE(SameNumbers(want, got))
          << f.outputs[i].name << " of " << Describe(f.nodes[f.outputs[i].value.node]) << ": "
          << want.ToString(20) << " is " << got.ToString(20);
    }
    for (const auto& [name, tensor] : expected->updates) states[name] = *tensor.Clone();
    for (const auto& [name, tensor] : states) {
      EXPECT_TRUE(SameNumbers(tensor, store.Get(name)))
          << "state " << name << ": " << tensor.ToString(20) << " is "
          << store.Get(name).ToString(20);
    }
    ++*compared;
  }
}

class RandomFunctionTest : public ::testing::TestWithParam<int> {};

TEST_P(RandomFunctionTest, ExecutableGivesWhatTheInterpreterGives) {
  const uint64_t base = Seed();
  int compared = 0;
  std::set<std::string> used_ops;
  const int nodes = GetParam();
  for (int round = 0; round < 3000 / nodes; ++round) {
    const uint64_t seed = base + round;
    SCOPED_TRACE(::testing::Message() << "DAGRAD_SEED=" << seed << " nodes " << nodes);
    Random random(seed);
    const Function f = RandomFunction(nodes, random);
    ASSERT_TRUE(ValidateFunction(f).ok()) << ValidateFunction(f);
    for (const Node& node : f.nodes) used_ops.insert(std::string(node.op->name));
    for (KernelMode mode : {KernelMode::kFast, KernelMode::kReference}) {
      for (bool optimize : {true, false}) {
        CompileOptions options;
        options.kernel_mode = mode;
        options.optimize = optimize;
        options.flow = round % 4 != 0;
        CompareWithInterpreter(f, options, random, &compared);
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 3000 / nodes) << "most functions can be run";
  EXPECT_GT(used_ops.size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RandomFunctionTest, ::testing::Values(5, 20, 100));

// Small tensors, in tiles of a few rows, by several threads.
TEST(RandomFlowTest, TilesGiveWhatTheInterpreterGives) {
  const uint64_t base = Seed();
  const double shard_cost = runtime::SetShardCostForTesting(16);
  const auto tuning = runtime::SetScheduleTuningForTesting({runtime::ByteSize(64), 0});
  ASSERT_TRUE(SetNumThreads(3).ok());
  int compared = 0;
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    SCOPED_TRACE(::testing::Message() << "DAGRAD_SEED=" << base + round);
    Random random(base + round);
    const Function f = RandomFunction(40, random);
    CompareWithInterpreter(f, {}, random, &compared);
  }
  EXPECT_GT(compared, 75);
  runtime::SetScheduleTuningForTesting(tuning);
  runtime::SetShardCostForTesting(shard_cost);
}

// Values that are computed again, in phases of many shards.
TEST(RandomFlowTest, LessMemoryGivesWhatTheInterpreterGives) {
  const uint64_t base = Seed();
  const double shard_cost = runtime::SetShardCostForTesting(16);
  ASSERT_TRUE(SetNumThreads(3).ok());
  int compared = 0, again = 0;
  for (int round = 0; round < 300 && !HasFailure(); ++round) {
    SCOPED_TRACE(::testing::Message() << "DAGRAD_SEED=" << base + round);
    Random random(base + round);
    const Function f = RandomFunction(100, random);
    std::vector<Dims> dims;
    const TensorMap feeds = RandomFeeds(f, 4, random);
    for (NodeId id : f.inputs) dims.push_back(feeds.at(f.nodes[id].name).dims());
    const auto plan = (*Executable::Compile(f))->Plan(dims);
    if (!plan.ok()) continue;
    for (const double part : {0.95, 0.85, 0.7}) {
      CompileOptions options;
      options.memory_limit_bytes = testing::LimitOf(*plan, part);
      const auto less = (*Executable::Compile(f, options))->Plan(dims);
      if (!less.ok()) continue;
      again += less->nodes_again;
      CompareWithInterpreter(f, options, random, &compared);
    }
  }
  EXPECT_GT(compared, 20);
  EXPECT_GT(again, 0);
  runtime::SetShardCostForTesting(shard_cost);
}

TEST(RandomRewriteTest, RewrittenFunctionsAreValidAndIdempotent) {
  const uint64_t base = Seed();
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(::testing::Message() << "DAGRAD_SEED=" << base + round);
    Random random(base + round);
    Function f = RandomFunction(60, random);
    std::vector<RewriteRecord> records;
    ASSERT_TRUE(runtime::RewriteFunction(KernelMode::kFast, false, &f, &records).ok());
    ASSERT_TRUE(ValidateFunction(f).ok()) << ValidateFunction(f);
  }
}

}  // namespace
}  // namespace dagrad
