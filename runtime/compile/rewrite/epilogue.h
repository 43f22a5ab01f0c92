#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_EPILOGUE_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_EPILOGUE_H_

#include "dagrad/runtime/compile/rewrite/graph_editor.h"
#include "dagrad/runtime/compile/rewrite/rule.h"

// Of x = op(…), Add(x, bias), Add(that, residual), Relu(that), each step that nothing else reads
// becomes part of the step after it: first op's fused form (OpDef::fused) with a bias, then with
// more. All values between them are saved, and passes over the result.

namespace dagrad::runtime {

// Rules of the stage kFuse: of Add, after each other, of Relu and of Relu6.
RuleResult FuseBias(GraphEditor& editor, NodeId id);
RuleResult FuseResidual(GraphEditor& editor, NodeId id);
RuleResult FuseRelu(GraphEditor& editor, NodeId id);
RuleResult FuseRelu6(GraphEditor& editor, NodeId id);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_EPILOGUE_H_
