// A training step of a table of embeddings with Adam: 200,000 rows of 64, of which a batch of 256
// examples takes 20 each. With the gradient of rows as it is (dense 0), and as the whole table's
// (dense 1: it is made an output, which keeps the rule adam_of_rows away).

#include <benchmark/benchmark.h>

#include <memory>
#include <random>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/training/adam_update/adam_update.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

constexpr int64_t kRows = 200000, kColumns = 64, kBatch = 256, kIndices = 20;

absl::StatusOr<Function> Step(bool dense) {
  GraphBuilder g("step");
  const Value table = g.State("table", DType::kFloat32, {kRows, kColumns});
  const Value m = g.State("m", DType::kFloat32, {kRows, kColumns});
  const Value v = g.State("v", DType::kFloat32, {kRows, kColumns});
  const Value indices = g.Input("indices", DType::kInt64, {kBatch, kIndices});
  const Value pooled = ReduceMean(Gather(table, indices), {.axes = {1}});
  const Value loss = ReduceMean(Square(pooled - 1.0));
  absl::StatusOr<std::vector<Value>> gradients = Gradients({loss}, {table});
  if (!gradients.ok()) return gradients.status();
  const AdamUpdateResult r =
      AdamUpdate(table, (*gradients)[0], m, v, g.Input("step_size", DType::kFloat32, Shape()));
  g.Update("table", r.w);
  g.Update("m", r.m);
  g.Update("v", r.v);
  g.Output("loss", loss);
  if (dense) g.Output("gradient", (*gradients)[0]);
  return g.Build();
}

void EmbeddingStep(benchmark::State& state) {
  (void)SetNumThreads(2);
  const auto f = Step(state.range(0) == 1);
  if (!f.ok()) return state.SkipWithError(f.status().ToString().c_str());
  const auto e = *Executable::Compile(*f);
  StateStore store;
  for (const char* name : {"table", "m", "v"})
    store.Set(name, Tensor::Full(DType::kFloat32, {kRows, kColumns}, 0.5));
  auto context = *e->NewContext(&store);
  Tensor indices = Tensor::Full(DType::kInt64, {kBatch, kIndices}, 0);
  std::mt19937 random(1);
  for (int64_t& i : indices.mutable_data<int64_t>()) i = random() % kRows;
  const Tensor step_size = Tensor::Full(DType::kFloat32, {}, 0.001);
  for (auto _ : state) {
    const absl::Status s = e->Run(context.get(), {indices, step_size});
    if (!s.ok()) return state.SkipWithError(s.ToString().c_str());
  }
}
BENCHMARK(EmbeddingStep)
    ->ArgName("dense")
    ->Arg(0)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dagrad
