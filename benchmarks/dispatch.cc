// What running a plan costs beyond its kernels: time per node of a chain of tiny ops, and of a
// training step and a prediction of a small network.

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/executor/mlp.h"

namespace dagrad {
namespace {

void RunOften(benchmark::State& state, const Function& f, StateStore* store,
              const std::vector<Tensor>& feeds) {
  CompileOptions options;
  options.optimize = f.name != "chain";  // which rewriting would shorten
  auto e = Executable::Compile(f, options);
  if (!e.ok()) return state.SkipWithError(e.status().ToString().c_str());
  auto context = *(*e)->NewContext(store);
  std::vector<Dims> dims;
  for (const Tensor& t : feeds) dims.push_back(t.dims());
  const PlanSummary plan = *(*e)->Plan(dims);
  for (auto _ : state) {
    const absl::Status s = (*e)->Run(context.get(), feeds);
    if (!s.ok()) return state.SkipWithError(s.ToString().c_str());
  }
  const auto nodes = static_cast<double>(plan.steps.size());
  state.counters["nodes"] = nodes;
  state.counters["arena_bytes"] = static_cast<double>(plan.arena_bytes);
  state.counters["s_per_node"] =
      benchmark::Counter(nodes * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void Chain(benchmark::State& state) {
  (void)SetNumThreads(1);
  GraphBuilder g("chain");
  Value x = g.Input("x", DType::kFloat32, {8});
  for (int i = 0; i < state.range(0); ++i) x = Neg(x);
  g.Output("y", x);
  RunOften(state, *g.Build(), nullptr, {Tensor::Full(DType::kFloat32, {8}, 1)});
}
BENCHMARK(Chain)->Arg(10)->Arg(1000);

const std::vector<int64_t> kWidths = {7, 100, 100, 1};

void MlpTraining(benchmark::State& state) {
  (void)SetNumThreads(static_cast<int>(state.range(1)));
  StateStore store;
  testing::InitializeMlp(kWidths, &store);
  const int64_t rows = state.range(0);
  RunOften(state, testing::MlpTrainingStep(kWidths), &store,
           {testing::MlpData(rows, kWidths[0], 1), testing::MlpData(rows, kWidths.back(), 2)});
}
BENCHMARK(MlpTraining)->ArgNames({"batch", "threads"})->Args({1, 1})->Args({32, 1})->Args({32, 2});

void MlpInference(benchmark::State& state) {
  (void)SetNumThreads(static_cast<int>(state.range(1)));
  StateStore store;
  testing::InitializeMlp(kWidths, &store);
  RunOften(state, testing::MlpPrediction(kWidths), &store,
           {testing::MlpData(state.range(0), kWidths[0], 1)});
}
BENCHMARK(MlpInference)->ArgNames({"batch", "threads"})->Args({1, 1})->Args({32, 1})->Args({32, 2});

}  // namespace
}  // namespace dagrad
