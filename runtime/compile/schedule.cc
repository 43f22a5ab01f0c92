#include "dagrad/runtime/compile/schedule.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/arena.h"
#include "dagrad/runtime/compile/flow_builder.h"

namespace dagrad::runtime {
namespace {

// Of one thread, roughly: only the order of magnitude matters here.
constexpr double kFlopsPerNanosecond = 64;
constexpr double kBytesPerNanosecond = 32;

ScheduleTuning tuning = {
    // A part of a second-level cache.
    .tile_bytes = ByteSize(384 * 1024),
    // It costs as much to wake the team and to have data in several cores' caches. (A training step
    // of 34 us on one thread took 38 us on two with 8 us here.)
    .team_nanoseconds = 30000,
};

constexpr int kMaxTasks = 32;
constexpr double kLargePart = 0.1;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

class Scheduler {
 public:
  explicit Scheduler(const ScheduleRequest& request)
      : request_(request),
        f_(*request.function),
        numbers_(*request.numbers),
        node_(NodesOfValues(f_, numbers_)) {}

  Schedule Run() {
    FlowBuilder builder(request_);
    const int steps = static_cast<int>(request_.steps.size());
    for (int i = 0; i < steps; ++i) builder.AddFixedPhases(i);
    const int first_stage = builder.EndFixedPhases();
    for (int i = 0; i < steps; ++i) builder.AddOtherPhases(i);
    s_.chains = builder.TakeChains();
    CloseGaps(first_stage);
    MakeSpans();
    FindUses();
    FindLocals();
    MeasureStages();
    for (Schedule::Chain& chain : s_.chains) Cut(&chain);
    MakeTasks();
    return std::move(s_);
  }

 private:
  const ScheduledStep& StepOf(const Schedule::Member& m) const { return request_.steps[m.step]; }
  const Node& NodeOf(const Schedule::Member& m) const { return f_.nodes[StepOf(m).node]; }
  const Phase& PhaseOf(const Schedule::Member& m) const { return StepOf(m).kernel.phases[m.phase]; }
  ByteSize Bytes(int value) const { return ByteSize(request_.specs[value].byte_size()); }

  // Numbers the stages that have chains from 0 on; those before `first_stage` are fixed.
  void CloseGaps(int first_stage) {
    int stages = 0;
    for (const Schedule::Chain& c : s_.chains) stages = std::max(stages, c.stage + 1);
    std::vector<int> number(stages, 0);
    for (const Schedule::Chain& c : s_.chains) number[c.stage] = 1;
    s_.fixed_stages =
        std::accumulate(number.begin(), number.begin() + std::min(first_stage, stages), 0);
    int next = 0;
    for (int& n : number) n = n == 1 ? next++ : -1;
    for (Schedule::Chain& c : s_.chains) c.stage = number[c.stage];
    s_.stages.resize(next);
  }

  void MakeSpans() {
    s_.spans.resize(f_.nodes.size());
    for (size_t c = 0; c < s_.chains.size(); ++c) {
      const int stage = s_.chains[c].stage;
      for (size_t k = 0; k < s_.chains[c].members.size(); ++k) {
        const Schedule::Member& m = s_.chains[c].members[k];
        Schedule::Span& span = s_.spans[StepOf(m).node];
        span.first = span.first < 0 ? stage : std::min(span.first, stage);
        if (m.phase >= StepOf(m).fixed_phases)
          span.runs = span.runs < 0 ? stage : std::min(span.runs, stage);
        if (PhaseOf(m).outputs != 0)
          span.writes = span.writes < 0 ? stage : std::min(span.writes, stage);
        if (stage >= span.last) {
          span.last = stage;
          span.chain = static_cast<int>(c);
          span.member = static_cast<int>(k);
        }
      }
    }
  }

  void FindUses() {
    for (size_t c = 0; c < s_.chains.size(); ++c) {
      std::vector<Schedule::Member>& members = s_.chains[c].members;
      for (size_t k = 0; k < members.size(); ++k) FindUsesOf(static_cast<int>(c), k, &members[k]);
    }
    std::sort(s_.uses.begin(), s_.uses.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.root, a.chain, a.member) < std::tuple(b.root, b.chain, b.member);
    });
  }

