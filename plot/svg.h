#ifndef DAGRAD_PLOT_SVG_H_
#define DAGRAD_PLOT_SVG_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace dagrad::plot {

struct Point {
  double x = 0;
  double y = 0;
};

struct TextStyle {
  int size = 12;                 // pixels
  std::string anchor = "start";  // "middle", "end"
  std::string color = "#333333";
  bool bold = false;
  int turned = 0;  // degrees, clockwise around the point
};

// An SVG file in the making: what is added later lies on top. Coordinates are pixels from the upper
// left corner. Texts are escaped.
class Svg {
 public:
  // A white picture.
  Svg(int width, int height);
  void Rect(Point corner, double width, double height, const std::string& fill);
  void Line(Point from, Point to, const std::string& stroke, double width = 1);
  void Polyline(const std::vector<Point>& points, const std::string& stroke, bool dashed);
  void Dot(Point center, double radius, const std::string& fill);
  // A PNG file, drawn without smoothing its pixels.
  void Image(Point corner, double width, double height, absl::string_view png);
  // The base line of the text begins, has its middle or ends at `at`.
  void Text(Point at, absl::string_view text, const TextStyle& style = {});
  std::string Finish() &&;

 private:
  std::string text_;
};

// The bytes of a name or title that a terminal is given at most; Printable makes text of them.
inline constexpr size_t kMostOfAText = 256;

// About the width of a text, in pixels.
double TextWidth(absl::string_view text, int size);
// Characters of UTF-8 in `text`.
size_t Characters(absl::string_view text);
// `text` with blanks in front, or behind, so that it has `width` characters.
std::string PadLeft(absl::string_view text, size_t width);
std::string PadRight(absl::string_view text, size_t width);

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_SVG_H_
