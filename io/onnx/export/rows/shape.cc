// Ops that move elements without looking at them.
#include <algorithm>
#include <string>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kFarBack = -(int64_t{1} << 62);  // before every axis

void WriteIdentity(NodeExport& c) { c.out(0, c.Copy(c.in(0))); }

void WriteBroadcastTo(NodeExport& c) {
  c.out(0, c.Op("Expand", {c.in(0), c.SizesOf(c.out_shape())}));
}

// One dimension that is a symbol is left to the runtime.
void WriteReshape(NodeExport& c) {
  const Shape& shape = c.out_shape();
  int symbols = 0;
  bool has_zero = false;
  std::vector<int64_t> dims;
  for (const Dim& dim : shape.dims()) {
    symbols += dim.is_known() ? 0 : 1;
    has_zero |= dim == Dim(0);
    dims.push_back(dim.is_known() ? dim.value() : -1);
  }
  if (symbols > 1 || has_zero) return c.out(0, c.Reshape(c.in(0), shape));
  c.out(0, c.Op("Reshape", {c.in(0), c.Ints(dims)}));
}

Perm PermOf(const NodeExport& c) {
  Perm perm = c.attr<Perm>("perm");
  for (int64_t& axis : perm) axis = FromZero(axis, c.rank(0));
  if (!perm.empty()) return perm;
  perm = IdentityPerm(c.rank(0));
  std::reverse(perm.begin(), perm.end());
  return perm;
}

// No node: what reads the result takes it into its own permutation.
void WriteTranspose(NodeExport& c) {
  const NodeExport::Result x = c.stored(0);
  c.out(0, x.value, Then(x.perm, PermOf(c)));
}

// Of tensors that are all kept in one permutation, in that.
void WriteConcat(NodeExport& c) {
  const int64_t axis = FromZero(c.attr<int64_t>("axis"), c.out_rank());
  const Perm perm = c.stored(0).perm;
  std::vector<Var> values;
  bool are_alike = true;
  for (int i = 0; i < c.num_inputs(); ++i) {
    values.push_back(c.stored(i).value);
    are_alike &= c.stored(i).perm == perm;
  }
  if (are_alike) return c.out(0, c.Concat(values, perm[static_cast<size_t>(axis)]), perm);
  c.out(0, c.Concat(c.all_inputs(), axis));
}

void WritePad(NodeExport& c) {
  if (c.rank(0) == 0) return WriteIdentity(c);  // which has no axis; some runtimes refuse that
  std::vector<int64_t> pads = c.attr<std::vector<int64_t>>("low");
  const auto& high = c.attr<std::vector<int64_t>>("high");
  pads.insert(pads.end(), high.begin(), high.end());
  const std::string& mode = c.attr<std::string>("mode");
  const Var value = mode == "constant" ? c.Scalar(c.attr<double>("value"), c.dtype(0)) : Var();
  c.out(0, c.Op("Pad", {c.in(0), c.Ints(pads), value}, {{"mode", mode}}));
}

// Adds y's slices along `axis` to zeros of `result` at `places` of that axis.
Var ScatterAlong(NodeExport& c, const Var& y, const Shape& shape, const Shape& result, int axis,
                 const Var& places, bool add) {
  std::vector<int64_t> ones(static_cast<size_t>(shape.rank()), 1);
  ones[static_cast<size_t>(axis)] = -1;
  const Var aligned = c.Op("Reshape", {places, c.Ints(ones)});
  const Var indices = c.Op("Expand", {aligned, c.SizesOf(shape)});
  const Var zeros = c.Op("Expand", {c.Scalar(0, y.dtype), c.SizesOf(result)});
  NodeAttributes attrs = {{"axis", axis}};
  if (add) attrs.emplace_back("reduction", "add");
  return c.Op("ScatterElements", {zeros, indices, y}, attrs, y.dtype);
}

// Which element of an axis of n each element of the padded axis is.
std::vector<int64_t> SourcesOf(int64_t n, int64_t low, int64_t high, bool reflect) {
  std::vector<int64_t> sources;
  for (int64_t i = -low; i < n + high; ++i) {
    int64_t s = i;
    while (reflect && n > 1 && (s < 0 || s >= n)) s = s < 0 ? -s : 2 * (n - 1) - s;
    sources.push_back(std::clamp<int64_t>(s, 0, n - 1));
  }
  return sources;
}

void WritePadGrad(NodeExport& c) {
  const auto& low = c.attr<std::vector<int64_t>>("low");
  const auto& high = c.attr<std::vector<int64_t>>("high");
  const bool reflect = c.attr<std::string>("mode") == "reflect";
  Var y = c.in(0);
  Shape shape = c.shape(0);
  for (int a = 0; a < shape.rank(); ++a) {
    const auto at = static_cast<size_t>(a);
    if (low[at] == 0 && high[at] == 0) continue;
    const Dim& n = c.out_shape().dim(a);
    if (!n.is_known()) return c.Unsupported("of an axis that is a symbol");
    Shape result = shape;
    result.set_dim(a, n);
    const Var places = c.Ints(SourcesOf(n.value(), low[at], high[at], reflect));
    y = ScatterAlong(c, y, shape, result, a, places, /*add=*/true);
    shape = result;
  }
  c.out(0, c.Copy(y));
}

