#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/thread_team.h"
#include "dagrad/runtime/testing/allocation_counter.h"
#include "dagrad/runtime/testing/run_executable.h"
#include "dagrad/tests/models/test_models.h"

// What holds for the training of every kind of network.
namespace dagrad {
namespace {

using testing::AllocationCounter;
using testing::TestModel;

class ModelTest : public ::testing::TestWithParam<TestModel> {
 protected:
  const TestModel& model() const { return GetParam(); }
  std::unique_ptr<Executable> Compile(const char* function,
                                      const CompileOptions& options = {}) const {
    auto e = Executable::Compile(*graph_.FindFunction(function), options);
    EXPECT_TRUE(e.ok()) << e.status();
    return *std::move(e);
  }
  // The state after some steps of training.
  std::unique_ptr<StateStore> Train(int threads, const CompileOptions& options, int steps) const {
    EXPECT_TRUE(SetNumThreads(threads).ok());
    const auto e = Compile("train_step", options);
    std::unique_ptr<StateStore> state = testing::InitialState(graph_);
    auto context = e->NewContext(state.get());
    EXPECT_TRUE(context.ok()) << context.status();
    for (int i = 0; i < steps; ++i) {
      const int64_t rows = i % 5 == 4 ? 13 : 32;
      const absl::Status s = e->Run(context->get(), testing::Batch(model(), rows, i));
      EXPECT_TRUE(s.ok()) << s;
    }
    EXPECT_TRUE((*context)->guards_intact());
    return state;
  }

