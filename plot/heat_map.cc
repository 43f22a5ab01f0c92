#include "dagrad/plot/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/write_file.h"
#include "dagrad/plot/svg.h"

namespace dagrad::plot {
namespace {

using Rgb = std::array<double, 3>;
constexpr Rgb kWhite = {255, 255, 255}, kBlue = {33, 102, 172}, kRed = {178, 24, 43};

struct Cells {
  int64_t rows = 0, columns = 0;
  std::vector<double> values;
  std::vector<std::string> texts;
  std::vector<std::string> row_labels, column_labels;
  double least = 0, greatest = 1;

  // In [0, 1] for what is finite; NaN for NaN.
  double Place(size_t i) const { return (values[i] - least) / (greatest - least); }
};

absl::Status FillLabels(const char* what, int64_t n, std::vector<std::string>* labels) {
  if (labels->empty()) {
    for (int64_t i = 0; i < n; ++i) labels->push_back(absl::StrCat(i));
  }
  if (static_cast<int64_t>(labels->size()) == n) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("a heat map of ", n, " ", what, "s has ", labels->size(), " ", what, "_labels"));
}

absl::StatusOr<Cells> CellsOf(const HeatMap& map) {
  constexpr int64_t kMost = 100;
  const Tensor& t = map.values;
  if (t.rank() != 2 || t.num_elements() == 0 || std::max(t.dims()[0], t.dims()[1]) > kMost) {
    return InvalidArgumentError(absl::StrCat("a heat map is a matrix of 1 to ", kMost,
                                             " rows and columns; given: ", t.ToString(0)));
  }
  Cells c{t.dims()[0], t.dims()[1]};
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, t.Cast(DType::kFloat64));
  c.values.assign(wide.data<double>().begin(), wide.data<double>().end());
  c.row_labels = map.row_labels, c.column_labels = map.column_labels;
  DAGRAD_RETURN_IF_ERROR(FillLabels("row", c.rows, &c.row_labels));
  DAGRAD_RETURN_IF_ERROR(FillLabels("column", c.columns, &c.column_labels));
  std::vector<double> finite;
  for (const double v : c.values) {
    c.texts.push_back(std::isnan(v) ? "" : absl::StrFormat("%.*f", map.digits, v));
    if (std::isfinite(v)) finite.push_back(map.colors == Colors::kDiverging ? std::abs(v) : v);
  }
  if (!finite.empty()) {
    c.greatest = *std::max_element(finite.begin(), finite.end());
    c.least = map.colors == Colors::kDiverging ? -c.greatest
                                               : *std::min_element(finite.begin(), finite.end());
  }
  if (c.greatest > c.least) return c;
  // All alike: as the greatest; on a diverging scale they are 0.
  if (map.colors == Colors::kDiverging) c.greatest = 1;
  c.least = c.greatest - 2 * std::max(1.0, std::abs(c.greatest));  // another number
  return c;
}

// The map with names that a terminal can be given.
HeatMap ForTerminal(HeatMap map) {
  for (std::string* title : {&map.title, &map.row_title, &map.column_title})
    *title = Printable(*title, kMostOfAText);
  for (auto* labels : {&map.row_labels, &map.column_labels}) {
    for (std::string& label : *labels) label = Printable(label, kMostOfAText);
  }
  return map;
}

size_t Longest(const std::vector<std::string>& texts) {
  size_t longest = 0;
  for (const std::string& t : texts) longest = std::max(longest, Characters(t));
  return longest;
}

}  // namespace

std::string ColorOf(Colors colors, double place) {
  if (std::isnan(place)) return "#cccccc";
  const double p = std::clamp(place, 0.0, 1.0);
  const bool upper = p >= 0.5;
  const Rgb& end = colors == Colors::kSequential || !upper ? kBlue : kRed;
  const double strength = colors == Colors::kSequential ? p : std::abs(2 * p - 1);
  std::string color = "#";
  for (size_t k = 0; k < 3; ++k)
    absl::StrAppendFormat(
        &color, "%02x", static_cast<int>(std::lround(kWhite[k] + strength * (end[k] - kWhite[k]))));
  return color;
}

