#ifndef DAGRAD_RUNTIME_KERNEL_H_
#define DAGRAD_RUNTIME_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/shape.h"

namespace dagrad::runtime {

// How a kernel is to be chosen.
enum class KernelMode {
  kFast,       // the fastest that is known for the shapes
  kReference,  // the plain loop that defines the op for every dtype; the tests' and float64's
};

// A tensor as a kernel sees it: dense, row-major.
struct TensorSpec {
  DType dtype = DType::kInvalid;
  Dims dims;

  int64_t num_elements() const { return NumElements(dims); }
  size_t byte_size() const { return num_elements() * DTypeSize(dtype); }
};

// What a kernel is prepared for: one node with the sizes of one plan.
struct KernelRequest {
  const Node* node = nullptr;  // attributes; valid only while the kernel is prepared
  absl::Span<const TensorSpec> inputs;
  absl::Span<const TensorSpec> outputs;
  const Bindings* bindings = nullptr;  // for attributes with symbolic dimensions (Shape::Bind)
  KernelMode mode = KernelMode::kFast;
  // Bit i: input i is computed of constants and of state that the function does not update, so a
  // phase that prepares it (Phase::kept) costs next to nothing.
  uint32_t fixed_inputs = 0;
  // Choose among kernels by timing them (kernel_trial.h), not by tables.
  bool trial = false;

  template <typename T>
  const T& attr(absl::string_view name) const {
    return node->attrs.Get<T>(name);
  }
};

class StringHeap;

// The buffers of one execution. Aligned to kTensorAlignment, except that feeds and state are where
// their owner put them, aligned for their dtype. Never overlapping but where the op works in
// place: then outputs may be inputs (OpDef::MayTakePlace).
struct KernelArgs {
  const void* const* inputs;
  void* const* outputs;
  std::byte* scratch = nullptr;       // shared by all shards
  std::byte* kept = nullptr;          // what phases with `kept` leave
  std::byte* task_scratch = nullptr;  // of one call of Rows::run
  StringHeap* strings = nullptr;      // for the text of strings that the kernel makes

  template <typename T>
  const T* in(int i) const {
    return static_cast<const T*>(inputs[i]);
  }
  template <typename T>
  T* out(int i) const {
    return static_cast<T*>(outputs[i]);
  }
};

// A part of a kernel whose shards may run at the same time, in any order, on any thread. All shards
// of one phase have ended before the next phase starts. `shards` depends on shapes only, never on
// the number of threads, and shards write disjoint memory: so results have the same bits for any
// number of threads. Partial sums go to scratch and are joined in a fixed order by a later phase.
// `run` allocates nothing on the heap, but the text of strings that it makes (KernelArgs::strings).
//
// A phase by rows says more: outputs are `count` rows of equally many elements, one after the
// other, and any range of them may be computed by itself. So consecutive nodes may take the rows
// through all of them, a few at a time, without waiting for one another's other rows.
struct Phase {
  struct Rows {
    int64_t count = 0;
    // Bit i: of input i, too, rows [begin, end) are needed only, of num_elements / count elements
    // each; and where the op works in place, nothing else keeps the output from standing there.
    // Inputs without their bit are read anywhere.
    uint32_t aligned = 0;
    int64_t least = 1;  // fewer rows at a time are slow
    double cost = 1;    // of a row, as for ShardsFor
    size_t task_scratch_bytes = 0;
    // The same bits for every row, however rows are cut into ranges, unless `implementation` is
    // documented to differ: then ranges depend on shapes only.
    std::function<absl::Status(const KernelArgs&, int64_t begin, int64_t end)> run;
  };

  int shards = 1;
  std::function<absl::Status(const KernelArgs&, int shard)> run;
  std::shared_ptr<const Rows> rows = nullptr;
  // Bit i: input i is read in this phase, output i is written or read. A phase that only prepares
  // some inputs may run early. Those from the 32nd on are always taken to be used.
  uint32_t inputs = ~0U;
  uint32_t outputs = ~0U;
  // Writes KernelArgs::kept only, which no phase without this changes: so it need not run again as
  // long as the inputs that it reads have the same bytes.
  bool kept = false;

