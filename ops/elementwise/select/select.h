#ifndef DAGRAD_OPS_ELEMENTWISE_SELECT_SELECT_H_
#define DAGRAD_OPS_ELEMENTWISE_SELECT_SELECT_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// y[i] = condition[i] ? a[i] : b[i] (ONNX Where, numpy.where). `condition` is bool; a and b are of
// one dtype, any; all three broadcast to y's shape. One of a and b may be a number. Fails with
// select_c1 if the shapes do not broadcast. Gradient: ā = Select(condition, ȳ, 0), b̄ =
// Select(condition, 0, ȳ). What is not chosen gets an exact 0, whatever ȳ is; but if an op before
// it then has an infinite derivative there, 0·∞ gives NaN: choose safe arguments as well.
Value Select(Operand condition, Operand a, Operand b);

namespace ops {
const OpDef& SelectOp();  // "Select"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_ELEMENTWISE_SELECT_SELECT_H_
