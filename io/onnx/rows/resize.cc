// Resize and Upsample: along each axis that changes, a gather of the nearest element, or the
// product with a sparse matrix of weights.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/resize_weights.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// The shape of one number for each of `size` elements of an axis of x.
Shape Along(const Value& x, int axis, int64_t size) {
  Shape shape;
  for (int k = 0; k < x.rank(); ++k) shape.push_back(k == axis ? Dim(size) : Dim(1));
  return shape;
}

Value WithoutOutside(NodeImport& c, const ResizeMethod& m, const ResizedAxis& a, Value y,
                     int axis) {
  absl::StatusOr<Tensor> inside = Tensor::Allocate(DType::kBool, {a.out});
  if (!inside.ok()) return c.Fail(inside.status()), y;
  bool all = true;
  for (int64_t i = 0; i < a.out; ++i) {
    inside->mutable_data<bool>()[i] = !IsOutside(m, a, i);
    all &= !IsOutside(m, a, i);
  }
  if (all) return y;
  return Select(Reshape(Constant(c.builder(), *inside), Along(y, axis, a.out)), y,
                Scalar(y, IsFloating(y.dtype()) ? m.extrapolation : std::trunc(m.extrapolation)));
}

Value NearestAlong(NodeImport& c, const ResizeMethod& m, const ResizedAxis& a, Value x, int axis) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < a.out; ++i) places.push_back(NearestTo(m, a, i));
  const Value at = Constant(c.builder(), Tensor::Of<int64_t>({a.out}, places));
  return Gather(x, at, {.axis = axis});
}

Value ResizeAlong(NodeImport& c, const ResizeMethod& m, const ResizedAxis& a, Value x, int axis) {
  if (m.mode == "nearest") return WithoutOutside(c, m, a, NearestAlong(c, m, a, x, axis), axis);
  // In the matrix, and again in the node.
  if (!c.Takes(a.out * MostTerms(m, a) * 2 * (8 + 8), "weights")) return x;
  SparseMatrix matrix;
  for (int64_t i = 0; i < a.out; ++i) {
    for (const ResizeTerm& t : TermsOf(m, a, i)) matrix.Add(t.place, t.weight);
    matrix.EndRow();
  }
  return WithoutOutside(c, m, a, SparseMatMul(matrix, x, {.axis = axis}), axis);
}

// In what linear and cubic weights are taken: halves are rounded once, and integers in the end.
DType DTypeOfSums(DType dtype) {
  if (IsFloating(dtype)) return ComputeDType(dtype);
  return DTypeSize(dtype) < 4 ? DType::kFloat32 : DType::kFloat64;
}

// Whether a symbolic size grows by a whole number of times.
bool IsWhole(const ResizedAxis& a) {
  constexpr double kMost = 1e6;
  return a.scale >= 1 && a.scale <= kMost && a.scale == std::floor(a.scale);
}

// Whether each element of an axis whose size is a symbol is repeated `a.scale` times: by a whole
// number, in a way that never looks at the size.
bool IsRepeat(const ResizeMethod& m, const ResizedAxis& a) {
  if (m.mode != "nearest" || !IsWhole(a)) return false;
  const bool by_half = m.coordinates == "half_pixel" || m.coordinates == "half_pixel_symmetric";
  const bool by_floor =
      m.coordinates == "asymmetric" && (m.nearest == "floor" || m.nearest == kSimple);
  return by_floor ||
         (by_half && (m.nearest == "round_prefer_floor" || m.nearest == "round_prefer_ceil"));
}

Value Repeat(Value x, int axis, int64_t times) {
  Shape apart, many, joined = x.shape();
  for (int a = 0; a < x.rank(); ++a) {
    apart.push_back(x.dim(a));
    many.push_back(x.dim(a));
    if (a == axis) apart.push_back(1), many.push_back(times);
  }
  SetDim(&joined, axis, x.dim(axis) * times);
  return Reshape(BroadcastTo(Reshape(x, apart), many), joined);
}

// Whether the elements that each element of such an axis takes do not depend on the size.
bool IsByPhases(const ResizeMethod& m, const ResizedAxis& a) {
  constexpr double kMostPhases = 64;
  return m.mode != "nearest" && IsWhole(a) && a.scale <= kMostPhases && !m.exclude_outside &&
         (m.coordinates == "half_pixel" || m.coordinates == "half_pixel_symmetric" ||
          m.coordinates == "pytorch_half_pixel" || m.coordinates == "asymmetric");
}

