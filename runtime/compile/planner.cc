#include "dagrad/runtime/compile/planner.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/arena.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {
namespace {

// Time 0 is that of the copies before the first stage, k + 1 that of stage k, and one more that of
// the copies after the last.
//
// A value's root is the value whose bytes it is: the input of a chain of views, else itself.
// Everything below is said of roots.
class Planner {
 public:
  explicit Planner(const MemoryRequest& request)
      : request_(request),
        f_(*request.function),
        numbers_(*request.numbers),
        schedule_(*request.schedule),
        end_time_(static_cast<int>(schedule_.stages.size()) + 1),
        may_be_endless_(MayBeEndless(request.steps)),
        location_(numbers_.count()),
        node_(NodesOfValues(f_, numbers_)),
        last_use_(numbers_.count()),
        kept_as_output_(numbers_.count()),
        buffer_(numbers_.count(), -1) {}

  absl::StatusOr<MemoryPlan> Run() {
    for (size_t i = 0; i < f_.nodes.size(); ++i) AddNode(static_cast<NodeId>(i));
    for (const Schedule::Use& use : schedule_.uses)
      last_use_[use.root] = std::max(last_use_[use.root], schedule_.chains[use.chain].stage + 1);
    for (const ScheduledStep& step : request_.steps) KeepFixedValues(step);
    NameStates();
    PlaceOutputs();
    PlaceUpdates();
    for (const ScheduledStep& step : request_.steps) PlaceBuffers(step);
    PlaceTasks();
    DAGRAD_RETURN_IF_ERROR(LayOut());
    FillIn();
    return std::move(plan_);
  }

 private:
  struct Buffer {
    BufferLifetime lifetime;
    bool output = false;
  };
  struct PendingCopy {
    int from;  // a root, or -1: `from_buffer`
    int from_buffer;
    int to_buffer;  // or -1: state `to_state`
    int to_state;
    ByteSize bytes;
  };

  int Root(ValueRef v) const { return request_.roots[numbers_(v)]; }
  const TensorSpec& Spec(ValueRef v) const { return request_.specs[numbers_(v)]; }
  bool IsComputed(int root) const { return location_[root].kind == Location::Kind::kArena; }
  void AddNode(NodeId id) {
    const int first = numbers_.first(id);
    for (int v = first; v < numbers_.first(id + 1); ++v) {
      if (schedule_.local_offset[v] >= 0)
        location_[v] = {Location::Kind::kTask, -1, static_cast<size_t>(schedule_.local_offset[v])};
    }
    if (ConstantValue(f_.nodes[id]) != nullptr)
      location_[first] = {Location::Kind::kConstant, id, 0};
  }

  // What a fixed step makes for others stays from run to run.
  void KeepFixedValues(const ScheduledStep& step) {
    if (!IsFixed(step)) return;
    for (int v = numbers_.first(step.node); v < numbers_.first(step.node + 1); ++v) {
      if (last_use_[v] > schedule_.fixed_stages) last_use_[v] = end_time_;
    }
  }
  static bool IsFixed(const ScheduledStep& step) {
    return step.fixed_phases == static_cast<int>(step.kernel.phases.size());
  }

  void NameStates() {
    for (size_t i = 0; i < f_.inputs.size(); ++i) {
      location_[numbers_.first(f_.inputs[i])] = {Location::Kind::kFeed, static_cast<int32_t>(i), 0};
    }
    const std::vector<std::string> names = StateNames(f_);
    for (size_t i = 0; i < names.size(); ++i) state_index_[names[i]] = static_cast<int>(i);
    for (NodeId id : f_.states) {
      location_[numbers_.first(id)] = {Location::Kind::kState, state_index_[f_.nodes[id].name], 0};
    }
    state_root_.assign(names.size(), -1);
    for (NodeId id : f_.states) state_root_[state_index_[f_.nodes[id].name]] = numbers_.first(id);
    plan_.state_written.assign(names.size(), false);
  }

  int NewBuffer(ByteSize bytes, int first, int last, bool output) {
    buffers_.push_back({{bytes, first, last}, output});
    return static_cast<int>(buffers_.size()) - 1;
  }

