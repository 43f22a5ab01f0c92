#include "dagrad/io/csv_encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

constexpr DTypeSet kResultTypes = {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64};
constexpr size_t kMaxCategories = 65536;

bool NeedsCategory(const CsvFeature& f) { return f.encoding != CsvEncoding::kNumber; }

absl::Status ColumnError(const CsvFeature& f, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("column \"", Printable(f.column), "\" ", what));
}

absl::Status LineError(const CsvFeature& f, const CsvTable& table, size_t row,
                       absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", table.lines[row], ": column \"", Printable(f.column), "\" ", what));
}

// "1" and "1.0" are one category of a column of numbers.
std::string CategoryOf(const CsvColumn& column, size_t row) {
  if (column.type == CsvType::kText) return column.fields[row];
  if (column.type == CsvType::kBool) return column.Number(row) != 0 ? "true" : "false";
  return absl::StrCat(column.Number(row));
}

std::vector<double> Numbers(const CsvColumn& column) {
  std::vector<double> numbers;
  for (size_t i = 0; i < column.fields.size(); ++i) {
    if (!column.missing[i]) numbers.push_back(column.Number(i));
  }
  return numbers;
}

double Mean(const std::vector<double>& v) {
  double sum = 0;
  for (double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

double Median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const size_t half = v.size() / 2;
  return v.size() % 2 == 1 ? v[half] : (v[half - 1] + v[half]) / 2;
}

// Categories in order, with how often each occurs.
std::vector<std::pair<std::string, int64_t>> Count(const CsvColumn& column) {
  struct Seen {
    double number = 0;
    int64_t times = 0;
  };
  std::map<std::string, Seen> seen;
  for (size_t i = 0; i < column.fields.size(); ++i) {
    if (column.missing[i]) continue;
    Seen& s = seen[CategoryOf(column, i)];
    ++s.times;
    if (column.type != CsvType::kText) s.number = column.Number(i);
  }
  std::vector<std::pair<std::string, Seen>> order(seen.begin(), seen.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.number < b.second.number; });
  std::vector<std::pair<std::string, int64_t>> counts;
  for (auto& [category, s] : order) counts.emplace_back(std::move(category), s.times);
  return counts;
}

absl::Status FitFill(const CsvColumn& column,
                     const std::vector<std::pair<std::string, int64_t>>& counts, CsvFeature* f) {
  const bool average = f->fill == CsvFill::kMean || f->fill == CsvFill::kMedian;
  if (!average && f->fill != CsvFill::kMostFrequent) return absl::OkStatus();
  if (average && NeedsCategory(*f))
    return ColumnError(*f, "becomes categories, which have no mean or median");
  if (counts.empty()) return ColumnError(*f, "has no value to fill its missing ones with");
  if (f->fill == CsvFill::kMean) f->value = Mean(Numbers(column));
  if (f->fill == CsvFill::kMedian) f->value = Median(Numbers(column));
  if (f->fill == CsvFill::kMostFrequent) {
    f->text = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                return a.second < b.second;
              })->first;
    if (!NeedsCategory(*f))
      f->value = f->text == "true" ? 1 : std::strtod(f->text.c_str(), nullptr);
  }
  f->fill = CsvFill::kConstant;
  return absl::OkStatus();
}

absl::Status CheckNumbers(const CsvFeature& f, const CsvTable& table, const CsvColumn& column) {
  if (NeedsCategory(f) || column.type != CsvType::kText) return absl::OkStatus();
  for (size_t i = 0; i < column.fields.size(); ++i) {
    double number = 0;
    if (column.missing[i] || absl::SimpleAtod(column.fields[i], &number)) continue;
    return LineError(
        f, table, i,
        absl::StrCat("is \"", Printable(column.fields[i], 40),
                     "\", no number; encode it as one-hot or ordinal, or leave it out"));
  }
  return absl::OkStatus();
}

absl::StatusOr<const CsvColumn*> FindColumn(const CsvFeature& f, const CsvTable& table) {
  const CsvColumn* column = table.Find(f.column);
  if (column == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "there is no column \"", Printable(f.column), "\"; there are: ",
        Printable(absl::StrJoin(table.columns, ", ",
                                [](std::string* out, const CsvColumn& c) { *out += c.name; }),
                  512)));
  }
  DAGRAD_RETURN_IF_ERROR(CheckNumbers(f, table, *column));
  return column;
}

using Positions = absl::flat_hash_map<absl::string_view, double>;