  const Model graph_ = testing::GraphOf(GetParam());
};

TEST_P(ModelTest, FiftyStepsGiveTheSameBitsForAnyNumberOfThreads) {
  const std::string expected = testing::StateBytes(*Train(1, {}, 50));
  for (const int threads : {1, 2, 3, 4, 8}) {
    EXPECT_EQ(testing::StateBytes(*Train(threads, {}, 50)) == expected, true)
        << threads << " threads";
  }
}

// Where memory is short, values are computed again.
TEST_P(ModelTest, LessMemoryGivesTheSameBits) {
  std::vector<Dims> dims;
  for (const Tensor& t : testing::Batch(model(), 32, 0)) dims.push_back(t.dims());
  const auto free = Compile("train_step")->Plan(dims);
  ASSERT_TRUE(free.ok()) << free.status();
  const std::string expected = testing::StateBytes(*Train(2, {}, 5));
  for (const double part : {0.9, 0.75, 0.6}) {
    CompileOptions options;
    options.memory_limit_bytes = testing::LimitOf(*free, part);
    if (!Compile("train_step", options)->Plan(dims).ok()) break;
    for (const int threads : {1, 3}) {
      EXPECT_EQ(testing::StateBytes(*Train(threads, options, 5)) == expected, true)
          << part << " of the memory, " << threads << " threads";
    }
  }
}

// Rewrites keep the bits unless they fuse: then results differ by rounding, which Adam's division
// by small second moments may make larger. After 10 steps of 0.001 at most, weights agree to 1e-4.
TEST_P(ModelTest, WithoutRewritesTheWeightsAreTheSameWithinATolerance) {
  CompileOptions plain;
  plain.optimize = false;
  const auto fused = Train(2, {}, 10), separate = Train(2, plain, 10);
  ASSERT_EQ(fused->Names(), separate->Names());
  for (const std::string& name : fused->Names()) {
    const Tensor a = fused->Get(name), b = separate->Get(name);
    if (a.dtype() != DType::kFloat32) {
      EXPECT_TRUE(SameBits(a, b)) << name;
      continue;
    }
    for (int64_t i = 0; i < a.num_elements(); ++i) {
      const float x = a.data<float>()[i], y = b.data<float>()[i];
      ASSERT_NEAR(x, y, 1e-4 * (1 + std::abs(x))) << name << "[" << i << "]";
    }
  }
}

TEST_P(ModelTest, LossFalls) {
  const auto e = Compile("train_step");
  const auto state = testing::InitialState(graph_);
  auto context = *e->NewContext(state.get());
  const std::vector<Tensor> batch = testing::Batch(model(), 32, 1);
  float first = 0, last = 0;
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(e->Run(context.get(), batch).ok());
    last = context->outputs()[0].data<float>()[0];
    if (i == 0) first = last;
  }
  EXPECT_LT(last, 0.9 * first);
}

// Returns when every thread of the team has begun to work: one that the system starts late would
// make what it needs for itself in a later step.
void MeetAllThreads(int threads) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<int> arrived{0};
  runtime::ThreadTeam::Get().Run(threads, [&](int) {
    ++arrived;
    while (arrived < threads && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
  });
  EXPECT_EQ(arrived, threads);
}

TEST_P(ModelTest, WarmStepsAllocateNothing) {
  if (!AllocationCounter::Supported())
    GTEST_SKIP() << "allocations cannot be counted under a sanitizer";
  for (const int threads : {1, 3}) {
    ASSERT_TRUE(SetNumThreads(threads).ok());
    for (const char* function : {"train_step", "predict"}) {
      const auto e = Compile(function);
      const auto state = testing::InitialState(graph_);
      auto context = *e->NewContext(state.get());
      std::vector<Tensor> feeds = testing::Batch(model(), 32, 1);
      feeds.resize(e->function().inputs.size());
      ASSERT_TRUE(e->Run(context.get(), feeds).ok());
      MeetAllThreads(threads);
      const AllocationCounter counter;
      for (int i = 0; i < 20; ++i) ASSERT_TRUE(e->Run(context.get(), feeds).ok());
      EXPECT_EQ(counter.count(), 0)
          << function << ", " << threads << " threads, " << counter.bytes() << " bytes";
      // oneDNN makes a map of its arguments in every call of a primitive.
      RecordProperty("onednn_allocations", static_cast<int>(counter.onednn_count()));
    }
  }
}

// What a context and its first run take of the heap is what was planned, within 2 %.
TEST_P(ModelTest, TakesThePlannedMemory) {
  if (!AllocationCounter::Supported())
    GTEST_SKIP() << "allocations cannot be counted under a sanitizer";
  ASSERT_TRUE(SetNumThreads(2).ok());
  for (const char* function : {"train_step", "predict"}) {
    const auto e = Compile(function);
    const auto state = testing::InitialState(graph_);
    std::vector<Tensor> feeds = testing::Batch(model(), 256, 1);
    feeds.resize(e->function().inputs.size());
    {
      auto first = *e->NewContext(state.get());
      ASSERT_TRUE(e->Run(first.get(), feeds).ok());
    }
    const AllocationCounter counter;
    auto context = *e->NewContext(state.get());
    ASSERT_TRUE(e->Run(context.get(), feeds).ok());
    const auto taken = static_cast<double>(counter.bytes());
    const auto planned = static_cast<double>(context->planned_bytes());
    EXPECT_TRUE(context->guards_intact());
    EXPECT_GE(std::min(taken, planned), static_cast<double>(context->arena_bytes()));
    EXPECT_NEAR(taken, planned, 0.02 * planned) << function;
  }
}

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

TEST_P(ModelTest, MemoryStaysFlatOverManyBatchSizes) {
  if (!AllocationCounter::Supported()) GTEST_SKIP() << "sanitizers keep memory that is freed";
  constexpr int kSizes = 200, kSteps = 10000;
  constexpr int64_t kLargest = 24;
  ASSERT_TRUE(SetNumThreads(2).ok());
  const auto e = Compile("train_step", {.plan_cache_capacity = 8});
  const auto state = testing::InitialState(graph_);
  auto context = *e->NewContext(state.get());
  std::mt19937_64 random(5);
  int64_t warm = 0;
  // Sizes from 1 on, of which a few come often: plans are found, and are made again.
  for (int i = 0; i < kSteps; ++i) {
    const int64_t rows = random() % 50 == 0 ? 1 + static_cast<int64_t>(random() % kSizes)
                                            : 1 + static_cast<int64_t>(random() % 4);
    ASSERT_TRUE(e->Run(context.get(), testing::Batch(model(), rows, i)).ok());
    if (i == kSteps / 4) warm = ResidentBytes();
  }
  EXPECT_LE(e->cached_plans(), 8);
  EXPECT_LE(ResidentBytes(), warm + (int64_t{kLargest} << 20));
}

INSTANTIATE_TEST_SUITE_P(Models, ModelTest, ::testing::ValuesIn(testing::TestModels()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace dagrad
