// Resize and Upsample: along each axis that changes, a gather of the nearest element, or the sum of
// gathers times weights that are made at import. Where antialias takes many elements into each, the
// product with a matrix of weights.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::onnx {
namespace {

// How the node computes, for all axes.
struct Method {
  std::string mode, coordinates, nearest;
  bool antialias = false, exclude_outside = false;
  double cubic_a = -0.75, extrapolation = 0;
};

// One axis: its sizes, the scale, and the part of it that is meant (tf_crop_and_resize). Of one
// whose size is a symbol, `in` is kSymbol.
constexpr int64_t kSymbol = -1;
struct Axis {
  int64_t in = 0, out = 0;
  double scale = 1, start = 0, end = 1;
};

// A multiple of 1/2 where the number is one up to the rounding of a scale to float32: 3 of 1 /
// 0.33333334.
double Snapped(double x) {
  const double near = std::round(2 * x) / 2;
  return std::abs(x - near) <= std::abs(near) * 0x1p-22 ? near : x;
}

// Place in the input, counted in elements, of element i of the result.
double ExactPlaceOf(const Method& m, const Axis& a, int64_t i) {
  const auto x = static_cast<double>(i), in = static_cast<double>(a.in);
  const double out = a.scale * in;  // as the specification has it: not rounded
  if (m.coordinates == "align_corners") return out == 1 ? 0 : x * (in - 1) / (out - 1);
  if (m.coordinates == "asymmetric") return x / a.scale;
  if (m.coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / a.scale;
  if (m.coordinates == "pytorch_half_pixel" && out == 1) return -0.5;
  if (m.coordinates == "tf_crop_and_resize") {
    const double part = (a.end - a.start) * (in - 1);
    return a.start * (in - 1) + (out == 1 ? part / 2 : x * part / (out - 1));
  }
  const double place = (x + 0.5) / a.scale - 0.5;
  if (m.coordinates != "half_pixel_symmetric") return place;
  return place + in / 2 * (1 - static_cast<double>(a.out) / out);
}

double PlaceOf(const Method& m, const Axis& a, int64_t i) { return Snapped(ExactPlaceOf(m, a, i)); }

int64_t NearestTo(const Method& m, double place) {
  if (m.nearest == "floor") return static_cast<int64_t>(std::floor(place));
  if (m.nearest == "ceil") return static_cast<int64_t>(std::ceil(place));
  if (m.nearest == "round_prefer_ceil") return static_cast<int64_t>(std::floor(place + 0.5));
  return static_cast<int64_t>(std::ceil(place - 0.5));
}

// The weight of an element at `distance`.
double Kernel(const Method& m, double distance) {
  const double d = std::abs(distance), a = m.cubic_a;
  if (m.mode == "linear") return std::max(1 - d, 0.0);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

// With antialias the kernel grows as the axis shrinks.
double NarrowOf(const Method& m, const Axis& a) {
  return m.antialias ? std::min(a.scale, 1.0) : 1.0;
}

// How far from its place an element of the result takes elements.
double ReachOf(const Method& m, const Axis& a) {
  return (m.mode == "linear" ? 1 : 2) / NarrowOf(m, a);
}

// Calls f(place, weight) for all that element i of the result takes part of.
template <typename F>
void ForEachWeight(const Method& m, const Axis& a, int64_t i, F f) {
  const double place = PlaceOf(m, a, i);
  const double narrow = NarrowOf(m, a), reach = ReachOf(m, a);
  const auto first = static_cast<int64_t>(std::floor(place - reach)) + 1;
  const auto last = static_cast<int64_t>(std::ceil(place + reach)) - 1;
  double sum = 0;
  for (int64_t j = first; j <= last; ++j) {
    const bool outside = j < 0 || j >= a.in;
    if (!(outside && m.exclude_outside))
      sum += Kernel(m, (static_cast<double>(j) - place) * narrow);
  }
  for (int64_t j = first; j <= last; ++j) {
    const bool outside = j < 0 || j >= a.in;
    if (outside && m.exclude_outside) continue;
    f(std::clamp<int64_t>(j, 0, a.in - 1),
      Kernel(m, (static_cast<double>(j) - place) * narrow) / sum);
  }
}

bool IsOutside(const Method& m, const Axis& a, int64_t i) {
  const double place = PlaceOf(m, a, i);
  return m.coordinates == "tf_crop_and_resize" &&
         (place < 0 || place > static_cast<double>(a.in - 1));
}

// The shape of one number for each of `size` elements of an axis of x.
Shape Along(const Value& x, int axis, int64_t size) {
  Shape shape;
  for (int k = 0; k < x.rank(); ++k) shape.push_back(k == axis ? Dim(size) : Dim(1));
  return shape;
}

Value WithoutOutside(NodeImport& c, const Method& m, const Axis& a, Value y, int axis) {
  absl::StatusOr<Tensor> inside = Tensor::Allocate(DType::kBool, {a.out});
  if (!inside.ok()) return c.Fail(inside.status()), y;
  bool all = true;
  for (int64_t i = 0; i < a.out; ++i) {
    inside->mutable_data<bool>()[i] = !IsOutside(m, a, i);
    all &= !IsOutside(m, a, i);
  }
  if (all) return y;
  return Select(Reshape(Constant(c.builder(), *inside), Along(y, axis, a.out)), y,
                Scalar(y, m.extrapolation));
}

Value NearestAlong(NodeImport& c, const Method& m, const Axis& a, Value x, int axis) {
  std::vector<int64_t> places;
  for (int64_t i = 0; i < a.out; ++i)
    places.push_back(std::clamp<int64_t>(NearestTo(m, PlaceOf(m, a, i)), 0, a.in - 1));
  const Value at = Constant(c.builder(), Tensor::Of<int64_t>({a.out}, places));
  return Gather(x, at, {.axis = axis});
}

// By [tap][element of the result]: what each takes.
struct Taps {
  Taps(size_t count, int64_t out)
      : places(count, std::vector<int64_t>(static_cast<size_t>(out))),
        weights(count, std::vector<double>(static_cast<size_t>(out))) {}
  std::vector<std::vector<int64_t>> places;
  std::vector<std::vector<double>> weights;
};

// Where fewer taps than `count` weigh anything, the others share the weight of the heaviest: no
// element is multiplied by 0, which would be NaN of one that is infinite.
Taps TapsOf(const Method& m, const Axis& a, size_t count) {
  Taps taps(count, a.out);
  for (size_t i = 0; i < static_cast<size_t>(a.out); ++i) {
    size_t used = 0, heaviest = 0;
    ForEachWeight(m, a, static_cast<int64_t>(i), [&](int64_t place, double weight) {
      if (weight == 0 || used == count) return;
      taps.places[used][i] = place;
      taps.weights[used][i] = weight;
      if (std::abs(weight) > std::abs(taps.weights[heaviest][i])) heaviest = used;
      ++used;
    });
    for (; used < count; ++used) {
      taps.places[used][i] = taps.places[heaviest][i];
      taps.weights[used][i] = taps.weights[heaviest][i] /= 2;
    }
  }
  return taps;
}

Value SumOfTaps(NodeImport& c, const Taps& taps, Value x, int axis) {
  const auto out = static_cast<int64_t>(taps.places[0].size());
  Value sum;
  for (size_t k = 0; k < taps.places.size(); ++k) {
    const auto weights = Tensor::Of<double>({out}, taps.weights[k]).Cast(x.dtype());
    if (!weights.ok()) return c.Fail(weights.status()), x;
    const Value at = Constant(c.builder(), Tensor::Of<int64_t>({out}, taps.places[k]));
    const Value by = Reshape(Constant(c.builder(), *weights), Along(x, axis, out));
    const Value term = Gather(x, at, {.axis = axis}) * by;
    sum = sum.valid() ? sum + term : term;
  }
  return sum;
}

Value ByMatrix(NodeImport& c, const Method& m, const Axis& a, Value x, int axis) {
  constexpr int64_t kMost = int64_t{1} << 26;
  if (a.out * a.in > kMost)
    return c.Unsupported(absl::StrCat("antialias from ", a.in, " to ", a.out, " elements")), x;
  if (!c.Takes(a.out * a.in * (2 * 8 + DTypeSize(x.dtype())), "a matrix of weights")) return x;
  std::vector<double> weights(static_cast<size_t>(a.out * a.in));
  for (int64_t i = 0; i < a.out; ++i) {
    ForEachWeight(m, a, i, [&](int64_t place, double weight) {
      weights[static_cast<size_t>(i * a.in + place)] += weight;
    });
  }
  const auto matrix = Tensor::Of<double>({a.out, a.in}, weights).Cast(x.dtype());
  if (!matrix.ok()) return c.Fail(matrix.status()), x;
  const Value w = Constant(c.builder(), *matrix);
  // [out, in] times […, in, rest] along the axis before the last, or […, in] times its transpose.
  if (axis == x.rank() - 2) return MatMul(w, x);
  const int last = x.rank() - 1;
  return MoveAxis(MatMul(MoveAxis(x, axis, last), w, {.transpose_b = true}), last, axis);
}

Value ResizeAlong(NodeImport& c, const Method& m, const Axis& a, Value x, int axis) {
  constexpr double kMostTaps = 8;
  if (m.mode == "nearest") return WithoutOutside(c, m, a, NearestAlong(c, m, a, x, axis), axis);
  const double taps = std::ceil(2 * ReachOf(m, a));
  const Value y = taps > kMostTaps ? ByMatrix(c, m, a, x, axis)
                                   : SumOfTaps(c, TapsOf(m, a, static_cast<size_t>(taps)), x, axis);
  return WithoutOutside(c, m, a, y, axis);
}

// In what linear and cubic weights are taken: halves are rounded once, and integers in the end.
DType DTypeOfSums(DType dtype) {
  if (IsFloating(dtype)) return ComputeDType(dtype);
  return DTypeSize(dtype) < 4 ? DType::kFloat32 : DType::kFloat64;
}

// Whether each element of an axis whose size is a symbol is repeated `a.scale` times: by a whole
// number, in a way that never looks at the size.
bool IsRepeat(const Method& m, const Axis& a) {
  if (m.mode != "nearest" || a.scale < 1 || a.scale != std::floor(a.scale) || a.scale > 1e6)
    return false;
  const bool by_half = m.coordinates == "half_pixel" || m.coordinates == "half_pixel_symmetric";
  const bool by_floor = m.coordinates == "asymmetric" && m.nearest == "floor";
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
void SetSize(NodeImport& c, double out, Axis* a) {
  const bool fits = out >= 0 && out <= 1e6 && (a->in > 0 || out == 0);
  if (!fits) return c.Invalid(absl::StrCat("an axis of ", a->in, " elements by ", out));
  a->out = static_cast<int64_t>(out);
}

// Sizes that are to keep the image's proportions.
void KeepProportions(NodeImport& c, const std::string& policy, const std::vector<Axis*>& axes) {
  double scale = axes[0]->scale;
  for (const Axis* a : axes)
    scale = policy == "not_larger" ? std::min(scale, a->scale) : std::max(scale, a->scale);
  for (Axis* a : axes) {
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

// Sizes and scales of all axes of x.
std::vector<Axis> ReadAxes(NodeImport& c, const Method& m, int scales_at, int sizes_at,
                           int roi_at) {
  const Shape x = c.shape(0);
  const int rank = x.rank();
  std::vector<Axis> axes(static_cast<size_t>(rank));
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
  std::vector<Axis*> changed;
  for (size_t i = 0; i < meant.size() && c.ok(); ++i) {
    Axis& a = axes[static_cast<size_t>(meant[i])];
    const Dim dim = x.dim(static_cast<int>(meant[i]));
    if (!by_sizes && scales[i] == 1 && roi.empty()) continue;
    if (by_sizes && !dim.is_known() && sizes[i] == dim && roi.empty()) continue;
    if (by_sizes && !NumberOf(sizes[i]).has_value()) {
      c.Fail(NeedOfConstant(absl::StrCat("size ", sizes[i].ToString(), " of axis ", meant[i])));
      continue;
    }
    if (!dim.is_known()) {
      a = {.in = kSymbol, .scale = by_sizes ? 0 : scales[i]};
      if (!IsRepeat(m, a)) c.Unsupported("another size for an axis that is a symbol");
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
  const std::string policy =
      c.Choice("keep_aspect_ratio_policy", "stretch", {"stretch", "not_larger", "not_smaller"});
  if (by_sizes && policy != "stretch" && !changed.empty()) KeepProportions(c, policy, changed);
  return axes;
}

void ResizeBy(NodeImport& c, const Method& m, const std::vector<Axis>& axes) {
  const bool last = c.IsChannelsLast(0);
  Value y = last ? c.in_channels_last(0) : c.in(0);
  if (!c.ok()) return;
  const int rank = y.rank();
  const std::vector<int64_t> places =
      last && rank >= 3 ? ToChannelsLast(rank) : std::vector<int64_t>();
  const bool crops = m.coordinates == "tf_crop_and_resize";
  const DType dtype = y.dtype(), of_sums = m.mode == "nearest" ? dtype : DTypeOfSums(dtype);
  for (int place = 0; place < rank && c.ok(); ++place) {
    const Axis& a = axes[static_cast<size_t>(places.empty() ? place : places[place])];
    if (a.in == 0 || (a.in == a.out && a.scale == 1 && !crops)) continue;
    y = InDType(y, of_sums);
    y = a.in == kSymbol ? Repeat(y, place, static_cast<int64_t>(a.scale))
                        : ResizeAlong(c, m, a, y, place);
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
  Method m = {.mode = c.Choice("mode", "nearest", {"nearest", "linear", "cubic"}),
              .coordinates = c.Choice(
                  "coordinate_transformation_mode", is_old ? "asymmetric" : "half_pixel",
                  {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                   "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"}),
              .nearest = c.Choice("nearest_mode", is_old ? "floor" : "round_prefer_floor",
                                  {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}),
              .antialias = c.Int("antialias", 0) != 0,
              .exclude_outside = c.Int("exclude_outside", 0) != 0,
              .cubic_a = c.Real("cubic_coeff_a", -0.75),
              .extrapolation = c.Real("extrapolation_value", 0)};
  const bool crops = m.coordinates == "tf_crop_and_resize";
  const std::vector<Axis> axes =
      is_old ? ReadAxes(c, m, 1, -1, -1) : ReadAxes(c, m, 2, 3, crops ? 1 : -1);
  if (c.ok()) ResizeBy(c, m, axes);
}

void ImportUpsample(NodeImport& c) {
  const std::string mode = c.Choice("mode", "nearest", {"nearest", "linear", "bilinear"});
  const Method m = {.mode = mode == "bilinear" ? "linear" : mode,
                    .coordinates = "asymmetric",
                    .nearest = "floor"};
  const std::vector<Axis> axes = ReadAxes(c, m, c.version() < 9 ? -1 : 1, -1, -1);
  if (c.ok()) ResizeBy(c, m, axes);
}

constexpr Row kRows[] = {
    {"Resize", ImportResize, 4},
    {"Upsample", ImportUpsample, 2},
};

}  // namespace

absl::Span<const Row> ResizeRows() { return kRows; }

}  // namespace dagrad::onnx
