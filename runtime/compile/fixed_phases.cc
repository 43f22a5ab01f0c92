#include "dagrad/runtime/compile/fixed_phases.h"

#include <algorithm>
#include <string>

#include "dagrad/graph/hash_map.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {
namespace {

// What is kept takes memory: not more than this, unless it is made of as much.
constexpr ByteSize kMaxGrownBytes(1 << 20);
constexpr int kMaxGrowth = 2;

}  // namespace

FixedPhases::FixedPhases(const Function& function, const ValueNumbers& numbers,
                         absl::Span<const int> roots, absl::Span<const TensorSpec> specs,
                         size_t first_fixed_input)
    : f_(function),
      numbers_(numbers),
      roots_(roots),
      specs_(specs),
      fixed_(numbers.count()),
      is_result_(numbers.count()),
      state_of_(numbers.count(), -1) {
  HashSet<std::string> updated;
  for (const Function::Update& u : f_.updates) {
    updated.insert(u.state);
    is_result_[roots_[numbers_(u.value)]] = true;
  }
  for (const Function::Output& o : f_.outputs) is_result_[roots_[numbers_(o.value)]] = true;
  for (size_t i = 0; i < f_.states.size(); ++i) {
    const int value = numbers_.first(f_.states[i]);
    state_of_[value] = static_cast<int>(i);  // as in StateNames()
    fixed_[value] = !updated.contains(f_.nodes[f_.states[i]].name);
  }
  for (size_t i = first_fixed_input; i < f_.inputs.size(); ++i)
    fixed_[numbers_.first(f_.inputs[i])] = true;
  for (size_t id = 0; id < f_.nodes.size(); ++id) {
    if (ConstantValue(f_.nodes[id]) != nullptr)
      fixed_[numbers_.first(static_cast<NodeId>(id))] = true;
  }
}

uint32_t FixedPhases::InputsOf(NodeId id) const {
  const Node& node = f_.nodes[id];
  uint32_t mask = 0;
  for (size_t i = 0; i < std::min<size_t>(node.inputs.size(), 32); ++i) {
    if (fixed_[roots_[numbers_(node.inputs[i])]]) mask |= 1U << i;
  }
  return mask;
}

bool FixedPhases::IsFixed(const Node& node, NodeId id) const {
  ByteSize read, made;
  for (ValueRef in : node.inputs) {
    if (!fixed_[roots_[numbers_(in)]]) return false;
    read += ByteSize(specs_[numbers_(in)].byte_size());
  }
  for (int v = numbers_.first(id); v < numbers_.first(id + 1); ++v) {
    if (is_result_[v] || specs_[v].dtype == DType::kString) return false;
    made += ByteSize(specs_[v].byte_size());
  }
  return !node.inputs.empty() && (made <= kMaxGrownBytes || made <= kMaxGrowth * read);
}

int FixedPhases::AddNode(NodeId id, const Kernel& kernel) {
  const Node& node = f_.nodes[id];
  const int phases = static_cast<int>(kernel.phases.size());
  int fixed = 0;
  if (IsFixed(node, id)) {
    for (int v = numbers_.first(id); v < numbers_.first(id + 1); ++v) fixed_[v] = true;
    fixed = phases;
  }
  const uint32_t inputs = InputsOf(id);
  const bool few = node.inputs.size() <= 32;
  const uint32_t all = few && node.inputs.size() < 32 ? (1U << node.inputs.size()) - 1 : ~0U;
  while (few && fixed < phases && kernel.phases[fixed].kept &&
         (kernel.phases[fixed].inputs & all & ~inputs) == 0) {
    ++fixed;
  }
  if (fixed > 0) NoteStates(node);
  return fixed;
}

void FixedPhases::NoteStates(const Node& node) {
  for (ValueRef in : node.inputs) {
    const int state = state_of_[roots_[numbers_(in)]];
    if (state < 0 || !fixed_[roots_[numbers_(in)]]) continue;
    if (std::find(states_.begin(), states_.end(), state) == states_.end()) states_.push_back(state);
  }
}

}  // namespace dagrad::runtime
