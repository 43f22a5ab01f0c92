#include "dagrad/runtime/run/run_context.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/aligned_memory.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/onednn/openmp.h"

namespace dagrad {
namespace {

using runtime::ByteSize;
using runtime::Plan;
using runtime::Program;

// Bytes after each block that nothing may write.
constexpr ByteSize kGuardBytes(64);
constexpr int kGuard = 0xA5;
constexpr char kUndefined[] = "; the state is undefined now";

absl::Status CheckState(const Program::State& state, const Tensor& tensor) {
  if (tensor.dtype() == state.type.dtype && tensor.dims() == state.type.shape.ToDims())
    return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("state \"", state.name, "\" is ", state.type.ToString(),
                                           "; the store has ", DTypeName(tensor.dtype()),
                                           DimsToString(tensor.dims())));
}

}  // namespace

absl::Status RunContext::Impl::FindStates(const Budget& budget) {
  if (store == nullptr) return absl::OkStatus();
  const std::lock_guard<std::mutex> lock(store->lookup);
  states.clear();
  states.reserve(program->states.size());
  for (const Program::State& state : program->states) {
    auto it = store->tensors.find(state.name);
    if (it == store->tensors.end() && state.read) {
      return NotFoundError(absl::StrCat("function \"", program->function.name,
                                        "\": the store has no state \"", state.name,
                                        "\", which is ", state.type.ToString()));
    }
    if (it == store->tensors.end()) {
      const runtime::TensorSpec spec{state.type.dtype, state.type.shape.ToDims()};
      DAGRAD_RETURN_IF_ERROR(budget.Take(static_cast<int64_t>(spec.byte_size()), "the state"));
      DAGRAD_ASSIGN_OR_RETURN(Tensor zeros, Tensor::Zeros(spec.dtype, spec.dims));
      it = store->tensors.emplace(state.name, std::move(zeros)).first;
    }
    DAGRAD_RETURN_IF_ERROR(CheckState(state, it->second));
    states.push_back(&it->second);
  }
  store_version = store->version;
  return absl::OkStatus();
}

absl::Status RunContext::Impl::RefreshStates() {
  if (store == nullptr || store_version == store->version) return absl::OkStatus();
  DAGRAD_RETURN_IF_ERROR(FindStates(Budget()));
  if (plan == nullptr) return absl::OkStatus();
  runner.ResolvePointers();
  absl::Status written = FindWrittenBytes();
  if (!written.ok()) plan = nullptr;  // so that the next run looks again
  return written;
}

absl::Status MemoryBlock::Reserve(ByteSize bytes) {
  const size_t size = bytes.value();
  if (bytes_ == nullptr || capacity_ < size) {
    bytes_ = nullptr;  // first, so that old and new are not there at once
    size_ = capacity_ = 0;
    auto* p = static_cast<std::byte*>(AllocateAligned((bytes + kGuardBytes).value()));
    if (p == nullptr)
      return ResourceExhaustedError(absl::StrCat("no memory for ", size, " bytes of buffers"));
    bytes_ = std::shared_ptr<std::byte>(p, [](std::byte* q) { std::free(q); });
    capacity_ = size;
  }
  size_ = size;
  std::memset(data() + size_, kGuard, kGuardBytes.value());
  return absl::OkStatus();
}

size_t MemoryBlock::Allocated(ByteSize bytes) {
  return AllocatedBytes((bytes + kGuardBytes).value());
}

bool MemoryBlock::SharesBytes(const std::byte* begin, const std::byte* end) const {
  return begin < data() + (ByteSize(capacity_) + kGuardBytes).value() && data() < end;
}

bool MemoryBlock::guard_intact() const {
  if (bytes_ == nullptr) return true;
  return std::all_of(data() + size_, data() + size_ + kGuardBytes.value(),
                     [](std::byte b) { return b == static_cast<std::byte>(kGuard); });
}

