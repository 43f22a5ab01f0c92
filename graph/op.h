#ifndef DAGRAD_GRAPH_OP_H_
#define DAGRAD_GRAPH_OP_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/attribute.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/shape.h"

namespace dagrad {

class GradContext;  // gradient.h
namespace runtime {
struct KernelRequest;  // runtime/kernel.h
struct Kernel;
struct Rule;  // runtime/compile/rewrite/rule.h
}  // namespace runtime
namespace ops {
struct Samples;  // ops/samples.h
}  // namespace ops

// One input or output of an op.
struct PortSpec {
  absl::string_view name;  // "lhs"
  DTypeSet dtypes;         // accepted (inputs) or possible (outputs)
  // Ports with the same non-empty variable have the same dtype ("T").
  absl::string_view type_variable = "";
  // What it is, without a full stop: "logits [..., classes]".
  absl::string_view doc = "";
  // The last input or output may be variadic: it stands for one or more values.
  bool variadic = false;
  // Inputs only: false declares that no gradient flows to this input (indices, keys, sizes).
  bool differentiable = true;
  // Inputs only: it may be left out, if all inputs after it are left out too.
  bool optional = false;
  // Outputs only: the name of the input over which this output may be written where the two have
  // the same dtype and dims and nobody needs the input any more. See kInPlace for more freedom.
  absl::string_view in_place_of = "";
};

// One attribute of an op. Without a default it must be given.
struct AttrSpec {
  absl::string_view name;
  AttrKind kind;
  std::optional<Attribute> default_value = std::nullopt;
  absl::string_view doc = "";  // what it means, without a full stop
};

// What inference demands beyond the number and dtypes of inputs and the kinds of attributes (whose
// generic labels are <op>_inputs, <op>_dtype and <op>_attr). The label stands in the documentation,
// the error and the test.
struct Constraint {
  absl::string_view label;  // "matmul_c2"
  absl::string_view text;   // "inner dimensions are equal"
};

// What passes may know of an op without knowing its name.
enum Trait : uint32_t {
  kElementwise = 1 << 0,  // out[i] = f(in0[i], in1[i], …) with NumPy's broadcasting; the driver
                          // un-broadcasts gradients
  kCommutative = 1 << 1,  // of its two inputs
  kReduction = 1 << 2,    // attributes "axes" (ints; empty = all) and "keepdims" (bool)
  // Every output may be written over any input whose last use this is: of a kElementwise op, over
  // one that has as many elements of the same size; of others, over one of the same dtype and dims.
  // Ops that allow less name the input in PortSpec::in_place_of instead.
  kInPlace = 1 << 3,
  kView = 1 << 4,        // output 0 is input 0's bytes under another shape
  kRandom = 1 << 5,      // the input named "key" is a Philox key; equal nodes give equal numbers
  kStructural = 1 << 6,  // Input and State: no kernel
  kControl = 1 << 7,     // its attributes of kind function are what its kernel runs, if it does
  // Its kernel moves, sets or casts elements of every dtype as they are. Kernels of other ops see
  // the dtypes in which they compute only (ComputeDType in dtype.h).
  kMovesElements = 1 << 8,
  // Its node gives the symbol that its attribute "symbol" names the number that its input 0, an
  // integer scalar, has in a run. Nodes that use the symbol stand behind it (data_dims.h).
  kBindsDim = 1 << 9,
};

// What an op costs, for the tools and the scheduler.
struct OpCost {
  double flops = 0;
  double bytes = 0;  // read and written
};
struct CostContext {
  const AttrMap& attrs;
  absl::Span<const Dims> inputs;
  absl::Span<const Dims> outputs;
};

// The view that an op's inference has of its node: validates and sets the outputs' types.
class InferContext {
 public:
  InferContext(const AttrMap& attrs, absl::Span<const ValueType> inputs)
      : attrs_(attrs), inputs_(inputs) {}

  int num_inputs() const { return static_cast<int>(inputs_.size()); }
  bool has_input(int i) const { return i < num_inputs(); }  // of an optional one
  const ValueType& input(int i) const { return inputs_[i]; }
  DType dtype(int i) const { return inputs_[i].dtype; }
  const Shape& shape(int i) const { return inputs_[i].shape; }
  const AttrMap& attrs() const { return attrs_; }
  template <typename T>
  const T& attr(absl::string_view name) const {
    return attrs_.Get<T>(name);
  }

  void SetOutput(int i, DType dtype, Shape shape);
  const std::vector<ValueType>& outputs() const { return outputs_; }

