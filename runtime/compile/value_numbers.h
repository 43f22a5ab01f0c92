#ifndef DAGRAD_RUNTIME_COMPILE_VALUE_NUMBERS_H_
#define DAGRAD_RUNTIME_COMPILE_VALUE_NUMBERS_H_

#include <vector>

#include "dagrad/graph/graph.h"

namespace dagrad::runtime {

// Numbers the values of a function from 0 on, in the order of nodes and ports.
class ValueNumbers {
 public:
  explicit ValueNumbers(const Function& function);
  int operator()(ValueRef v) const { return first_[v.node] + v.port; }
  int first(NodeId node) const { return first_[node]; }
  int count() const { return first_.back(); }

 private:
  std::vector<int> first_;
};

// By value, the node that has it as an output.
std::vector<NodeId> NodesOfValues(const Function& function, const ValueNumbers& numbers);

// By value, whose bytes it is: the input of a chain of views, else the value itself.
std::vector<int> RootsOf(const Function& function, const ValueNumbers& numbers);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_VALUE_NUMBERS_H_
