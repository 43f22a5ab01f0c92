#include "dagrad/runtime/compile/flow_builder.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "dagrad/graph/hash_map.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {
namespace {

// A chain of fewer rows could not be shared by the threads of today's machines, and so does not
// grow beyond what one thread does as fast.
constexpr int64_t kLeastRows = 8;
constexpr double kSmallCost = 65536;

// What a tile of the rows that one member needs may write in all members: else what is between
// them leaves the second-level cache, and they do as well one after the other.
constexpr double kLargestTile = 1 << 20;

// What computes more than this on a byte waits for the processor, not for memory: it gains little
// from values in a near cache, and these are best left to what does wait for memory. (With chains
// through convolutions and their large values, a CNN's training step took 1.07 times as long.)
constexpr double kDenseFlopsPerByte = 3;
constexpr double kLargestDenseChain = 4 << 20;

// Where no value is kept for a gradient, more of them need never leave the last cache: rows may be
// images, and what is done between them waits for memory up to more work on a byte. (MobileNetV2's
// forward pass of 8 images takes 0.72 of the time, that of a small CNN 0.82, on two cores.)
constexpr double kLargestInferenceTile = 16 << 20;
constexpr double kDenseInferenceFlopsPerByte = 12;

// What makes so much less of a value takes it out of memory for good, whoever computed it. (A text
// classifier's convolution and maximum take 0.8 of the time, next to one another.)
constexpr int kMuchSmaller = 4;

}  // namespace

void FlowBuilder::Needs::Add(const Needs& other) {
  cost += other.cost;
  pointers += other.pointers;
  bytes += other.bytes;
  least_part = std::max(least_part, other.least_part);
  dense |= other.dense;
}

ByteSize FlowBuilder::OutputBytes(NodeId id) const {
  ByteSize bytes;
  for (size_t p = 0; p < f_.nodes[id].outputs.size(); ++p)
    bytes += ByteSize(request_.specs[request_.numbers->first(id) + p].byte_size());
  return bytes;
}

FlowBuilder::Needs FlowBuilder::NeedsOf(int step, const Phase& phase) const {
  const NodeId id = request_.steps[step].node;
  const Node& node = f_.nodes[id];
  Needs needs;
  needs.pointers = node.inputs.size() + node.outputs.size();
  if (phase.rows == nullptr || phase.rows->count == 0) return needs;
  const auto count = static_cast<double>(phase.rows->count);
  needs.cost = phase.rows->cost * count;
  needs.dense = IsDense(step);
  needs.least_part = static_cast<double>(phase.rows->least) / count;
  needs.bytes = static_cast<double>(OutputBytes(id).value());
  return needs;
}

FlowBuilder::FlowBuilder(const ScheduleRequest& request)
    : request_(request),
      f_(*request.function),
      producer_(NodesOfValues(f_, *request.numbers)),
      is_inference_(f_.updates.empty()),
      last_chain_(f_.nodes.size(), -1),
      readers_of_state_(request.numbers->count()) {
  HashMap<std::string, int> states;
  for (NodeId id : f_.states) states[f_.nodes[id].name] = request.numbers->first(id);
  for (const Function::Update& u : f_.updates) {
    const auto state = states.find(u.state);
    if (state != states.end()) replaced_[ProducerOf(u.value)].push_back(state->second);
  }
}

NodeId FlowBuilder::ProducerOf(ValueRef v) const {
  return producer_[request_.roots[(*request_.numbers)(v)]];
}

int FlowBuilder::Find(int chain) {
  while (chains_[chain].merged_into >= 0) chain = chains_[chain].merged_into;
  return chain;
}

int64_t FlowBuilder::Grain(const ScheduleRequest& request, int step, const Phase& phase, size_t i) {
  if (phase.rows == nullptr) return 0;
  if (i < 32 && (phase.rows->aligned >> i & 1) != 0) return phase.rows->count;
  const NodeId id = request.steps[step].node;
  const Node& node = request.function->nodes[id];
  if (!node.op->Has(kElementwise)) return 0;
  // An input that is repeated along the last axes is read by rows of those before.
  const Dims& in = request.specs[(*request.numbers)(node.inputs[i])].dims;
  const Dims& out = request.specs[request.numbers->first(id)].dims;
  if (in.size() != out.size()) return 0;
  int64_t grain = 1;
  for (size_t axis = 0; axis < in.size() && in[axis] == out[axis]; ++axis) grain *= in[axis];
  return grain > 1 ? grain : 0;
}

