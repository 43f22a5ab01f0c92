#ifndef DAGRAD_GRAPH_VALIDATE_H_
#define DAGRAD_GRAPH_VALIDATE_H_

#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/graph.h"

namespace dagrad {

// What is checked of a function, whoever made it: names are well-formed and unique; inputs come
// from earlier nodes and existing ports; number and dtypes of inputs, attributes and every
// constraint of the op hold (InferOp is run anew) and the node's types are those that result;
// `inputs` and `states` list the Input and State nodes, each once; outputs and updates name
// existing values, each name once; an update has the type of the state where the function reads it.
// Linear in the size of the function, and not recursive.
//
// A message names function, node, op, line, port and shapes:
//   "predict: dense/MatMul (MatMul, train.cc:41): inner dimensions differ: …  (matmul_c2)"
absl::Status ValidateFunction(const Function& function);

// Every function, and what they share: names of states and functions are unique, states are of
// numbers only, and each state that a function reads or updates is declared with that very type.
absl::Status ValidateModel(const Model& model);

// As above, adding every error found to `errors` until there are `limit` of them.
void ValidateFunction(const Function& function, size_t limit, std::vector<absl::Status>* errors);
void ValidateModel(const Model& model, size_t limit, std::vector<absl::Status>* errors);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_VALIDATE_H_
