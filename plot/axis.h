#ifndef DAGRAD_PLOT_AXIS_H_
#define DAGRAD_PLOT_AXIS_H_

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace dagrad::plot {

// What an axis shows, from min to max, min < max, and the numbers that are written at it.
struct Axis {
  double min = 0;
  double max = 1;
  bool log = false;
  std::vector<double> ticks = {};  // in [min, max]

  // Where `v` is between min (0) and max (1); on a logarithmic axis by its logarithm.
  double Place(double v) const;
};

// An axis for the finite ones of `values` (logarithmic: the positive ones) with about `count` ticks
// at 1, 2 or 5 times a power of ten, powers of ten where logarithmic; none where there is no such
// step, near the least and the greatest doubles. 0 … 1 if there is no value; around it if there is
// one.
Axis AxisFor(absl::Span<const double> values, int count, bool log = false);

// The ticks with as many digits as tell them apart: "0.05", "0.10".
std::vector<std::string> TickTexts(const Axis& axis);

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_AXIS_H_
