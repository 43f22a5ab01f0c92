// Table: what is computed of its columns.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/correlation.h"
#include "dagrad/learn/table.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::learn {

using io::CsvColumn;
using io::CsvType;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kStatistics[] = {"count", "mean", "std", "min", "25%", "50%", "75%", "max"};

template <typename Term>
double Sum(const std::vector<double>& v, const Term& term) {
  return ops::SumOf(static_cast<int64_t>(v.size()), [&](int64_t i) { return term(v[i]); });
}

double MeanOf(const std::vector<double>& v) {
  if (v.empty()) return kNone;
  return Sum(v, [](double x) { return x; }) / static_cast<double>(v.size());
}

double DeviationOf(const std::vector<double>& v, double mean) {
  if (v.size() < 2) return kNone;
  const double squares = Sum(v, [mean](double x) { return (x - mean) * (x - mean); });
  return std::sqrt(squares / static_cast<double>(v.size() - 1));
}

// The value below which `share` of the sorted values lie, linear between two of them: between a
// number and an infinity that infinity, between both NaN.
double Quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return kNone;
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  if (part == 0 || sorted[below] == sorted[above]) return sorted[below];
  return (1 - part) * sorted[below] + part * sorted[above];
}

std::vector<double> StatisticsOf(std::vector<double> v) {
  const double mean = MeanOf(v);
  const double deviation = DeviationOf(v, mean);
  std::sort(v.begin(), v.end());
  return {static_cast<double>(v.size()),
          mean,
          deviation,
          Quantile(v, 0),
          Quantile(v, 0.25),
          Quantile(v, 0.5),
          Quantile(v, 0.75),
          Quantile(v, 1)};
}

// The numbers of the rows that are not missing.
template <typename Rows>
std::vector<double> Present(const CsvColumn& c, const Rows& rows) {
  std::vector<double> present;
  for (const int64_t row : rows) {
    if (c.IsMissing(row)) continue;
    const double v = c.type == CsvType::kText ? 1 : c.Number(row);
    if (!std::isnan(v)) present.push_back(v);
  }
  return present;
}

std::vector<int64_t> AllRows(int64_t n) {
  std::vector<int64_t> rows(n);
  for (int64_t i = 0; i < n; ++i) rows[i] = i;
  return rows;
}

// A row's key, in order: numbers by size, text by bytes.
struct KeyPart {
  double number = 0;
  int64_t whole = 0;
  std::string text;
  auto operator<=>(const KeyPart&) const = default;
};

KeyPart PartOf(const CsvColumn& c, int64_t row) {
  if (c.type == CsvType::kText) return {0, 0, std::string(c.texts[row])};
  if (c.type == CsvType::kInt) return {0, c.ints[row], {}};
  return {c.Number(row), 0, {}};
}

}  // namespace

Table Table::Describe() const {
  CsvColumn names{.type = CsvType::kText};
  for (const char* s : kStatistics) names.texts.Add(s);
  Table t;
  t.table_.num_rows = std::size(kStatistics);
  t.table_.columns.push_back(std::move(names));
  for (const CsvColumn& c : SelectNumbers(/*with_bools=*/false).table_.columns) {
    CsvColumn out{.name = c.name};
    out.floats = StatisticsOf(Present(c, AllRows(num_rows())));
    for (const double v : out.floats) out.num_missing += std::isnan(v) ? 1 : 0;
    if (out.num_missing > 0) {
      for (const double v : out.floats) out.missing.push_back(std::isnan(v));
    }
    t.table_.columns.push_back(std::move(out));
  }
  t.table_.line_jumps = {{0, 1}};
  return t;
}

absl::StatusOr<Tensor> Table::Corr() const {
  const Table numbers = SelectNumbers();
  const int64_t columns = static_cast<int64_t>(numbers.table_.columns.size());
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, Tensor::Allocate(DType::kFloat64, {num_rows(), columns}));
  const auto cells = x.mutable_data<double>();
  for (int64_t j = 0; j < columns; ++j) {
    const CsvColumn& c = numbers.table_.columns[j];
    for (int64_t i = 0; i < num_rows(); ++i)
      cells[i * columns + j] = c.IsMissing(i) ? kNone : c.Number(i);
  }
  return CorrelationMatrix(x);
}

absl::StatusOr<GroupedTable> Table::GroupBy(const ColumnNames& keys) const {
  if (keys.empty()) return InvalidArgumentError("GroupBy needs a column");
  std::vector<size_t> columns;
  for (const std::string& key : keys) {
    DAGRAD_ASSIGN_OR_RETURN(columns.emplace_back(), IndexOf(key));
    if (std::count(columns.begin(), columns.end(), columns.back()) > 1)
      return InvalidArgumentError(
          absl::StrCat("GroupBy has the column \"", Printable(key), "\" twice"));
  }
  std::map<std::vector<KeyPart>, std::vector<int64_t>> groups;
  for (int64_t row = 0; row < num_rows(); ++row) {
    std::vector<KeyPart> key;
    for (const size_t c : columns) {
      const CsvColumn& column = table_.columns[c];
      if (column.IsMissing(row)) break;
      KeyPart part = PartOf(column, row);
      if (std::isnan(part.number)) break;
      key.push_back(std::move(part));
    }
    if (key.size() == columns.size()) groups[std::move(key)].push_back(row);
  }
  std::vector<std::vector<int64_t>> rows;
  for (auto& [unused, group] : groups) rows.push_back(std::move(group));
  return GroupedTable(*this, std::move(columns), std::move(rows));
}

Table GroupedTable::Apply(bool texts, const Aggregate& aggregate) const {
  std::vector<int64_t> firsts;
  for (const auto& group : groups_) firsts.push_back(group[0]);
  const Table first = *table_.TakeRows(firsts);
  Table t;
  t.table_.num_rows = groups_.size();
  t.table_.line_jumps = {{0, 1}};
  for (const size_t key : keys_) t.table_.columns.push_back(first.table_.columns[key]);
  for (size_t i = 0; i < table_.table_.columns.size(); ++i) {
    const CsvColumn& c = table_.table_.columns[i];
    if (std::count(keys_.begin(), keys_.end(), i) > 0) continue;
    if (c.type == CsvType::kText && !texts) continue;
    CsvColumn out{.name = c.name};
    for (const auto& group : groups_) out.floats.push_back(aggregate(Present(c, group)));
    for (const double v : out.floats) {
      out.missing.push_back(std::isnan(v));
      out.num_missing += std::isnan(v) ? 1 : 0;
    }
    if (out.num_missing == 0) out.missing.clear();
    t.table_.columns.push_back(std::move(out));
  }
  return t;
}

Table GroupedTable::Mean() const { return Apply(false, MeanOf); }

Table GroupedTable::Sum() const {
  return Apply(false, [](const std::vector<double>& v) {
    return learn::Sum(v, [](double x) { return x; });
  });
}

Table GroupedTable::Count() const {
  return Apply(true, [](const std::vector<double>& v) { return static_cast<double>(v.size()); });
}

}  // namespace dagrad::learn
