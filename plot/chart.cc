#include "dagrad/plot/chart.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/write_file.h"

namespace dagrad::plot {
namespace internal {

absl::Status Check(const Chart& chart) {
  for (const int side : {chart.width, chart.height}) {
    if (side < 160 || side > 10000)
      return InvalidArgumentError(absl::StrCat("a picture has 160 to 10000 pixels, not ", side));
  }
  const Tensor& z = chart.field.z;
  if (chart.lines.empty() && !z.defined())
    return InvalidArgumentError("the chart has neither lines nor a field");
  for (const Line& line : chart.lines) {
    if (line.y.empty() || (!line.x.empty() && line.x.size() != line.y.size())) {
      return InvalidArgumentError(absl::StrCat("line \"", Printable(line.name), "\" has ",
                                               line.x.size(), " x and ", line.y.size(), " y"));
    }
  }
  if (!z.defined()) return absl::OkStatus();
  if (z.dtype() != DType::kFloat64 || z.rank() != 2 || z.num_elements() == 0)
    return InvalidArgumentError(
        absl::StrCat("a field is float64 [rows, columns]; given: ", z.ToString(0)));
  if (!(chart.field.x_min < chart.field.x_max) || !(chart.field.y_min < chart.field.y_max))
    return InvalidArgumentError("a field needs x_min < x_max and y_min < y_max");
  return absl::OkStatus();
}

double XOf(const Line& line, size_t i) {
  return line.x.empty() ? static_cast<double>(i + 1) : line.x[i];
}

std::vector<double> AllX(const Chart& chart) {
  std::vector<double> all;
  if (chart.field.z.defined()) all = {chart.field.x_min, chart.field.x_max};
  for (const Line& line : chart.lines) {
    for (size_t i = 0; i < line.y.size(); ++i) all.push_back(XOf(line, i));
  }
  return all;
}

std::vector<double> AllY(const Chart& chart) {
  std::vector<double> all;
  if (chart.field.z.defined()) all = {chart.field.y_min, chart.field.y_max};
  for (const Line& line : chart.lines) all.insert(all.end(), line.y.begin(), line.y.end());
  return all;
}

}  // namespace internal

absl::Status SaveSvg(const Chart& chart, const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string svg, ToSvg(chart));
  return io::WriteFile(path, svg);
}

}  // namespace dagrad::plot
