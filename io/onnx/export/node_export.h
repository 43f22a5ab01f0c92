#ifndef DAGRAD_IO_ONNX_EXPORT_NODE_EXPORT_H_
#define DAGRAD_IO_ONNX_EXPORT_NODE_EXPORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/graph.h"
#include "dagrad/io/onnx/export/node_writer.h"
#include "dagrad/io/onnx/export/sizes.h"

namespace dagrad::onnx {

class NodeExport;

// A value of the ONNX graph that is being written. Default: none, an input that is left out.
struct Var {
  NodeExport* c = nullptr;
  std::string name;
  DType dtype = DType::kInvalid;
  int rank = -1;  // of what a function gives; -1: not known here

  bool valid() const { return !name.empty(); }
};

// As attribute perm of Transpose: axis i of the result is axis perm[i] of what is permuted.
using Perm = std::vector<int64_t>;
Perm IdentityPerm(int rank);
Perm Inverse(const Perm& p);
// That of permuting by `p` and the result by `q`.
Perm Then(const Perm& p, const Perm& q);
// {0, rank-1, 1, …} puts the channels of [batch, …, channels] at axis 1.
Perm ChannelsFirst(int rank);

// Types and values of what surrounds a node.
struct NodeSurroundings {
  std::vector<ValueType> inputs, outputs;
  std::vector<bool> wanted;  // by output
  // The value of Transpose(input i, perm).
  std::function<std::string(int i, const Perm& perm)> input;
  // A tensor and a perm with input i = Transpose(tensor, perm).
  std::function<std::pair<std::string, Perm>(int i)> stored;
  // Writes the nodes of a function with `operands` as its inputs; gives its outputs.
  std::function<absl::StatusOr<std::vector<std::string>>(const Function& body, NodeWriter* writer,
                                                         const std::vector<std::string>& operands)>
      write_body;
};

// One node of dagrad while it becomes nodes of ONNX: what the exporter of an op sees. The first
// error stays, so rows need no checks.
class NodeExport {
 public:
  struct Result {  // Transpose(value, perm)
    Var value;
    Perm perm;
  };

  NodeExport(const Node& node, int64_t opset, NodeSurroundings around, NodeWriter* writer,
             Sizes* sizes)
      : node_(node),
        opset_(opset),
        around_(std::move(around)),
        writer_(writer),
        sizes_(sizes),
        results_(around_.outputs.size()) {}

  const Node& node() const { return node_; }
  int64_t opset() const { return opset_; }
  template <typename T>
  const T& attr(absl::string_view name) const {
    return node_.attrs.Get<T>(name);
  }

  // ---- Inputs and outputs.
  int num_inputs() const { return static_cast<int>(around_.inputs.size()); }
  Var in(int i) { return in(i, IdentityPerm(rank(i))); }
  // Transpose(input i, perm), with as few nodes as will do.
  Var in(int i, const Perm& perm) { return {this, around_.input(i, perm), dtype(i)}; }
  // Input i as it is kept: what costs no node.
  Result stored(int i) {
    auto [name, perm] = around_.stored(i);
    return {{this, std::move(name), dtype(i)}, std::move(perm)};
  }
  Var optional_in(int i) { return i < num_inputs() ? in(i) : Var(); }
  std::vector<Var> all_inputs();
  DType dtype(int i) const { return around_.inputs[i].dtype; }
  const Shape& shape(int i) const { return around_.inputs[i].shape; }
  int rank(int i) const { return shape(i).rank(); }
  DType out_dtype(int i = 0) const { return around_.outputs[i].dtype; }
  const Shape& out_shape(int i = 0) const { return around_.outputs[i].shape; }
  int out_rank(int i = 0) const { return out_shape(i).rank(); }
  bool wants(int i) const { return around_.wanted[i]; }
  // A result is one that the row has made, or what stored() gave.
  void out(int i, const Var& value) { out(i, value, IdentityPerm(out_rank(i))); }
  void out(int i, const Var& value, Perm perm) { results_[i] = {value, std::move(perm)}; }
  const std::vector<Result>& results() const { return results_; }

