#include "dagrad/learn/hyper_parameters.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"

namespace dagrad::learn {
namespace {

using Declared = HyperParameters::Declared;
using Kind = HyperParameters::Declared::Kind;

constexpr int kGridOfFloats = 10;

double Scale(double v, Sampling sampling) { return sampling == Sampling::kLog ? std::log(v) : v; }
double Unscale(double v, Sampling sampling) { return sampling == Sampling::kLog ? std::exp(v) : v; }

HyperValue ValueOf(Kind kind, double v) {
  if (kind == Kind::kInt) return static_cast<int64_t>(std::llround(v));
  return v;
}

// How many values a grid has, as a number that cannot overflow.
double GridSize(const Declared& d) {
  if (d.kind == Kind::kChoice) return static_cast<double>(d.choices.size());
  if (!d.step.has_value() && d.kind == Kind::kFloat) return d.min == d.max ? 1 : kGridOfFloats;
  const bool log = d.sampling == Sampling::kLog;
  const double step = d.step.value_or(log ? 2 : 1);
  const double steps = log ? std::log(d.max / d.min) / std::log(step) : (d.max - d.min) / step;
  return std::floor(steps + 1e-9) + 1;
}

// Value `index` of a grid.
double GridValue(const Declared& d, double index) {
  const bool log = d.sampling == Sampling::kLog;
  if (!d.step.has_value() && d.kind == Kind::kFloat) {
    if (index == 0) return d.min;
    if (index == kGridOfFloats - 1) return d.max;
    const double least = Scale(d.min, d.sampling), greatest = Scale(d.max, d.sampling);
    return Unscale(least + (greatest - least) * index / (kGridOfFloats - 1), d.sampling);
  }
  const double step = d.step.value_or(log ? 2 : 1);
  return std::min(d.max, log ? d.min * std::pow(step, index) : d.min + index * step);
}

}  // namespace

std::string HyperValueText(const HyperValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<int64_t>(&value)) return absl::StrCat(*whole);
  if (const auto* number = std::get_if<double>(&value)) return absl::StrFormat("%.6g", *number);
  return std::get<std::string>(value);
}

std::vector<HyperValue> Declared::Values() const {
  if (kind == Kind::kChoice) return choices;
  std::vector<HyperValue> values;
  const double count = std::min(GridSize(*this), static_cast<double>(kMostValues));
  for (double i = 0; i < count; ++i) values.push_back(ValueOf(kind, GridValue(*this, i)));
  return values;
}

HyperValue Declared::At(double share) const {
  if (kind == Kind::kChoice)
    return choices[static_cast<size_t>(share * static_cast<double>(choices.size()))];
  if (step.has_value()) return ValueOf(kind, GridValue(*this, std::floor(share * GridSize(*this))));
  // Each integer has as much room as another; on a logarithmic scale from its own to the next.
  const double greatest = kind == Kind::kInt ? max + 1 : max;
  const double from = Scale(min, sampling), to = Scale(greatest, sampling);
  const double v = Unscale(from + (to - from) * share, sampling);
  return ValueOf(kind, std::clamp(kind == Kind::kInt ? std::floor(v) : v, min, max));
}

absl::Status HyperParameters::Check(const Declared& d) const {
  for (const Declared& before : space_) {
    if (before.name == d.name && before != d) {
      return InvalidArgumentError(absl::StrCat("\"", d.name, "\" stands for two different ranges"));
    }
  }
  if (d.kind == Kind::kChoice) {
    if (!d.choices.empty()) return absl::OkStatus();
    return InvalidArgumentError(absl::StrCat("\"", d.name, "\" has nothing to choose from"));
  }
  const bool log = d.sampling == Sampling::kLog;
  const bool sound = std::isfinite(d.min) && std::isfinite(d.max) && d.min <= d.max &&
                     (!log || d.min > 0) && (!d.step.has_value() || *d.step > (log ? 1 : 0)) &&
                     GridSize(d) <= 1e15;
  if (sound) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("\"", d.name, "\" is from ", d.min, " to ", d.max,
                   d.step.has_value() ? absl::StrCat(" in steps of ", *d.step) : "",
                   log ? ": a logarithmic range is positive and rises, its step is greater than 1"
                       : ": a range rises, its step is positive"));
}

HyperValue HyperParameters::Declare(Declared declared) {
  const absl::Status checked = Check(declared);
  if (!checked.ok()) {
    if (status_.ok()) status_ = checked;
    if (declared.kind == Kind::kChoice && declared.choices.empty()) return false;
    return declared.kind == Kind::kChoice ? declared.choices[0]
                                          : ValueOf(declared.kind, declared.min);
  }
  if (std::find(space_.begin(), space_.end(), declared) == space_.end()) space_.push_back(declared);
  const HyperValue least =
      declared.kind == Kind::kChoice ? declared.choices[0] : ValueOf(declared.kind, declared.min);
  const auto given = point_.find(declared.name);
  if (given == point_.end()) return least;
  if (given->second.index() == least.index()) return given->second;
  if (status_.ok()) {
    status_ = InvalidArgumentError(absl::StrCat("\"", declared.name, "\" is ",
                                                HyperValueText(given->second),
                                                " at this point, which is of another kind"));
  }
  return least;
}

int64_t HyperParameters::Int(const std::string& name, int64_t min, int64_t max,
                             const IntRange& range) {
  Declared d{.name = name, .kind = Kind::kInt};
  d.min = static_cast<double>(min);
  d.max = static_cast<double>(max);
  if (range.step.has_value()) d.step = static_cast<double>(*range.step);
  d.sampling = range.sampling;
  return std::get<int64_t>(Declare(std::move(d)));
}

double HyperParameters::Float(const std::string& name, double min, double max,
                              const FloatRange& range) {
  return std::get<double>(Declare({.name = name,
                                   .kind = Kind::kFloat,
                                   .min = min,
                                   .max = max,
                                   .step = range.step,
                                   .sampling = range.sampling}));
}

bool HyperParameters::Boolean(const std::string& name) {
  return std::get<bool>(Declare({.name = name, .choices = {false, true}}));
}

std::string HyperParameters::Choice(const std::string& name,
                                    const std::vector<std::string>& values) {
  const HyperValue v = Declare({.name = name, .choices = {values.begin(), values.end()}});
  return values.empty() ? "" : std::get<std::string>(v);
}

int64_t HyperParameters::ChoiceOfInt(const std::string& name, const std::vector<int64_t>& values) {
  const HyperValue v = Declare({.name = name, .choices = {values.begin(), values.end()}});
  return values.empty() ? 0 : std::get<int64_t>(v);
}

Json SpaceToJson(const std::vector<Declared>& space) {
  boost::json::array list;
  for (const Declared& d : space) {
    boost::json::object o;
    o["name"] = d.name;
    if (d.kind == Kind::kChoice) {
      boost::json::array choices;
      for (const HyperValue& v : d.choices)
        choices.push_back(boost::json::value(HyperValueText(v)));
      o["choice"] = std::move(choices);
    } else {
      o[d.kind == Kind::kInt ? "int" : "float"] = {d.min, d.max};
      o["log"] = d.sampling == Sampling::kLog;
      if (d.step.has_value()) o["step"] = *d.step;
    }
    list.push_back(std::move(o));
  }
  return list;
}

}  // namespace dagrad::learn
