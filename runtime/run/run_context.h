#ifndef DAGRAD_RUNTIME_RUN_RUN_CONTEXT_H_
#define DAGRAD_RUNTIME_RUN_RUN_CONTEXT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/plan.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/plan_runner.h"
#include "dagrad/runtime/run/state_store_impl.h"
#include "dagrad/runtime/string_heap.h"

namespace dagrad {

// Bytes aligned to kTensorAlignment, with a guard behind them that no kernel may write.
class MemoryBlock {
 public:
  // Room for `bytes`; what was there is lost if it has to grow. ResourceExhausted, and no room at
  // all, when there is no memory.
  absl::Status Reserve(runtime::ByteSize bytes);
  // What Reserve(bytes) takes.
  static size_t Allocated(runtime::ByteSize bytes);
  std::byte* data() const { return bytes_.get(); }
  const std::shared_ptr<std::byte>& owner() const { return bytes_; }
  // Whether [begin, end) has bytes of the block, or of the guard behind it.
  bool SharesBytes(const std::byte* begin, const std::byte* end) const;
  size_t size() const { return size_; }
  bool guard_intact() const;

 private:
  std::shared_ptr<std::byte> bytes_;
  size_t size_ = 0;      // as reserved by the last call
  size_t capacity_ = 0;  // without the guard
};

// The buffers of one caller, and the plan that they are bound to. What is bound stays so until the
// sizes or the store's tensors change; only pointers to feeds are set in every run.
struct RunContext::Impl {
  Impl(const runtime::Program* program, StateStore::Impl* store) : program(program), store(store) {}

  // NotFound or InvalidArgument, naming the state. A state that is updated, not read, and missing
  // is made, all 0.
  absl::Status FindStates(const Budget& budget);
  // Binds to `plan`; ResourceExhausted when there is no memory for its buffers.
  absl::Status Bind(std::shared_ptr<const runtime::Plan> new_plan, const Budget& budget);
  // Looks up the states' tensors again if the store has changed, and checks them as FindStates()
  // does.
  absl::Status RefreshStates();
  // Before Bind(), which writes there: InvalidArgument if a feed shares bytes with outputs.
  absl::Status CheckNoOutputs(absl::Span<const Tensor> feeds) const;
  // Sets the pointers to feeds. InvalidArgument if a feed shares bytes with state that is updated.
  absl::Status BindFeeds(absl::Span<const Tensor> feeds);
  // Runs what is bound.
  absl::Status Execute(const RunOptions& options);
  // As RunContext::planned_bytes(); 0 before Bind().
  size_t PlannedBytes() const;

  const runtime::Program* program;
  StateStore::Impl* store;
  std::shared_ptr<const runtime::Plan> plan;
  std::atomic<bool> running{false};
  MemoryBlock arena;
  MemoryBlock output_block;
  runtime::StringHeap strings;  // of the run
  std::vector<Tensor> outputs;
  runtime::PlanRunner runner;
  std::vector<Tensor*> states;  // by state of the program
  // Of a function that runs in pieces: the context and the feeds of each.
  std::vector<std::unique_ptr<RunContext>> pieces;
  std::vector<std::vector<Tensor>> piece_feeds;
  uint64_t store_version = 0;

 private:
  struct Bytes {
    const std::byte* begin;
    const std::byte* end;
    size_t state;
  };

  absl::Status FindWrittenBytes();
  absl::Status CheckNoWrittenState(size_t feed, const Tensor& tensor) const;
  bool IsOutput(const std::byte* begin, const std::byte* end) const;
  absl::Status SharedFeedError(size_t feed, absl::string_view what) const;
  // Takes the states' versions. Whether what the fixed stages made in the last run is still right.
  bool UpdateKeptVersions();
  // Tells those who keep what they made of the states that the plan writes.
  void NoteWrites();
  absl::Status BindBuffers(std::shared_ptr<const runtime::Plan> new_plan);
  // Gives outputs that are strings text of their own: those of all, or of none after an error.
  absl::Status TakeStrings();

  std::vector<size_t> string_outputs_;   // the outputs that are strings
  Budget::Lease lease_;                  // of the arena and the outputs
  bool kept_ = false;                    // the last run left what fixed stages make in the arena
  std::vector<uint64_t> kept_versions_;  // by plan->fixed_states
  std::vector<Bytes> state_bytes_;       // of all states, sorted
  std::vector<Bytes> written_;           // those of them that the plan writes
};

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_RUN_CONTEXT_H_
