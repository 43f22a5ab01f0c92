#ifndef DAGRAD_IO_ONNX_ROWS_COMMON_H_
#define DAGRAD_IO_ONNX_ROWS_COMMON_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/io/onnx/node_import.h"

// What the importers of several ops share.
namespace dagrad::onnx {

// y = f(x), wherever the channels of x stand.
template <typename F>
void ElementwiseOf(NodeImport& c, F f) {
  if (c.IsChannelsLast(0)) {
    c.out_channels_last(0, f(c.in_channels_last(0)));
  } else if (const Value x = c.in(0); x.valid()) {
    c.out(0, f(x));
  }
}

template <Value (*f)(Operand)>
void Unary(NodeImport& c) {
  ElementwiseOf(c, [](Value x) { return f(x); });
}

// Two or more operands that broadcast. They have their channels at the end if `channels_last`.
struct Operands {
  std::vector<Value> values;
  bool channels_last = false;
};
Operands BroadcastOperands(NodeImport& c);
void OutOf(NodeImport& c, const Operands& operands, Value y);

template <Value (*f)(Operand, Operand)>
void Binary(NodeImport& c) {
  const Operands o = BroadcastOperands(c);
  if (o.values.size() == 2) OutOf(c, o, f(o.values[0], o.values[1]));
}

// f(f(x0, x1), x2) …
template <Value (*f)(Operand, Operand)>
void Variadic(NodeImport& c) {
  const Operands o = BroadcastOperands(c);
  if (o.values.empty()) return;
  Value y = o.values[0];
  for (size_t i = 1; i < o.values.size(); ++i) y = f(y, o.values[i]);
  OutOf(c, o, y);
}

// `axis` counted from 0, or an error and 0.
int AxisOf(NodeImport& c, int64_t axis, int rank);
std::vector<int64_t> AxesFromZero(NodeImport& c, std::vector<int64_t> axes, int rank);

// The number as a scalar of x's dtype.
Value Scalar(const Value& x, double number);

// x in the dtype that kernels compute in, if it is of floats: for sums and squares that are rounded
// once at the end (InDType), not to halves after each node.
Value Widened(Value x);

// shape->set_dim, of an axis that the shape has: after an error that of a value has none.
void SetDim(Shape* shape, int axis, Dim dim);

// Whether doubles hold its numbers, as attributes of ops do: not all of int64 and uint64.
bool FitsDoubles(const Tensor& tensor);

// x with `updates`, which are as many as `places`, at these places of its elements in row-major
// order. Where several fall on one place, their mean, so that equal ones, as of windows that
// overlap, stay what they are.
Value WithUpdates(Value x, Value places, Value updates);

// x in one dimension.
Value Flat(Value x);

// x with axis `from` moved to `to`.
Value MoveAxis(Value x, int from, int to);

// x with its elements along `axis` the other way round.
Value Reverse(Value x, int axis);

// The size of axis `axis` of x, or an error and 0 where it is a symbol.
int64_t KnownDim(NodeImport& c, const Shape& x, int axis);
int64_t KnownDim(NodeImport& c, const Value& x, int axis);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_ROWS_COMMON_H_
