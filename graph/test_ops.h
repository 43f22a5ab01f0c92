#ifndef DAGRAD_GRAPH_TEST_OPS_H_
#define DAGRAD_GRAPH_TEST_OPS_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad::testing {

// Ops for the tests of graphs alone; they have inference and nothing else.

// "TestAdd": two inputs of one dtype that broadcast (testadd_c1), version 3.
const OpDef& TestAddOp();
// "TestMany": any number of inputs, at least one, of one float dtype; two outputs, the first like
// input 0, the second int64[n]; one attribute of each kind, "b", "i", … ; "i" has no default, "n"
// (int, default 2) must be 0 or more (testmany_c1).
const OpDef& TestManyOp();

Value TestAdd(Operand a, Operand b);

// The two above, Input and State.
const OpDef* FindTestOp(absl::string_view name);

}  // namespace dagrad::testing

#endif  // DAGRAD_GRAPH_TEST_OPS_H_