std::vector<int64_t> StridesOf(const NodeExport& c, int rank) {
  std::vector<int64_t> strides = c.attr<std::vector<int64_t>>("strides");
  strides.resize(strides.empty() ? static_cast<size_t>(rank) : strides.size(), 1);
  return strides;
}

// Where the axes are cut at all: start, start + size·stride, stride. An end before the axis is none
// of ONNX's, where numbers below 0 count from its end. Where it is not known whether the end is
// one, the walk goes on to the start of the axis, and is cut to its size behind.
void WriteSlice(NodeExport& c) {
  const Shape& from = c.attr<Shape>("starts");
  const std::vector<int64_t> strides = StridesOf(c, c.rank(0));
  std::vector<int64_t> axes, steps, cut_axes;
  Shape starts, ends, cut_sizes;
  for (int a = 0; a < c.rank(0); ++a) {
    const int64_t stride = strides[static_cast<size_t>(a)];
    const Dim &dim = c.shape(0).dim(a), &size = c.out_shape().dim(a);
    if (stride == 1 && size == dim) continue;
    const Dim end = from.dim(a) + size * Dim(stride);
    axes.push_back(a);
    steps.push_back(stride);
    const bool is_last = stride < 0 && from.dim(a) == dim - 1;
    starts.push_back(is_last ? Dim(-1) : from.dim(a));
    const bool is_far = stride < 0 && !end.is_known();
    ends.push_back(is_far ? Dim(kFarBack) : end);
    const Dim last = end - Dim(stride);
    if (!is_far || (last.is_known() && last.value() < -stride)) continue;
    cut_axes.push_back(a);
    cut_sizes.push_back(size);
  }
  if (axes.empty()) return WriteIdentity(c);
  Var y = c.Op("Slice", {c.in(0), c.SizesOf(starts), c.SizesOf(ends), c.Ints(axes), c.Ints(steps)});
  if (!cut_axes.empty()) {
    const Var zeros = c.Ints(std::vector<int64_t>(cut_axes.size(), 0));
    y = c.Op("Slice", {y, zeros, c.SizesOf(cut_sizes), c.Ints(cut_axes)});
  }
  c.out(0, y);
}

// Zeros around dy, or, with strides, between its elements.
void WriteSliceGrad(NodeExport& c) {
  if (c.rank(0) == 0) return WriteIdentity(c);
  const Shape& starts = c.attr<Shape>("starts");
  const std::vector<int64_t> strides = StridesOf(c, c.rank(0));
  Var y = c.in(0);
  Shape shape = c.shape(0), low, high;
  for (int a = 0; a < c.rank(0); ++a) {
    const int64_t stride = strides[static_cast<size_t>(a)];
    const Dim &n = c.shape(0).dim(a), &dim = c.out_shape().dim(a), &start = starts.dim(a);
    low.push_back(stride == 1 ? start : Dim(0));
    high.push_back(stride == 1 ? dim - start - n : Dim(0));
    if (stride == 1) continue;
    Shape result = shape;
    result.set_dim(a, dim);
    const Var places = Counted(c, n) * static_cast<double>(stride) + c.SizeOf(start);
    y = ScatterAlong(c, y, shape, result, a, places, /*add=*/false);
    shape = result;
  }
  for (const Dim& dim : high.dims()) low.push_back(dim);
  c.out(0, c.Op("Pad", {y, c.SizesOf(low), c.Scalar(0, y.dtype)}, {{"mode", "constant"}}));
}

void WriteSize(NodeExport& c) {
  const Var size = c.Squeeze(c.SizeOf(c.attr<Shape>("shape").NumElements()), {0});
  c.out(0, c.Cast(size, c.out_dtype()));
}

constexpr ExportRow kRows[] = {
    {"BindDim", WriteIdentity},        {"BroadcastTo", WriteBroadcastTo, Always},
    {"Concat", WriteConcat, Always},   {"Identity", WriteIdentity, Always},
    {"Pad", WritePad, Always},         {"PadGrad", WritePadGrad},
    {"Reshape", WriteReshape, Always}, {"Size", WriteSize, Always},
    {"Slice", WriteSlice, Always},     {"SliceGrad", WriteSliceGrad},
    {"StopGradient", WriteIdentity},   {"Transpose", WriteTranspose, Always},
};

}  // namespace

absl::Span<const ExportRow> ShapeExportRows() { return kRows; }

}  // namespace dagrad::onnx
