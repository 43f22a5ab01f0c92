// Normalization.
#include <algorithm>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

using AxesList = std::vector<int64_t>;

// Of no elements it is 0 here.
Var Mean(const Var& x, const AxesList& axes) {
  const Shape& shape = x.c->shape(0);
  const bool is_empty = std::any_of(axes.begin(), axes.end(), [&shape](int64_t a) {
    return shape.dim(static_cast<int>(a)) == Dim(0);
  });
  return x.c->Reduce(is_empty ? "ReduceSum" : "ReduceMean", x, axes);
}
Var Sum(const Var& x, const AxesList& axes, bool keepdims = false) {
  return axes.empty() ? x : x.c->Reduce("ReduceSum", x, axes, keepdims);
}

// All but the channels.
AxesList BatchAxes(const NodeExport& c) { return IdentityPerm(c.rank(0) - 1); }

void WriteBatchNorm(NodeExport& c) {
  const Var x = c.in(0);
  const AxesList axes = BatchAxes(c);
  const Var mean = Mean(x, axes), centered = x - mean;
  const Var variance = Mean(centered * centered, axes);
  const Var scale = c.in(1) / Sqrt(variance + c.attr<double>("epsilon"));
  c.out(0, centered * scale + c.in(2));
  c.out(1, c.Squeeze(mean, axes));
  c.out(2, c.Squeeze(variance, axes));
}

// dx = gamma r (dy - Σ dy / N - x̂ Σ dy x̂ / N).
void WriteBatchNormGrad(NodeExport& c) {
  const Var x = c.in(0), dy = c.in(4);
  const AxesList axes = BatchAxes(c);
  const Var r = 1 / Sqrt(c.in(3) + c.attr<double>("epsilon"));
  const Var normal = (x - c.in(2)) * r;
  const Var rest = dy - Mean(dy, axes) - normal * Mean(dy * normal, axes);
  c.out(0, c.in(1) * r * rest);
  c.out(1, Sum(dy * normal, axes));
  c.out(2, Sum(dy, axes));
}

AxesList RowAxes(const NodeExport& c) {
  AxesList axes;
  for (int64_t a = FromZero(c.attr<int64_t>("axis"), c.rank(0)); a < c.rank(0); ++a)
    axes.push_back(a);
  return axes;
}

// ONNX's op computes float64 in float32, and gives the statistics of halves in float32.
bool IsSameLayerNorm(const NodeExport& c) {
  return c.dtype(0) == DType::kFloat32 && !(c.shape(0).NumElements() == Dim(0));
}

void WriteLayerNorm(NodeExport& c) {
  const double epsilon = c.attr<double>("epsilon");
  if (IsSameLayerNorm(c)) {
    const int outputs = c.wants(2) ? 3 : c.wants(1) ? 2 : 1;
    const NodeAttributes attrs = {{"axis", c.attr<int64_t>("axis")}, {"epsilon", epsilon}};
    const auto results = c.Ops("LayerNormalization", c.all_inputs(), attrs, outputs);
    for (int i = 0; i < outputs; ++i) c.out(i, results[static_cast<size_t>(i)]);
    return;
  }
  const Var x = c.in(0);
  const AxesList axes = RowAxes(c);
  const Var mean = Mean(x, axes), centered = x - mean;
  const Var inverse = 1 / Sqrt(Mean(centered * centered, axes) + epsilon);
  c.out(0, centered * inverse * c.in(1) + c.in(2));
  c.out(1, mean);
  c.out(2, inverse);
}

// dx = inverse_stddev (g - mean of g - x̂ (mean of g x̂)), g = dy gamma.
void WriteLayerNormGrad(NodeExport& c) {
  const Var x = c.in(0), inverse = c.in(3), dy = c.in(4);
  const AxesList axes = RowAxes(c), rows = IdentityPerm(static_cast<int>(axes[0]));
  const Var normal = (x - c.in(2)) * inverse, g = dy * c.in(1);
  c.out(0, inverse * (g - Mean(g, axes) - normal * Mean(g * normal, axes)));
  c.out(1, Sum(dy * normal, rows));
  c.out(2, Sum(dy + 0.0, rows));
}

constexpr ExportRow kRows[] = {
    {"BatchNorm", WriteBatchNorm},
    {"BatchNormGrad", WriteBatchNormGrad},
    {"LayerNorm", WriteLayerNorm, IsSameLayerNorm},
    {"LayerNormGrad", WriteLayerNormGrad},
};

}  // namespace

absl::Span<const ExportRow> NormalizationExportRows() { return kRows; }

}  // namespace dagrad::onnx
