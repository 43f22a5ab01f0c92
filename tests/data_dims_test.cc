// Functions whose sizes depend on data: run in pieces, with bits that the interpreter gives too.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/non_zero/non_zero.h"
#include "dagrad/ops/indexing/top_k/top_k.h"
#include "dagrad/ops/indexing/unique/unique.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/allocation_counter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> Floats(const Tensor& t) {
  return {t.data<float>().begin(), t.data<float>().end()};
}

std::vector<int64_t> Integers(const Tensor& t) {
  return {t.data<int64_t>().begin(), t.data<int64_t>().end()};
}

// chosen = the elements of x that are above w, their sum, and the sum's gradient of x.
Function Chosen() {
  GraphBuilder g("chosen");
  const Value x = g.Input("x", DType::kFloat32, {"batch", 3});
  const Value w = g.State("w", DType::kFloat32, {});
  const Value flat = Reshape(x, {Dim("batch") * Dim(3)});
  const Value at = NonZero(Greater(flat, w));
  const Value chosen = Gather(flat, Reshape(at, {at.dim(1)}));
  const Value sum = ReduceSum(Square(chosen));
  g.Output("chosen", chosen);
  g.Output("sum", sum);
  g.Output("first", Square(x));
  g.Output("dx", Gradients({sum}, {x}).value()[0]);
  g.Update("w", w + ReduceMax(chosen) * 0.5);
  return g.Build().value();
}

TEST(DataDimsTest, RunsForEachCountOfWhatIsFound) {
  const Function f = Chosen();
  const auto executable = Executable::Compile(f);
  ASSERT_TRUE(executable.ok()) << executable.status();
  StateStore state;
  state.Set("w", Tensor::Scalar<float>(0));
  const auto context = (*executable)->NewContext(&state);
  ASSERT_TRUE(context.ok()) << context.status();
  const std::vector<std::vector<float>> feeds = {
      {1, -2, 3, -4, 5, -6}, {-1, 9, -3, -4, -5, -6}, {1, 2, 3, 4, 5, 6}, {7, -2, 8, -4, 9, -6}};
  for (const std::vector<float>& values : feeds) {
    state.Set("w", Tensor::Scalar<float>(0));
    const Tensor x = Tensor::Of<float>({2, 3}, values);
    const auto expected =
        runtime::EvaluateFunction(f, {{"x", x}}, {{"w", Tensor::Scalar<float>(0)}});
    ASSERT_TRUE(expected.ok()) << expected.status();
    const absl::Status status = (*executable)->Run(context->get(), {x});
    ASSERT_TRUE(status.ok()) << status;
    std::vector<float> chosen, dx;
    float sum = 0, largest = 0;
    for (const float v : values) {
      dx.push_back(v > 0 ? 2 * v : 0);
      if (v > 0) chosen.push_back(v);
      sum += v > 0 ? v * v : 0;
      largest = std::max(largest, v);
    }
    const absl::Span<const Tensor> y = (*context)->outputs();
    EXPECT_EQ(Floats(y[0]), chosen);
    EXPECT_EQ(Floats(y[1]), std::vector<float>{sum});
    EXPECT_EQ(Floats(y[3]), dx);
    EXPECT_EQ(Floats(state.Get("w")), std::vector<float>{largest / 2});
    EXPECT_EQ(Floats(expected->outputs.at("chosen")), chosen);
    EXPECT_EQ(Floats(expected->outputs.at("dx")), dx);
    EXPECT_TRUE((*context)->guards_intact());
  }
}

