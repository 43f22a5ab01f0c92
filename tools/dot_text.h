#ifndef DAGRAD_TOOLS_DOT_TEXT_H_
#define DAGRAD_TOOLS_DOT_TEXT_H_

#include <string>
#include <vector>

#include "dagrad/graph/graph.h"

namespace dagrad::tools {

// The functions in Graphviz's DOT language: one cluster per function and, within it, per scope; a
// box per node, an ellipse per input, state and output; functions within a function follow it, each
// in a cluster under its path; edges carry the value's type; nodes of
// gradients are dashed. Whatever names hold, they appear as text.
std::string DotOf(const std::vector<const Function*>& functions);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_DOT_TEXT_H_
