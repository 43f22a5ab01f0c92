#ifndef DAGRAD_GRAPH_BUILDER_H_
#define DAGRAD_GRAPH_BUILDER_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/source_location.h"

namespace dagrad {

class GraphBuilder;

// One typed output of a node under construction: what is wired. A small handle, copied freely;
// valid as long as its builder. An invalid Value comes out of every operation that failed: the
// builder keeps the first error, later operations on invalid values do nothing, so expressions
// chain without checks.
class Value {
 public:
  Value() = default;
  Value(GraphBuilder* builder, ValueRef ref) : builder_(builder), ref_(ref) {}

  // False for Value(), for what a failed operation gave, and after the builder's Build().
  bool valid() const;
  GraphBuilder* builder() const { return builder_; }  // null only for Value()
  ValueRef ref() const { return ref_; }
  const Node& node() const;  // of an invalid value: one without an op

  const ValueType& type() const;  // of an invalid value: kInvalid, scalar
  DType dtype() const { return type().dtype; }
  const Shape& shape() const { return type().shape; }
  int rank() const { return shape().rank(); }
  Dim dim(int axis) const { return shape().dim(axis); }

  // Renames the node (within the current scope; made unique). Inputs and states keep their names:
  // an error.
  Value Named(absl::string_view name) const;

  bool operator==(const Value&) const = default;

 private:
  GraphBuilder* builder_ = nullptr;
  ValueRef ref_;
};

// An argument of an op: a Value or a number, with the line of C++ that passed it. Ops take their
// arguments as Operand, so that every node knows where it was built, operators included. A number
// becomes a constant of the other operand's dtype; ops that accept one say so.
class Operand {
 public:
  Operand(Value value, SourceLocation location =
                           SourceLocation::Current())  // NOLINT(google-explicit-constructor)
      : value_(value), location_(location) {}
  Operand(double scalar, SourceLocation location = SourceLocation::Current())  // NOLINT
      : scalar_(scalar), location_(location) {}

  Value value() const { return value_; }
  std::optional<double> scalar() const { return scalar_; }
  SourceLocation location() const { return location_; }
  GraphBuilder* builder() const { return value_.builder(); }

 private:
  Value value_;
  std::optional<double> scalar_;
  SourceLocation location_;
};

// Builds one Function. Types and shapes are inferred as nodes are added. Not thread-safe; neither
// copied nor moved, since Values point to it.
class GraphBuilder {
 public:
  explicit GraphBuilder(std::string name);
  // Continues a function, as when a gradient is added to one read from a file.
  explicit GraphBuilder(Function function);
  // Builds a body (body.h) for a node of `outer`, or of the body of it that is being built
  // (Building), which must live longer. Values of outer(), and of what that is a body of, may be
  // used in it: each becomes an input of the body, behind those that it has, under the name of its
  // node (captures()). State and Update are errors (body_c1).
  GraphBuilder(std::string name, GraphBuilder* outer);
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  // A named input. A name that is taken is an error.
  Value Input(absl::string_view name, DType dtype, Shape shape,
              SourceLocation location = SourceLocation::Current());
  // The value of the named state on entry. Asked again with the same type, it gives the same Value.
  Value State(absl::string_view name, DType dtype, Shape shape,
              SourceLocation location = SourceLocation::Current());
  // Names a result. A name that is taken is an error.
  void Output(absl::string_view name, Operand value);
  // Makes `value` the new value of `state`, which must be of the same type if it is read here. One
  // update per state.
  void Update(absl::string_view state, Operand value);

  // Adds a node; gives its first output (see Outputs() for others). The functions of ops/ call
  // this. Optional inputs at the end that are Value() are left out.
  Value AddNode(const OpDef& op, absl::Span<const Value> inputs, AttrMap attrs,
                SourceLocation location);
  // Asks the node of `value` for one output more: `element` is added to the attribute that its op
  // names (OpDef::more_outputs), unless it is in it. Gives that output. An op without such an
  // attribute, or an element that it refuses, is an error.
  Value AddOutput(Value value, int64_t element);
  // All outputs of the node of `value`; for one that is invalid here, `count` invalid values.
  std::vector<Value> Outputs(Value value, int count);

  // In its lifetime `body` is what is being built: nodes that are asked of the builders around it
  // become its own, so that what is written in the place of a body is computed there.
  class Building {
   public:
    explicit Building(GraphBuilder* body) : outer_(body->outer_) { outer_->open_ = body; }
    ~Building() { outer_->open_ = nullptr; }
    Building(const Building&) = delete;
    Building& operator=(const Building&) = delete;

