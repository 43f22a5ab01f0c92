#include "dagrad/plot/svg.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "dagrad/graph/name.h"

namespace dagrad::plot {
namespace {

// Controls become blanks, bytes that are no UTF-8 and what else XML does not have U+FFFD.
std::string Escaped(absl::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const CodePoint c = DecodeUtf8(text);
    const bool known = c.bytes > 0 && c.value != 0xFFFE && c.value != 0xFFFF;
    const size_t bytes = std::max<size_t>(c.bytes, 1);
    absl::StrAppend(&clean, !known ? "\uFFFD" : c.value < ' ' ? " " : text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return absl::StrReplaceAll(clean,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

}  // namespace

Svg::Svg(int width, int height)
    : text_(absl::StrFormat(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
          "%d\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n",
          width, height, width, height)) {
  Rect({0, 0}, width, height, "#ffffff");
}

void Svg::Rect(Point corner, double width, double height, const std::string& fill) {
  absl::StrAppendFormat(
      &text_, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n",
      corner.x, corner.y, width, height, fill);
}

void Svg::Line(Point from, Point to, const std::string& stroke, double width) {
  absl::StrAppendFormat(
      &text_,
      "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" stroke-width=\"%g\"/>\n",
      from.x, from.y, to.x, to.y, stroke, width);
}

void Svg::Polyline(const std::vector<Point>& points, const std::string& stroke, bool dashed) {
  absl::StrAppend(&text_, "<polyline fill=\"none\" stroke=\"", stroke,
                  "\" stroke-width=\"2\" stroke-linejoin=\"round\"",
                  dashed ? " stroke-dasharray=\"6 4\"" : "", " points=\"");
  for (const Point& p : points) absl::StrAppendFormat(&text_, "%.2f,%.2f ", p.x, p.y);
  absl::StrAppend(&text_, "\"/>\n");
}

void Svg::Dot(Point center, double radius, const std::string& fill) {
  absl::StrAppendFormat(&text_, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%g\" fill=\"%s\"/>\n",
                        center.x, center.y, radius, fill);
}

void Svg::Image(Point corner, double width, double height, absl::string_view png) {
  absl::StrAppendFormat(
      &text_,
      "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" preserveAspectRatio=\"none\" "
      "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,%s\"/>\n",
      corner.x, corner.y, width, height, absl::Base64Escape(png));
}

void Svg::Text(Point at, absl::string_view text, const TextStyle& style) {
  absl::StrAppendFormat(&text_, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%d\" text-anchor=\"%s\" ",
                        at.x, at.y, style.size, style.anchor);
  if (style.bold) absl::StrAppend(&text_, "font-weight=\"bold\" ");
  if (style.turned != 0)
    absl::StrAppendFormat(&text_, "transform=\"rotate(%d %.2f %.2f)\" ", style.turned, at.x, at.y);
  absl::StrAppend(&text_, "fill=\"", style.color, "\">", Escaped(text), "</text>\n");
}

std::string Svg::Finish() && { return std::move(text_) + "</svg>\n"; }

size_t Characters(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

double TextWidth(absl::string_view text, int size) {
  return 0.58 * size * static_cast<double>(Characters(text));
}

std::string PadLeft(absl::string_view text, size_t width) {
  const size_t n = Characters(text);
  return absl::StrCat(std::string(width > n ? width - n : 0, ' '), text);
}

std::string PadRight(absl::string_view text, size_t width) {
  const size_t n = Characters(text);
  return absl::StrCat(text, std::string(width > n ? width - n : 0, ' '));
}

}  // namespace dagrad::plot
