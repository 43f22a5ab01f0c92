#ifndef DAGRAD_GRAPH_GRAPH_H_
#define DAGRAD_GRAPH_GRAPH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/shape.h"

namespace dagrad {

// Index of a node in its function; nodes stand in topological order, so inputs have smaller ids.
using NodeId = int32_t;

// Output `port` of node `node`.
struct ValueRef {
  NodeId node = -1;
  int32_t port = 0;
  bool operator==(const ValueRef&) const = default;
};

// One application of an op.
struct Node {
  const OpDef* op = nullptr;
  std::string name;  // unique in the function, with its scope: "dense_1/MatMul"
  absl::InlinedVector<ValueRef, 3> inputs;
  AttrMap attrs;  // complete: defaults are filled in
  std::vector<ValueType> outputs;
  std::string source_file;  // of the line of C++ that made it; empty if unknown
  int source_line = 0;
  NodeId gradient_of = -1;     // the node that this one belongs to the gradient of
  std::string unknown_fields;  // of the file that it came from; written back unchanged
};

// "dense/MatMul (MatMul, train.cc:41)", for the head of messages.
std::string Describe(const Node& node);

// The ops that stand for a function's inputs and for the state that it reads.
const OpDef& InputOp();  // "Input": attributes dtype, shape
const OpDef& StateOp();  // "State": attributes dtype, shape; the node's name is the state's

// A pure function from named inputs and state to named outputs and new state. Plain data: checked
// by ValidateFunction (validate.h), made by GraphBuilder (builder.h).
struct Function {
  struct Output {
    std::string name;
    ValueRef value;
    std::string unknown_fields;
  };
  struct Update {  // the new value of a state
    std::string state;
    ValueRef value;
    std::string unknown_fields;
  };

  std::string name;
  std::vector<Node> nodes;     // topological order
  std::vector<NodeId> inputs;  // the Input nodes in the order of the signature
  std::vector<NodeId> states;  // the State nodes
  std::vector<Output> outputs;
  std::vector<Update> updates;
  std::string unknown_fields;

  const ValueType& type(ValueRef v) const { return nodes[v.node].outputs[v.port]; }
  const Node* FindNode(absl::string_view node_name) const;        // linear; null if there is none
  const Output* FindOutput(absl::string_view output_name) const;  // null if there is none
};

// A named tensor that lives beyond one run: weight, optimizer slot, batch statistic, step counter,
// random key.
struct StateDecl {
  std::string name;
  ValueType type;  // of numbers only
  bool trainable = false;
  std::string unknown_fields;
};

// Functions over shared state, and what else belongs to them (a Keras model's description, …) as
// text by key.
struct Model {
  std::string name;
  std::vector<StateDecl> states;
  std::vector<Function> functions;
  std::map<std::string, std::string> metadata;
  std::string unknown_fields;

  const Function* FindFunction(absl::string_view function_name) const;  // null if there is none
  const StateDecl* FindState(absl::string_view state_name) const;       // null if there is none
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_GRAPH_H_