// Plans are kept by count, and no more of them than the cache holds; the buffers of the largest
// count serve all.
TEST(DataDimsTest, PlansAreCachedAndMemoryStaysFlat) {
  const auto executable = Executable::Compile(Chosen());
  ASSERT_TRUE(executable.ok());
  StateStore state;
  const auto context = (*executable)->NewContext(&state);
  EXPECT_FALSE(context.ok());  // there is no w
  state.Set("w", Tensor::Scalar<float>(0));
  const auto good = (*executable)->NewContext(&state);
  ASSERT_TRUE(good.ok()) << good.status();
  const auto run = [&](int64_t count) {
    state.Set("w", Tensor::Scalar<float>(0));
    std::vector<float> values(300, -1);
    std::fill_n(values.begin(), count, 1.0F);
    const absl::Status status =
        (*executable)->Run(good->get(), {Tensor::Of<float>({100, 3}, values)});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ((*good)->outputs()[0].dims(), (Dims{count}));
  };
  run(5);
  const int once = (*executable)->cached_plans();
  run(5);
  EXPECT_EQ((*executable)->cached_plans(), once);
  run(300);
  EXPECT_EQ((*executable)->cached_plans(), once + 1);
  const size_t bytes = (*good)->planned_bytes();
  for (int64_t count = 0; count < 200; ++count) run(count);
  EXPECT_LE((*executable)->cached_plans(), 2 * CompileOptions().plan_cache_capacity);
  EXPECT_LE((*good)->planned_bytes(), bytes);
  run(300);
  EXPECT_EQ((*good)->planned_bytes(), bytes);
}

// One count decides the next: three pieces. A size that data gives directly.
TEST(DataDimsTest, SizesOfSizes) {
  GraphBuilder g("sizes");
  const Value x = g.Input("x", DType::kInt64, {"k"});
  const UniqueResult unique = Unique(x);
  const UniqueResult of_counts = Unique(unique.counts);
  g.Output("values", unique.values);
  g.Output("counts", of_counts.values);
  g.Output("ones", Full(&g, DType::kFloat32, {BindDim(ReduceMax(of_counts.values))}, 1));
  const Function f = g.Build().value();
  const auto executable = Executable::Compile(f);
  ASSERT_TRUE(executable.ok()) << executable.status();
  const Tensor fed = Tensor::Of<int64_t>({7}, {4, 2, 4, 9, 2, 4, 4});
  const auto y = (*executable)->Run({{"x", fed}});
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_THAT(Integers(y->at("values")), ElementsAre(2, 4, 9));
  EXPECT_THAT(Integers(y->at("counts")), ElementsAre(1, 2, 4));
  EXPECT_EQ(y->at("ones").dims(), (Dims{4}));
  const auto plain = runtime::EvaluateFunction(f, {{"x", fed}}, {});
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_THAT(Integers(plain->outputs.at("counts")), ElementsAre(1, 2, 4));
}

// The squares of the positive elements, and how many there are.
Function Positive() {
  GraphBuilder g("positive");
  const Value x = g.Input("x", DType::kFloat32, {"n"});
  const Value at = NonZero(Greater(x, 0.0));
  g.Output("y", Square(Gather(x, Reshape(at, {at.dim(1)}))));
  return g.Build().value();
}

TEST(DataDimsTest, WarmRunsAllocateNothing) {
  if (!testing::AllocationCounter::Supported()) {
    GTEST_SKIP() << "allocations cannot be counted under a sanitizer";
  }
  ASSERT_TRUE(SetNumThreads(1).ok());
  const auto executable = *Executable::Compile(Positive());
  const auto context = *executable->NewContext(nullptr);
  const std::vector<Tensor> few = {Tensor::Of<float>({4}, {1, -1, 2, -3})};
  const std::vector<Tensor> many = {Tensor::Of<float>({4}, {1, 1, 2, -3})};
  for (const auto* feeds : {&few, &many}) {
    ASSERT_TRUE(executable->Run(context.get(), *feeds).ok());
    const testing::AllocationCounter counter;
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(executable->Run(context.get(), *feeds).ok());
    EXPECT_EQ(counter.count(), 0) << counter.bytes() << " bytes";
  }
}

