// The rule adam_of_rows: Adam's update of a table of embeddings takes the gradients of some rows.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/testing/run_kernel.h"
#include "dagrad/ops/training/adam_update/adam_update.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

constexpr uint32_t kSeed = 5;
constexpr int64_t kRows = 1000, kColumns = 33, kIndices = 40;

struct Options {
  DType dtype = DType::kFloat32;
  bool show_gradient = false;  // as an output
  int64_t axis = 0;
};

// A step that takes the squares of some rows of the table as their gradients.
Function Step(const Options& o) {
  GraphBuilder g("step");
  const Value table = g.State("table", o.dtype, {kRows, kColumns});
  const Value m = g.State("m", o.dtype, {kRows, kColumns});
  const Value v = g.State("v", o.dtype, {kRows, kColumns});
  const Value indices = g.Input("indices", DType::kInt32, {kIndices});
  const Value updates = Square(Gather(table, indices, {.axis = o.axis}));
  const Value gradient = ScatterAdd(indices, updates, Shape({kRows, kColumns}), {.axis = o.axis});
  const Value step_size = g.Input("step_size", o.dtype, Shape());
  const AdamUpdateResult r = AdamUpdate(table, gradient, m, v, step_size);
  g.Update("table", r.w);
  g.Update("m", r.m);
  g.Update("v", r.v);
  g.Output("rows", updates);
  if (o.show_gradient) g.Output("gradient", gradient);
  absl::StatusOr<Function> f = g.Build();
  EXPECT_TRUE(f.ok()) << f.status();
  return *std::move(f);
}

Tensor Indices(std::mt19937* random, int64_t limit) {
  Tensor t = Tensor::Full(DType::kInt32, {kIndices}, 0);
  std::uniform_int_distribution<int32_t> uniform(-static_cast<int32_t>(limit),
                                                 static_cast<int32_t>(limit) - 1);
  for (int32_t& i : t.mutable_data<int32_t>()) i = uniform(*random);
  return t;
}

bool HasRule(const Executable& e) {
  for (const RewriteRecord& r : e.rewrites()) {
    if (r.rule == "adam_of_rows") return true;
  }
  return false;
}

struct Trained {
  std::vector<Tensor> state;
  bool rewritten;
  int64_t arena_bytes;
};

Trained Train(const Options& o, const CompileOptions& compile) {
  const auto e = *Executable::Compile(Step(o), compile);
  StateStore store;
  std::mt19937 random(kSeed);
  for (const char* name : {"table", "m", "v"})
    store.Set(name, ops::RandomTensor(o.dtype, {kRows, kColumns}, &random));
  store.Set("v", Tensor::Full(o.dtype, {kRows, kColumns}, 0.5));
  auto context = *e->NewContext(&store);
  const Tensor step_size = Tensor::Full(o.dtype, {}, 0.01);
  for (int step = 0; step < 5; ++step) {
    // Few rows, many times, and many rows.
    const int64_t limit = step % 2 == 0 ? 7 : o.axis == 0 ? kRows : kColumns;
    const absl::Status run = e->Run(context.get(), {Indices(&random, limit), step_size});
    EXPECT_TRUE(run.ok()) << run;
  }
  EXPECT_TRUE(context->guards_intact());
  return {{store.Get("table"), store.Get("m"), store.Get("v")},
          HasRule(*e),
          e->Plan({{kIndices}, {}})->arena_bytes};
}

void ExpectSame(const Options& o, bool rewritten) {
  const Trained plain = Train(o, {.optimize = false});
  for (const bool flow : {true, false}) {
    for (const int threads : {1, 2}) {
      ASSERT_TRUE(SetNumThreads(threads).ok());
      const Trained fast = Train(o, {.flow = flow});
      EXPECT_EQ(fast.rewritten, rewritten);
      for (size_t i = 0; i < plain.state.size(); ++i)
        EXPECT_TRUE(SameBits(plain.state[i], fast.state[i])) << i << ", seed " << kSeed;
      if (!rewritten) continue;
      // Neither the gradient nor copies of what is updated.
      const int64_t table_bytes = kRows * kColumns * static_cast<int64_t>(DTypeSize(o.dtype));
      EXPECT_LT(fast.arena_bytes, table_bytes / 2);
      EXPECT_GE(plain.arena_bytes, table_bytes);
    }
  }
}

TEST(RowRulesTest, SameBits) {
  ExpectSame({}, true);
  ExpectSame({.dtype = DType::kFloat64}, true);
}

TEST(RowRulesTest, OnlyWhereNothingElseNeedsTheGradient) {
  ExpectSame({.show_gradient = true}, false);
}

TEST(RowRulesTest, OnlyOfRows) { ExpectSame({.axis = 1}, false); }

TEST(RowRulesTest, IndexOutOfRangeLeavesTheStateAlone) {
  const auto e = *Executable::Compile(Step({}));
  ASSERT_TRUE(HasRule(*e));
  StateStore store;
  for (const char* name : {"table", "m", "v"})
    store.Set(name, Tensor::Full(DType::kFloat32, {kRows, kColumns}, 1));
  auto context = *e->NewContext(&store);
  const absl::Status run = e->Run(context.get(), {Tensor::Full(DType::kInt32, {kIndices}, kRows),
                                                  Tensor::Full(DType::kFloat32, {}, 0.01)});
  EXPECT_EQ(run.code(), absl::StatusCode::kInvalidArgument) << run;
  EXPECT_TRUE(SameBits(store.Get("table"), Tensor::Full(DType::kFloat32, {kRows, kColumns}, 1)));
}

}  // namespace
}  // namespace dagrad
