// What is made of weights alone stays from run to run, until somebody changes a weight.

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/allocation_counter.h"

namespace dagrad {
namespace {

constexpr DType kF32 = DType::kFloat32;
constexpr int64_t kRows = 96;

// A product that packs its weight, a convolution that packs its filter, and nodes that read states
// only.
Function Forward() {
  GraphBuilder g("forward");
  const Value x = g.Input("x", kF32, {"batch", 256});
  const Value scale = g.State("scale", kF32, {192});
  const Value w = g.State("w", kF32, {256, 192}) * Exp(scale);
  const Value images = Reshape(Relu(MatMul(x, w)), {"batch", 8, 8, 3});
  const Value y = Conv2D(images, g.State("filter", kF32, {3, 3, 3, 8}), {.padding = "same"});
  g.Output("y", y * g.State("gain", kF32, {8}));
  return *g.Build();
}

Function Training() {
  GraphBuilder g("train");
  const Value w = g.State("w", kF32, {256, 192});
  g.Update("w", w * 0.5);
  g.Output("sum", w);
  return *g.Build();
}

Tensor Numbers(const Dims& dims, uint64_t seed) {
  Tensor t = *Tensor::Zeros(kF32, dims);
  for (float& x : t.mutable_data<float>()) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    x = static_cast<float>(seed >> 40) * 0x1p-24F - 0.5F;
  }
  return t;
}

class KeptTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (NodeId id : f_.states) {
      const Node& node = f_.nodes[id];
      store_.Set(node.name, Numbers(node.outputs[0].shape.ToDims(), id));
    }
    auto e = Executable::Compile(f_, {.fuse = false});
    ASSERT_TRUE(e.ok()) << e.status();
    executable_ = *std::move(e);
    context_ = NewContext();
    ExpectRight();
    ExpectRight();
  }

  std::unique_ptr<RunContext> NewContext() { return *executable_->NewContext(&store_); }

  // The context gives what the interpreter, which keeps nothing, makes of the store's tensors.
  void ExpectRight(RunContext* context, int64_t rows = kRows) {
    const Tensor x = Numbers({rows, 256}, ++seed_);
    const absl::Status status = executable_->Run(context, {x});
    ASSERT_TRUE(status.ok()) << status;
    TensorMap states;
    for (const std::string& name : store_.Names()) states[name] = store_.Get(name);
    auto want = runtime::EvaluateFunction(f_, {{"x", x}}, states, runtime::KernelMode::kFast);
    ASSERT_TRUE(want.ok()) << want.status();
    EXPECT_TRUE(SameBits(context->outputs()[0], want->outputs.at("y")));
    EXPECT_TRUE(context->guards_intact());
  }
  void ExpectRight() { ExpectRight(context_.get()); }

  const Function f_ = Forward();
  StateStore store_;
  std::unique_ptr<Executable> executable_;
  std::unique_ptr<RunContext> context_;
  uint64_t seed_ = 100;
};

TEST_F(KeptTest, KernelsRunOnlyWhereTheyReadTheFeed) {
  const RunProfile profile = *executable_->Profile(context_.get(), {Numbers({kRows, 256}, 1)}, 3);
  for (const RunProfile::NodeTime& node : profile.nodes) {
    if (node.op == "Exp") {
      EXPECT_EQ(node.seconds, 0) << node.node;
    }
    if (node.op == "MatMul" || node.op == "Conv2D") {
      EXPECT_GT(node.seconds, 0) << node.node;
    }
  }
}

// Bytes for intermediate values of so many convolutions, one after the other.
int64_t BytesOfConvolutions(int count) {
  GraphBuilder g("stack");
  Value x = g.Input("x", kF32, {"batch", 64, 64, 64});
  for (int i = 0; i < count; ++i) {
    const std::string name = absl::StrCat("filter", i);
    x = Relu(Conv2D(x, g.State(name, kF32, {3, 3, 64, 64}), {.padding = "same"}));
  }
  g.Output("y", x);
  return (*Executable::Compile(*g.Build()))->Plan({{1, 64, 64, 64}})->arena_bytes;
}

// Of each more convolution its prepared filter is kept, at most 4 times as large as it was, and
// nothing that its tasks need while they run.
TEST(KeptMemoryTest, ScratchOfTasksIsShared) {
  const int64_t more = BytesOfConvolutions(8) - BytesOfConvolutions(4);
  EXPECT_LE(more, 4 * 4.1 * (sizeof(float) * 9 * 64 * 64));
  EXPECT_GE(more, 4 * (sizeof(float) * 9 * 64 * 64));
}

TEST_F(KeptTest, AReplacedTensorIsSeen) {
  for (const std::string& name : store_.Names()) {
    store_.Set(name, Numbers(store_.Get(name).dims(), 77));
    ExpectRight();
  }
}

