// Losses and their gradients. The classes are the last axis.
#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

Var LogSoftmax(const Var& x) { return x.c->Op("LogSoftmax", {x}, {{"axis", -1}}); }
Var Softmax(const Var& x) { return x.c->Op("Softmax", {x}, {{"axis", -1}}); }

// a b, and 0 where a is 0, whatever b is.
Var Weighted(const Var& a, const Var& b) {
  const Var zero = a.c->Scalar(0, a.dtype);
  return a.c->Where(Equal(a, zero), zero, a * b);
}

// -z ln σ(x) - (1 - z) ln(1 - σ(x)), with -ln σ(x) = softplus(-x).
void WriteSigmoidCrossEntropy(NodeExport& c) {
  const Var x = c.in(0), z = c.in(1);
  const auto softplus = [&c](const Var& v) { return c.Op("Softplus", {v}); };
  c.out(0, Weighted(z, softplus(-x)) + Weighted(1 - z, softplus(x)));
}

void WriteSoftmaxCrossEntropy(NodeExport& c) {
  c.out(0, -c.Reduce("ReduceSum", Weighted(c.in(1), LogSoftmax(c.in(0))), {-1}, false));
}

void WriteSoftmaxCrossEntropyGrad(NodeExport& c) {
  const Var z = c.in(1), dy = c.Unsqueeze(c.in(2), {-1});
  c.out(0, dy * (Softmax(c.in(0)) * c.Reduce("ReduceSum", z, {-1}) - z));
}

Var Labels(NodeExport& c) { return c.Unsqueeze(c.in(1), {-1}); }

void WriteSparseCrossEntropy(NodeExport& c) {
  const Var chosen = c.Op("GatherElements", {LogSoftmax(c.in(0)), Labels(c)}, {{"axis", -1}});
  c.out(0, -c.Squeeze(chosen, {-1}));
}

void WriteSparseCrossEntropyGrad(NodeExport& c) {
  const Var p = Softmax(c.in(0)), dy = c.Unsqueeze(c.in(2), {-1});
  const Var classes = Counted(c, c.shape(0).dim(-1));
  const Var is_label = Equal(c.Cast(Labels(c), DType::kInt64), classes);
  c.out(0, dy * (p - c.Cast(is_label, p.dtype)));
}

constexpr ExportRow kRows[] = {
    {"SigmoidCrossEntropy", WriteSigmoidCrossEntropy},
    {"SoftmaxCrossEntropy", WriteSoftmaxCrossEntropy},
    {"SoftmaxCrossEntropyGrad", WriteSoftmaxCrossEntropyGrad},
    {"SparseSoftmaxCrossEntropy", WriteSparseCrossEntropy},
    {"SparseSoftmaxCrossEntropyGrad", WriteSparseCrossEntropyGrad},
};

}  // namespace

absl::Span<const ExportRow> LossExportRows() { return kRows; }

}  // namespace dagrad::onnx
