#ifndef DAGRAD_IO_ONNX_ROWS_RESIZE_WEIGHTS_H_
#define DAGRAD_IO_ONNX_ROWS_RESIZE_WEIGHTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// The arithmetic of Resize: which elements of an axis are in those of the result.
namespace dagrad::onnx {

// How the node computes, for all axes.
struct ResizeMethod {
  std::string mode, coordinates, nearest;
  bool antialias = false, exclude_outside = false;
  double cubic_a = -0.75, extrapolation = 0;
};
// Of `nearest`, before opset 11: up where an axis shrinks, else down.
inline constexpr absl::string_view kSimple = "simple";

// One axis: its sizes, the scale, and the part of it that is meant (tf_crop_and_resize). Of one
// whose size is a symbol, `in` is kSymbol.
inline constexpr int64_t kSymbol = -1;
struct ResizedAxis {
  int64_t in = 0, out = 0;
  double scale = 1, start = 0, end = 1;
};

// A multiple of 1/2 where the number is one up to the rounding of a scale to float32: 3 of 1 /
// 0.33333334.
double Snapped(double x);
// The element that is nearest to element i of the result.
int64_t NearestTo(const ResizeMethod& m, const ResizedAxis& a, int64_t i);
// Whether the place of element i of the result is beyond the axis, and so extrapolated.
bool IsOutside(const ResizeMethod& m, const ResizedAxis& a, int64_t i);

// Of linear and cubic modes: element i of the result is Σ weight · x[place], places rising. At most
// MostTerms() of them.
struct ResizeTerm {
  int64_t place = 0;
  double weight = 0;
};
std::vector<ResizeTerm> TermsOf(const ResizeMethod& m, const ResizedAxis& a, int64_t i);
int64_t MostTerms(const ResizeMethod& m, const ResizedAxis& a);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_ROWS_RESIZE_WEIGHTS_H_