  bool Reads(size_t input) const { return input >= 32 || (inputs >> input & 1) != 0; }
  bool Writes(size_t output) const { return output >= 32 || (outputs >> output & 1) != 0; }
};

// A function that a kernel runs: an attribute of its node, for these sizes of operands.
struct Region {
  absl::string_view name;  // of the attribute
  BodyPtr body;
  std::vector<TensorSpec> inputs;
  // Operands from this one on have the same bytes in all runs of one call of Kernel::drive: what
  // depends on them alone is computed in the first of them only.
  size_t first_invariant = 0;
  // Regions of one place share memory: of these, one call of Kernel::drive runs one only.
  int place = 0;
  double runs = 1;  // of one call of Kernel::drive, roughly: for what the node costs
};

// Runs the regions of a kernel for it, each as often as it likes, with all threads.
class RegionRunner {
 public:
  virtual ~RegionRunner() = default;
  // Where the operands of the region's next run are to be put. They must not be its own outputs.
  virtual absl::Span<const void*> operands(int region) = 0;
  // Its outputs, where they stand until it runs again.
  virtual absl::StatusOr<absl::Span<const void* const>> Run(int region) = 0;
};

// A prepared kernel: immutable, and may be run from many threads at once, each with its own
// KernelArgs.
struct Kernel {
  std::string implementation = "reference";  // "simd", "onednn:jit:avx2", …: shown by the tools
  // KernelArgs::kept: private to one execution, uninitialised at first. It may stay from run to
  // run, while the scratch is given to other nodes.
  size_t kept_bytes = 0;
  // Private to one execution, uninitialised. The first shared_scratch_bytes are for all phases;
  // what follows, for the calls of `run` of phases by rows.
  size_t scratch_bytes = 0;
  size_t shared_scratch_bytes = 0;
  std::vector<Phase> phases;  // empty: nothing to do (a view)
  // Of control flow, which instead of phases has functions to run (Drive): `drive` is called by one
  // thread, while no other kernel of the run is at work, and allocates nothing on the heap.
  std::vector<Region> regions;
  std::function<absl::Status(const KernelArgs&, RegionRunner&)> drive;
  // Only the run's budget may end it: no state is written before, so that the run can be stopped.
  bool endless = false;
};

// Makes `kernel` one that `drive` runs, in one phase that cannot run by itself.
void Drive(std::function<absl::Status(const KernelArgs&, RegionRunner&)> drive, Kernel* kernel);

// For those that run a kernel by itself: so many bytes for one execution, and args->kept and
// args->scratch in such `memory`.
size_t PrivateBytes(const Kernel& kernel);
void PlacePrivate(const Kernel& kernel, std::byte* memory, KernelArgs* args);

// Number of shards for `items` of work costing about `item_cost` elementary operations each: 1 up
// to 32k operations, at most 64, so a shard is worth waking a thread for.
int ShardsFor(int64_t items, double item_cost);

// For tests: the operations that a shard is worth, 32768 by default, so that small tensors are cut
// too. Results of reductions may depend on it. Gives the former value; not to be called while
// kernels are prepared.
double SetShardCostForTesting(double operations);

// [begin, end) of shard `shard` of `shards` over `items`.
struct ShardRange {
  int64_t begin;
  int64_t end;
};
inline ShardRange RangeOfShard(int64_t items, int shards, int shard) {
  return {items * shard / shards, items * (shard + 1) / shards};
}

// A one-phase kernel over `items`, cut by ShardsFor: f(args, begin, end).
template <typename F>
void ParallelOver(int64_t items, double item_cost, F f, Kernel* kernel) {
  const int shards = ShardsFor(items, item_cost);
  kernel->phases.push_back({shards, [items, shards, f](const KernelArgs& args, int shard) {
                              const ShardRange r = RangeOfShard(items, shards, shard);
                              f(args, r.begin, r.end);
                              return absl::OkStatus();
                            }});
}

// Adds a phase by rows, cut by ShardsFor too. To be called when scratch_bytes holds all that is
// shared: `run` finds its task scratch behind that.
void AddRows(Phase::Rows rows, Kernel* kernel);

// AddRows where rows.run is f(args, begin, end), which cannot fail.
template <typename F>
void OverRows(Phase::Rows rows, F f, Kernel* kernel) {
  rows.run = [f](const KernelArgs& args, int64_t begin, int64_t end) {
    f(args, begin, end);
    return absl::OkStatus();
  };
  AddRows(std::move(rows), kernel);
}

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_KERNEL_H_
