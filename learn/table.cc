#include "dagrad/learn/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::learn {

using io::CsvColumn;
using io::CsvTable;
using io::CsvType;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double NumberAt(const CsvColumn& c, size_t row) { return c.IsMissing(row) ? kNone : c.Number(row); }

void AddRow(const CsvColumn& from, size_t row, CsvColumn* to) {
  switch (from.type) {
    case CsvType::kBool:
      to->bools.push_back(from.bools[row]);
      break;
    case CsvType::kInt:
      to->ints.push_back(from.ints[row]);
      break;
    case CsvType::kFloat:
      to->floats.push_back(from.floats[row]);
      break;
    case CsvType::kText:
      to->texts.Add(from.texts[row]);
      break;
  }
  const bool missing = from.IsMissing(row);
  if (!from.missing.empty()) to->missing.push_back(missing);
  to->num_missing += missing ? 1 : 0;
}

// Whether row a's field comes before row b's.
bool Before(const CsvColumn& c, size_t a, size_t b) {
  return c.type == CsvType::kText  ? c.texts[a] < c.texts[b]
         : c.type == CsvType::kInt ? c.ints[a] < c.ints[b]
                                   : c.Number(a) < c.Number(b);
}

}  // namespace

absl::StatusOr<Table> Table::Read(const std::string& path, const io::CsvOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(CsvTable table, io::ReadCsv(path, options));
  return Table(std::move(table));
}

absl::StatusOr<Table> Table::FromColumns(
    std::vector<std::pair<std::string, std::vector<double>>> columns) {
  Table t;
  std::set<std::string> seen;
  for (auto& [name, values] : columns) {
    if (!seen.insert(name).second)
      return InvalidArgumentError(absl::StrCat("two columns are named \"", Printable(name), "\""));
    if (!t.table_.columns.empty() && values.size() != t.table_.num_rows) {
      return InvalidArgumentError(absl::StrCat("column \"", Printable(name), "\" has ",
                                               values.size(), " rows; those before have ",
                                               t.table_.num_rows));
    }
    t.table_.num_rows = values.size();
    CsvColumn c{.name = name};
    for (const double v : values) c.num_missing += std::isnan(v) ? 1 : 0;
    if (c.num_missing > 0) {
      for (const double v : values) c.missing.push_back(std::isnan(v));
    }
    c.floats = std::move(values);
    t.table_.columns.push_back(std::move(c));
  }
  t.table_.line_jumps = {{0, 1}};
  return t;
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> names;
  for (const CsvColumn& c : table_.columns) names.push_back(c.name);
  return names;
}

absl::StatusOr<size_t> Table::IndexOf(absl::string_view name) const {
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    if (table_.columns[i].name == name) return i;
  }
  return NotFoundError(
      absl::StrCat("there is no column \"", Printable(name), "\"", PerhapsOf(name, names())));
}

absl::StatusOr<const CsvColumn*> Table::Column(absl::string_view name) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
  return &table_.columns[index];
}

absl::StatusOr<std::vector<double>> Table::Numbers(absl::string_view name) const {
  DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* c, Column(name));
  if (c->type == CsvType::kText)
    return InvalidArgumentError(absl::StrCat("column \"", Printable(name), "\" is text"));
  std::vector<double> numbers;
  for (size_t row = 0; row < table_.num_rows; ++row) numbers.push_back(NumberAt(*c, row));
  return numbers;
}

absl::StatusOr<Table> Table::Select(const ColumnNames& columns) const {
  Table t;
  t.table_.num_rows = table_.num_rows;
  t.table_.line_jumps = table_.line_jumps;
  std::set<std::string> seen;
  for (const std::string& name : columns) {
    DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* c, Column(name));
    if (!seen.insert(name).second)
      return InvalidArgumentError(
          absl::StrCat("column \"", Printable(name), "\" is selected twice"));
    t.table_.columns.push_back(*c);
  }
  return t;
}

