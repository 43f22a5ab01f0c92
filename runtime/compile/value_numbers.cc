#include "dagrad/runtime/compile/value_numbers.h"

#include <algorithm>

namespace dagrad::runtime {

ValueNumbers::ValueNumbers(const Function& function) {
  first_.reserve(function.nodes.size() + 1);
  first_.push_back(0);
  for (const Node& node : function.nodes)
    first_.push_back(first_.back() + static_cast<int>(node.outputs.size()));
}

std::vector<NodeId> NodesOfValues(const Function& function, const ValueNumbers& numbers) {
  std::vector<NodeId> nodes(numbers.count());
  for (NodeId id = 0; id < static_cast<NodeId>(function.nodes.size()); ++id)
    std::fill(nodes.begin() + numbers.first(id), nodes.begin() + numbers.first(id + 1), id);
  return nodes;
}

std::vector<int> RootsOf(const Function& function, const ValueNumbers& numbers) {
  std::vector<int> roots(numbers.count());
  for (size_t id = 0; id < function.nodes.size(); ++id) {
    const Node& node = function.nodes[id];
    const int first = numbers.first(static_cast<NodeId>(id));
    for (size_t port = 0; port < node.outputs.size(); ++port)
      roots[first + port] = first + static_cast<int>(port);
    if (node.op->Has(kView)) roots[first] = roots[numbers(node.inputs[0])];
  }
  return roots;
}

}  // namespace dagrad::runtime
