#ifndef DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_H_
#define DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_H_

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

// Cross-entropies of labels with predictions that are given as logits: one result per example,
// of the logits' dtype, any floating one. With p = Softmax(x) over the last axis, of size C. All
// are stable for large logits.
namespace dagrad {

// loss[n] = -Σ_j z[n,j] log p[n,j] for logits x and labels z of one shape [..., C]; loss is of
// shape [...]. Labels need not sum to 1; a z[n,j] of 0 contributes 0 even where p[n,j] is 0.
// Gradient: x̄[n,j] = l̄[n] (p[n,j] Σ_k z[n,k] - z[n,j]);  z̄[n,j] = -l̄[n] log p[n,j].
// Errors: logits are scalar (softmax_cross_entropy_c1); labels of another shape
// (softmax_cross_entropy_c2).
Value SoftmaxCrossEntropy(Operand logits, Operand labels);

// loss[n] = -log p[n, z[n]] for logits x of shape [..., C] and class numbers z, int32 or int64, of
// shape [...]. Gradient: x̄[n,j] = l̄[n] (p[n,j] - [j = z[n]]); none to the labels. Errors: logits
// are scalar (sparse_softmax_cross_entropy_c1); labels not of the logits' shape without the last
// axis (…_c2); when run, InvalidArgument for a label outside [0, C), with the label and its
// position.
Value SparseSoftmaxCrossEntropy(Operand logits, Operand labels);

// loss[i] = -z[i] log σ(x[i]) - (1 - z[i]) log(1 - σ(x[i])) = max(x[i], 0) - x[i] z[i] + log(1 +
// exp(-|x[i]|)), with σ the logistic function, for logits x and labels z of one shape. For infinite
// logits it is the limit: 0 where the label is the one that they stand for, else ±∞. Gradient:
// x̄[i] = l̄[i] (σ(x[i]) - z[i]);  z̄[i] = -l̄[i] x[i]. Error: labels of another shape
// (sigmoid_cross_entropy_c1).
Value SigmoidCrossEntropy(Operand logits, Operand labels);

namespace ops {
const OpDef& SoftmaxCrossEntropyOp();        // "SoftmaxCrossEntropy"
const OpDef& SparseSoftmaxCrossEntropyOp();  // "SparseSoftmaxCrossEntropy"
const OpDef& SigmoidCrossEntropyOp();        // "SigmoidCrossEntropy"

// The gradients to the logits in one pass: inputs logits, labels and l̄, output x̄ as above.
// Differentiable themselves.
const OpDef& SoftmaxCrossEntropyGradOp();        // "SoftmaxCrossEntropyGrad"
const OpDef& SparseSoftmaxCrossEntropyGradOp();  // "SparseSoftmaxCrossEntropyGrad"
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_H_
