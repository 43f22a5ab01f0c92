#ifndef DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_H_
#define DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_H_

#include <array>

#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/tensor.h"

// Values that no input determines. None has inputs, so none has a gradient.
namespace dagrad {

// y = value: the dtype and the dims of the tensor, whose bytes are shared with the graph and must
// not be written any more. Fails for an undefined tensor (constant_c1).
Value Constant(GraphBuilder* builder, Tensor value,
               SourceLocation location = SourceLocation::Current());

// y[i] = value for every i of `shape`, which may be symbolic. Floats are rounded to the dtype.
// Fails for kInvalid (full_c1) and for an integer or bool dtype that has no such element, as 0.5,
// 300 for uint8, 2 for bool, or NaN (full_c2).
Value Full(GraphBuilder* builder, DType dtype, Shape shape, double value,
           SourceLocation location = SourceLocation::Current());

// Full with x's dtype and shape. The bytes of x are not read.
Value ZerosLike(Operand x);
Value OnesLike(Operand x);

namespace ops {
const OpDef& ConstantOp();  // "Constant": attribute value (tensor)
const OpDef& FullOp();      // "Full": attributes dtype, shape, value (float)

// True if `value`, rounded if `dtype` is floating and exactly otherwise, is an element of `dtype`.
bool IsRepresentable(double value, DType dtype);

// The operands of a node of `op` that takes two values of one dtype: a number becomes a scalar
// Constant of the other's dtype (an error of the builder, naming `op`, if it is not representable).
// `builder` is null if both are numbers or Value(): nothing can be built then. `location` is that
// of the first operand that is a Value.
struct OperandPair {
  GraphBuilder* builder = nullptr;
  std::array<Value, 2> values;
  SourceLocation location;
};
OperandPair PairOperands(const Operand& a, const Operand& b, absl::string_view op);

// PairOperands, then a node of `op` without attributes.
Value AddBinaryNode(const OpDef& op, const Operand& a, const Operand& b);
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_CREATION_CONSTANT_CONSTANT_H_