absl::Status RunContext::Impl::Bind(std::shared_ptr<const Plan> new_plan, const Budget& budget) {
  plan = nullptr;
  kept_ = false;
  outputs.clear();
  // Also where an allocation fails: a context is bound as a whole or not at all.
  absl::Cleanup unbind = [this] { plan = nullptr; };
  lease_ = Budget::Lease();
  DAGRAD_ASSIGN_OR_RETURN(
      lease_, budget.Lend(static_cast<int64_t>(MemoryBlock::Allocated(new_plan->arena_bytes) +
                                               MemoryBlock::Allocated(new_plan->output_bytes)),
                          "the run's buffers"));
  DAGRAD_RETURN_IF_ERROR(arena.Reserve(new_plan->arena_bytes));
  DAGRAD_RETURN_IF_ERROR(output_block.Reserve(new_plan->output_bytes));
  DAGRAD_RETURN_IF_ERROR(BindBuffers(std::move(new_plan)));
  DAGRAD_RETURN_IF_ERROR(FindWrittenBytes());
  std::move(unbind).Cancel();
  return absl::OkStatus();
}

absl::Status RunContext::Impl::BindBuffers(std::shared_ptr<const Plan> new_plan) {
  plan = std::move(new_plan);
  kept_versions_.assign(plan->fixed_states.size(), 0);
  runner.Bind(program, plan.get(), {arena.data(), output_block.data(), &strings}, states.data());
  outputs.reserve(plan->outputs.size());
  string_outputs_.clear();
  for (size_t i = 0; i < plan->outputs.size(); ++i) {
    const runtime::TensorSpec& spec = plan->outputs[i];
    if (spec.dtype == DType::kString) {
      DAGRAD_ASSIGN_OR_RETURN(outputs.emplace_back(), Tensor::Zeros(spec.dtype, spec.dims));
      string_outputs_.push_back(i);
      continue;
    }
    outputs.push_back(Tensor::Wrap(spec.dtype, spec.dims, const_cast<void*>(runner.outputs()[i]),
                                   output_block.owner()));
  }
  return absl::OkStatus();
}

absl::Status RunContext::Impl::TakeStrings() {
  std::vector<Tensor> taken;
  for (size_t i : string_outputs_) {
    const runtime::TensorSpec& spec = plan->outputs[i];
    const Tensor views = Tensor::Wrap(spec.dtype, spec.dims, const_cast<void*>(runner.outputs()[i]),
                                      output_block.owner());
    DAGRAD_ASSIGN_OR_RETURN(taken.emplace_back(), views.Clone());
  }
  for (size_t k = 0; k < taken.size(); ++k) outputs[string_outputs_[k]] = std::move(taken[k]);
  return absl::OkStatus();
}

absl::Status RunContext::Impl::FindWrittenBytes() {
  state_bytes_.clear();
  state_bytes_.reserve(states.size());
  written_.clear();
  written_.reserve(states.size());
  for (size_t i = 0; i < states.size(); ++i) {
    const auto* begin = static_cast<const std::byte*>(states[i]->bytes());
    if (states[i]->byte_size() > 0)
      state_bytes_.push_back({begin, begin + states[i]->byte_size(), i});
  }
  std::sort(state_bytes_.begin(), state_bytes_.end(),
            [](const Bytes& a, const Bytes& b) { return a.begin < b.begin; });
  // Of those before, the one that ends last, and that of them which are written.
  const Bytes *last = nullptr, *last_written = nullptr;
  for (const Bytes& b : state_bytes_) {
    const bool written = plan->state_written[b.state];
    const Bytes* const other = written ? last : last_written;
    if (other != nullptr && other->end > b.begin) {
      return InvalidArgumentError(
          absl::StrCat("states \"", program->states[other->state].name, "\" and \"",
                       program->states[b.state].name,
                       "\" share bytes in the store, and one of them is updated"));
    }
    if (written) written_.push_back(b);
    if (written && (last_written == nullptr || last_written->end < b.end)) last_written = &b;
    if (last == nullptr || last->end < b.end) last = &b;
  }
  return absl::OkStatus();
}

absl::Status RunContext::Impl::SharedFeedError(size_t feed, absl::string_view what) const {
  return InvalidArgumentError(
      absl::StrCat("function \"", program->function.name, "\": the feed of input \"",
                   program->function.nodes[program->function.inputs[feed]].name,
                   "\" shares bytes with ", what, ", which this run writes: Clone() it"));
}

absl::Status RunContext::Impl::CheckNoOutputs(absl::Span<const Tensor> feeds) const {
  for (size_t i = 0; i < feeds.size(); ++i) {
    const auto* begin = static_cast<const std::byte*>(feeds[i].bytes());
    if (feeds[i].num_elements() > 0 && IsOutput(begin, begin + feeds[i].byte_size()))
      return SharedFeedError(i, "an output of this context");
  }
  return absl::OkStatus();
}

