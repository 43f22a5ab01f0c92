#ifndef DAGRAD_OPS_CONTROL_BODIES_H_
#define DAGRAD_OPS_CONTROL_BODIES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad {

// What the C++ of a body returns: one value, or several as `Values{a, b}`.
class Values : public std::vector<Value> {
 public:
  using std::vector<Value>::vector;
  Values(Value value) : std::vector<Value>{value} {}                            // NOLINT
  Values(std::vector<Value> values) : std::vector<Value>(std::move(values)) {}  // NOLINT
};

namespace ops {

// Makes the bodies of one node. What they use from outside become operands of the node, behind
// those that it is given: one for each value, which all bodies take, in the order of their first
// use.
class BodiesOfNode {
 public:
  // The node stands in `builder`, or in the body of it that is being built. Null, of a null value:
  // in none, and its outputs are null.
  explicit BodiesOfNode(GraphBuilder* builder);

  // Adds a body: inputs of these names and types, then what `make` returns, as outputs "y0", "y1",
  // …. `make` sees the builder and the inputs; also where the graph has failed before, since the
  // node's outputs are counted by what it returns.
  using Make = absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value>)>;
  void Add(std::string name, absl::Span<const std::string> inputs,
           absl::Span<const ValueType> types, Make make);
  // The bodies, in the order in which they were added; to be called once, at the end. What has
  // failed is an error of outer().
  std::vector<BodyPtr> Build();
  // The values that the bodies use from outside; after Build().
  const std::vector<Value>& captures() const { return captures_; }
  GraphBuilder* outer() const { return outer_; }
  // The outputs of the node that has the bodies, of which there are `count`: so many also where it
  // has failed.
  std::vector<Value> Outputs(Value node, size_t count) const;

 private:
  void CaptureInAll();

  std::unique_ptr<GraphBuilder> spare_;  // which has failed; instead of a null one
  GraphBuilder* builder_;
  GraphBuilder* outer_;  // where the node is to stand
  std::vector<std::unique_ptr<GraphBuilder>> bodies_;
  std::vector<Value> captures_;
};

std::vector<ValueType> TypesOf(absl::Span<const Value> values);
// Of `value`, along its first axis one element: the type of a slice; invalid for a scalar.
ValueType SliceType(const ValueType& type);
// `type` with a first axis of `length` before it.
ValueType StackType(const ValueType& type, Dim length);

// The types of the outputs of the node's body `attribute`, applied to `operands`; else an error
// with `label`.
absl::StatusOr<std::vector<ValueType>> InferBody(const InferContext& c, absl::string_view attribute,
                                                 absl::Span<const ValueType> operands,
                                                 absl::string_view label);

// A region of the kernel for the body `attribute` with operands of these sizes.
runtime::Region MakeRegion(const runtime::KernelRequest& request, absl::string_view attribute,
                           std::vector<runtime::TensorSpec> operands);
// The kernel of a node that runs its body `function` once, with its inputs for its outputs.
absl::Status MakeCallKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel);
// What `runs` runs of the body `attribute` cost with operands of these sizes: its nodes' costs, and
// a flop for each of them. {runs} where its symbols are not those of the operands alone.
OpCost CostOfRuns(const CostContext& c, absl::string_view attribute,
                  absl::Span<const Dims> operands, double runs);
// Copies `size` bytes, which may be 0.
void CopyBytes(void* to, const void* from, size_t size);

// The builder of the first value that has one; null if none has.
GraphBuilder* BuilderOf(absl::Span<const Value> values);

// The cotangents of those outputs of the node that are floating, as Vjp() takes them.
std::vector<Value> FloatingCotangents(GradContext& c, int outputs);
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CONTROL_BODIES_H_