absl::StatusOr<Table> Table::Drop(const ColumnNames& columns) const {
  std::set<size_t> dropped;
  for (const std::string& name : columns) {
    DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    dropped.insert(index);
  }
  std::vector<std::string> kept;
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    if (!dropped.contains(i)) kept.push_back(table_.columns[i].name);
  }
  return Select(kept);
}

Table Table::SelectNumbers(bool with_bools) const {
  Table t = *this;
  std::erase_if(t.table_.columns, [&](const CsvColumn& c) {
    return c.type == CsvType::kText || (c.type == CsvType::kBool && !with_bools);
  });
  return t;
}

absl::StatusOr<Table> Table::TakeRows(absl::Span<const int64_t> rows) const {
  for (const int64_t row : rows) {
    if (row < 0 || row >= num_rows())
      return InvalidArgumentError(absl::StrCat("row ", row, " of a table of ", num_rows()));
  }
  Table t;
  t.table_.num_rows = rows.size();
  for (const CsvColumn& c : table_.columns) {
    CsvColumn taken{.name = c.name, .type = c.type};
    for (const int64_t row : rows) AddRow(c, static_cast<size_t>(row), &taken);
    if (taken.num_missing == 0) taken.missing.clear();
    t.table_.columns.push_back(std::move(taken));
  }
  for (size_t i = 0; i < rows.size() && !table_.line_jumps.empty(); ++i) {
    const int64_t line = table_.LineOf(static_cast<size_t>(rows[i]));
    if (i == 0 || t.table_.LineOf(i - 1) + 1 != line) t.table_.line_jumps.emplace_back(i, line);
  }
  return t;
}

Table Table::Head(int64_t rows) const {
  std::vector<int64_t> first(std::clamp<int64_t>(rows, 0, num_rows()));
  std::iota(first.begin(), first.end(), 0);
  return *TakeRows(first);
}

absl::StatusOr<Table> Table::KeepRows(const std::function<bool(size_t)>& keep) const {
  std::vector<int64_t> rows;
  for (size_t row = 0; row < table_.num_rows; ++row) {
    if (keep(row)) rows.push_back(static_cast<int64_t>(row));
  }
  return TakeRows(rows);
}

absl::StatusOr<Table> Table::Filter(absl::string_view column,
                                    const std::function<bool(double)>& keep) const {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<double> numbers, Numbers(column));
  return KeepRows([&](size_t row) { return keep(numbers[row]); });
}

absl::StatusOr<Table> Table::FilterText(absl::string_view column,
                                        const std::function<bool(absl::string_view)>& keep) const {
  DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* c, Column(column));
  return KeepRows([&](size_t row) { return keep(c->Field(row)); });
}

Table Table::DropNa() const {
  return *KeepRows([this](size_t row) {
    return std::none_of(table_.columns.begin(), table_.columns.end(),
                        [row](const CsvColumn& c) { return c.IsMissing(row); });
  });
}

absl::StatusOr<Table> Table::SortValues(absl::string_view column, bool ascending) const {
  DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* c, Column(column));
  std::vector<int64_t> rows(table_.num_rows);
  std::iota(rows.begin(), rows.end(), 0);
  const auto there = std::stable_partition(rows.begin(), rows.end(), [&](int64_t row) {
    return c->type == CsvType::kText ? !c->IsMissing(row) : !std::isnan(NumberAt(*c, row));
  });
  std::stable_sort(rows.begin(), there, [&](int64_t a, int64_t b) {
    return ascending ? Before(*c, a, b) : Before(*c, b, a);
  });
  return TakeRows(rows);
}

absl::StatusOr<std::pair<Table, Table>> Table::Split(const SplitOptions& options) const {
  DAGRAD_ASSIGN_OR_RETURN(const learn::Split split, SplitRows(num_rows(), options));
  DAGRAD_ASSIGN_OR_RETURN(Table train, TakeRows(split.train));
  DAGRAD_ASSIGN_OR_RETURN(Table test, TakeRows(split.test));
  return std::pair(std::move(train), std::move(test));
}

}  // namespace dagrad::learn