  // The violation of the constraint `label`: "message (label)". The message gives the shapes
  // concerned.
  static absl::Status Fail(absl::string_view label, absl::string_view message);
  // `axis` counted from 0 if -rank <= axis < rank, else Fail(label).
  static absl::StatusOr<int> NormalizeAxis(int64_t axis, int rank, absl::string_view label);

 private:
  const AttrMap& attrs_;
  absl::Span<const ValueType> inputs_;
  std::vector<ValueType> outputs_;
};

// Everything about an op. There is one constant object per op, found by its address in graphs and
// by its name in files (ops/table.h lists all).
struct OpDef {
  absl::string_view name;   // "MatMul"
  absl::string_view label;  // "matmul": prefix of the constraints' labels
  // What it computes: sentences of one to four lines ('\n' between them), the first of which says
  // it all in short.
  absl::string_view doc = "";
  int version = 1;  // of its semantics; written to files
  std::vector<PortSpec> inputs = {};
  std::vector<PortSpec> outputs = {};
  std::vector<AttrSpec> attrs = {};
  uint32_t traits = 0;
  std::vector<Constraint> constraints = {};
  absl::Status (*infer)(InferContext&) = nullptr;
  // Emits the cotangents of the inputs as nodes of ordinary ops. Null only if no input is
  // differentiable.
  absl::Status (*gradient)(GradContext&) = nullptr;
  // Prepares the fastest kernel for the request (the reference kernel where it asks for that).
  absl::Status (*make_kernel)(const runtime::KernelRequest&, runtime::Kernel*) = nullptr;
  // Null: one flop per output element (per input element for reductions, none for views). Where
  // `bytes` is left 0, it becomes that of all inputs and outputs (none for views).
  OpCost (*cost)(const CostContext&) = nullptr;
  // Null, or gives the op that computes y = this op and then, in one pass,
  //   activation(y + bias (+ residual)),
  // with this op's inputs and then bias, a vector over y's last axis, and residual, of y's shape;
  // with this op's attributes and "activation" (string: "", "relu" or "relu6"). Only rewrites make
  // it.
  const OpDef& (*fused)() = nullptr;
  // Null, or gives the rewrites of patterns that this op is part of.
  absl::Span<const runtime::Rule> (*rules)() = nullptr;
  // Names that it had in older files, whose nodes are read as nodes of this op.
  std::vector<absl::string_view> former_names = {};
  // Rewrites the attributes of a node of an older version, 1 <= from_version < version, as a file
  // has them (defaults are not filled in yet), to those of the same meaning in this version. Null
  // if there is no older version. An attribute that no such node has is InvalidArgument.
  absl::Status (*upgrade)(int from_version, AttrMap* attrs) = nullptr;
  ops::Samples (*samples)() = nullptr;

  // Null, or the attribute (of kind ints, empty by default) whose every element adds an output
  // behind those that the node has, and changes nothing else: so that a gradient can ask a node for
  // more (GraphBuilder::AddOutputs).
  absl::string_view more_outputs = "";

  bool Has(Trait trait) const { return (traits & trait) != 0; }
  const AttrSpec* FindAttr(absl::string_view attr_name) const;
  // The port of input or output i of a node: the last one stands for all from there on.
  const PortSpec& InputPort(size_t i) const { return inputs[std::min(i, inputs.size() - 1)]; }
  const PortSpec& OutputPort(size_t i) const { return outputs[std::min(i, outputs.size() - 1)]; }
  size_t MinInputs() const;  // without those that are optional
  // Whether output `output` may be written over input `input`, if their types allow it.
  bool MayTakePlace(size_t output, size_t input) const;
};

// The one object of an op, which `make` gives; made at the first call and never destroyed. What the
// functions are that give an op by name: const OpDef& NegOp() { return Singleton<MakeNeg>(); }
template <OpDef (*make)()>
const OpDef& Singleton() {
  static const OpDef* const op = new OpDef(make());
  return *op;
}

// OpDef::infer of ops whose only output is of input 0's type.
absl::Status InferSameAsInput(InferContext& c);

// Finds an op by name for readers of files; null if unknown.
using OpLookup = std::function<const OpDef*(absl::string_view name)>;

// Checks inputs and attributes against the schema, adds the attributes' defaults to `attrs`, runs
// the op's inference and checks the dtypes and shapes that it gives. Errors carry a label and no
// node: the caller adds that.
absl::StatusOr<std::vector<ValueType>> InferOp(const OpDef& op, absl::Span<const ValueType> inputs,
                                               AttrMap* attrs);

OpCost CostOf(const OpDef& op, const CostContext& context, absl::Span<const size_t> input_bytes,
              absl::Span<const size_t> output_bytes);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_OP_H_
