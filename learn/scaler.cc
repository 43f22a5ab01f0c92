#include "dagrad/learn/scaler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"
#include "dagrad/learn/rows.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::learn {
namespace {

// The numbers of each column of a table that are not NaN.
absl::StatusOr<std::vector<std::vector<double>>> ColumnsOf(const Tensor& x) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor table, Matrix(x, "x"));
  std::vector<std::vector<double>> columns(table.dims()[1]);
  const auto values = table.data<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isinf(values[i])) {
      return InvalidArgumentError(absl::StrCat("x has ", values[i], " in row ", i / columns.size(),
                                               ", column ", i % columns.size()));
    }
    if (!std::isnan(values[i])) columns[i % columns.size()].push_back(values[i]);
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].empty())
      return InvalidArgumentError(absl::StrCat("column ", c, " of x has no number to scale by"));
  }
  return columns;
}

double MeanOf(const std::vector<double>& v) {
  const int64_t n = static_cast<int64_t>(v.size());
  return ops::SumOf(n, [&](int64_t i) { return v[i]; }) / static_cast<double>(n);
}

// The standard deviation; 1 where it is nothing but rounding.
double DeviationOf(const std::vector<double>& v, double mean) {
  const double n = static_cast<double>(v.size());
  const double variance = ops::SumOf(static_cast<int64_t>(v.size()),
                                     [&](int64_t i) { return (v[i] - mean) * (v[i] - mean); }) /
                          n;
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  const double rounding = n * kEpsilon * variance + std::pow(n * mean * kEpsilon, 2);
  return variance <= rounding ? 1 : std::sqrt(variance);
}

}  // namespace

absl::StatusOr<Scaler> StandardScaler(const Tensor& x, const StandardScalerOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(x));
  Scaler scaler;
  for (const std::vector<double>& column : columns) {
    const double mean = MeanOf(column);
    scaler.shift_.push_back(options.with_mean ? mean : 0);
    scaler.scale_.push_back(options.with_std ? DeviationOf(column, mean) : 1);
    scaler.offset_.push_back(0);
  }
  return scaler;
}

absl::StatusOr<Scaler> MinMaxScaler(const Tensor& x, const MinMaxScalerOptions& options) {
  const double width = options.feature_max - options.feature_min;
  if (!(width > 0) || !std::isfinite(width)) {
    return InvalidArgumentError(absl::StrCat("feature_min must be below feature_max; given: ",
                                             options.feature_min, " and ", options.feature_max));
  }
  DAGRAD_ASSIGN_OR_RETURN(const auto columns, ColumnsOf(x));
  Scaler scaler;
  for (const std::vector<double>& column : columns) {
    const auto [least, greatest] = std::minmax_element(column.begin(), column.end());
    const double range = *greatest - *least;
    scaler.shift_.push_back(*least);
    scaler.scale_.push_back((range < 10 * std::numeric_limits<double>::epsilon() ? 1 : range) /
                            width);
    scaler.offset_.push_back(options.feature_min);
  }
  if (options.clip) scaler.limits_ = {options.feature_min, options.feature_max};
  return scaler;
}

absl::StatusOr<Tensor> Scaler::Apply(const Tensor& x, Way way) const {
  DAGRAD_ASSIGN_OR_RETURN(Tensor table, Matrix(x, "x"));
  if (table.dims()[1] != columns()) {
    return InvalidArgumentError(absl::StrCat("the scaler was fitted to ", columns(),
                                             " columns; given: ", DimsToString(x.dims())));
  }
  const auto values = table.mutable_data<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = i % shift_.size();
    double& v = values[i];
    if (way == Way::kBack) {
      v = (v - offset_[c]) * scale_[c] + shift_[c];
      continue;
    }
    v = (v - shift_[c]) / scale_[c] + offset_[c];
    if (!limits_.empty() && !std::isnan(v)) v = std::clamp(v, limits_[0], limits_[1]);
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor shaped, table.Reshaped(x.dims()));
  return x.dtype() == DType::kFloat32 ? shaped.Cast(DType::kFloat32) : shaped;
}

absl::StatusOr<Tensor> Scaler::Transform(const Tensor& x) const { return Apply(x, Way::kForward); }

absl::StatusOr<Tensor> Scaler::InverseTransform(const Tensor& y) const {
  return Apply(y, Way::kBack);
}

Json Scaler::ToJson() const {
  Json json = boost::json::object();
  boost::json::object& object = json.get_object();
  object["shift"] = JsonList(shift_);
  object["scale"] = JsonList(scale_);
  object["offset"] = JsonList(offset_);
  object["limits"] = JsonList(limits_);
  return json;
}

absl::StatusOr<Scaler> Scaler::FromJson(const Json& json) {
  DAGRAD_RETURN_IF_ERROR(CheckKeys("a scaler", json, {{"shift", "scale", "offset", "limits"}}));
  Scaler scaler;
  const bool read = ReadJson(Member(json, "shift"), &scaler.shift_) &&
                    ReadJson(Member(json, "scale"), &scaler.scale_) &&
                    ReadJson(Member(json, "offset"), &scaler.offset_) &&
                    ReadJson(Member(json, "limits"), &scaler.limits_);
  const size_t limits = scaler.limits_.size();
  if (!read || scaler.scale_.size() != scaler.shift_.size() ||
      scaler.offset_.size() != scaler.shift_.size() ||
      (limits != 0 && (limits != 2 || !(scaler.limits_[0] < scaler.limits_[1])))) {
    return InvalidArgumentError(
        "a scaler has the lists shift, scale and offset, of as many numbers, and limits, "
        "of none or two");
  }
  return scaler;
}

absl::Status Scaler::Save(const std::string& path) const {
  return io::WriteFile(path, absl::StrCat(JsonText(ToJson(), {.indent = 2}), "\n"));
}

absl::StatusOr<Scaler> Scaler::Load(const std::string& path) {
  constexpr size_t kMaxBytes = size_t{1} << 24;
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path, kMaxBytes));
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return Prefixed(path, json.status());
  absl::StatusOr<Scaler> scaler = FromJson(*json);
  if (scaler.ok()) return scaler;
  return Prefixed(path, scaler.status());
}

}  // namespace dagrad::learn
