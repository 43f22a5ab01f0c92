#ifndef DAGRAD_RUNTIME_TESTING_TOY_OPS_H_
#define DAGRAD_RUNTIME_TESTING_TOY_OPS_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/tensor.h"

// A few float32 ops for the runtime's own tests, which may not depend on ops/: plain loops, with
// each trait and each way to fail that the runtime has to deal with.
namespace dagrad::testing {

const OpDef& ToyConstantOp();

Value ToyConstant(GraphBuilder* g, Tensor value);
Value ToyAdd(Value a,
             Value b);  // elementwise, same shapes, in place, commutative; cut into 8 shards
Value ToyMul(Value a, Value b);          // likewise
Value ToySub(Value a, Value b);          // elementwise, in place, not commutative
Value ToyScale(Value x, double factor);  // elementwise, in place
Value ToyReverse(Value x);               // last to first over all elements: not in place
Value ToyReshape(Value x, Shape shape);  // a view
Value ToySum(Value x);                   // to a scalar, in two phases with partial sums in scratch
std::vector<Value> ToySplitSign(Value x);  // two outputs: max(x, 0) and min(x, 0)
// Copies x. Fails at run time with "told to fail" where x[0] is negative, and when its kernel is
// made if x has one element.
Value ToyFail(Value x);

}  // namespace dagrad::testing

#endif  // DAGRAD_RUNTIME_TESTING_TOY_OPS_H_
