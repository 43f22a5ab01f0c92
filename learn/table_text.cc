// Table: as text to read, and as a CSV file.
#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "dagrad/graph/name.h"
#include "dagrad/io/csv_number.h"
#include "dagrad/io/write_file.h"
#include "dagrad/learn/table.h"

namespace dagrad::learn {

using io::CsvColumn;
using io::CsvType;

namespace {

constexpr size_t kMostCharacters = 40;  // of a field that is printed

std::string CellText(const CsvColumn& c, size_t row) {
  if (c.IsMissing(row)) return "NaN";
  if (c.type == CsvType::kFloat) return absl::StrFormat("%.6g", c.floats[row]);
  return Printable(c.Field(row), kMostCharacters);
}

size_t Characters(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Padded(const std::string& text, size_t width, bool right) {
  const std::string blanks(width - std::min(width, Characters(text)), ' ');
  return right ? blanks + text : text + blanks;
}

std::string Quoted(absl::string_view field) {
  const bool plain =
      field.find_first_of(",\"\r\n") == field.npos && field == absl::StripAsciiWhitespace(field);
  if (plain) return std::string(field);
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

// As it stands in a file. A float of a whole value has a point, so that it is read as a float.
std::string FieldText(const CsvColumn& c, size_t row) {
  const std::string field = c.Field(row);
  const bool whole = c.type == CsvType::kFloat && !field.empty() &&
                     field.find_first_not_of("-0123456789") == field.npos;
  return whole ? field + ".0" : Quoted(field);
}

void AppendLine(const std::vector<std::string>& fields, std::string* text) {
  const std::string line = absl::StrJoin(fields, ",");
  // An empty line would be no row.
  absl::StrAppend(text, line.empty() ? "\"\"" : line, "\n");
}

}  // namespace

std::string Table::ToString(int64_t max_rows) const {
  std::vector<size_t> rows;
  const size_t n = table_.num_rows;
  const bool cut = num_rows() > std::max<int64_t>(max_rows, 2);
  const size_t half = cut ? std::max<int64_t>(max_rows, 2) / 2 : n;
  for (size_t i = 0; i < n; ++i) {
    if (!cut || i < half || i >= n - half) rows.push_back(i);
  }
  std::vector<std::string> lines(rows.size() + 1);
  std::string gap;
  for (size_t k = 0; k < table_.columns.size(); ++k) {
    const CsvColumn& c = table_.columns[k];
    std::vector<std::string> cells = {Printable(c.name, kMostCharacters)};
    for (const size_t row : rows) cells.push_back(CellText(c, row));
    size_t width = 0;
    for (const std::string& cell : cells) width = std::max(width, Characters(cell));
    const bool last_left = c.type == CsvType::kText && k + 1 == table_.columns.size();
    for (size_t i = 0; i < cells.size(); ++i) {
      absl::StrAppend(&lines[i], k == 0 ? "" : "  ",
                      last_left ? cells[i] : Padded(cells[i], width, c.type != CsvType::kText));
    }
  }
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (cut && i == half + 1) text += "…\n";
    absl::StrAppend(&text, lines[i], "\n");
  }
  if (cut) absl::StrAppend(&text, n, " rows, ", table_.columns.size(), " columns\n");
  return text;
}

absl::Status Table::WriteCsv(const std::string& path) const {
  std::string text;
  std::vector<std::string> fields;
  for (const CsvColumn& c : table_.columns) fields.push_back(Quoted(c.name));
  AppendLine(fields, &text);
  for (size_t row = 0; row < table_.num_rows; ++row) {
    fields.clear();
    for (const CsvColumn& c : table_.columns) fields.push_back(FieldText(c, row));
    AppendLine(fields, &text);
  }
  return io::WriteFile(path, text);
}

std::ostream& operator<<(std::ostream& out, const Table& table) { return out << table.ToString(); }

}  // namespace dagrad::learn