  void PlaceOutputs() {
    for (const Function::Output& o : f_.outputs) {
      const int root = Root(o.value);
      if (IsComputed(root)) {
        kept_as_output_[root] = true;
        last_use_[root] = end_time_;
        output_buffer_.push_back(-1);  // known when the root has its buffer
        continue;
      }
      auto [it, added] = copied_output_.try_emplace(root, -1);
      const ByteSize bytes(Spec(o.value).byte_size());
      if (added) {
        it->second = NewBuffer(bytes, 0, end_time_, true);
        before_.push_back({root, -1, it->second, -1, bytes});
      }
      output_buffer_.push_back(it->second);
    }
  }

  void PlaceUpdates() {
    HashMap<int, int> updated;  // state -> root of its new value
    for (const Function::Update& u : f_.updates) updated[state_index_[u.state]] = Root(u.value);
    for (const Function::Update& u : f_.updates) {
      const int state = state_index_[u.state];
      const int root = Root(u.value);
      const ByteSize bytes(Spec(u.value).byte_size());
      if (root == state_root_[state]) continue;  // keeps its value
      plan_.state_written[state] = true;
      if (IsComputed(root) && !kept_as_output_[root] && MayComputeInto(state, root)) {
        location_[root] = {Location::Kind::kState, state, 0};
      } else if (IsReplacedState(root, updated)) {
        const int saved = NewBuffer(bytes, 0, end_time_, false);
        before_.push_back({root, -1, saved, -1, bytes});
        after_.push_back({-1, saved, -1, state, bytes});
      } else {
        last_use_[root] = end_time_;
        after_.push_back({root, -1, -1, state, bytes});
      }
    }
  }

  // Whether `root` is the old value of a state that this function replaces. A computed value that
  // already goes into a state's tensor is not: it is the new one.
  bool IsReplacedState(int root, const HashMap<int, int>& updated) const {
    if (location_[root].kind != Location::Kind::kState) return false;
    const int state = location_[root].index;
    if (state_root_[state] != root) return false;
    auto it = updated.find(state);
    return it != updated.end() && it->second != root;
  }

  // Whether the node that defines `root` may write it into the tensor of `state`: it disturbs no
  // read of the old value, and no run that has to be stopped goes on for it.
  bool MayComputeInto(int state, int root) const {
    if (may_be_endless_) return false;
    const int old = state_root_[state];
    if (old < 0) return true;
    const NodeId id = node_[root];
    if (!ReadsLast(id, old)) return false;
    const Node& node = f_.nodes[id];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (Root(node.inputs[i]) != old) continue;
      if (!MayOverwrite(node, root, i)) return false;
    }
    return true;
  }

  // Whether all reads of `root` by others are done when the node writes its outputs, and its own
  // are at the rows that it writes.
  bool ReadsLast(NodeId id, int root) const {
    const Schedule::Span& span = schedule_.spans[id];
    const bool runs = span.chain >= 0;  // what has no elements does not
    const bool by_rows = runs && span.first == span.last && schedule_.chains[span.chain].rows > 0;
    for (const Schedule::Use& use : schedule_.UsesOf(root)) {
      const Schedule::Chain& chain = schedule_.chains[use.chain];
      if (request_.steps[chain.members[use.member].step].node == id) {
        if (chain.rows > 0 && !use.aligned) return false;
        continue;
      }
      if (chain.stage < span.first) continue;
      const bool earlier = use.chain == span.chain && use.member < span.member;
      if (!by_rows || !earlier || !use.aligned) return false;
    }
    return true;
  }

  // Whether the output `value` of the node may have the bytes of input i, were they needed no more.
  bool MayOverwrite(const Node& node, int value, size_t i) const {
    if (!node.op->MayTakePlace(value - numbers_.first(node_[value]), i)) return false;
    const TensorSpec& in = Spec(node.inputs[i]);
    const TensorSpec& out = request_.specs[value];
    if (DTypeSize(in.dtype) != DTypeSize(out.dtype) || in.num_elements() != out.num_elements())
      return false;
    // Elementwise, element k is the last that needs element k of any input of this size.
    if (node.op->Has(kElementwise) && node.op->Has(kInPlace)) return true;
    if (in.dtype != out.dtype || in.dims != out.dims) return false;
    int uses = 0;
    for (ValueRef other : node.inputs) uses += Root(other) == Root(node.inputs[i]);
    return uses == 1;
  }

