// Values that come from no other value.
#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

void WriteConstant(NodeExport& c) {
  c.out(0, c.Op("Constant", {}, {{"value", c.attr<Tensor>("value")}}));
}

bool IsSameFull(const NodeExport& c) {
  return c.out_dtype() != DType::kBFloat16 || c.opset() >= 20;
}
void WriteFull(NodeExport& c) {
  const double value = c.attr<double>("value");
  const Var sizes = c.SizesOf(c.out_shape());
  if (!IsSameFull(c)) return c.out(0, c.Op("Expand", {c.Scalar(value, c.out_dtype()), sizes}));
  c.out(0, c.Op("ConstantOfShape", {sizes}, {{"value", Tensor::Full(c.out_dtype(), {1}, value)}}));
}

void WriteIota(NodeExport& c) {
  const int64_t axis = FromZero(c.attr<int64_t>("axis"), c.out_rank());
  const Shape& shape = c.out_shape();
  const Var i = Counted(c, shape.dim(static_cast<int>(axis)));
  std::vector<int64_t> others;
  for (int64_t a = 0; a < shape.rank(); ++a) {
    if (a != axis) others.push_back(a);
  }
  const Var aligned = others.empty() ? i : c.Unsqueeze(i, others);
  c.out(0, c.Op("Expand", {c.Cast(aligned, c.out_dtype()), c.SizesOf(shape)}));
}

constexpr ExportRow kRows[] = {
    {"Constant", WriteConstant, Always},
    {"Full", WriteFull, IsSameFull},
    {"Iota", WriteIota},
};

}  // namespace

absl::Span<const ExportRow> CreationExportRows() { return kRows; }

}  // namespace dagrad::onnx
