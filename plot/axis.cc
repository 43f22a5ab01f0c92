#include "dagrad/plot/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"

namespace dagrad::plot {
namespace {

constexpr double kGreatest = std::numeric_limits<double>::max();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

// The step of 1, 2 or 5 times a power of ten that divides `range` into at most `count` parts.
double StepFor(double range, int count) {
  const double power = std::pow(10, std::floor(std::log10(range / count)));
  for (const double factor : {1, 2, 5}) {
    if (range / (factor * power) <= count) return factor * power;
  }
  return 10 * power;
}

void AddLinearTicks(int count, Axis* axis) {
  const double step = StepFor(axis->max - axis->min, count);
  if (!(step > 0) || !std::isfinite(step)) return;  // of the least numbers that there are, or most
  const double first = std::ceil(axis->min / step - 1e-9);
  const double last = std::floor(axis->max / step + 1e-9);
  for (double i = first; i <= last; ++i) axis->ticks.push_back(i * step + 0.0);  // not -0
}

void AddLogTicks(int count, Axis* axis) {
  const double first = std::ceil(std::log10(axis->min) - 1e-9);
  const double last = std::floor(std::log10(axis->max) + 1e-9);
  const double step = std::max(1.0, std::ceil((last - first + 1) / count));
  for (double i = first; i <= last; i += step) axis->ticks.push_back(std::pow(10, i));
}

// Of the first digit that is not 0.
int Exponent(double v) { return static_cast<int>(std::floor(std::log10(v) + 1e-6)); }

// With that many digits behind the point, or in all where they are not `fixed`.
std::vector<std::string> TextsOf(const std::vector<double>& ticks, bool fixed, int digits) {
  std::vector<std::string> texts;
  for (const double t : ticks) {
    texts.push_back(fixed ? absl::StrFormat("%.*f", digits, t)
                          : absl::StrFormat("%.*g", digits, t));
  }
  return texts;
}

}  // namespace

double Axis::Place(double v) const {
  if (log) return (std::log(v) - std::log(min)) / (std::log(max) - std::log(min));
  return (v - min) / (max - min);
}

Axis AxisFor(absl::Span<const double> values, int count, bool log) {
  std::vector<double> shown;
  for (const double v : values) {
    if (std::isfinite(v) && (!log || v > 0)) shown.push_back(v);
  }
  Axis axis{.log = log};
  if (log) axis.min = 0.1;
  if (!shown.empty()) {
    axis.min = *std::min_element(shown.begin(), shown.end());
    axis.max = *std::max_element(shown.begin(), shown.end());
  }
  // Narrower than this, ticks would be the same number.
  const double least = 1e-9 * std::max(std::abs(axis.min), std::abs(axis.max));
  if (!(axis.max - axis.min > least)) {
    const double around = axis.max == 0 ? 1 : std::max(std::abs(axis.max) / 2, kLeast);
    axis.min = std::max(axis.min - around, log ? kLeast : -kGreatest);
    axis.max = std::min(axis.max + around, kGreatest);
  }
  if (log && axis.max / axis.min < 10) {
    axis.min = std::max(std::pow(10, std::floor(std::log10(axis.min))), kLeast);
    axis.max = std::max(axis.max, std::min(axis.min * 10, kGreatest));
  }
  if (log) {
    AddLogTicks(count, &axis);
  } else {
    AddLinearTicks(count, &axis);
  }
  return axis;
}

std::vector<std::string> TickTexts(const Axis& axis) {
  constexpr int kUsual = 6;
  if (axis.log || axis.ticks.size() < 2) return TextsOf(axis.ticks, false, kUsual);
  double greatest = 0;
  for (const double t : axis.ticks) greatest = std::max(greatest, std::abs(t));
  const double step = axis.ticks[1] - axis.ticks[0];
  const int needed = Exponent(greatest) - Exponent(step) + 1;
  const bool plain = greatest < 1e6 && step >= 1e-4;
  const bool close = needed > kUsual && greatest >= 1e-4 && greatest < 1e15;
  if (plain || close) return TextsOf(axis.ticks, true, std::max(0, -Exponent(step)));
  return TextsOf(axis.ticks, false, std::max(kUsual, needed));
}

}  // namespace dagrad::plot
