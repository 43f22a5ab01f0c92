#ifndef DAGRAD_GRAPH_BODY_H_
#define DAGRAD_GRAPH_BODY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"

namespace dagrad {

// Bodies within bodies, at most: a node of the outermost function may have a body of this depth.
inline constexpr int kMaxBodyDepth = 16;
// Nodes of all bodies of a function together, a shared one counted as often as it is used: what
// whoever walks into them looks at.
inline constexpr int64_t kMaxBodyNodes = 1'000'000;

// A function that a node has as an attribute: what If, While, Scan and Call run. It is closed: all
// that it reads are its inputs, a random key among them, and it neither reads nor updates state.
// Its symbols are its own: those that stand alone as a dimension of an input are given by the
// operands that it is run with; any other is the symbol of that name of the function around it.
//
// Immutable, so that nodes, functions and models share it (BodyPtr); safe for use from many
// threads.
class Body {
 public:
  // InvalidArgument for a function that is not valid (ValidateFunction), has state (body_c1) or no
  // output (body_c2), or whose bodies nest deeper than kMaxBodyDepth with it (body_c3).
  // Unimplemented for sizes that depend on data (data_dims.h, body_c4).
  static absl::StatusOr<BodyPtr> Make(Function function);

  const Function& function() const { return function_; }
  const std::string& name() const { return function_.name; }
  // 1, or one more than the deepest body of its nodes.
  int depth() const { return depth_; }
  // Its nodes and those of all bodies in it.
  int64_t nodes() const { return nodes_; }
  uint64_t hash() const { return hash_; }
  // Equal names, ops, wires, attributes and types; not source lines and gradient marks.
  bool operator==(const Body& other) const;
  // "step(h, x) -> (h): 5 nodes"
  std::string ToString() const;

 private:
  explicit Body(Function function);

  const Function function_;
  int depth_ = 1;
  int64_t nodes_ = 0;
  uint64_t hash_ = 0;
};

// The functions among the attributes of `node`, in the order of their names.
struct NamedBody {
  absl::string_view attribute;
  BodyPtr body;
};
std::vector<NamedBody> BodiesOf(const Node& node);

// Nodes of all bodies of `function` together (kMaxBodyNodes); what it has itself is not counted.
int64_t NodesInBodies(const Function& function);

// The types of the outputs of `body` for operands of these types: those of the body, with the
// symbols that stand alone in its inputs replaced by what the operands have there. InvalidArgument,
// without a label, for other numbers, dtypes or shapes of operands.
absl::StatusOr<std::vector<ValueType>> OutputTypes(const Body& body,
                                                   absl::Span<const ValueType> operands);

// What the symbols of `body` stand for in a run with operands of these sizes, in a function whose
// symbols are bound by `outer`. InvalidArgument for sizes that do not fit.
absl::StatusOr<Bindings> BindBody(const Function& body, absl::Span<const Dims> operands,
                                  const Bindings& outer);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_BODY_H_
