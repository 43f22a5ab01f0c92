#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_GRAPH_EDITOR_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_GRAPH_EDITOR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/compile/rewrite/record.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::runtime {

// Changes a function node by node. Ids are stable until Finish(); nodes that nobody needs any more
// die at once. Every operation takes constant time, amortised (ReplaceNode and InsertBefore that of
// the op's inference).
//
// A pass walks Order() and looks at node(id), whose inputs are always up to date as long as the
// walk goes forward.
class GraphEditor {
 public:
  // `function` is changed by Finish() only in form, but its nodes are moved from at once. `records`
  // gets what is recorded.
  GraphEditor(Function* function, KernelMode kernel_mode, std::vector<RewriteRecord>* records,
              const Budget& budget = {});

  // The ids of all nodes, inputs before users: dead ones too, so check alive().
  const std::vector<NodeId>& Order();
  bool alive(NodeId id) const { return alive_[id]; }
  // With inputs resolved: what replaced a value stands where that value stood.
  const Node& node(NodeId id);
  const Node& producer(ValueRef v) { return node(v.node); }
  const ValueType& type(ValueRef v) const { return f_->nodes[v.node].outputs[v.port]; }
  // For its inputs, states and updates; the nodes of it are in no order, and some are dead.
  const Function& function() const { return *f_; }
  // Uses by living nodes, outputs and updates.
  int uses(ValueRef v) const { return uses_[v.node][v.port]; }
  // For evaluating nodes with the bits that a run would give.
  KernelMode kernel_mode() const { return kernel_mode_; }
  const Budget& budget() const { return budget_; }
  // The op of constants (constant.h), taken from the function itself; null if it has none.
  const OpDef* constant_op() const { return constant_op_; }

  // All uses of `from` become uses of `to`. Internal, and nothing is changed, unless both have the
  // same type and `to` comes earlier.
  absl::Status ReplaceValue(ValueRef from, ValueRef to);
  // Makes node `id` another op of other inputs, which must come earlier; its name and source line
  // stay. Internal, and nothing is changed, unless the op accepts them and its outputs start with
  // the types of the node's outputs.
  absl::Status ReplaceNode(NodeId id, const OpDef& op, absl::Span<const ValueRef> inputs,
                           AttrMap attrs);
  // Adds a node just before `anchor`, named after it ("<anchor>/<suffix>"). It dies with Finish()
  // if it is not used by then.
  absl::StatusOr<NodeId> InsertBefore(NodeId anchor, absl::string_view suffix, const OpDef& op,
                                      absl::Span<const ValueRef> inputs, AttrMap attrs);

  void Record(absl::string_view rule, NodeId id, absl::string_view reason);
  // Number of records so far: has a pass done anything?
  size_t num_records() const { return records_->size(); }
  // Kills what is not needed for outputs and updates; with a rule's name, records it.
  void KillUnused(absl::string_view rule);

  // Puts the living nodes in order and renumbers them.
  void Finish();

 private:
  using Counts = absl::InlinedVector<int, 2>;

  ValueRef Resolve(ValueRef v);
  void AddUse(ValueRef v, int count);
  void KillIfUnused(NodeId id);
  bool Unused(NodeId id) const;
  // Of nodes inserted at the same place, the older one comes first.
  bool ComesBefore(NodeId a, NodeId b) const {
    return position_[a] < position_[b] || (position_[a] == position_[b] && a < b);
  }
  absl::StatusOr<std::vector<ValueType>> Infer(const OpDef& op, absl::Span<const ValueRef> inputs,
                                               NodeId before, AttrMap* attrs) const;
  void FindConstantOp();
  void ResolveResults();

  Function* f_;
  KernelMode kernel_mode_;
  Budget budget_;
  std::vector<RewriteRecord>* records_;
  const OpDef* constant_op_ = nullptr;
  std::vector<char> alive_;
  std::vector<Counts> uses_;  // by node, port
  std::vector<absl::InlinedVector<ValueRef, 1>>
      replaced_by_;  // by node, port; itself if it is not replaced
  std::vector<NodeId> order_;
  std::vector<double> position_;  // in order_; of inserted nodes half a place before their anchor
  std::vector<std::pair<NodeId, NodeId>> inserted_;  // anchor, node: not in order_ yet
  std::vector<NodeId> doomed_;                       // of KillIfUnused
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_GRAPH_EDITOR_H_