   private:
    GraphBuilder* outer_;
  };

  // The three below do nothing for a null builder: that of Value().
  //
  // Prefix of the names of the nodes added in its lifetime: scopes nest as "a/b/".
  class Scope {
   public:
    Scope(GraphBuilder* builder, absl::string_view name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    GraphBuilder* builder_;
    size_t old_size_;
  };
  // In its lifetime nodes take over `location` instead of their own: the line of the user of a
  // library that builds graphs. Of nested ones the outermost holds.
  class LocatedAt {
   public:
    LocatedAt(GraphBuilder* builder, SourceLocation location);
    ~LocatedAt();
    LocatedAt(const LocatedAt&) = delete;
    LocatedAt& operator=(const LocatedAt&) = delete;

   private:
    GraphBuilder* builder_;
    SourceLocation old_;
  };
  // In its lifetime nodes are marked as belonging to the gradient of node `id`, and take over its
  // source line.
  class GradientOf {
   public:
    GradientOf(GraphBuilder* builder, NodeId id);
    ~GradientOf();
    GradientOf(const GradientOf&) = delete;
    GradientOf& operator=(const GradientOf&) = delete;

   private:
    GraphBuilder* builder_;
    NodeId old_;
  };

  // What a body takes from outside, in the order of the inputs that stand for it.
  struct Captured {
    Value outside;  // of outer()
    Value inside;   // the input
  };
  GraphBuilder* outer() const { return outer_; }  // null unless this builds a body
  // Whether this is `other` or builds a body in it.
  bool IsWithin(const GraphBuilder* other) const;
  const std::vector<Captured>& captures() const { return captures_; }
  // Takes the builder of a body that has been built, so that values which have left its C++ are
  // invalid ones from then on, not dangling.
  void Keep(std::unique_ptr<GraphBuilder> body) { kept_.push_back(std::move(body)); }
  // `value`, if it is of this builder; what stands for it here, if it is from outside of the body.
  // Others are given back.
  Value Capture(Value value);

  const absl::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }
  // Keeps `status` if it is the first error. Gives an invalid Value to return.
  Value Fail(absl::Status status);
  // As Fail, with a head such as "scope/Op (train.cc:41): " for an operation that made no node.
  Value Fail(absl::string_view what, SourceLocation location, absl::string_view message);

  const Function& function() const { return function_; }
  const Node& node(NodeId id) const;  // one without an op where there is no such node
  // First output of that node; invalid if there is none (no error).
  Value Find(absl::string_view node_name);
  const std::string& scope() const { return scope_; }

  // The function, or the first error. The builder is then spent: its values are invalid, and
  // whatever is added is a FailedPrecondition.
  absl::StatusOr<Function> Build();

 private:
  friend class Value;
  std::string UniqueName(absl::string_view base);
  std::string UniqueWholeName(std::string name);
  // This one, or the innermost body in it that is being built.
  GraphBuilder* Innermost();
  // That, or the builder of a body in it that one of `inputs` is of.
  GraphBuilder* InnermostOf(absl::Span<const Value> inputs);
  // Sets the source line of a node that is added now.
  void Locate(SourceLocation location, Node* node) const;
  // AddNode with the whole name given.
  Value AddNamed(std::string name, const OpDef& op, absl::Span<const Value> inputs, AttrMap attrs,
                 SourceLocation location);
  Value AddPlaceholder(const OpDef& op, absl::string_view name, DType dtype, Shape shape,
                       SourceLocation location);
  void Rename(NodeId id, absl::string_view name);

  Function function_;
  GraphBuilder* outer_ = nullptr;
  GraphBuilder* open_ = nullptr;  // the body of this that is being built
  std::vector<Captured> captures_;
  std::vector<std::unique_ptr<GraphBuilder>> kept_;
  absl::Status status_;
  std::string scope_;
  NodeId gradient_of_ = -1;
  SourceLocation located_at_;  // line 0: none
  HashMap<std::string, NodeId> nodes_by_name_;
  HashMap<std::string, int> next_suffix_;
  HashSet<std::string> output_names_;
  HashSet<std::string> updated_states_;
};

// The node's first output, at the line of the first input that is of a builder: what the functions
// of ops/ are made of. Value() if no input is of a builder.
Value AddNode(const OpDef& op, std::initializer_list<Operand> inputs, AttrMap attrs = {});

inline bool Value::valid() const {
  return builder_ != nullptr && ref_.node >= 0 &&
         static_cast<size_t>(ref_.node) < builder_->function().nodes.size();
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_BUILDER_H_
