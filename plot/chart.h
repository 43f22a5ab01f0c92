#ifndef DAGRAD_PLOT_CHART_H_
#define DAGRAD_PLOT_CHART_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

// Lines in a system of axes, as an SVG file and as text for a terminal. No library is behind it; a
// picture is a function of its description alone. Thread-safe.
namespace dagrad::plot {

struct Line {
  std::string name = {};       // in the legend, if it has one
  std::vector<double> x = {};  // empty: 1, 2, 3, …
  std::vector<double> y = {};  // a point that is not finite interrupts the line
  bool dots = false;           // also at each point
  bool dashed = false;
};

// Values over a rectangle, beneath the lines.
struct Field {
  double x_min = 0, x_max = 1, y_min = 0, y_max = 1;
  Tensor z = {};  // float64 [rows, columns]; row 0 is at y_min
};

struct Chart {
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::vector<Line> lines = {};
  bool log_y = false;  // points of y <= 0 are left out
  Field field = {};
  int width = 640, height = 400;  // pixels of the SVG, at least 160
};

// InvalidArgument where there is nothing to draw, for a line with different numbers of x and y, a
// field without rows and columns, a picture that is too small or larger than 10,000 pixels.
absl::StatusOr<std::string> ToSvg(const Chart& chart);
struct TextSize {
  int columns = 72;  // at least 20
  int rows = 18;     // at least 5; of the lines' area
};
// The lines are marked by one letter or sign each, which the legend names.
absl::StatusOr<std::string> ToText(const Chart& chart, const TextSize& size = {});
// ToSvg into a file. Errors of files as io/file.h.
absl::Status SaveSvg(const Chart& chart, const std::string& path);

namespace internal {
absl::Status Check(const Chart& chart);
// The numbers along both axes, of lines and field.
std::vector<double> AllX(const Chart& chart);
std::vector<double> AllY(const Chart& chart);
double XOf(const Line& line, size_t i);
}  // namespace internal

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_CHART_H_
