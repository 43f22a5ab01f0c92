#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/testing/run_executable.h"
#include "dagrad/tests/executor/mlp.h"

// Values that are computed again to keep within a memory limit.
namespace dagrad {
namespace {

using testing::InitializeMlp;
using testing::MlpData;
using testing::MlpTrainingStep;

// Deep, and with a batch that makes its intermediate values larger than its weights.
struct Net {
  int64_t width, rows;
  std::vector<int64_t> Widths() const {
    std::vector<int64_t> widths(12, width);
    widths.front() = 32;
    widths.push_back(3);
    return widths;
  }
  std::vector<Dims> InputDims() const { return {{rows, 32}, {rows, 3}}; }
};
constexpr Net kNarrow = {40, 2048};
// Products of such weights have two phases: the first packs them.
constexpr Net kWide = {144, 1024};

std::unique_ptr<Executable> Compile(const Net& net, int64_t limit, bool flow) {
  auto e = Executable::Compile(MlpTrainingStep(net.Widths()),
                               {.flow = flow, .memory_limit_bytes = limit});
  EXPECT_TRUE(e.ok()) << e.status();
  return *std::move(e);
}

PlanSummary PlanWith(const Net& net, int64_t limit, bool flow) {
  auto plan = Compile(net, limit, flow)->Plan(net.InputDims());
  EXPECT_TRUE(plan.ok()) << plan.status();
  return *plan;
}

std::string Train(const Net& net, int64_t limit, bool flow, int threads) {
  EXPECT_TRUE(SetNumThreads(threads).ok());
  const std::unique_ptr<Executable> e = Compile(net, limit, flow);
  StateStore store;
  InitializeMlp(net.Widths(), &store);
  auto context = e->NewContext(&store);
  const std::vector<Tensor> feeds = {MlpData(net.rows, 32, 1), MlpData(net.rows, 3, 2)};
  for (int i = 0; i < 4; ++i) {
    const absl::Status s = e->Run(context->get(), feeds);
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

class RematerializeTest : public ::testing::TestWithParam<std::tuple<bool, Net>> {};

TEST_P(RematerializeTest, KeepsWithinTheLimitWithTheSameBits) {
  const auto [flow, net] = GetParam();
  const PlanSummary free = PlanWith(net, 0, flow);
  EXPECT_EQ(free.nodes_again, 0);
  const std::string expected = Train(net, 0, flow, 2);
  for (const double part : {0.8, 0.6}) {
    const int64_t limit = testing::LimitOf(free, part);
    const PlanSummary plan = PlanWith(net, limit, flow);
    EXPECT_LE(plan.run_bytes, limit);
    EXPECT_GT(plan.nodes_again, 0);
    EXPECT_GT(plan.nanoseconds_again, 0);
    EXPECT_EQ(plan.steps.size(), free.steps.size() + plan.nodes_again);
    for (const int threads : {1, 3})
      EXPECT_EQ(Train(net, limit, flow, threads) == expected, true) << part << ", " << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(FlowOrNodeByNode, RematerializeTest,
                         ::testing::Combine(::testing::Bool(), ::testing::Values(kNarrow, kWide)));

TEST(RematerializeErrorTest, ImpossibleLimitSaysWhatIsNeeded) {
  const std::unique_ptr<Executable> e = Compile(kNarrow, 1000, true);
  const absl::Status s = e->Plan(kNarrow.InputDims()).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kResourceExhausted);
  for (const char* part : {"bytes for intermediate values", "if values are computed again",
                           "the limit is 1000", "The largest is"})
    EXPECT_NE(s.message().find(part), std::string::npos) << s;
  EXPECT_EQ(e->Plan({{1, 32}, {1, 3}}).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace dagrad