bool FlowBuilder::IsDense(int step) const {
  const OpCost& cost = request_.steps[step].cost;
  return cost.flops >
         (is_inference_ ? kDenseInferenceFlopsPerByte : kDenseFlopsPerByte) * cost.bytes;
}

bool FlowBuilder::MakesSmaller(int step) const {
  const NodeId id = request_.steps[step].node;
  ByteSize read;
  for (const ValueRef& v : f_.nodes[id].inputs)
    read += ByteSize(request_.specs[(*request_.numbers)(v)].byte_size());
  return kMuchSmaller * OutputBytes(id) <= read;
}

void FlowBuilder::AddFixedPhases(int step) {
  for (int p = 0; p < request_.steps[step].fixed_phases; ++p) AddPhase(step, p);
}

int FlowBuilder::EndFixedPhases() {
  for (Building& c : chains_) c.awaited = true;  // so no other phase joins them
  return first_stage_ = last_stage_ + 1;
}

void FlowBuilder::AddOtherPhases(int step) {
  const int phases = static_cast<int>(request_.steps[step].kernel.phases.size());
  for (int p = request_.steps[step].fixed_phases; p < phases; ++p) AddPhase(step, p);
}

// The earliest stage of the phase; the chains that it might join there, and those that it awaits.
int FlowBuilder::EarliestStage(int step, const Phase& phase, std::vector<Flow>* flows,
                               std::vector<int>* waits) {
  const NodeId id = request_.steps[step].node;
  int stage = 0;
  if (last_chain_[id] >= 0) {
    waits->push_back(Find(last_chain_[id]));
    stage = chains_[waits->back()].stage + 1;
  }
  const NodeId after = request_.after.empty() ? -1 : request_.after[id];
  if (after >= 0 && last_chain_[after] >= 0)
    stage = std::max(stage, chains_[Find(last_chain_[after])].stage);
  const Node& node = f_.nodes[id];
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const NodeId producer = ProducerOf(node.inputs[i]);
    if (last_chain_[producer] < 0 || !phase.Reads(i)) continue;
    const int chain = Find(last_chain_[producer]);
    const bool by_rows = request_.flow && chains_[chain].rows > 0;
    const int64_t grain = by_rows ? Grain(request_, step, phase, i) : 0;
    stage = std::max(stage, chains_[chain].stage + (grain > 0 ? 0 : 1));
    if (grain > 0) {
      flows->push_back({chain, grain});
    } else {
      waits->push_back(chain);
    }
  }
  // What is read by rows here and as a whole there has to be awaited.
  const auto awaited = [&](const Flow& f) {
    return std::find(waits->begin(), waits->end(), f.chain) != waits->end();
  };
  flows->erase(std::remove_if(flows->begin(), flows->end(), awaited), flows->end());
  return stage;
}

// The stage at which the node may write its output over the state that it replaces: after all
// others that read the old value.
int FlowBuilder::StageAfterReaders(NodeId id, const std::vector<Flow>& flows) {
  int stage = 0;
  const auto replaced = replaced_.find(id);
  if (replaced == replaced_.end()) return stage;
  for (int state : replaced->second) {
    for (int reader : readers_of_state_[state]) {
      const int chain = Find(reader);
      const auto is_own = [&](const Flow& f) { return f.chain == chain; };
      if (std::any_of(flows.begin(), flows.end(), is_own)) continue;
      stage = std::max(stage, chains_[chain].stage + 1);
    }
  }
  return stage;
}

void FlowBuilder::AddPhase(int step, int index) {
  const NodeId id = request_.steps[step].node;
  const Phase& phase = request_.steps[step].kernel.phases[index];
  std::vector<Flow> flows;
  std::vector<int> waits;
  int stage = EarliestStage(step, phase, &flows, &waits);
  if (!request_.flow) stage = last_stage_ + 1;
  stage = std::max({stage, first_stage_, StageAfterReaders(id, flows)});
  int chain = Join(step, phase, flows, stage);
  if (chain < 0) {
    for (const Flow& f : flows) stage = std::max(stage, chains_[f.chain].stage + 1);
    chain = NewChain(stage, phase);
  }
  for (const Flow& f : flows) {
    if (Find(f.chain) != chain) waits.push_back(Find(f.chain));
  }
  for (int c : waits) chains_[c].awaited = true;
  Building& c = chains_[chain];
  c.members.push_back({step, index});
  c.needs.Add(NeedsOf(step, phase));
  last_stage_ = std::max(last_stage_, stage);
  if (index > 0) Delay(Find(last_chain_[id]), stage - 1);
  last_chain_[id] = chain;
  NoteReads(step, phase, chain);
}

