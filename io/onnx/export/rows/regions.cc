// Regions of images.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/io/onnx/export/rows/window.h"

namespace dagrad::onnx {
namespace {

bool IsSameRegions(const NodeExport& c) {
  return HasPooling(c) && FitsFloat(c.attr<double>("spatial_scale"), c.dtype(0));
}

// Images, with their channels at axis 1, and corners.
Var Regions(NodeExport& c, const Var& images, const Var& rois, const Var& batch_indices,
            NodeAttributes attrs) {
  const char* const mode = c.attr<bool>("half_pixel") ? "half_pixel" : "output_half_pixel";
  attrs.emplace_back("coordinate_transformation_mode", mode);
  attrs.emplace_back("sampling_ratio", c.attr<int64_t>("sampling_ratio"));
  return c.Op("RoiAlign", {images, rois, batch_indices}, attrs);
}

// Zeros of a shape where there is nothing to add up.
bool WriteNoRegions(NodeExport& c) {
  const bool is_empty = c.out_shape().NumElements() == Dim(0) ||
                        c.shape(0).NumElements() == Dim(0) || c.shape(1).dim(0) == Dim(0);
  if (is_empty) c.out(0, c.Op("Expand", {c.Scalar(0, c.out_dtype()), c.SizesOf(c.out_shape())}));
  return is_empty;
}

void WriteRoiAlign(NodeExport& c) {
  if (WriteNoRegions(c)) return;
  const double scale = c.attr<double>("spatial_scale");
  NodeAttributes attrs = {{"output_height", c.attr<int64_t>("height")},
                          {"output_width", c.attr<int64_t>("width")},
                          {"mode", c.attr<std::string>("mode")}};
  if (IsSameRegions(c)) {
    attrs.emplace_back("spatial_scale", NodeAttribute::Value(scale));
    return OutImage(c, Regions(c, ImageIn(c, 0), c.in(1), c.in(2), attrs));
  }
  OutImage(c, Widened(c, {ImageIn(c, 0), c.in(1)}, [&](const std::vector<Var>& v) {
             return Regions(c, v[0], v[1] * scale, c.in(2), attrs);
           }));
}

// [n, n].
Var Identity(NodeExport& c, const Dim& n, DType dtype) {
  const Var i = Counted(c, n);
  return c.Cast(Equal(c.Unsqueeze(i, {1}), c.Unsqueeze(i, {0})), dtype);
}

// The mean of a cell is Σ of row weight, column weight and pixel. RoiAlign itself gives the weights
// of the rows of each region, [m, 1, image's height, height], as the means of images of one column,
// of which channel i is 1 in row i; and so those of the columns.
void WriteRoiAlignGrad(NodeExport& c) {
  if (WriteNoRegions(c)) return;
  const Shape image = FirstChannels(c.out_shape());
  const Dim m = c.shape(1).dim(0);
  const Var first_image = c.Op("Expand", {c.Scalar(0, DType::kInt64), c.SizesOf(Shape({m}))});
  OutImage(c, Widened(c, {ImageIn(c, 0), c.in(1)}, [&](const std::vector<Var>& v) {
             const Var dy = v[0], rois = v[1] * c.attr<double>("spatial_scale");
             const auto corner = [&](int i) { return c.SliceAxis(rois, 1, i, i + 1); };
             const auto all = [&](double number) {
               return c.Op("Expand", {c.Scalar(number, dy.dtype), c.SizesOf(Shape({m, 1}))});
             };
             Var rows = Regions(c, c.Unsqueeze(Identity(c, image.dim(2), dy.dtype), {0, 3}),
                                c.Concat({all(0), corner(1), all(0.5), corner(3)}, 1), first_image,
                                {{"output_height", c.attr<int64_t>("height")}});
             Var columns = Regions(c, c.Unsqueeze(Identity(c, image.dim(3), dy.dtype), {0, 2}),
                                   c.Concat({corner(0), all(0), corner(2), all(0.5)}, 1),
                                   first_image, {{"output_width", c.attr<int64_t>("width")}});
             rows = c.Unsqueeze(c.Squeeze(rows, {3}), {1});
             columns = c.Transpose(c.Unsqueeze(c.Squeeze(columns, {2}), {1}), {0, 1, 3, 2});
             const Var zeros = c.Op("Expand", {c.Scalar(0, dy.dtype), c.SizesOf(image)});
             const Var places = c.Unsqueeze(c.in(2), {1});
             return c.Op("ScatterND", {zeros, places, c.MatMul(c.MatMul(rows, dy), columns)},
                         {{"reduction", "add"}});
           }));
}

// What ArgRoiAlign knows of its samples along one axis of the image.
struct AxisSamples {
  Var exist;    // bool [m, 1, samples], as many as the cell of the most has
  Var inside;   // bool [m, cells, samples]: of the image
  Var pixels;   // int64 [m, cells, samples, 2]
  Var weights;  // float64, likewise: of these pixels
};

// The corners are in x's dtype, as dagrad has them, and the rest in float64.
AxisSamples SamplesOf(NodeExport& c, const Var& first, const Var& last, int64_t cells,
                      const Dim& pixels) {
  const double scale = c.attr<double>("spatial_scale");
  const auto ratio = c.attr<int64_t>("sampling_ratio");
  const bool half_pixel = c.attr<bool>("half_pixel");
  const double offset = half_pixel ? 0.5 : 0;
  const Var start = first * scale - offset;
  Var length = last * scale - offset - start;
  if (!half_pixel) length = Max(length, c.Scalar(1, length.dtype));
  const auto aligned = [&](const Var& v) {
    return c.Unsqueeze(c.Cast(v, DType::kFloat64), {1, 2});
  };
  const Var cell = aligned(length / static_cast<double>(cells)), begin = aligned(start);
  const Var zero = c.Scalar(0, DType::kFloat64);
  Var samples = ratio > 0 ? cell * 0 + static_cast<double>(ratio) : c.Op("Ceil", {cell});
  // NaN minus itself is not 0, nor is infinity.
  const Var is_finite = Equal(cell - cell + (begin - begin), zero);
  const Var is_some = samples > 0.0, is_countable = samples < 0x1p52;
  samples = c.Where(And(is_finite, And(is_some, is_countable)), samples, zero);

  const Var most = c.Reduce("ReduceMax", samples, {}, false);
  const Var k = Counted(Max(most, c.Scalar(1, DType::kFloat64)));
  const Var i = c.Unsqueeze(Counted(c.Scalar(static_cast<double>(cells), k.dtype)), {1});
  const Var exist = k < samples;
  const Var p = begin + i * cell + (k + 0.5) * cell / samples;
  const Var size = c.Cast(c.SizeOf(pixels), DType::kFloat64);
  const Var is_in = And(c.Op("GreaterOrEqual", {p, zero - 1}), c.Op("LessOrEqual", {p, size}));
  const Var inside = And(exist, is_in);
  const Var q = c.Where(inside, Max(p, zero), zero), end = size - 1;
  const Var low = Min(c.Op("Floor", {q}), end), high = Min(low + 1, end);
  const Var t = c.Where(low < end, q - low, zero);
  const auto both = [&](const Var& a, const Var& b) {
    return c.Concat({c.Unsqueeze(a, {3}), c.Unsqueeze(b, {3})}, 3);
  };
  return {exist, inside, c.Cast(both(low, high), DType::kInt64), both(1 - t, t)};
}

// Places are those of the first channel, [m, height, width, terms], and a term is a pixel times its
// weight: of each sample, row by row, those of four pixels.
struct Terms {
  Var places, weights, count, is_missing;
};

Terms TermsOf(NodeExport& c, const AxisSamples& y, const AxisSamples& x, DType dtype) {
  const Shape& image = c.shape(0);
  const auto rows = [&](const Var& v) { return c.Unsqueeze(v, {2, 4, 6}); };
  const auto columns = [&](const Var& v) { return c.Unsqueeze(v, {1, 3, 5}); };
  const auto samples_of = [&](const Var& v) { return c.Unsqueeze(v, {3}); };
  const auto flat = [&](const Var& v) { return c.Op("Reshape", {v, c.Ints({0, 0, 0, -1})}); };
  const Var first_row = c.Unsqueeze(c.in(2) * c.SizeOf(image.dim(1)), {1, 2, 3, 4, 5, 6});
  const Var row = first_row + rows(y.pixels);
  const Var places = row * c.SizeOf(image.dim(2)) + columns(x.pixels);
  const Var weights = c.Cast(rows(y.weights) * columns(x.weights), dtype);
  const Var inside = And(rows(samples_of(y.inside)), columns(samples_of(x.inside)));
  const Var exist = And(rows(samples_of(y.exist)), columns(samples_of(x.exist)));
  const Var count = And(inside, Not(Equal(weights, c.Scalar(0, weights.dtype))));
  const Var is_missing = And(exist, Not(count));
  return {flat(places), flat(weights), flat(count), flat(is_missing)};
}

// The first of the largest terms, of which those of no weight and outside of the image are 0.
void WriteArgRoiAlign(NodeExport& c) {
  const Shape& image = c.shape(0);
  const Var size = c.SizeOf(image.dim(3)), channel = Counted(c, image.dim(3));
  if (image.NumElements() == Dim(0) || c.out_shape().NumElements() == Dim(0)) {
    c.out(0, c.Op("Expand", {channel, c.SizesOf(c.out_shape())}));
    return c.out(1, c.Op("Expand", {c.Scalar(0, c.out_dtype(1)), c.SizesOf(c.out_shape())}));
  }
  const DType dtype = ComputeDType(c.dtype(0));
  const Var rois = c.Cast(c.in(1), dtype);
  const auto corner = [&](int64_t i) { return c.Squeeze(c.SliceAxis(rois, 1, i, i + 1), {1}); };
  const Terms terms =
      TermsOf(c, SamplesOf(c, corner(1), corner(3), c.attr<int64_t>("height"), image.dim(1)),
              SamplesOf(c, corner(0), corner(2), c.attr<int64_t>("width"), image.dim(2)), dtype);
  const auto by_channel = [&](const Var& v) { return c.Unsqueeze(v, {4}); };
  const auto any = [&](const Var& v) {
    return by_channel(c.Reduce("ReduceMax", c.Cast(v, DType::kInt64), {3})) >
           c.Scalar(0, DType::kInt64);
  };
  const Var pixels = c.Op("Reshape", {c.Cast(c.in(0), dtype), c.Concat({c.Ints({-1}), size}, 0)});
  const Var values = c.Op("Gather", {pixels, terms.places}, {{"axis", 0}});
  const Var weights = c.Op("Expand", {by_channel(terms.weights), c.Op("Shape", {values})});
  const Var least = c.Scalar(-INFINITY, dtype), most = c.Scalar(INFINITY, dtype);
  const Var candidates = c.Where(by_channel(terms.count), values * weights, least);
  const Var is_nan = c.Op("IsNaN", {candidates}, {}, DType::kBool);
  const Var first =
      c.Op("ArgMax", {c.Where(is_nan, most, candidates)}, {{"axis", 3}}, DType::kInt64);
  const auto best = [&](const Var& v) { return c.Op("GatherElements", {v, first}, {{"axis", 3}}); };
  const Var is_below = And(any(terms.is_missing), best(candidates) < 0.0);
  const Var is_zero = c.Op("Or", {Not(any(terms.count)), is_below}, {}, DType::kBool);
  const Var place = best(by_channel(terms.places) * size + channel);
  c.out(0, c.Squeeze(c.Where(is_zero, channel, place), {3}));
  const Var weight = c.Where(is_zero, c.Scalar(0, dtype), best(weights));
  c.out(1, c.Cast(c.Squeeze(weight, {3}), c.out_dtype(1)));
}

constexpr ExportRow kRows[] = {
    {"ArgRoiAlign", WriteArgRoiAlign},
    {"RoiAlign", WriteRoiAlign, IsSameRegions},
    {"RoiAlignGrad", WriteRoiAlignGrad},
};

}  // namespace

absl::Span<const ExportRow> RegionExportRows() { return kRows; }

}  // namespace dagrad::onnx