  // The buffer that output 0 of the node may take over from an input that dies there; -1 if there
  // is none.
  int DyingInputBuffer(const Node& node, NodeId id) const {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const int root = Root(node.inputs[i]);
      if (IsComputed(root) && last_use_[root] < end_time_ &&
          MayOverwrite(node, numbers_.first(id), i) && ReadsLast(id, root)) {
        return buffer_[root];
      }
    }
    return -1;
  }

  void PlaceBuffers(const ScheduledStep& step) {
    const NodeId id = step.node;
    const Node& node = f_.nodes[id];
    const Schedule::Span& span = schedule_.spans[id];
    const int first = (span.writes < 0 ? span.first : span.writes) + 1;
    for (size_t port = 0; port < node.outputs.size(); ++port) {
      const int root = numbers_.first(id) + static_cast<int>(port);
      if (location_[root].kind == Location::Kind::kState) continue;
      const ByteSize bytes(request_.specs[root].byte_size());
      if (!kept_as_output_[root]) unshared_bytes_ += bytes.Aligned();
      if (!IsComputed(root)) continue;  // local
      const int last = std::max(last_use_[root], span.last + 1);
      int buffer = port == 0 ? DyingInputBuffer(node, id) : -1;
      if (buffer < 0) buffer = NewBuffer(bytes, first, last, false);
      buffers_[buffer].lifetime.last = std::max(buffers_[buffer].lifetime.last, last);
      buffers_[buffer].output |= kept_as_output_[root];
      buffer_[root] = buffer;
    }
    const bool stays = step.fixed_phases > 0 && !IsFixed(step);
    PlaceOfNode(ByteSize(step.kernel.kept_bytes), span.first, stays ? end_time_ : span.last + 1, id,
                &kept_);
    PlaceOfNode(SharedScratch(step.kernel), stays ? span.runs : span.first, span.last + 1, id,
                &scratch_);
  }

  // Memory that no other node sees, from stage `first` to time `last`.
  void PlaceOfNode(ByteSize bytes, int first, int last, NodeId id,
                   std::vector<std::pair<NodeId, int>>* places) {
    if (bytes == ByteSize()) return;
    unshared_bytes_ += bytes.Aligned();
    places->push_back({id, NewBuffer(bytes, first + 1, last, false)});
  }

  // Without what phases by rows need for each task: that is in the memory of the chain's tasks.
  static ByteSize SharedScratch(const Kernel& kernel) {
    const auto by_rows = [](const Phase& phase) { return phase.rows != nullptr; };
    return ByteSize(std::any_of(kernel.phases.begin(), kernel.phases.end(), by_rows)
                        ? kernel.shared_scratch_bytes
                        : kernel.scratch_bytes);
  }

  void PlaceTasks() {
    for (const Schedule::Chain& chain : schedule_.chains) {
      const int time = chain.stage + 1;
      const ByteSize bytes = chain.task_bytes * chain.slots;
      tasks_.push_back(bytes == ByteSize() ? -1 : NewBuffer(bytes, time, time, false));
    }
  }

  absl::Status LayOut() {
    std::vector<BufferLifetime> in_arena;
    std::vector<int> index;
    buffer_location_.resize(buffers_.size());
    for (size_t i = 0; i < buffers_.size(); ++i) {
      if (buffers_[i].output) {
        buffer_location_[i] = {Location::Kind::kOutputs, -1, plan_.output_bytes.value()};
        plan_.output_bytes += buffers_[i].lifetime.bytes.Aligned();
      } else {
        in_arena.push_back(buffers_[i].lifetime);
        index.push_back(static_cast<int>(i));
      }
    }
    const ArenaLayout layout = LayOutArena(in_arena);
    if ((layout.bytes + plan_.output_bytes).too_large()) {
      return ResourceExhaustedError("the buffers of the plan take more than 2^47 bytes together");
    }
    DAGRAD_RETURN_IF_ERROR(CheckArena(in_arena, layout));
    for (size_t i = 0; i < index.size(); ++i) {
      buffer_location_[index[i]] = {Location::Kind::kArena, -1, layout.offsets[i]};
    }
    plan_.arena_bytes = layout.bytes;
    plan_.unshared_bytes = unshared_bytes_;
    return absl::OkStatus();
  }

  Location Resolve(int root) const {
    return buffer_[root] >= 0 ? buffer_location_[buffer_[root]] : location_[root];
  }

  MemoryPlan::Copy Resolve(const PendingCopy& c) const {
    MemoryPlan::Copy copy;
    copy.from = c.from >= 0 ? Resolve(c.from) : buffer_location_[c.from_buffer];
    copy.to = c.to_buffer >= 0 ? buffer_location_[c.to_buffer]
                               : Location{Location::Kind::kState, c.to_state, 0};
    copy.bytes = c.bytes;
    return copy;
  }

  std::vector<size_t> OffsetsOf(absl::Span<const std::pair<NodeId, int>> places) const {
    std::vector<size_t> offsets(f_.nodes.size());
    for (auto [id, buffer] : places) offsets[id] = buffer_location_[buffer].offset;
    return offsets;
  }

  void FillIn() {
    plan_.values.resize(numbers_.count());
    for (int v = 0; v < numbers_.count(); ++v) plan_.values[v] = Resolve(request_.roots[v]);
    plan_.scratch_offsets = OffsetsOf(scratch_);
    plan_.kept_offsets = OffsetsOf(kept_);
    for (int buffer : tasks_)
      plan_.task_offsets.push_back(buffer < 0 ? 0 : buffer_location_[buffer].offset);
    for (size_t i = 0; i < f_.outputs.size(); ++i) {
      plan_.outputs.push_back(output_buffer_[i] >= 0 ? buffer_location_[output_buffer_[i]]
                                                     : Resolve(Root(f_.outputs[i].value)));
    }
    for (const PendingCopy& c : before_) plan_.copies_before.push_back(Resolve(c));
    for (const PendingCopy& c : after_) plan_.copies_after.push_back(Resolve(c));
  }

  const MemoryRequest& request_;
  const Function& f_;
  const ValueNumbers& numbers_;
  const Schedule& schedule_;
  const int end_time_;
  const bool may_be_endless_;

  std::vector<Location> location_;  // by root; kArena: computed, with a buffer
  std::vector<NodeId> node_;        // by value
  std::vector<int> last_use_;       // by root: time
  std::vector<bool> kept_as_output_;
  std::vector<int> buffer_;  // by root

  HashMap<std::string, int> state_index_;
  std::vector<int> state_root_;  // by state: its old value; -1 if it is not read
  std::vector<Buffer> buffers_;
  std::vector<Location> buffer_location_;
  std::vector<std::pair<NodeId, int>> scratch_, kept_;
  std::vector<int> tasks_;          // by chain: buffer; -1: none is needed
  std::vector<int> output_buffer_;  // by output: that of a copy, else -1
  HashMap<int, int> copied_output_;
  std::vector<PendingCopy> before_;
  std::vector<PendingCopy> after_;
  ByteSize unshared_bytes_;
  MemoryPlan plan_;
};

}  // namespace

std::vector<std::string> StateNames(const Function& function) {
  std::vector<std::string> names;
  HashMap<std::string, bool> read;
  for (NodeId id : function.states) {
    names.push_back(function.nodes[id].name);
    read[names.back()] = true;
  }
  for (const Function::Update& u : function.updates) {
    if (!read[u.state]) names.push_back(u.state);
  }
  return names;
}

absl::StatusOr<MemoryPlan> PlanMemory(const MemoryRequest& request) {
  return Planner(request).Run();
}

}  // namespace dagrad::runtime
