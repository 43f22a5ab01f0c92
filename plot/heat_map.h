#ifndef DAGRAD_PLOT_HEAT_MAP_H_
#define DAGRAD_PLOT_HEAT_MAP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::plot {

enum class Colors {
  kSequential,  // white at the least value to blue at the greatest
  kDiverging,   // blue at -a, white at 0, red at a, the greatest absolute value
};

// "#rrggbb" for a place in [0, 1] on the scale from least to greatest.
std::string ColorOf(Colors colors, double place);

// A matrix as cells with their values: correlations, confusion matrices.
struct HeatMap {
  std::string title = {};
  Tensor values = {};  // [rows, columns] of any dtype; NaN is drawn grey
  std::vector<std::string> row_labels = {}, column_labels = {};  // empty: 0, 1, 2, …
  std::string row_title = {}, column_title = {};
  int digits = 2;  // behind the point of the values
  Colors colors = Colors::kSequential;
};

// InvalidArgument for values that are no matrix or have more than 100 rows or columns, and for
// another number of labels.
absl::StatusOr<std::string> ToSvg(const HeatMap& map);
// A table; each value with a mark ░▒▓█ of its place on the scale (of absolute values where
// diverging), no mark in the lowest fifth.
absl::StatusOr<std::string> ToText(const HeatMap& map);
absl::Status SaveSvg(const HeatMap& map, const std::string& path);

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_HEAT_MAP_H_