// Elements i · times + p, for each p, are sums of x shifted by some places, with weights as in the
// middle of a long axis; beyond the ends stands what is there.
Value ByPhases(const ResizeMethod& m, const ResizedAxis& a, Value x, int axis) {
  constexpr int64_t kMiddle = 8, kReach = 2;
  const auto times = static_cast<int64_t>(a.scale);
  const ResizedAxis middle = {.in = 2 * kMiddle, .out = 2 * kMiddle * times, .scale = a.scale};
  std::vector<int64_t> beyond(static_cast<size_t>(x.rank()));
  beyond[static_cast<size_t>(axis)] = kReach;
  const Value padded = Pad(x, beyond, beyond, {.mode = "edge"});
  std::vector<Value> phases;
  for (int64_t p = 0; p < times; ++p) {
    Value sum;
    for (const ResizeTerm& t : TermsOf(m, middle, kMiddle * times + p)) {
      if (t.weight == 0) continue;
      const int64_t begin = t.place - kMiddle + kReach;
      const Value term =
          SliceAxis(padded, axis, {.start = begin, .limit = x.dim(axis) + begin}) * t.weight;
      sum = sum.valid() ? sum + term : term;
    }
    phases.push_back(ExpandDims(sum, axis + 1));
  }
  Shape joined = x.shape();
  SetDim(&joined, axis, x.dim(axis) * times);
  return Reshape(Concat(phases, axis + 1), joined);
}

// The axes that the scales or sizes are of.
std::vector<int64_t> AxesOfResize(NodeImport& c, int rank) {
  std::vector<int64_t> axes = c.Ints("axes");
  const bool all = axes.empty();
  for (int a = 0; all && a < rank; ++a) axes.push_back(a);
  for (int64_t& a : axes) a = AxisOf(c, a, rank);
  return axes;
}

bool IsGiven(const NodeImport& c, int i) {
  const Imported* v = c.imported(i);
  return v != nullptr && !(v->constant.has_value() && v->constant->num_elements() == 0);
}

// Gives the axis the size `out`, a whole number.
void SetSize(NodeImport& c, double out, ResizedAxis* a) {
  const bool fits = out >= 0 && out <= 1e6 && (a->in > 0 || out == 0);
  if (!fits) return c.Invalid(absl::StrCat("an axis of ", a->in, " elements by ", out));
  a->out = static_cast<int64_t>(out);
}

// Sizes that are to keep the image's proportions.
void KeepProportions(NodeImport& c, const std::string& policy,
                     const std::vector<ResizedAxis*>& axes) {
  double scale = axes[0]->scale;
  for (const ResizedAxis* a : axes)
    scale = policy == "not_larger" ? std::min(scale, a->scale) : std::max(scale, a->scale);
  for (ResizedAxis* a : axes) {
    a->scale = scale;
    SetSize(c, std::floor(scale * static_cast<double>(a->in) + 0.5), a);
  }
}

// Start and end of each axis that is meant, as parts of it: numbers at which places are integers.
std::vector<double> ReadRoi(NodeImport& c, int roi_at) {
  if (roi_at < 0 || !IsGiven(c, roi_at)) return {};
  const std::vector<double> roi = c.Floats(roi_at);
  for (double v : roi) {
    if (!(std::abs(v) <= 1e6)) c.Invalid(absl::StrCat("roi has a ", v));
  }
  return roi;
}

// How many times `dim` is in `size`, which may be symbols; 0 if that is no whole number for all.
double TimesOf(const Dim& size, const Dim& dim) {
  const std::optional<Dim> times = Dim::ExactDiv(size, dim);
  return times.has_value() && times->is_known() ? static_cast<double>(times->value()) : 0;
}