// A phase that only prepares another one runs just before it, so that what it makes stands in
// memory no longer than it must.
void FlowBuilder::Delay(int chain, int stage) {
  Building& c = chains_[chain];
  if (!request_.flow || c.members.size() != 1 || c.stage >= stage) return;
  const Schedule::Member& m = c.members[0];
  if (m.phase < request_.steps[m.step].fixed_phases) return;
  if (request_.steps[m.step].kernel.phases[m.phase].outputs == 0) c.stage = stage;
}

void FlowBuilder::NoteReads(int step, const Phase& phase, int chain) {
  const Node& node = f_.nodes[request_.steps[step].node];
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int root = request_.roots[(*request_.numbers)(node.inputs[i])];
    if (phase.Reads(i) && f_.nodes[producer_[root]].op->Has(kStructural))
      readers_of_state_[root].push_back(chain);
  }
}

int FlowBuilder::NewChain(int stage, const Phase& phase) {
  chains_.push_back({});
  chains_.back().rows = phase.rows == nullptr ? 0 : phase.rows->count;
  chains_.back().stage = stage;
  return static_cast<int>(chains_.size()) - 1;
}

// One chain at `stage` of those of `flows` that can be there, for the phase; -1 if there is none or
// they would not go well together. A chain of an earlier stage comes along if nobody awaits it.
int FlowBuilder::Join(int step, const Phase& phase, const std::vector<Flow>& flows, int stage) {
  std::vector<int> chains;
  int64_t rows = phase.rows == nullptr ? 0 : phase.rows->count;
  Needs needs = NeedsOf(step, phase);
  for (const Flow& f : flows) {
    const Building& c = chains_[f.chain];
    if (c.stage < stage && c.awaited) continue;
    rows = std::gcd(std::gcd(rows, f.grain), c.rows);
    if (std::find(chains.begin(), chains.end(), f.chain) != chains.end()) continue;
    chains.push_back(f.chain);
    needs.Add(c.needs);
  }
  if (chains.empty() || needs.pointers > Schedule::kMaxPointers) return -1;
  if (rows < kLeastRows && needs.cost > kSmallCost) return -1;
  const double largest = is_inference_ && !needs.dense ? kLargestInferenceTile : kLargestTile;
  if (needs.least_part * needs.bytes > largest) return -1;
  const bool is_update = replaced_.contains(request_.steps[step].node);
  const bool free = is_update || (is_inference_ && MakesSmaller(step));
  if (needs.dense && needs.bytes > kLargestDenseChain && !free) return -1;
  const int to = chains[0];
  for (size_t i = 1; i < chains.size(); ++i) Merge(chains[i], to);
  chains_[to].rows = rows;
  chains_[to].stage = stage;
  return to;
}

void FlowBuilder::Merge(int from, int to) {
  std::vector<Schedule::Member>& members = chains_[to].members;
  Building& merged = chains_[from];
  members.insert(members.end(), merged.members.begin(), merged.members.end());
  chains_[to].needs.Add(merged.needs);
  chains_[to].awaited |= merged.awaited;
  merged.members = {};
  merged.merged_into = to;
}

std::vector<Schedule::Chain> FlowBuilder::TakeChains() {
  std::vector<Schedule::Chain> result;
  for (Building& c : chains_) {
    if (c.merged_into >= 0) continue;
    std::sort(c.members.begin(), c.members.end(), [](const auto& a, const auto& b) {
      return std::pair(a.step, a.phase) < std::pair(b.step, b.phase);
    });
    result.push_back({});
    result.back().members = std::move(c.members);
    result.back().stage = c.stage;
    result.back().rows = c.rows;
  }
  return result;
}

}  // namespace dagrad::runtime
