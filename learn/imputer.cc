#include "dagrad/learn/imputer.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/rows.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::learn {
namespace {

double Mean(const std::vector<double>& v) {
  const int64_t n = static_cast<int64_t>(v.size());
  return ops::SumOf(n, [&](int64_t i) { return v[i]; }) / static_cast<double>(n);
}

// Of sorted values.
double Median(const std::vector<double>& v) {
  const size_t middle = v.size() / 2;
  return v.size() % 2 == 1 ? v[middle] : (v[middle - 1] + v[middle]) / 2;
}

// Of sorted values; the first of several.
double MostFrequent(const std::vector<double>& v) {
  double best = v[0];
  int64_t most = 0;
  for (size_t begin = 0; begin < v.size();) {
    const auto end = std::upper_bound(v.begin() + begin, v.end(), v[begin]) - v.begin();
    if (end - static_cast<int64_t>(begin) > most) {
      most = end - static_cast<int64_t>(begin);
      best = v[begin];
    }
    begin = end;
  }
  return best;
}

absl::StatusOr<double> StatisticOf(std::vector<double> v, int64_t column,
                                   const SimpleImputerOptions& o) {
  if (o.strategy == "constant") return o.fill_value;
  if (v.empty()) {
    return InvalidArgumentError(
        absl::StrCat("column ", column, " of x has no number to fill with"));
  }
  std::sort(v.begin(), v.end());
  if (o.strategy == "mean") return Mean(v);
  return o.strategy == "median" ? Median(v) : MostFrequent(v);
}

}  // namespace

absl::StatusOr<Imputer> SimpleImputer(const Tensor& x, const SimpleImputerOptions& options) {
  const std::vector<std::string> known = {"mean", "median", "most_frequent", "constant"};
  if (std::count(known.begin(), known.end(), options.strategy) == 0) {
    return InvalidArgumentError(absl::StrCat("there is no strategy \"", options.strategy, "\"",
                                             PerhapsOf(options.strategy, known)));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Tensor table, Matrix(x, "x"));
  const int64_t columns = table.dims()[1];
  const auto values = table.data<double>();
  Imputer imputer;
  for (int64_t c = 0; c < columns; ++c) {
    std::vector<double> present;
    for (size_t i = c; i < values.size(); i += columns) {
      if (!std::isnan(values[i])) present.push_back(values[i]);
    }
    DAGRAD_ASSIGN_OR_RETURN(imputer.statistics_.emplace_back(),
                            StatisticOf(std::move(present), c, options));
  }
  return imputer;
}

absl::StatusOr<Tensor> Imputer::Transform(const Tensor& x) const {
  DAGRAD_ASSIGN_OR_RETURN(Tensor table, Matrix(x, "x"));
  if (table.dims()[1] != static_cast<int64_t>(statistics_.size())) {
    return InvalidArgumentError(absl::StrCat("the imputer was fitted to ", statistics_.size(),
                                             " columns; given: ", DimsToString(x.dims())));
  }
  const auto values = table.mutable_data<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) values[i] = statistics_[i % statistics_.size()];
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor shaped, table.Reshaped(x.dims()));
  return x.dtype() == DType::kFloat32 ? shaped.Cast(DType::kFloat32) : shaped;
}

Json Imputer::ToJson() const {
  boost::json::array list;
  for (const double v : statistics_) list.push_back(NumberToJson(v));
  Json json = boost::json::object();
  json.get_object()["statistics"] = std::move(list);
  return json;
}

absl::StatusOr<Imputer> Imputer::FromJson(const Json& json) {
  DAGRAD_RETURN_IF_ERROR(CheckKeys("an imputer", json, {{"statistics"}}));
  const Json* list = Member(json, "statistics");
  Imputer imputer;
  bool read = list != nullptr && list->is_array();
  for (size_t i = 0; read && i < list->get_array().size(); ++i)
    read = NumberFromJson(list->get_array()[i], &imputer.statistics_.emplace_back());
  if (!read) return InvalidArgumentError("an imputer has a list of numbers, statistics");
  return imputer;
}

}  // namespace dagrad::learn