// Sizes and scales of all axes of x.
std::vector<ResizedAxis> ReadAxes(NodeImport& c, const ResizeMethod& m, int scales_at, int sizes_at,
                                  int roi_at) {
  const Shape x = c.shape(0);
  const int rank = x.rank();
  std::vector<ResizedAxis> axes(static_cast<size_t>(rank));
  const std::vector<int64_t> meant = AxesOfResize(c, rank);
  const bool by_sizes = sizes_at > 0 && IsGiven(c, sizes_at);
  std::vector<double> scales = c.Reals("scales");
  if (scales_at > 0 && !by_sizes) scales = c.Floats(scales_at);
  const std::vector<Dim> sizes = by_sizes ? c.Dims(sizes_at) : std::vector<Dim>();
  const std::vector<double> roi = ReadRoi(c, roi_at);
  const size_t given = by_sizes ? sizes.size() : scales.size();
  if (given != meant.size() || (!roi.empty() && roi.size() != 2 * meant.size())) {
    c.Invalid("scales, sizes or roi do not fit the axes");
    return axes;
  }
  const std::string policy =
      c.Choice("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  std::vector<ResizedAxis*> changed;
  for (size_t i = 0; i < meant.size() && c.ok(); ++i) {
    ResizedAxis& a = axes[static_cast<size_t>(meant[i])];
    const Dim dim = x.dim(static_cast<int>(meant[i]));
    if (!by_sizes && scales[i] == 1 && roi.empty()) continue;
    if (by_sizes && !dim.is_known() && sizes[i] == dim && roi.empty()) continue;
    if (!dim.is_known()) {
      a = {.in = kSymbol, .scale = by_sizes ? TimesOf(sizes[i], dim) : scales[i]};
      if ((by_sizes && policy != "stretch") || !(IsRepeat(m, a) || IsByPhases(m, a)))
        c.Unsupported("another size for an axis that is a symbol");
      continue;
    }
    if (by_sizes && !NumberOf(sizes[i]).has_value()) {
      c.Fail(NeedOfConstant(absl::StrCat("size ", sizes[i].ToString(), " of axis ", meant[i])));
      continue;
    }
    a.in = dim.value();
    const double out = by_sizes ? static_cast<double>(*NumberOf(sizes[i]))
                                : std::floor(Snapped(static_cast<double>(a.in) * scales[i]));
    SetSize(c, out, &a);
    if (a.in == 0 || !c.ok()) continue;
    a.scale = by_sizes ? out / static_cast<double>(a.in) : scales[i];
    if (!roi.empty()) a.start = roi[i], a.end = roi[i + meant.size()];
    changed.push_back(&a);
  }
  if (by_sizes && policy != "stretch" && !changed.empty()) KeepProportions(c, policy, changed);
  return axes;
}

void ResizeBy(NodeImport& c, const ResizeMethod& m, const std::vector<ResizedAxis>& axes) {
  const bool last = c.IsChannelsLast(0);
  Value y = last ? c.in_channels_last(0) : c.in(0);
  if (!c.ok()) return;
  const int rank = y.rank();
  const std::vector<int64_t> places =
      last && rank >= 3 ? ToChannelsLast(rank) : std::vector<int64_t>();
  const bool crops = m.coordinates == "tf_crop_and_resize";
  const DType dtype = y.dtype(), of_sums = m.mode == "nearest" ? dtype : DTypeOfSums(dtype);
  for (int place = 0; place < rank && c.ok(); ++place) {
    const ResizedAxis& a = axes[static_cast<size_t>(places.empty() ? place : places[place])];
    if (a.in == 0 || (a.in == a.out && a.scale == 1 && !crops)) continue;
    y = InDType(y, of_sums);
    if (a.in != kSymbol) {
      y = ResizeAlong(c, m, a, y, place);
    } else {
      y = m.mode == "nearest" ? Repeat(y, place, static_cast<int64_t>(a.scale))
                              : ByPhases(m, a, y, place);
    }
  }
  // A cast to integers ends at the ends of their range.
  if (y.dtype() != dtype) y = Cast(IsFloating(dtype) ? y : Round(y), dtype);
  if (last) {
    c.out_channels_last(0, Identity(y));
  } else {
    c.out(0, Identity(y));
  }
}

void ImportResize(NodeImport& c) {
  const bool is_old = c.version() < 11;
  ResizeMethod m = {
      .mode = c.Choice("mode", "nearest", {"nearest", "linear", "cubic"}),
      .coordinates =
          c.Choice("coordinate_transformation_mode", is_old ? "asymmetric" : "half_pixel",
                   {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                    "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"}),
      .nearest = c.Choice("nearest_mode", "round_prefer_floor",
                          {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}),
      .antialias = c.Int("antialias", 0) != 0,
      .exclude_outside = c.Int("exclude_outside", 0) != 0,
      .cubic_a = c.Real("cubic_coeff_a", -0.75),
      .extrapolation = c.Real("extrapolation_value", 0)};
  if (is_old) m.nearest = std::string(kSimple);
  const bool crops = m.coordinates == "tf_crop_and_resize";
  const std::vector<ResizedAxis> axes =
      is_old ? ReadAxes(c, m, 1, -1, -1) : ReadAxes(c, m, 2, 3, crops ? 1 : -1);
  if (c.ok()) ResizeBy(c, m, axes);
}

void ImportUpsample(NodeImport& c) {
  const std::string mode = c.Choice("mode", "nearest", {"nearest", "linear", "bilinear"});
  const ResizeMethod m = {.mode = mode == "bilinear" ? "linear" : mode,
                          .coordinates = "asymmetric",
                          .nearest = "floor"};
  const std::vector<ResizedAxis> axes = ReadAxes(c, m, c.version() < 9 ? -1 : 1, -1, -1);
  if (c.ok()) ResizeBy(c, m, axes);
}

constexpr Row kRows[] = {
    {"Resize", ImportResize, 4},
    {"Upsample", ImportUpsample, 2},
};

}  // namespace

absl::Span<const Row> ResizeRows() { return kRows; }

}  // namespace dagrad::onnx
