#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/plot/axis.h"
#include "dagrad/plot/chart.h"
#include "dagrad/plot/heat_map.h"
#include "dagrad/plot/svg.h"

namespace dagrad::plot {
namespace {

// Told apart by most people who confuse colours. Source: Okabe and Ito, "Color universal design"
// (2008); black last.
constexpr const char* kColors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                   "#e69f00", "#56b4e9", "#7a5195", "#000000"};

// A chart's picture: the area of the lines, and its axes.
class Drawing {
 public:
  explicit Drawing(const Chart& chart)
      : chart_(chart),
        svg_(chart.width, chart.height),
        x_(AxisFor(internal::AllX(chart), 8)),
        y_(AxisFor(internal::AllY(chart), 7, chart.log_y)) {
    // A little room above and below the lines; a field fills its area.
    if (!chart.log_y && !chart.field.z.defined()) {
      const double room = 0.04 * (y_.max - y_.min);
      y_.min -= room;
      y_.max += room;
    }
    double widest = 0;
    for (const std::string& t : TickTexts(y_)) widest = std::max(widest, TextWidth(t, 12));
    left_ = widest + (chart.y_label.empty() ? 22 : 44);
    right_ = chart.width - 24;
    bottom_ = chart.height - (chart.x_label.empty() ? 32 : 54);
  }

  std::string Draw() && {
    DrawLegend();
    DrawField();
    DrawAxes();
    for (size_t i = 0; i < chart_.lines.size(); ++i) DrawLine(chart_.lines[i], ColorOfLine(i));
    return std::move(svg_).Finish();
  }

 private:
  // A field has the first colour.
  const char* ColorOfLine(size_t i) const {
    return kColors[(i + (chart_.field.z.defined() ? 1 : 0)) % std::size(kColors)];
  }
  double X(double v) const { return left_ + x_.Place(v) * (right_ - left_); }
  double Y(double v) const { return bottom_ - y_.Place(v) * (bottom_ - top_); }

  // Title and names stand above the area, so that they hide no line.
  void DrawLegend() {
    double y = 14;
    if (!chart_.title.empty()) {
      svg_.Text({chart_.width / 2.0, 26}, chart_.title,
                {.size = 15, .anchor = "middle", .bold = true});
      y = 36;
    }
    double x = left_;
    bool any = false;
    for (size_t i = 0; i < chart_.lines.size(); ++i) {
      const Line& line = chart_.lines[i];
      if (line.name.empty()) continue;
      const double width = TextWidth(line.name, 12) + 56;
      if (any && x + width > right_ + 12) {
        x = left_;
        y += 18;
      }
      any = true;
      svg_.Polyline({{x, y + 8}, {x + 22, y + 8}}, ColorOfLine(i), line.dashed);
      if (line.dots) svg_.Dot({x + 11, y + 8}, 3, ColorOfLine(i));
      svg_.Text({x + 28, y + 12}, line.name);
      x += width;
    }
    top_ = y + (any ? 26 : 6);
  }

  void DrawField() {
    const Field& f = chart_.field;
    if (!f.z.defined()) return;
    const int64_t rows = f.z.dims()[0], columns = f.z.dims()[1];
    const auto z = f.z.data<double>();
    std::vector<double> finite;
    for (const double v : z) {
      if (std::isfinite(v)) finite.push_back(v);
    }
    const Axis scale = AxisFor(finite, 2);
    const double dx = (f.x_max - f.x_min) / static_cast<double>(columns);
    const double dy = (f.y_max - f.y_min) / static_cast<double>(rows);
    for (int64_t i = 0; i < rows * columns; ++i) {
      const double x = f.x_min + dx * static_cast<double>(i % columns);
      const double y = f.y_min + dy * static_cast<double>(i / columns);
      // Half a pixel more, so that no white lines are between the cells.
      svg_.Rect({X(x), Y(y + dy)}, X(x + dx) - X(x) + 0.5, Y(y) - Y(y + dy) + 0.5,
                ColorOf(Colors::kSequential, scale.Place(z[i])));
    }
  }

  void DrawAxes() {
    const std::vector<std::string> x_texts = TickTexts(x_), y_texts = TickTexts(y_);
    const bool grid = !chart_.field.z.defined();
    for (size_t i = 0; i < x_texts.size(); ++i) {
      const double x = X(x_.ticks[i]);
      svg_.Line({x, grid ? top_ : bottom_}, {x, bottom_ + 5}, "#dddddd");
      svg_.Text({x, bottom_ + 19}, x_texts[i], {.anchor = "middle"});
    }
    for (size_t i = 0; i < y_texts.size(); ++i) {
      const double y = Y(y_.ticks[i]);
      svg_.Line({left_ - 5, y}, {grid ? right_ : left_, y}, "#dddddd");
      svg_.Text({left_ - 9, y + 4}, y_texts[i], {.anchor = "end"});
    }
    svg_.Line({left_, top_}, {left_, bottom_}, "#666666");
    svg_.Line({left_, bottom_}, {right_, bottom_}, "#666666");
    svg_.Text({(left_ + right_) / 2, chart_.height - 12.0}, chart_.x_label,
              {.size = 13, .anchor = "middle"});
    svg_.Text({18, (top_ + bottom_) / 2}, chart_.y_label,
              {.size = 13, .anchor = "middle", .turned = -90});
  }

  void DrawLine(const Line& line, const char* color) {
    std::vector<Point> run;
    const auto finish = [&] {
      if (run.size() > 1) svg_.Polyline(run, color, line.dashed);
      if (line.dots || run.size() == 1) {
        for (const Point& p : run) svg_.Dot(p, 3, color);
      }
      run.clear();
    };
    for (size_t i = 0; i < line.y.size(); ++i) {
      const double x = internal::XOf(line, i), y = line.y[i];
      if (std::isfinite(x) && std::isfinite(y) && (!chart_.log_y || y > 0)) {
        run.push_back({X(x), Y(y)});
      } else {
        finish();
      }
    }
    finish();
  }

  const Chart& chart_;
  Svg svg_;
  Axis x_, y_;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
};

}  // namespace

absl::StatusOr<std::string> ToSvg(const Chart& chart) {
  DAGRAD_RETURN_IF_ERROR(internal::Check(chart));
  return Drawing(chart).Draw();
}

}  // namespace dagrad::plot