  // ---- Nodes. The result is of the first input's dtype, if nothing else is said.
  Var Op(absl::string_view op, const std::vector<Var>& inputs, const NodeAttributes& attrs = {},
         DType dtype = DType::kInvalid);
  std::vector<Var> Ops(absl::string_view op, const std::vector<Var>& inputs,
                       const NodeAttributes& attrs, int outputs);
  Var Constant(const Tensor& value) { return {this, writer_->Constant(value), value.dtype()}; }
  Var Scalar(double number, DType dtype) { return Constant(Tensor::Full(dtype, {}, number)); }
  Var Ints(const std::vector<int64_t>& numbers);
  // Dimensions as they are in the run, int64[rank]; one, int64[1].
  Var SizesOf(const Shape& shape) { return {this, sizes_->Of(shape), DType::kInt64}; }
  Var SizeOf(const Dim& dim) { return {this, sizes_->Of(dim), DType::kInt64}; }

  Var Cast(const Var& x, DType to);
  Var Transpose(const Var& x, const Perm& perm);
  // A 0 in the shape means itself.
  Var Reshape(const Var& x, const Shape& shape) {
    return Op("Reshape", {x, SizesOf(shape)}, {{"allowzero", 1}});
  }
  // Another name for x.
  Var Copy(const Var& x) { return Op("Identity", {x}); }
  // x with an axis of size 1 at each of `axes` of the result; without those of x.
  Var Unsqueeze(const Var& x, const std::vector<int64_t>& axes);
  Var Squeeze(const Var& x, const std::vector<int64_t>& axes);
  Var MatMul(const Var& a, const Var& b) { return Op("MatMul", {a, b}); }
  Var Where(const Var& condition, const Var& a, const Var& b) {
    return Op("Where", {condition, a, b}, {}, a.dtype);
  }
  // "ReduceSum", …; all axes if there are none.
  Var Reduce(absl::string_view op, const Var& x, const std::vector<int64_t>& axes,
             bool keepdims = true);
  // x[start:limit] along one axis.
  Var SliceAxis(const Var& x, int64_t axis, int64_t start, int64_t limit);
  Var Concat(const std::vector<Var>& values, int64_t axis) {
    return Op("Concat", values, {{"axis", axis}});
  }

  // The nodes of the function in attribute `name`, written by `inner`, which is this or writes a
  // graph in it, with `operands` as its inputs: its outputs, which may be the operands themselves.
  std::vector<Var> Body(absl::string_view name, NodeExport& inner,
                        const std::vector<Var>& operands);

  // Unimplemented: why the node cannot be written.
  void Unsupported(absl::string_view why);
  const absl::Status& status() const { return status_; }
  NodeWriter* writer() { return writer_; }
  Sizes* sizes() { return sizes_; }

 private:
  const Node& node_;
  int64_t opset_;
  NodeSurroundings around_;
  NodeWriter* writer_;
  Sizes* sizes_;
  std::vector<Result> results_;
  absl::Status status_;
};

Var operator+(const Var& a, const Var& b);
Var operator-(const Var& a, const Var& b);
Var operator*(const Var& a, const Var& b);
Var operator/(const Var& a, const Var& b);
Var operator+(const Var& a, double b);
Var operator-(const Var& a, double b);
Var operator*(const Var& a, double b);
Var operator/(const Var& a, double b);
Var operator-(double a, const Var& b);
Var operator/(double a, const Var& b);
Var operator-(const Var& a);
Var operator<(const Var& a, const Var& b);
Var operator>(const Var& a, const Var& b);
Var operator>(const Var& a, double b);
Var operator<(const Var& a, double b);
Var Equal(const Var& a, const Var& b);
Var And(const Var& a, const Var& b);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_NODE_EXPORT_H_
