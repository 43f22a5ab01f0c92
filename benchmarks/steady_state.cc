// What must hold however long a model runs, counted for one model of benchmarks/run and printed as
// one line of JSON for each of its functions:
//
//   steady_state MODEL BATCH SECONDS train|predict
//
//   allocations, onednn_allocations   of 10 warm runs: ours, and those of oneDNN's own code
//   planned, allocated                bytes of arena, outputs and tables; and what a new context
//                                     and its first run asked the heap for
//   runs, sizes                       how many runs over batch sizes followed, the largest first,
//                                     then at random, up to 10,000 or SECONDS, of how many sizes,
//                                     up to 200: of those whose arena stays below 256 MiB, or of
//                                     BATCH alone
//   growth                            bytes of resident memory after these runs, beyond those after
//                                     the first quarter

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "dagrad/benchmarks/models/models.h"
#include "dagrad/benchmarks/order.h"
#include "dagrad/benchmarks/process_memory.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/testing/allocation_counter.h"

namespace dagrad::benchmarks {
namespace {

using testing::AllocationCounter;

constexpr int kWarmRuns = 10, kMostRuns = 10000;
constexpr int64_t kMostSizes = 200;
constexpr int64_t kLargestArena = int64_t{256} << 20;

// Floats in [0, 1), integers 0 or 1: ids and labels of every model.
absl::StatusOr<std::vector<Tensor>> MakeFeeds(const Function& f, int64_t batch,
                                              std::mt19937* bits) {
  std::vector<Tensor> feeds;
  for (const NodeId id : f.inputs) {
    const ValueType& type = f.nodes[id].outputs[0];
    DAGRAD_ASSIGN_OR_RETURN(const Dims dims, type.shape.Bind({{"batch", batch}}));
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Zeros(type.dtype, dims));
    if (type.dtype == DType::kFloat32) {
      for (float& x : t.mutable_data<float>()) x = static_cast<float>((*bits)() >> 8) / (1 << 24);
    } else if (type.dtype == DType::kInt64) {
      for (int64_t& x : t.mutable_data<int64_t>()) x = (*bits)() & 1;
    }
    feeds.push_back(std::move(t));
  }
  return feeds;
}

// All weights as their initializers draw them, all slots 0.
absl::Status Initialize(const Model& graph, StateStore* state) {
  for (const StateDecl& s : graph.states) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Zeros(s.type.dtype, s.type.shape.ToDims()));
    state->Set(s.name, std::move(t));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> initialize,
                          Executable::Compile(*graph.FindFunction("initialize")));
  return initialize->Run({{"key", Tensor::Of<int64_t>({2}, {7, -1})}}, state).status();
}

// One function with its state, and what is found out of it.
class Steady {
 public:
  Steady(const Function& f, StateStore* state, int64_t batch)
      : f_(f), state_(state), batch_(batch) {}