TEST_F(KeptTest, AWriteThroughTheStoresTensorIsSeen) {
  for (const std::string& name : store_.Names()) {
    Tensor t = store_.Get(name);
    t.mutable_data<float>()[3] += 1;
    ExpectRight();
    std::memset(t.mutable_bytes(), 0, t.byte_size());
    ExpectRight();
    Tensor reshaped = *t.Reshaped({t.num_elements()});
    reshaped.mutable_data<float>()[5] = 2;
    ExpectRight();
  }
}

TEST_F(KeptTest, AWriteThroughAnEarlierPointerIsSeenWhenNoted) {
  Tensor t = store_.Get("w");
  const absl::Span<float> numbers = t.mutable_data<float>();
  ExpectRight();
  numbers[0] = 9;
  t.NoteWrite();
  ExpectRight();
}

// Nobody knows who writes there.
TEST_F(KeptTest, MemoryOfOthersIsNeverTrusted) {
  std::vector<float> mine(256 * 192, 0.25F);
  store_.Set("w", Tensor::Wrap(kF32, {256, 192}, mine.data(), nullptr));
  ExpectRight();
  mine[7] = 3;
  ExpectRight();
}

TEST_F(KeptTest, AnUpdateByAnotherFunctionIsSeen) {
  auto train = Executable::Compile(Training());
  auto training = *(*train)->NewContext(&store_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE((*train)->Run(training.get(), {}).ok());
    ExpectRight();
    ExpectRight();
  }
}

TEST_F(KeptTest, AnUpdateThroughAnotherStoreIsSeen) {
  StateStore other;
  other.Set("w", store_.Get("w"));
  auto train = Executable::Compile(Training());
  auto training = *(*train)->NewContext(&other);
  ASSERT_TRUE((*train)->Run(training.get(), {}).ok());
  ExpectRight();
}

TEST_F(KeptTest, OtherSizesAndOtherContextsHaveTheirOwn) {
  const auto second = NewContext();
  for (int64_t rows : {kRows, int64_t{40}, kRows, int64_t{1}}) {
    ExpectRight(context_.get(), rows);
    ExpectRight(second.get());
    store_.Get("filter").mutable_data<float>()[0] += 1;
    ExpectRight(second.get(), rows);
  }
}

TEST_F(KeptTest, TwoThreads) {
  const Tensor x = Numbers({kRows, 256}, 5);
  ASSERT_TRUE(executable_->Run(context_.get(), {x}).ok());
  const Tensor want = *context_->outputs()[0].Clone();
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const auto own = NewContext();
      for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(executable_->Run(own.get(), {x}).ok());
        EXPECT_TRUE(SameBits(own->outputs()[0], want));
      }
    });
  }
  for (std::thread& t : threads) t.join();
}

// Without a convolution: some of oneDNN's allocate when they run.
TEST(KeptAllocationsTest, NothingIsAllocated) {
  if (!testing::AllocationCounter::Supported()) GTEST_SKIP();
  GraphBuilder g("f");
  const Value w = g.State("w", kF32, {256, 192}) * Exp(g.State("scale", kF32, {192}));
  g.Output("y", MatMul(g.Input("x", kF32, {kRows, 256}), w));
  auto e = *Executable::Compile(*g.Build());
  StateStore store;
  Tensor weight = Numbers({256, 192}, 1);
  store.Set("w", weight);
  store.Set("scale", Numbers({192}, 2));
  auto context = *e->NewContext(&store);
  const std::vector<Tensor> feeds = {Numbers({kRows, 256}, 5)};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(e->Run(context.get(), feeds).ok());
  const testing::AllocationCounter counter;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(e->Run(context.get(), feeds).ok());
    if (i == 1) weight.mutable_data<float>()[0] = 1;
  }
  EXPECT_EQ(counter.count(), 0);
}

// An output is the context's, and what is in it may be changed.
TEST(KeptOutputsTest, AnOutputOfStatesAloneIsMadeInEveryRun) {
  GraphBuilder g("f");
  const Value w = g.State("w", kF32, {4});
  g.Output("y", w * 2.0);
  auto e = *Executable::Compile(*g.Build());
  StateStore store;
  store.Set("w", Numbers({4}, 1));
  auto context = *e->NewContext(&store);
  ASSERT_TRUE(e->Run(context.get(), {}).ok());
  const Tensor first = *context->outputs()[0].Clone();
  Tensor y = context->outputs()[0];
  y.mutable_data<float>()[0] = 99;
  ASSERT_TRUE(e->Run(context.get(), {}).ok());
  EXPECT_TRUE(SameBits(context->outputs()[0], first));
}

}  // namespace
}  // namespace dagrad