// Of all pieces, one behind the other.
TEST(DataDimsTest, Profile) {
  const auto executable = *Executable::Compile(Positive());
  const auto context = *executable->NewContext(nullptr);
  const std::vector<Tensor> feeds = {Tensor::Of<float>({4}, {1, -1, 2, -3})};
  const auto profile = executable->Profile(context.get(), feeds, 3);
  ASSERT_TRUE(profile.ok()) << profile.status();
  std::vector<std::string> ops;
  int stage = -1;
  for (const RunProfile::NodeTime& node : profile->nodes) {
    ops.push_back(node.op);
    EXPECT_GE(node.seconds, 0);
    stage = std::max(stage, node.stage);
  }
  EXPECT_THAT(ops, ::testing::IsSupersetOf({"Greater", "Gather", "Square"}));
  ASSERT_FALSE(profile->events.empty());
  int last = 0;
  for (const RunProfile::Event& e : profile->events) {
    ASSERT_LT(e.node, static_cast<int>(profile->nodes.size()));
    EXPECT_GE(e.stage, last) << profile->nodes[e.node].node;
    EXPECT_LE(e.stage, stage);
    last = e.stage;
  }
  // A sum that grows from run to run, so that fewer elements are above it.
  const auto changing = *Executable::Compile(Chosen());
  StateStore state;
  state.Set("w", Tensor::Scalar<float>(0));
  const auto other = *changing->NewContext(&state);
  EXPECT_EQ(
      changing->Profile(other.get(), {Tensor::Of<float>({1, 3}, {1, 2, 3})}, 2).status().code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(changing->Run(other.get(), {Tensor::Of<float>({1, 3}, {1, 2, 300})}).ok());
}

TEST(DataDimsTest, SizesFromOutside) {
  GraphBuilder g("ones");
  const Value n = g.Input("n", DType::kInt64, {});
  g.Output("y", Full(&g, DType::kFloat32, {BindDim(n), 2}, 1));
  const auto executable = Executable::Compile(g.Build().value());
  ASSERT_TRUE(executable.ok()) << executable.status();
  const auto run = [&](int64_t value) {
    return (*executable)->Run({{"n", Tensor::Scalar(value)}});
  };
  EXPECT_EQ(run(3)->at("y").dims(), (Dims{3, 2}));
  EXPECT_EQ(run(0)->at("y").dims(), (Dims{0, 2}));
  EXPECT_THAT(run(-1).status().ToString(), HasSubstr("is -1"));
  EXPECT_FALSE(run(INT64_MAX).ok());
  EXPECT_FALSE(run(int64_t{1} << 46).ok());
}

TEST(DataDimsTest, RefusesWhatCannotBe) {
  // A symbol of an input, one bound twice, one that is used before.
  const auto build = [](const char* first, const char* second, bool uses_before) {
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat32, {"batch"});
    const Value n = g.Input("n", DType::kInt64, {});
    if (uses_before) g.Output("before", Full(&g, DType::kFloat32, {Dim(second)}, 0));
    for (const char* symbol : {first, second})
      g.AddNode(ops::BindDimOp(), {n}, {{"symbol", symbol}}, SourceLocation::Current());
    g.Output("y", Full(&g, DType::kFloat32, {Dim(second)}, 0));
    g.Output("x", x);
    return Executable::Compile(g.Build().value()).status().ToString();
  };
  EXPECT_THAT(build("a", "a", false), HasSubstr("bound twice (bind_dim_c3)"));
  EXPECT_THAT(build("a", "batch", false), HasSubstr("of an input"));
  EXPECT_THAT(build("a", "b", true), HasSubstr("used before it is bound"));
  EXPECT_EQ(build("a", "b", false), "OK");
  GraphBuilder body("body");
  const Value v = body.Input("v", DType::kFloat32, {4});
  body.Output("y", NonZero(v));
  EXPECT_THAT(Body::Make(body.Build().value()).status().ToString(), HasSubstr("body_c4"));
}

TEST(DataDimsTest, TopKOfManyAndItsGradient) {
  GraphBuilder g("top");
  const Value x = g.Input("x", DType::kFloat32, {"batch", "n"});
  const TopKResult top = TopK(x, 2, {.axis = 1});
  g.Output("values", top.values);
  g.Output("dx", Gradients({ReduceSum(Square(top.values))}, {x}).value()[0]);
  const auto executable = Executable::Compile(g.Build().value());
  ASSERT_TRUE(executable.ok()) << executable.status();
  const auto y = (*executable)->Run({{"x", Tensor::Of<float>({2, 3}, {1, 5, 3, -1, -7, -2})}});
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_EQ(Floats(y->at("values")), (std::vector<float>{5, 3, -1, -2}));
  EXPECT_EQ(Floats(y->at("dx")), (std::vector<float>{0, 10, 6, -2, 0, -4}));
  const auto few = (*executable)->Run({{"x", Tensor::Of<float>({1, 1}, {1})}});
  EXPECT_THAT(few.status().ToString(), HasSubstr("k is 2"));
}

}  // namespace
}  // namespace dagrad