  void FindUsesOf(int chain, size_t k, Schedule::Member* m) {
    const Node& node = NodeOf(*m);
    const int64_t rows = s_.chains[chain].rows;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!PhaseOf(*m).Reads(i)) continue;
      const int64_t grain = rows > 0 ? FlowBuilder::Grain(request_, m->step, PhaseOf(*m), i) : 0;
      const bool aligned = i < 32 && grain > 0 && grain % rows == 0;
      if (aligned) m->aligned |= 1U << i;
      const int root = request_.roots[numbers_(node.inputs[i])];
      s_.uses.push_back({root, chain, static_cast<int>(k), aligned});
    }
  }

  // A value is local if one phase makes it by rows and all its uses are in the same rows of the
  // same chain.
  void FindLocals() {
    std::vector<int> made_in(numbers_.count(), -1);  // chain; -2: by more than one phase
    for (size_t c = 0; c < s_.chains.size(); ++c) {
      for (const Schedule::Member& m : s_.chains[c].members) {
        const int first = numbers_.first(StepOf(m).node);
        for (size_t p = 0; p < NodeOf(m).outputs.size(); ++p) {
          if (!PhaseOf(m).Writes(p)) continue;
          const bool can = made_in[first + p] == -1 && HasRoomForLocals(s_.chains[c]);
          made_in[first + p] = can ? static_cast<int>(c) : -2;
        }
      }
    }
    for (const Schedule::Use& use : s_.uses) {
      if (!use.aligned || made_in[use.root] != use.chain) made_in[use.root] = -2;
    }
    std::vector<bool> replaces_state(numbers_.count(), false);
    for (const Function::Output& o : f_.outputs) made_in[request_.roots[numbers_(o.value)]] = -2;
    for (const Function::Update& u : f_.updates) {
      made_in[request_.roots[numbers_(u.value)]] = -2;
      replaces_state[request_.roots[numbers_(u.value)]] = true;
    }
    local_.resize(numbers_.count());
    for (int v = 0; v < numbers_.count(); ++v) local_[v] = made_in[v] >= 0 && Bytes(v) > ByteSize();
    s_.local_offset.assign(numbers_.count(), -1);
    for (Schedule::Chain& chain : s_.chains) KeepWhatBecomesWhole(chain, replaces_state);
  }

  // A local value over which a whole one may be written stands in the latter's place, not in a
  // tile: what makes it, a convolution say, then waits less for memory than the last one would. The
  // new value of a state has a place of its own.
  void KeepWhatBecomesWhole(const Schedule::Chain& chain, const std::vector<bool>& replaces_state) {
    for (size_t k = chain.members.size(); k-- > 0;) {
      const Schedule::Member& m = chain.members[k];
      const int over = DyingLocal(m, static_cast<int>(k));
      const int out = numbers_.first(StepOf(m).node);
      if (over >= 0 && !local_[out] && !replaces_state[out]) local_[over] = false;
    }
  }

  bool HasRoomForLocals(const Schedule::Chain& chain) const {
    size_t pointers = 0;
    for (const Schedule::Member& m : chain.members)
      pointers += NodeOf(m).inputs.size() + NodeOf(m).outputs.size();
    return chain.rows > 0 && pointers <= Schedule::kMaxPointers;
  }

  // Bytes of a row of all that the members write and of what they read by rows from elsewhere.
  int64_t RowBytes(const Schedule::Chain& chain) const {
    ByteSize bytes;
    for (const Schedule::Member& m : chain.members) {
      const Node& node = NodeOf(m);
      const int first = numbers_.first(StepOf(m).node);
      for (size_t p = 0; p < node.outputs.size(); ++p) bytes += Bytes(first + static_cast<int>(p));
      for (size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
        const int root = request_.roots[numbers_(node.inputs[i])];
        if ((m.aligned >> i & 1) != 0 && !local_[root]) bytes += Bytes(root);
      }
    }
    return static_cast<int64_t>(bytes.value()) / chain.rows + 1;
  }

  double CostOf(const Schedule::Member& m) const {
    return PhaseOf(m).rows->cost * static_cast<double>(PhaseOf(m).rows->count);
  }

  void Cut(Schedule::Chain* chain) {
    if (chain->rows == 0) {
      chain->tasks = PhaseOf(chain->members[0]).shards;
      return;
    }
    double cost = 0;
    ByteSize scratch;
    for (const Schedule::Member& m : chain->members) {
      cost += CostOf(m);
      scratch = std::max(scratch, ByteSize(PhaseOf(m).rows->task_scratch_bytes).Aligned());
    }
    // What is a small part of the work may be slow for want of rows.
    int64_t least = 1;
    for (const Schedule::Member& m : chain->members) {
      const Phase::Rows& rows = *PhaseOf(m).rows;
      if (CostOf(m) >= kLargePart * cost)
        least = std::max(least, CeilDiv(rows.least * chain->rows, rows.count));
    }
    const int64_t units = std::max<int64_t>(chain->rows / least, 1);
    const int wanted =
        s_.stages[chain->stage].on_team
            ? std::min(ShardsFor(units, cost / static_cast<double>(units)), kMaxTasks)
            : 1;
    chain->tasks = static_cast<int>(std::bit_floor(static_cast<unsigned>(wanted)));
    const int64_t rows_of_task = CeilDiv(chain->rows, chain->tasks);
    const auto tile_bytes = static_cast<int64_t>(tuning.tile_bytes.value());
    const int64_t fit = std::max(tile_bytes / RowBytes(*chain), least);
    chain->tile = CeilDiv(rows_of_task, CeilDiv(rows_of_task, fit));
    PlaceLocals(chain);
    chain->task_bytes = chain->local_bytes + scratch;
    chain->slots = std::clamp(request_.threads, 1, chain->tasks);
  }

  // Tiles of local values, by their lifetimes in members; output 0 of a node takes that of an input
  // that it reads last, by the same rows, where the op allows it.
  void PlaceLocals(Schedule::Chain* chain) {
    std::vector<std::pair<int, size_t>> values;  // and their buffers
    std::vector<BufferLifetime> buffers;
    for (size_t k = 0; k < chain->members.size(); ++k) {
      const Schedule::Member& m = chain->members[k];
      const int at = static_cast<int>(k);
      const int first = numbers_.first(StepOf(m).node);
      for (size_t p = 0; p < NodeOf(m).outputs.size(); ++p) {
        const int value = first + static_cast<int>(p);
        if (!local_[value] || !PhaseOf(m).Writes(p)) continue;
        const int last = std::max(LastUse(value), at);
        const int over = p == 0 ? DyingLocal(m, at) : -1;
        const auto it = std::find_if(values.begin(), values.end(),
                                     [&](const auto& v) { return v.first == over; });
        size_t buffer = buffers.size();
        if (it != values.end()) {
          buffer = it->second;
          buffers[buffer].last = last;
        } else {
          const ByteSize row(Bytes(value).value() / chain->rows);
          buffers.push_back({row * chain->tile, at, last});
        }
        values.push_back({value, buffer});
        chain->whole_bytes += Bytes(value);
      }
    }
    const ArenaLayout layout = LayOutArena(buffers);
    for (const auto& [value, buffer] : values)
      s_.local_offset[value] = static_cast<int64_t>(layout.offsets[buffer]);
    chain->local_bytes = layout.bytes.Aligned();
  }

  int LastUse(int value) const {
    int last = -1;
    for (const Schedule::Use& use : s_.UsesOf(value)) last = std::max(last, use.member);
    return last;
  }

  // The local value in whose tile output 0 of member `at` may stand; -1 if there is none.
  int DyingLocal(const Schedule::Member& m, int at) const {
    const Node& node = NodeOf(m);
    const int out = numbers_.first(StepOf(m).node);
    if (StepOf(m).kernel.phases.size() != 1) return -1;
    for (size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
      const int root = request_.roots[numbers_(node.inputs[i])];
      const TensorSpec& in = request_.specs[numbers_(node.inputs[i])];
      const bool fits =
          in.dtype == request_.specs[out].dtype && in.dims == request_.specs[out].dims;
      const auto uses = std::count_if(node.inputs.begin(), node.inputs.end(), [&](ValueRef other) {
        return request_.roots[numbers_(other)] == root;
      });
      if (fits && node.op->MayTakePlace(0, i) && local_[root] && uses == 1 &&
          (m.aligned >> i & 1) != 0 && LastUse(root) == at) {
        return root;
      }
    }
    return -1;
  }

  // The chains in an order that finds values in the caches: first those that read what was made
  // last; of these, last those whose values others wait for.
  std::vector<size_t> ChainsByAge() const {
    std::vector<int> latest(s_.chains.size(), -1);
    std::vector<bool> awaited(s_.chains.size(), false);
    for (const Schedule::Use& use : s_.uses) {
      const Schedule::Span& made = s_.spans[node_[use.root]];
      if (made.chain < 0 || made.chain == use.chain) continue;
      latest[use.chain] = std::max(latest[use.chain], node_[use.root]);
      awaited[made.chain] = true;
    }
    std::vector<size_t> order(s_.chains.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::pair(-latest[a], awaited[a]) < std::pair(-latest[b], awaited[b]);
    });
    return order;
  }

  bool IsDriven(const Schedule::Chain& chain) const {
    return StepOf(chain.members[0]).kernel.drive != nullptr;
  }

  void MeasureStages() {
    std::vector<double> nanoseconds(s_.stages.size(), 0);
    for (const Schedule::Chain& chain : s_.chains) {
      if (IsDriven(chain)) continue;
      for (const Schedule::Member& m : chain.members) {
        nanoseconds[chain.stage] +=
            Nanoseconds(StepOf(m).cost) / static_cast<double>(StepOf(m).kernel.phases.size());
      }
    }
    for (size_t i = 0; i < s_.stages.size(); ++i)
      s_.stages[i].on_team = nanoseconds[i] >= tuning.team_nanoseconds;
  }

  void MakeTasks() {
    for (size_t c : ChainsByAge()) {
      const Schedule::Chain& chain = s_.chains[c];
      if (IsDriven(chain)) s_.stages[chain.stage].driven.push_back(static_cast<int32_t>(c));
      for (int t = 0; t < chain.tasks && !IsDriven(chain); ++t)
        s_.stages[chain.stage].tasks.push_back({static_cast<int32_t>(c), t});
    }
    // A thread takes consecutive tasks: so the same part of all chains, whose rows it has had in
    // earlier stages too.
    const auto place = [&](const Schedule::Stage::Task& t) {
      return (t.index + 0.5) / s_.chains[t.chain].tasks;
    };
    for (Schedule::Stage& stage : s_.stages) {
      std::stable_sort(stage.tasks.begin(), stage.tasks.end(),
                       [&](const auto& a, const auto& b) { return place(a) < place(b); });
      stage.on_team &= stage.tasks.size() > 1;
    }
  }

  const ScheduleRequest& request_;
  const Function& f_;
  const ValueNumbers& numbers_;
  const std::vector<NodeId> node_;  // by value
  Schedule s_;
  std::vector<bool> local_;  // by value
};

}  // namespace

double Nanoseconds(const OpCost& cost) {
  return std::max(cost.flops / kFlopsPerNanosecond, cost.bytes / kBytesPerNanosecond);
}

bool MayBeEndless(absl::Span<const ScheduledStep> steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const ScheduledStep& s) { return s.kernel.endless; });
}

absl::Span<const Schedule::Use> Schedule::UsesOf(int root) const {
  const auto begin = std::lower_bound(uses.begin(), uses.end(), root,
                                      [](const Use& u, int r) { return u.root < r; });
  auto end = begin;
  while (end != uses.end() && end->root == root) ++end;
  return absl::MakeConstSpan(uses).subspan(begin - uses.begin(), end - begin);
}

ScheduleTuning SetScheduleTuningForTesting(const ScheduleTuning& t) {
  return std::exchange(tuning, t);
}

Schedule MakeSchedule(const ScheduleRequest& request) { return Scheduler(request).Run(); }

}  // namespace dagrad::runtime
