#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/plot/axis.h"
#include "dagrad/plot/chart.h"
#include "dagrad/plot/svg.h"

namespace dagrad::plot {
namespace {

constexpr absl::string_view kMarks = "*o+x#@%&";

char MarkOf(size_t line) { return kMarks[line % kMarks.size()]; }

// Cells of one character, row 0 at the top.
class Canvas {
 public:
  Canvas(int columns, int rows)
      : columns_(columns), rows_(rows), lines_(rows, std::string(columns, ' ')) {}
  // Of places in [0, 1], y upwards.
  void Mark(double x, double y, char mark) {
    const int column = Cell(x, columns_), row = rows_ - 1 - Cell(y, rows_);
    lines_[row][column] = mark;
  }
  // The marks between two points.
  void Connect(Point a, Point b, char mark) {
    const double steps =
        std::ceil(std::max(std::abs(b.x - a.x) * columns_, std::abs(b.y - a.y) * rows_)) + 1;
    for (double i = 0; i <= steps; ++i)
      Mark(a.x + (b.x - a.x) * i / steps, a.y + (b.y - a.y) * i / steps, mark);
  }
  const std::string& Row(int row) const { return lines_[row]; }
  static int Cell(double place, int cells) {
    return std::clamp(static_cast<int>(std::lround(place * (cells - 1))), 0, cells - 1);
  }

 private:
  int columns_, rows_;
  std::vector<std::string> lines_;
};

void Draw(const Line& line, const Axis& x, const Axis& y, char mark, Canvas* canvas) {
  bool connected = false;
  Point last;
  for (size_t i = 0; i < line.y.size(); ++i) {
    const double v = line.y[i], u = internal::XOf(line, i);
    if (!std::isfinite(u) || !std::isfinite(v) || (y.log && v <= 0)) {
      connected = false;
      continue;
    }
    const Point p{x.Place(u), y.Place(v)};
    canvas->Connect(connected ? last : p, p, mark);
    last = p;
    connected = true;
  }
}

// The numbers beneath the area, each around its place, as far as there is room.
std::string XTicks(const Axis& x, int columns) {
  std::string text;
  const std::vector<std::string> texts = TickTexts(x);
  for (size_t i = 0; i < texts.size(); ++i) {
    const int middle = Canvas::Cell(x.Place(x.ticks[i]), columns);
    const size_t begin = std::max(0, middle - static_cast<int>(texts[i].size()) / 2);
    if (!text.empty() && begin < text.size() + 1) continue;
    text.resize(begin, ' ');
    text += texts[i];
  }
  return text;
}

std::string Legend(const Chart& chart) {
  std::string legend;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    if (chart.lines[i].name.empty()) continue;
    absl::StrAppend(&legend, legend.empty() ? "" : "   ", std::string(1, MarkOf(i)), " ",
                    Printable(chart.lines[i].name, kMostOfAText));
  }
  return legend;
}

}  // namespace

absl::StatusOr<std::string> ToText(const Chart& chart, const TextSize& size) {
  DAGRAD_RETURN_IF_ERROR(internal::Check(chart));
  if (size.columns < 20 || size.rows < 5 || size.columns > 1000 || size.rows > 1000) {
    return InvalidArgumentError(absl::StrCat("a plot as text has 20 to 1000 columns and 5 to 1000 ",
                                             "rows, not ", size.columns, " and ", size.rows));
  }
  const Axis x = AxisFor(internal::AllX(chart), std::clamp(size.columns / 10, 2, 10));
  const Axis y = AxisFor(internal::AllY(chart), std::clamp(size.rows / 3, 2, 10), chart.log_y);
  std::vector<std::string> labels(size.rows);
  size_t width = 0;
  const std::vector<std::string> texts = TickTexts(y);
  for (size_t i = 0; i < texts.size(); ++i) {
    labels[size.rows - 1 - Canvas::Cell(y.Place(y.ticks[i]), size.rows)] = texts[i];
    width = std::max(width, texts[i].size());
  }
  const int columns = std::max(10, size.columns - static_cast<int>(width) - 2);
  Canvas canvas(columns, size.rows);
  for (size_t i = 0; i < chart.lines.size(); ++i) Draw(chart.lines[i], x, y, MarkOf(i), &canvas);
  std::string text;
  const std::string legend = Legend(chart);
  for (const std::string& line : {Printable(chart.title, kMostOfAText), legend}) {
    if (!line.empty()) absl::StrAppend(&text, line, "\n");
  }
  for (int row = 0; row < size.rows; ++row)
    absl::StrAppend(&text, PadLeft(labels[row], width), labels[row].empty() ? " │" : " ┤",
                    canvas.Row(row), "\n");
  const std::string margin(width + 1, ' ');
  absl::StrAppend(&text, margin, "└");
  for (int i = 0; i < columns; ++i) absl::StrAppend(&text, "─");
  absl::StrAppend(&text, "\n", margin, " ", XTicks(x, columns), "\n");
  if (!chart.x_label.empty()) {
    const std::string label = Printable(chart.x_label, kMostOfAText);
    const size_t middle = Characters(label) / 2 + columns / 2;
    absl::StrAppend(&text, margin, PadLeft(label, middle), "\n");
  }
  return text;
}

}  // namespace dagrad::plot
