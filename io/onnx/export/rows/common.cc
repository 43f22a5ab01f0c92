#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {

bool Has(const SameOp& op, const NodeExport& c) {
  const DType dtype = c.num_inputs() > 0 ? c.dtype(0) : c.out_dtype();
  if (c.opset() < op.opset) return false;
  return op.types.Contains(dtype) ||
         (op.wide_opset > 0 && c.opset() >= op.wide_opset && op.wide.Contains(dtype));
}

Var Widened(NodeExport& c, const std::vector<Var>& inputs,
            const std::function<Var(const std::vector<Var>&)>& f) {
  const DType dtype = inputs[0].dtype;
  DType wide = ComputeDType(dtype);
  if (IsInteger(dtype)) wide = DType::kInt64;
  std::vector<Var> cast;
  for (const Var& x : inputs) cast.push_back(x.dtype == dtype ? c.Cast(x, wide) : x);
  const Var y = f(cast);
  return y.dtype == wide ? c.Cast(y, dtype) : y;
}

bool FitsFloat(double number, DType dtype) {
  return dtype != DType::kFloat64 || static_cast<double>(static_cast<float>(number)) == number;
}

int64_t FromZero(int64_t axis, int rank) { return axis < 0 ? axis + rank : axis; }

Var Expm1(const Var& x) { return Tanh(x * 0.5) * (Exp(x) + 1); }
Var Sqrt(const Var& x) { return x.c->Op("Sqrt", {x}); }
Var Exp(const Var& x) { return x.c->Op("Exp", {x}); }
Var Log(const Var& x) { return x.c->Op("Log", {x}); }
Var Sigmoid(const Var& x) { return x.c->Op("Sigmoid", {x}); }
Var Tanh(const Var& x) { return x.c->Op("Tanh", {x}); }
Var Erf(const Var& x) { return x.c->Op("Erf", {x}); }
Var Max(const Var& a, const Var& b) { return a.c->Op("Max", {a, b}); }
Var Min(const Var& a, const Var& b) { return a.c->Op("Min", {a, b}); }
Var Not(const Var& x) { return x.c->Op("Not", {x}, {}, DType::kBool); }

Var Flat(const Var& x) { return x.c->Op("Reshape", {x, x.c->Ints({-1})}); }
Var Counted(const Var& n) {
  return n.c->Op("Range", {n.c->Scalar(0, n.dtype), n, n.c->Scalar(1, n.dtype)});
}
Var Counted(NodeExport& c, const Dim& n) { return Counted(c.Squeeze(c.SizeOf(n), {0})); }

Var Word(NodeExport& c, uint64_t bits) {
  return c.Constant(Tensor::Scalar<int64_t>(static_cast<int64_t>(bits)));
}
Var Xor(const Var& a, const Var& b) { return a.c->Op("BitwiseXor", {a, b}); }
Var ShiftRight(const Var& x, uint64_t bits) {
  NodeExport& c = *x.c;
  const Var by = c.Constant(Tensor::Scalar<uint64_t>(bits)), wide = c.Cast(x, DType::kUInt64);
  return c.Cast(c.Op("BitShift", {wide, by}, {{"direction", "RIGHT"}}), DType::kInt64);
}

}  // namespace dagrad::onnx