absl::StatusOr<std::string> ToSvg(const HeatMap& map) {
  DAGRAD_ASSIGN_OR_RETURN(const Cells c, CellsOf(map));
  const double cell =
      std::clamp(11.0 + TextWidth(std::string(Longest(c.texts), '0'), 12), 44.0, 90.0);
  const double label = TextWidth(std::string(Longest(c.row_labels), 'm'), 12);
  const double column_label = TextWidth(std::string(Longest(c.column_labels), 'm'), 12);
  const bool turned = column_label > cell - 4;  // labels that are too wide stand upright
  const double left = label + (map.row_title.empty() ? 24 : 46);
  const double top = map.title.empty() ? 16 : 44;
  const double below = (turned ? column_label + 18 : 26) + (map.column_title.empty() ? 4 : 24);
  const double wide = cell * static_cast<double>(c.columns),
               high = cell * static_cast<double>(c.rows);
  const double width = std::max(left + wide + 20, TextWidth(map.title, 15) + 40);
  Svg svg(static_cast<int>(width), static_cast<int>(top + high + below));
  svg.Text({width / 2, 26}, map.title, {.size = 15, .anchor = "middle", .bold = true});
  for (int64_t i = 0; i < c.rows * c.columns; ++i) {
    const Point corner{left + cell * static_cast<double>(i % c.columns),
                       top + cell * static_cast<double>(i / c.columns)};
    const double place = c.Place(i);
    svg.Rect(corner, cell - 1, cell - 1, ColorOf(map.colors, place));
    const double strength = map.colors == Colors::kSequential ? place : std::abs(2 * place - 1);
    svg.Text({corner.x + cell / 2, corner.y + cell / 2 + 4}, c.texts[i],
             {.anchor = "middle", .color = strength > 0.55 ? "#ffffff" : "#222222"});
  }
  for (int64_t r = 0; r < c.rows; ++r) {
    svg.Text({left - 8, top + cell * (static_cast<double>(r) + 0.5) + 4}, c.row_labels[r],
             {.anchor = "end"});
  }
  for (int64_t k = 0; k < c.columns; ++k) {
    const double x = left + cell * (static_cast<double>(k) + 0.5);
    svg.Text({turned ? x + 4 : x, top + high + (turned ? 8 : 18)}, c.column_labels[k],
             {.anchor = turned ? "end" : "middle", .turned = turned ? -90 : 0});
  }
  svg.Text({18, top + high / 2}, map.row_title, {.size = 13, .anchor = "middle", .turned = -90});
  svg.Text({left + wide / 2, top + high + below - 10}, map.column_title,
           {.size = 13, .anchor = "middle"});
  return std::move(svg).Finish();
}

absl::StatusOr<std::string> ToText(const HeatMap& map) {
  const HeatMap shown = ForTerminal(map);
  DAGRAD_ASSIGN_OR_RETURN(const Cells c, CellsOf(shown));
  static constexpr const char* kMarks[] = {" ", "░", "▒", "▓", "█"};
  const size_t label = std::max(Longest(c.row_labels), Characters(shown.row_title));
  const size_t cell = std::max(Longest(c.texts) + 2, Longest(c.column_labels));
  std::string text = shown.title.empty() ? "" : absl::StrCat(shown.title, "\n");
  if (!shown.column_title.empty())
    absl::StrAppend(&text, std::string(label + 2, ' '), shown.column_title, "\n");
  absl::StrAppend(&text, PadRight(shown.row_title, label));
  for (const std::string& name : c.column_labels) absl::StrAppend(&text, "  ", PadLeft(name, cell));
  for (int64_t i = 0; i < c.rows * c.columns; ++i) {
    if (i % c.columns == 0)
      absl::StrAppend(&text, "\n", PadRight(c.row_labels[i / c.columns], label));
    const double place =
        shown.colors == Colors::kDiverging ? std::abs(2 * c.Place(i) - 1) : c.Place(i);
    const int mark = std::isnan(place) ? 0 : static_cast<int>(std::clamp(place * 5, 0.0, 4.0));
    absl::StrAppend(&text, "  ", PadLeft(absl::StrCat(c.texts[i], " ", kMarks[mark]), cell));
  }
  return text + "\n";
}

absl::Status SaveSvg(const HeatMap& map, const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string svg, ToSvg(map));
  return io::WriteFile(path, svg);
}

}  // namespace dagrad::plot
