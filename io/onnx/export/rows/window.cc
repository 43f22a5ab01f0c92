#include "dagrad/io/onnx/export/rows/window.h"

#include <algorithm>
#include <string>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

// Elements before and after axis `a` of the image, as padding "same" means it (ops/nn/window).
std::optional<std::pair<int64_t, int64_t>> SamePads(const ExportWindow& w, int a) {
  const Dim &in = w.image.dim(a + 1), &out = w.result.dim(a + 1);
  if (!in.is_known() || !out.is_known()) return std::nullopt;
  const int64_t all =
      std::max<int64_t>((out.value() - 1) * w.strides[a] + w.extent(a) - in.value(), 0);
  return std::pair(all / 2, all - all / 2);
}

std::vector<int64_t> PadsOf(const NodeExport& c, const ExportWindow& w) {
  const std::string& padding = c.attr<std::string>("padding");
  if (padding == "valid") return {0, 0, 0, 0};
  const auto& given = c.attr<std::vector<int64_t>>("explicit_padding");
  if (padding == "explicit") return {given[0], given[2], given[1], given[3]};
  const auto rows = SamePads(w, 0), columns = SamePads(w, 1);
  if (!rows.has_value() || !columns.has_value()) return {};
  return {rows->first, columns->first, rows->second, columns->second};
}

}  // namespace

NodeAttributes ExportWindow::Attributes(bool with_dilations) const {
  NodeAttributes attrs = {{"kernel_shape", size}, {"strides", strides}};
  if (with_dilations) attrs.emplace_back("dilations", dilations);
  if (pads.empty()) {
    attrs.emplace_back("auto_pad", "SAME_UPPER");
  } else {
    attrs.emplace_back("pads", pads);
  }
  return attrs;
}

ExportWindow WindowOf(const NodeExport& c, std::vector<int64_t> size, const Shape& image,
                      const Shape& result) {
  ExportWindow w;
  w.size = std::move(size);
  w.strides = c.attr<std::vector<int64_t>>("strides");
  if (w.strides.empty()) w.strides = w.size;
  const Attribute* dilations = c.node().attrs.Find("dilations");
  w.dilations =
      dilations == nullptr ? std::vector<int64_t>{1, 1} : dilations->get<std::vector<int64_t>>();
  w.image = image;
  w.result = result;
  w.pads = PadsOf(c, w);
  return w;
}

ExportWindow PoolOf(const NodeExport& c, const Shape& image, const Shape& result) {
  return WindowOf(c, c.attr<std::vector<int64_t>>("pool_size"), image, result);
}

std::optional<std::vector<int64_t>> OutputPadding(const ExportWindow& w) {
  if (w.pads.empty()) return std::nullopt;
  std::vector<int64_t> padding;
  for (int a = 0; a < 2; ++a) {
    const Dim reached = (w.result.dim(a + 1) - 1) * w.strides[a] + w.extent(a);
    const Dim rest = w.image.dim(a + 1) + w.pads[a] + w.pads[a + 2] - reached;
    if (!rest.is_known()) return std::nullopt;
    padding.push_back(rest.value());
  }
  return padding;
}

bool HasPooling(const NodeExport& c) {
  const bool has_dtype = kHalvesAndFloats.Contains(c.dtype(0)) || c.opset() >= 22;
  return has_dtype && !(c.shape(0).NumElements() == Dim(0));
}

}  // namespace dagrad::onnx