  absl::StatusOr<Json> Measure(double seconds) {
    DAGRAD_ASSIGN_OR_RETURN(executable_, Executable::Compile(f_, {.plan_cache_capacity = 8}));
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, MakeFeeds(f_, batch_, &bits_));
    // The first context makes what is made once in a process.
    DAGRAD_RETURN_IF_ERROR(NewContext(feeds));
    context_.reset();
    DAGRAD_RETURN_IF_ERROR(CountMemory(feeds));
    DAGRAD_RETURN_IF_ERROR(CountAllocations(feeds));
    DAGRAD_RETURN_IF_ERROR(RunSizes(seconds));
    if (!context_->guards_intact()) return absl::InternalError("a kernel wrote past its buffers");
    return result_;
  }

 private:
  absl::Status NewContext(const std::vector<Tensor>& feeds) {
    DAGRAD_ASSIGN_OR_RETURN(context_, executable_->NewContext(state_));
    return executable_->Run(context_.get(), feeds);
  }

  absl::Status CountMemory(const std::vector<Tensor>& feeds) {
    const AllocationCounter counter;
    DAGRAD_RETURN_IF_ERROR(NewContext(feeds));
    result_["allocated"] = counter.bytes();
    result_["planned"] = context_->planned_bytes();
    return absl::OkStatus();
  }

  absl::Status CountAllocations(const std::vector<Tensor>& feeds) {
    for (int i = 0; i < 2; ++i) DAGRAD_RETURN_IF_ERROR(executable_->Run(context_.get(), feeds));
    const AllocationCounter counter;
    for (int i = 0; i < kWarmRuns; ++i)
      DAGRAD_RETURN_IF_ERROR(executable_->Run(context_.get(), feeds));
    result_["allocations"] = counter.count();
    result_["onednn_allocations"] = counter.onednn_count();
    return absl::OkStatus();
  }

  // The largest batch up to kMostSizes whose arena stays small enough.
  absl::StatusOr<int64_t> LargestBatch() {
    int64_t low = 0, high = kMostSizes;
    while (low < high) {
      const int64_t middle = (low + high + 1) / 2;
      std::vector<Dims> dims;
      for (const NodeId id : f_.inputs) {
        DAGRAD_ASSIGN_OR_RETURN(dims.emplace_back(),
                                f_.nodes[id].outputs[0].shape.Bind({{"batch", middle}}));
      }
      DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, executable_->Plan(dims));
      if (plan.arena_bytes <= kLargestArena) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  absl::Status RunSizes(double seconds) {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t sizes, LargestBatch());
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    std::optional<int64_t> warm;
    int runs = 0;
    for (; runs < kMostRuns && elapsed() < seconds; ++runs) {
      // The largest first: what a context holds then is all that it needs.
      int64_t batch = batch_;
      if (sizes > 0) batch = runs == 0 ? sizes : 1 + static_cast<int64_t>(bits_()) % sizes;
      DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, MakeFeeds(f_, batch, &bits_));
      DAGRAD_RETURN_IF_ERROR(executable_->Run(context_.get(), feeds));
      if (warm.has_value() || (runs < kMostRuns / 4 && elapsed() < seconds / 4)) continue;
      DAGRAD_ASSIGN_OR_RETURN(warm, ResidentBytes());
    }
    DAGRAD_ASSIGN_OR_RETURN(const int64_t last, ResidentBytes());
    result_["runs"] = runs;
    result_["sizes"] = std::max<int64_t>(sizes, 1);
    result_["growth"] = last - warm.value_or(last);
    return absl::OkStatus();
  }

  const Function& f_;
  StateStore* const state_;
  const int64_t batch_;
  std::mt19937 bits_{1};
  std::unique_ptr<Executable> executable_;
  std::unique_ptr<RunContext> context_;
  boost::json::object result_;
};

absl::Status Run(const std::string& name, int64_t batch, double seconds, bool train) {
  std::optional<double> rate;
  if (train) rate = 1e-4;
  DAGRAD_ASSIGN_OR_RETURN(const keras::Model model, MakeModel(name, rate));
  DAGRAD_ASSIGN_OR_RETURN(const Model graph, model.Graph());
  StateStore state;
  DAGRAD_RETURN_IF_ERROR(Initialize(graph, &state));
  const Function& f = *graph.FindFunction(train ? "train_step" : "predict");
  DAGRAD_ASSIGN_OR_RETURN(const Json result, Steady(f, &state, batch).Measure(seconds));
  WriteLine(result);
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::benchmarks

int main(int argc, char** argv) {
  int64_t batch = 0;
  double seconds = 0;
  const std::string function = argc == 5 ? argv[4] : "";
  if ((function != "train" && function != "predict") || !absl::SimpleAtoi(argv[2], &batch) ||
      batch < 1 || !absl::SimpleAtod(argv[3], &seconds)) {
    std::cerr << "usage: steady_state MODEL BATCH SECONDS train|predict\n";
    return 2;
  }
  const absl::Status status = dagrad::benchmarks::Run(argv[1], batch, seconds, function == "train");
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
