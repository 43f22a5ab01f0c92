// Steps of optimizers.
#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

struct Moments {
  Var w, g, m, v, step_size;
};

// m' = m + (g - m)(1 - beta_1), v' = v + (g² - v)(1 - beta_2), w' = w - step_size m' / (√v' + ε).
void WriteAdam(NodeExport& c, const Moments& s) {
  const Var m = s.m + (s.g - s.m) * (1 - c.attr<double>("beta_1"));
  const Var v = s.v + (s.g * s.g - s.v) * (1 - c.attr<double>("beta_2"));
  c.out(0, s.w - s.step_size * m / (Sqrt(v) + c.attr<double>("epsilon")));
  c.out(1, m);
  c.out(2, v);
}

void WriteAdamUpdate(NodeExport& c) { WriteAdam(c, {c.in(0), c.in(1), c.in(2), c.in(3), c.in(4)}); }

// The gradient is 0 but in the rows that are numbered.
void WriteAdamUpdateRows(NodeExport& c) {
  const Var w = c.in(0), indices = c.Unsqueeze(c.Cast(c.in(1), DType::kInt64), {-1});
  const Var zeros = c.Op("Expand", {c.Scalar(0, w.dtype), c.SizesOf(c.shape(0))});
  const Var g = c.Op("ScatterND", {zeros, indices, c.in(2)}, {{"reduction", "add"}}, w.dtype);
  WriteAdam(c, {w, g, c.in(3), c.in(4), c.in(5)});
}

// min(1, clipnorm / ‖all‖); the squares are summed in float64.
void WriteClipFactor(NodeExport& c) {
  Var sum;
  for (int i = 0; i < c.num_inputs(); ++i) {
    const Var x = c.Cast(c.in(i), DType::kFloat64);
    const Var squares = c.Reduce("ReduceSum", x * x, {}, false);
    sum = sum.valid() ? sum + squares : squares;
  }
  const Var factor = Min(c.attr<double>("clipnorm") / Sqrt(sum), c.Scalar(1, sum.dtype));
  c.out(0, c.Copy(c.Cast(factor, c.out_dtype())));
}

constexpr ExportRow kRows[] = {
    {"AdamUpdate", WriteAdamUpdate},
    {"AdamUpdateRows", WriteAdamUpdateRows},
    {"ClipFactor", WriteClipFactor},
};

}  // namespace

absl::Span<const ExportRow> TrainingExportRows() { return kRows; }

}  // namespace dagrad::onnx