bool RunContext::Impl::IsOutput(const std::byte* begin, const std::byte* end) const {
  return output_block.SharesBytes(begin, end) ||
         std::any_of(pieces.begin(), pieces.end(),
                     [&](const auto& piece) { return piece->impl_->IsOutput(begin, end); });
}

absl::Status RunContext::Impl::CheckNoWrittenState(size_t feed, const Tensor& tensor) const {
  const auto* begin = static_cast<const std::byte*>(tensor.bytes());
  const std::byte* end = begin + tensor.byte_size();
  auto after = std::lower_bound(written_.begin(), written_.end(), end,
                                [](const Bytes& b, const std::byte* p) { return b.begin < p; });
  if (after == written_.begin() || std::prev(after)->end <= begin) return absl::OkStatus();
  return SharedFeedError(
      feed, absl::StrCat("state \"", program->states[std::prev(after)->state].name, "\""));
}

absl::Status RunContext::Impl::BindFeeds(absl::Span<const Tensor> tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].num_elements() > 0) DAGRAD_RETURN_IF_ERROR(CheckNoWrittenState(i, tensors[i]));
    runner.feeds()[i] = tensors[i].bytes();
  }
  return absl::OkStatus();
}

bool RunContext::Impl::UpdateKeptVersions() {
  bool same = kept_;
  for (size_t i = 0; i < kept_versions_.size(); ++i) {
    const uint64_t version = states[plan->fixed_states[i]]->version();
    same &= version != 0 && version == kept_versions_[i];
    kept_versions_[i] = version;
  }
  return same;
}

void RunContext::Impl::NoteWrites() {
  if (!program->updates_state) return;
  for (size_t i = 0; i < states.size(); ++i) {
    if (plan->state_written[i]) states[i]->NoteWrite();
  }
}

absl::Status RunContext::Impl::Execute(const RunOptions& options) {
  const runtime::onednn::SingleThreadedOpenMp single_threaded;
  const int first_stage = UpdateKeptVersions() ? plan->schedule.fixed_stages : 0;
  kept_ = false;
  NoteWrites();
  strings.Begin(options.budget);
  const int may_stop_until = options.whole_updates ? plan->first_writing_stage
                                                   : static_cast<int>(plan->schedule.stages.size());
  const absl::Status status =
      runner.Run(first_stage, options.budget.limited() ? &options.budget : nullptr, may_stop_until);
  kept_ = status.ok();
  if (!status.ok()) {
    if (runner.stage() < plan->first_writing_stage) return status;
    return MakeStatus(status.code(), absl::StrCat(status.message(), kUndefined));
  }
  runner.RunCopiesAfter();
  if (string_outputs_.empty()) return absl::OkStatus();
  const absl::Status taken = TakeStrings();
  if (taken.ok() || !program->updates_state) return taken;
  return MakeStatus(taken.code(), absl::StrCat(taken.message(), kUndefined));
}

RunContext::RunContext() = default;
RunContext::~RunContext() = default;
absl::Span<const Tensor> RunContext::outputs() const { return impl_->outputs; }
// The tables are those that Bind() and FindStates() fill.
size_t RunContext::Impl::PlannedBytes() const {
  if (plan == nullptr) return 0;
  using runtime::BytesOf;
  const ByteSize tables = BytesOf<Tensor>(plan->outputs.size()) + BytesOf<Tensor*>(states.size()) +
                          BytesOf<Bytes>(2, states.size()) + runner.TableBytes() +
                          BytesOf<uint64_t>(plan->fixed_states.size());
  return sizeof(RunContext) + sizeof(Impl) + tables.value() +
         MemoryBlock::Allocated(plan->arena_bytes) + MemoryBlock::Allocated(plan->output_bytes);
}

size_t RunContext::planned_bytes() const {
  ByteSize bytes(impl_->PlannedBytes());
  for (const auto& piece : impl_->pieces) bytes += ByteSize(piece->planned_bytes());
  return bytes.value();
}
size_t RunContext::arena_bytes() const {
  ByteSize bytes(impl_->arena.size());
  for (const auto& piece : impl_->pieces) bytes += ByteSize(piece->arena_bytes());
  return bytes.value();
}
bool RunContext::guards_intact() const {
  return impl_->arena.guard_intact() && impl_->output_block.guard_intact() &&
         std::all_of(impl_->pieces.begin(), impl_->pieces.end(),
                     [](const auto& piece) { return piece->guards_intact(); });
}

}  // namespace dagrad