Positions PositionsOf(const std::vector<std::string>& categories) {
  Positions positions;
  for (const std::string& c : categories)
    positions.emplace(c, static_cast<double>(positions.size()));
  return positions;
}

// The number of row `row`: itself, or the position of its category (-1 for none).
absl::StatusOr<double> Encode(const CsvFeature& f, const CsvTable& table, const CsvColumn& column,
                              const Positions& positions, size_t row) {
  const bool missing = column.missing[row];
  if (missing && f.fill == CsvFill::kRefuse) return LineError(f, table, row, "is missing");
  if (!NeedsCategory(f)) {
    if (!missing) return column.Number(row);
    return f.fill == CsvFill::kKeep ? std::numeric_limits<double>::quiet_NaN() : f.value;
  }
  if (missing && f.fill == CsvFill::kKeep) {
    return f.encoding == CsvEncoding::kOneHot ? -1 : std::numeric_limits<double>::quiet_NaN();
  }
  const std::string category = missing ? f.text : CategoryOf(column, row);
  const auto it = positions.find(category);
  if (it != positions.end()) return it->second;
  return LineError(
      f, table, row,
      absl::StrCat("is \"", Printable(category, 40), "\", which is none of its categories: ",
                   Printable(absl::StrJoin(f.categories, ", "), 200)));
}

// Whether an integer of the dtype can be `v`.
bool Fits(DType dtype, double v) {
  if (IsFloating(dtype)) return true;
  const double limit = dtype == DType::kInt32 ? 0x1p31 : 0x1p63;
  return v == std::floor(v) && v >= -limit && v < limit;
}

size_t WidthOf(const CsvFeature& f) {
  return f.encoding == CsvEncoding::kOneHot ? f.categories.size() : 1;
}

// Writes one feature of all rows at column `at` of a matrix of `width` columns.
template <typename T>
absl::Status Fill(const CsvFeature& f, const CsvTable& table, size_t at, size_t width,
                  Tensor* result) {
  DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* column, FindColumn(f, table));
  const Positions positions = PositionsOf(f.categories);
  T* out = result->mutable_data<T>().data() + at;
  for (size_t row = 0; row < table.num_rows(); ++row, out += width) {
    DAGRAD_ASSIGN_OR_RETURN(const double v, Encode(f, table, *column, positions, row));
    if (f.encoding == CsvEncoding::kOneHot) {
      if (v >= 0) out[static_cast<size_t>(v)] = 1;
      continue;
    }
    if (!Fits(result->dtype(), v)) {
      return LineError(f, table, row, absl::StrCat("is ", v, ", no ", DTypeName(result->dtype())));
    }
    *out = static_cast<T>(v);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvEncoder> CsvEncoder::Fit(const CsvTable& table,
                                           std::vector<CsvFeature> features) {
  CsvEncoder encoder;
  for (CsvFeature& f : features) {
    DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* column, FindColumn(f, table));
    const auto counts = Count(*column);
    DAGRAD_RETURN_IF_ERROR(FitFill(*column, counts, &f));
    if (NeedsCategory(f) && f.categories.empty()) {
      if (counts.size() > kMaxCategories) {
        return ColumnError(
            f, absl::StrCat("has ", counts.size(), " categories; the limit is ", kMaxCategories));
      }
      for (const auto& [category, times] : counts) f.categories.push_back(category);
    }
    if (f.encoding != CsvEncoding::kOneHot) encoder.names_.push_back(f.column);
    if (f.encoding == CsvEncoding::kOneHot) {
      for (const std::string& c : f.categories)
        encoder.names_.push_back(absl::StrCat(f.column, "_", c));
    }
  }
  encoder.features_ = std::move(features);
  return encoder;
}

absl::StatusOr<Tensor> CsvEncoder::Transform(const CsvTable& table, DType dtype) const {
  if (!kResultTypes.Contains(dtype)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a table becomes ", kResultTypes.ToString(), ", not ", DTypeName(dtype)));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor result,
                          Tensor::Zeros(dtype, {static_cast<int64_t>(table.num_rows()),
                                                static_cast<int64_t>(names_.size())}));
  size_t at = 0;
  for (const CsvFeature& f : features_) {
    absl::Status s;
    DispatchDType(
        dtype, [&](auto zero) { s = Fill<decltype(zero)>(f, table, at, names_.size(), &result); });
    DAGRAD_RETURN_IF_ERROR(s);
    at += WidthOf(f);
  }
  return result;
}

}  // namespace dagrad::io
