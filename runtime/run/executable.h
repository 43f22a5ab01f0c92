#ifndef DAGRAD_RUNTIME_RUN_EXECUTABLE_H_
#define DAGRAD_RUNTIME_RUN_EXECUTABLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/compile/compile_options.h"
#include "dagrad/runtime/compile/rewrite/record.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/run/profile.h"
#include "dagrad/runtime/run/state_store.h"

namespace dagrad {

using runtime::TensorMap;

struct RunOptions {
  // Lends what the context takes for its buffers when it is bound to other sizes; its time is
  // looked at before every task and tile of rows, and while a plan is made. So a run ends with
  // DeadlineExceeded or Cancelled within the time of one task.
  Budget budget = {};
  // A run whose time is up stops only as long as it has not begun to write to state, and else goes
  // on to its end: state is as before, or as after a whole run. false: it stops there too, and the
  // state is undefined then.
  bool whole_updates = true;
};

// What was planned for one set of input shapes.
struct PlanSummary {
  int64_t arena_bytes = 0;     // peak of intermediate values and scratch
  int64_t unshared_bytes = 0;  // the sum of all intermediate values: what it would be without reuse
  int64_t state_bytes = 0;
  int64_t run_bytes = 0;         // all that memory_limit_bytes counts
  int nodes_again = 0;           // that are computed again, to keep within the memory limit
  double nanoseconds_again = 0;  // that they cost, roughly
  struct Step {
    std::string node;
    std::string op;
    std::string implementation;
    int shards = 1;  // tasks that may run at the same time
    int stage = 0;   // of its last phase; stages run one after the other
    int chain = 0;   // nodes of the same chain take tiles of rows one after the other
    OpCost cost;
  };
  std::vector<Step> steps;
  // Nodes whose rows flow through all of them, by Step::chain.
  struct Chain {
    int64_t rows = 0;         // 0: a node by itself, not by rows
    int64_t tile = 0;         // rows at a time
    int64_t local_bytes = 0;  // of values that so never stand in memory as a whole
  };
  std::vector<Chain> chains;
  int stages = 0;
};

class Executable;

// One caller's buffers for running an Executable: arena, outputs, binding of state. Reused from run
// to run; one run at a time. Made by Executable::NewContext.
class RunContext {
 public:
  ~RunContext();
  // Outputs of the last run in the order of the function, valid (as bytes) until the next run;
  // undefined after an error.
  absl::Span<const Tensor> outputs() const;
  // Bytes of arena that the last run's plan needs.
  size_t arena_bytes() const;
  // Bytes of the heap that the context takes for that plan: its arena and outputs, with what is
  // added to align them, and its tables of pointers.
  size_t planned_bytes() const;
  // Whether the bytes behind the arena and the outputs are as they were: false shows a kernel that
  // wrote outside its buffers.
  bool guards_intact() const;

 private:
  friend class Executable;
  RunContext();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A function, ready to run: rewritten once, planned per set of input shapes, its plans cached. One
// whose sizes depend on data (graph/data_dims.h) runs in pieces, each planned when its sizes are
// known; function() is then as it was given, and Plan() is Unimplemented.
// Immutable for its users: may be run from many threads at once, each with its own RunContext.
class Executable {
 public:
  // Copies what it needs of `function`. InvalidArgument for a function that does not validate, and
  // where the environment's DAGRAD_NUM_THREADS is no number from 1 to 1024.
  static absl::StatusOr<std::unique_ptr<Executable>> Compile(const Function& function,
                                                             const CompileOptions& options = {});
  ~Executable();

  // `state` (may be null if the function neither reads nor updates state) must outlive the context,
  // as must the executable. A state that is missing or of another type is NotFound or
  // InvalidArgument, naming it; one that is updated, not read, and missing is made, all 0, of what
  // `budget` has left.
  absl::StatusOr<std::unique_ptr<RunContext>> NewContext(StateStore* state,
                                                         const Budget& budget = {}) const;

  // Runs with feeds in the order of the function's inputs. Feeds are read in place, so they may not
  // share bytes with what the run writes (state that it updates, this context's outputs):
  // InvalidArgument. Outputs are left in the context; updates are written to the state after all
  // reads. From the second run with the same shapes on, nothing is allocated on the heap. On an
  // error state is as before, except where a kernel fails midway: then the message says that it is
  // undefined. The context's outputs are undefined after an error. After any error context and
  // executable can be used at once.
  absl::Status Run(RunContext* context, absl::Span<const Tensor> feeds,
                   const RunOptions& options = {}) const;

  // The same by name, with a context of its own, and outputs that are the caller's: for single
  // runs.
  absl::StatusOr<TensorMap> Run(const TensorMap& feeds, StateStore* state = nullptr,
                                const RunOptions& options = {}) const;

  // Runs `runs` times (at least 1), after one run that is not counted, and says what took how long.
  // Each kernel is timed, which costs some 50 ns each; Run() is not slowed down by this
  // possibility.
  absl::StatusOr<RunProfile> Profile(RunContext* context, absl::Span<const Tensor> feeds,
                                     int runs = 10, const RunOptions& options = {}) const;

  // The plan for inputs of these dims (as Run would make and cache it).
  absl::StatusOr<PlanSummary> Plan(absl::Span<const Dims> input_dims,
                                   const Budget& budget = {}) const;
  const std::vector<RewriteRecord>& rewrites() const;
  const Function& function() const;  // after rewriting
  int cached_plans() const;

 private:
  Executable();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Threads that all executables of the process share: DAGRAD_NUM_THREADS, else the cores that
// affinity and cgroup allow. Results never depend on it. Takes effect for runs that start later;
// InvalidArgument unless 1 <= n <= 1024.
absl::Status SetNumThreads(int n);
int NumThreads();

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_EXECUTABLE_H_
