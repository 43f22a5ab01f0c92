#ifndef DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_H_
#define DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_H_

#include <cstdint>
#include <string>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct StringSplitOptions {
  // Empty: runs of ASCII white space, and none at the ends.
  std::string delimiter = "";
  // At most so many, from the left: the last part is the rest. Below 0: all.
  int64_t max_splits = -1;
};

// The parts of strings x, of any shape, as Python's str.split and ONNX's StringSplit. How many the
// longest has, n, is known in a run only (BindDim), so not within a body. Not differentiable.
struct StringSplitResult {
  Value parts;   // x's shape and behind it [n]: empty strings where there are fewer
  Value counts;  // int64, of x's shape: how many there are
};
StringSplitResult StringSplit(Operand x, const StringSplitOptions& options = {});

namespace ops {
// Both with the attributes delimiter (string) and max_splits (int).
const OpDef& StringSplitOp();       // "StringSplit": attribute size, the shape [n]
const OpDef& StringSplitCountOp();  // "StringSplitCount"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_STRINGS_STRING_SPLIT_STRING_SPLIT_H_
