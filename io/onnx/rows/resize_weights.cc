#include "dagrad/io/onnx/rows/resize_weights.h"

#include <algorithm>
#include <cmath>

namespace dagrad::onnx {
namespace {

// Place in the input, counted in elements, of element i of the result.
double ExactPlaceOf(const ResizeMethod& m, const ResizedAxis& a, int64_t i) {
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

double PlaceOf(const ResizeMethod& m, const ResizedAxis& a, int64_t i) {
  return Snapped(ExactPlaceOf(m, a, i));
}

double RoundedBy(const ResizeMethod& m, const ResizedAxis& a, double place) {
  if (m.nearest == kSimple) return a.scale < 1 ? std::ceil(place) : std::floor(place);
  if (m.nearest == "floor") return std::floor(place);
  if (m.nearest == "ceil") return std::ceil(place);
  if (m.nearest == "round_prefer_ceil") return std::floor(place + 0.5);
  return std::ceil(place - 0.5);
}

// The weight of an element at `distance`.
double Kernel(const ResizeMethod& m, double distance) {
  const double d = std::abs(distance), a = m.cubic_a;
  if (m.mode == "linear") return std::max(1 - d, 0.0);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

// With antialias the kernel grows as the axis shrinks.
double NarrowOf(const ResizeMethod& m, const ResizedAxis& a) {
  return m.antialias ? std::min(a.scale, 1.0) : 1.0;
}

// How far from its place an element of the result takes elements.
double ReachOf(const ResizeMethod& m, const ResizedAxis& a) {
  return (m.mode == "linear" ? 1 : 2) / NarrowOf(m, a);
}

}  // namespace

double Snapped(double x) {
  const double near = std::round(2 * x) / 2;
  return std::abs(x - near) <= std::abs(near) * 0x1p-22 ? near : x;
}

int64_t NearestTo(const ResizeMethod& m, const ResizedAxis& a, int64_t i) {
  const auto element = static_cast<int64_t>(RoundedBy(m, a, PlaceOf(m, a, i)));
  return std::clamp<int64_t>(element, 0, a.in - 1);
}

bool IsOutside(const ResizeMethod& m, const ResizedAxis& a, int64_t i) {
  const double place = PlaceOf(m, a, i);
  return m.coordinates == "tf_crop_and_resize" &&
         (place < 0 || place > static_cast<double>(a.in - 1));
}

// What is beyond an end is the element there, unless exclude_outside leaves it out.
std::vector<ResizeTerm> TermsOf(const ResizeMethod& m, const ResizedAxis& a, int64_t i) {
  const double place = PlaceOf(m, a, i);
  const double narrow = NarrowOf(m, a), reach = ReachOf(m, a);
  const auto first = static_cast<int64_t>(std::floor(place - reach)) + 1;
  const auto last = static_cast<int64_t>(std::ceil(place + reach)) - 1;
  std::vector<ResizeTerm> terms;
  double sum = 0;
  for (int64_t j = first; j <= last; ++j) {
    const bool outside = j < 0 || j >= a.in;
    if (outside && m.exclude_outside) continue;
    const double weight = Kernel(m, (static_cast<double>(j) - place) * narrow);
    const int64_t at = std::clamp<int64_t>(j, 0, a.in - 1);
    if (terms.empty() || terms.back().place != at) terms.push_back({at, 0});
    terms.back().weight += weight;
    sum += weight;
  }
  for (ResizeTerm& t : terms) t.weight /= sum;
  return terms;
}

int64_t MostTerms(const ResizeMethod& m, const ResizedAxis& a) {
  return static_cast<int64_t>(std::ceil(2 * ReachOf(m, a)));
}

}  // namespace dagrad::onnx
