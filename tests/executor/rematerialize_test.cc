#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/executor/mlp.h"

// Values that are computed again to keep within a memory limit.
namespace dagrad {
namespace {

using testing::InitializeMlp;
using testing::MlpData;
using testing::MlpTrainingStep;

// Deep, and with a batch that makes its intermediate values larger than its weights.
const std::vector<int64_t> kWidths = {32, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 3};
constexpr int64_t kRows = 2048;

std::vector<Dims> InputDims() { return {{kRows, kWidths[0]}, {kRows, kWidths.back()}}; }

PlanSummary PlanWith(int64_t limit, bool flow) {
  auto e =
      Executable::Compile(MlpTrainingStep(kWidths), {.flow = flow, .memory_limit_bytes = limit});
  EXPECT_TRUE(e.ok()) << e.status();
  auto plan = (*e)->Plan(InputDims());
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *plan;
}

std::string Train(int64_t limit, bool flow, int threads) {
  EXPECT_TRUE(SetNumThreads(threads).ok());
  auto e =
      Executable::Compile(MlpTrainingStep(kWidths), {.flow = flow, .memory_limit_bytes = limit});
  EXPECT_TRUE(e.ok()) << e.status();
  StateStore store;
  InitializeMlp(kWidths, &store);
  auto context = (*e)->NewContext(&store);
  const std::vector<Tensor> feeds = {MlpData(kRows, kWidths[0], 1),
                                     MlpData(kRows, kWidths.back(), 2)};
  for (int i = 0; i < 4; ++i) {
    const absl::Status s = (*e)->Run(context->get(), feeds);
    EXPECT_TRUE(s.ok()) << s;
    EXPECT_TRUE((*context)->guards_intact());
  }
  if (limit > 0) {
    EXPECT_LE((*context)->arena_bytes(), static_cast<size_t>(limit));
  }
  std::string bytes;
  for (const std::string& name : store.Names()) {
    const Tensor t = store.Get(name);
    bytes.append(static_cast<const char*>(t.bytes()), t.byte_size());
  }
  return bytes;
}

class RematerializeTest : public ::testing::TestWithParam<bool> {};

TEST_P(RematerializeTest, KeepsWithinTheLimitWithTheSameBits) {
  const bool flow = GetParam();
  const PlanSummary free = PlanWith(0, flow);
  EXPECT_EQ(free.nodes_again, 0);
  const std::string expected = Train(0, flow, 2);
  for (const double part : {0.8, 0.6}) {
    const auto limit = static_cast<int64_t>(part * static_cast<double>(free.arena_bytes));
    const PlanSummary plan = PlanWith(limit, flow);
    EXPECT_LE(plan.arena_bytes, limit);
    EXPECT_GT(plan.nodes_again, 0);
    EXPECT_GT(plan.nanoseconds_again, 0);
    EXPECT_EQ(plan.steps.size(), free.steps.size() + plan.nodes_again);
    for (const int threads : {1, 3})
      EXPECT_EQ(Train(limit, flow, threads) == expected, true) << part << ", " << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(FlowOrNodeByNode, RematerializeTest, ::testing::Bool());

TEST(RematerializeErrorTest, ImpossibleLimitSaysWhatIsNeeded) {
  auto e = Executable::Compile(MlpTrainingStep(kWidths), {.memory_limit_bytes = 1000});
  ASSERT_TRUE(e.ok());
  const absl::Status s = (*e)->Plan(InputDims()).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kResourceExhausted);
  for (const char* part : {"bytes for intermediate values", "if values are computed again",
                           "the limit is 1000", "The largest is"})
    EXPECT_NE(s.message().find(part), std::string::npos) << s;
  EXPECT_TRUE((*e)->Plan({{1, kWidths[0]}, {1, kWidths.back()}}).status().code() ==
              absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace dagrad
