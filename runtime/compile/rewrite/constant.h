#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_CONSTANT_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_CONSTANT_H_

#include <optional>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::runtime {

// The tensor of a node that stands for itself: an op without inputs whose attribute "value" is a
// tensor of its one output's type; else null. Such nodes are not run: their bytes are read where
// they are.
const Tensor* ConstantValue(const Node& node);

// The number that every element of the node's output is, if that can be told: of a ConstantValue()
// with equal elements (of the same bits; only small tensors are looked through), or of an op
// without inputs whose attribute "value" is a number.
std::optional<double> SplatValue(const Node& node);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_CONSTANT_H_
