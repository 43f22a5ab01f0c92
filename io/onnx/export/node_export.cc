#include "dagrad/io/onnx/export/node_export.h"

#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

Var Number(const Var& like, double number) { return like.c->Scalar(number, like.dtype); }

}  // namespace

Perm IdentityPerm(int rank) {
  Perm p;
  for (int64_t a = 0; a < rank; ++a) p.push_back(a);
  return p;
}

Perm Inverse(const Perm& p) {
  Perm q(p.size());
  for (size_t a = 0; a < p.size(); ++a) q[static_cast<size_t>(p[a])] = static_cast<int64_t>(a);
  return q;
}

Perm Then(const Perm& p, const Perm& q) {
  Perm both;
  for (int64_t a : q) both.push_back(p[static_cast<size_t>(a)]);
  return both;
}

Perm ChannelsFirst(int rank) {
  Perm p = {0, rank - 1};
  for (int64_t a = 1; a + 1 < rank; ++a) p.push_back(a);
  return p;
}

std::vector<Var> NodeExport::all_inputs() {
  std::vector<Var> inputs;
  for (int i = 0; i < num_inputs(); ++i) inputs.push_back(in(i));
  return inputs;
}

std::vector<Var> NodeExport::Ops(absl::string_view op, const std::vector<Var>& inputs,
                                 const NodeAttributes& attrs, int outputs) {
  std::vector<std::string> names;
  for (const Var& input : inputs) names.push_back(input.name);
  std::vector<Var> results;
  for (std::string& name : writer_->Add(op, std::move(names), attrs, outputs))
    results.push_back({this, std::move(name), inputs.empty() ? DType::kInvalid : inputs[0].dtype});
  return results;
}

Var NodeExport::Op(absl::string_view op, const std::vector<Var>& inputs,
                   const NodeAttributes& attrs, DType dtype) {
  Var result = Ops(op, inputs, attrs, 1)[0];
  if (dtype != DType::kInvalid) result.dtype = dtype;
  return result;
}

Var NodeExport::Ints(const std::vector<int64_t>& numbers) {
  return Constant(Tensor::Of<int64_t>({static_cast<int64_t>(numbers.size())}, numbers));
}

Var NodeExport::Cast(const Var& x, DType to) {
  if (x.dtype == to) return x;
  return Op("Cast", {x}, {{"to", int64_t{DataTypeOf(to)}}}, to);
}

Var NodeExport::Transpose(const Var& x, const Perm& perm) {
  if (perm == IdentityPerm(static_cast<int>(perm.size()))) return x;
  return Op("Transpose", {x}, {{"perm", perm}});
}

Var NodeExport::Unsqueeze(const Var& x, const std::vector<int64_t>& axes) {
  return Op("Unsqueeze", {x, Ints(axes)});
}

Var NodeExport::Squeeze(const Var& x, const std::vector<int64_t>& axes) {
  return Op("Squeeze", {x, Ints(axes)});
}

Var NodeExport::Reduce(absl::string_view op, const Var& x, const std::vector<int64_t>& axes,
                       bool keepdims) {
  // The axes became an input at opset 13 of the sum, at 18 of the others.
  const bool by_input = op == "ReduceSum" || opset_ >= 18;
  if (by_input) return Op(op, {x, axes.empty() ? Var() : Ints(axes)}, {{"keepdims", keepdims}});
  if (axes.empty()) return Op(op, {x}, {{"keepdims", keepdims}});
  return Op(op, {x}, {{"axes", axes}, {"keepdims", keepdims}});
}

Var NodeExport::SliceAxis(const Var& x, int64_t axis, int64_t start, int64_t limit) {
  return Op("Slice", {x, Ints({start}), Ints({limit}), Ints({axis})});
}

std::vector<Var> NodeExport::Body(absl::string_view name, NodeExport& inner,
                                  const std::vector<Var>& operands) {
  const Function& body = attr<BodyPtr>(name)->function();
  std::vector<std::string> names;
  for (const Var& operand : operands) names.push_back(operand.name);
  const auto outputs = around_.write_body(body, inner.writer(), names);
  if (!outputs.ok()) {
    if (status_.ok()) status_ = outputs.status();
    return std::vector<Var>(body.outputs.size(), Var{&inner, "", DType::kInvalid});
  }
  std::vector<Var> results;
  for (size_t i = 0; i < outputs->size(); ++i) {
    const ValueType& type = body.type(body.outputs[i].value);
    results.push_back({&inner, (*outputs)[i], type.dtype, type.shape.rank()});
  }
  return results;
}

void NodeExport::Unsupported(absl::string_view why) {
  if (status_.ok()) status_ = dagrad::UnimplementedError(why);
}

Var operator+(const Var& a, const Var& b) { return a.c->Op("Add", {a, b}); }
Var operator-(const Var& a, const Var& b) { return a.c->Op("Sub", {a, b}); }
Var operator*(const Var& a, const Var& b) { return a.c->Op("Mul", {a, b}); }
Var operator/(const Var& a, const Var& b) { return a.c->Op("Div", {a, b}); }
Var operator+(const Var& a, double b) { return a + Number(a, b); }
Var operator-(const Var& a, double b) { return a - Number(a, b); }
Var operator*(const Var& a, double b) { return a * Number(a, b); }
Var operator/(const Var& a, double b) { return a / Number(a, b); }
Var operator-(double a, const Var& b) { return Number(b, a) - b; }
Var operator/(double a, const Var& b) { return Number(b, a) / b; }
Var operator-(const Var& a) { return a.c->Op("Neg", {a}); }
Var operator<(const Var& a, const Var& b) { return a.c->Op("Less", {a, b}, {}, DType::kBool); }
Var operator>(const Var& a, const Var& b) { return a.c->Op("Greater", {a, b}, {}, DType::kBool); }
Var operator>(const Var& a, double b) { return a > Number(a, b); }
Var operator<(const Var& a, double b) { return a < Number(a, b); }
Var Equal(const Var& a, const Var& b) { return a.c->Op("Equal", {a, b}, {}, DType::kBool); }
Var And(const Var& a, const Var& b) { return a.c->Op("And", {a, b}, {}, DType::kBool); }

}  // namespace dagrad::onnx
