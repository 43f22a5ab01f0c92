#include "dagrad/io/csv.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"

namespace dagrad::io {
namespace {

// Splits the text into rows of fields, knowing where it is.
class Scanner {
 public:
  Scanner(absl::string_view text, char delimiter) : rest_(text), delimiter_(delimiter) {}

  bool done() {
    while (!rest_.empty() && EatLineBreak()) {
    }
    return rest_.empty();
  }
  int64_t line() const { return line_; }

  // The next row; at least one field.
  absl::Status Row(size_t max_fields, std::vector<std::string>* fields) {
    fields->clear();
    while (true) {
      if (fields->size() >= max_fields)
        return Error(absl::StrCat("more than ", max_fields, " fields"));
      std::string& field = fields->emplace_back();
      DAGRAD_RETURN_IF_ERROR(!rest_.empty() && rest_[0] == '"' ? Quoted(&field) : Plain(&field));
      if (rest_.empty() || EatLineBreak()) return absl::OkStatus();
      Skip(1);  // the delimiter
    }
  }

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_, ", column ", column_, ": ", what));
  }
  void Skip(size_t n) {
    rest_.remove_prefix(n);
    column_ += static_cast<int64_t>(n);
  }
  bool EatLineBreak() {
    if (!absl::ConsumePrefix(&rest_, "\r\n") && !absl::ConsumePrefix(&rest_, "\n") &&
        !absl::ConsumePrefix(&rest_, "\r")) {
      return false;
    }
    ++line_;
    column_ = 1;
    return true;
  }
  bool AtEndOfField() const {
    return rest_.empty() || rest_[0] == delimiter_ || rest_[0] == '\n' || rest_[0] == '\r';
  }
  absl::Status Plain(std::string* field) {
    size_t n = 0;
    while (n < rest_.size() && rest_[n] != delimiter_ && rest_[n] != '\n' && rest_[n] != '\r' &&
           rest_[n] != '"')
      ++n;
    field->assign(rest_.data(), n);
    Skip(n);
    if (AtEndOfField()) return absl::OkStatus();
    return Error("a quote within a field that does not begin with one");
  }
  absl::Status Quoted(std::string* field) {
    const absl::Status open = Error("the quote that opens here is never closed");
    Skip(1);
    while (true) {
      const size_t n = rest_.find_first_of("\"\r\n");
      if (n == rest_.npos) return open;
      field->append(rest_.data(), n);
      Skip(n);
      const absl::string_view before = rest_;
      if (EatLineBreak()) {
        field->append(before.data(), before.size() - rest_.size());
        continue;
      }
      Skip(1);
      if (rest_.empty() || rest_[0] != '"') break;
      *field += '"';
      Skip(1);
    }
    return AtEndOfField() ? absl::OkStatus() : Error("text after the closing quote");
  }

  absl::string_view rest_;
  char delimiter_;
  int64_t line_ = 1;
  int64_t column_ = 1;  // in bytes
};

bool IsBool(absl::string_view s) {
  return s == "true" || s == "false" || s == "True" || s == "False" || s == "TRUE" || s == "FALSE";
}

bool IsInt(absl::string_view s) {
  int64_t value = 0;
  return absl::SimpleAtoi(s, &value);
}

bool IsFloat(absl::string_view s) {
  double value = 0;
  return absl::SimpleAtod(s, &value);
}

CsvType Narrowest(const CsvColumn& column) {
  auto all = [&](bool (*is)(absl::string_view)) {
    for (size_t i = 0; i < column.fields.size(); ++i) {
      if (!column.missing[i] && !is(column.fields[i])) return false;
    }
    return true;
  };
  if (column.num_missing == static_cast<int64_t>(column.fields.size())) return CsvType::kFloat;
  if (all(IsInt)) return CsvType::kInt;
  if (all(IsFloat)) return CsvType::kFloat;
  return all(IsBool) ? CsvType::kBool : CsvType::kText;
}

absl::Status CheckText(absl::string_view text) {
  int64_t line = 1;
  while (!text.empty()) {
    const absl::string_view part = text.substr(0, text.find('\n'));
    const bool nul = part.find('\0') != part.npos;
    if (nul || !IsUtf8(part)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, ": ",
                       nul ? "holds a NUL" : "is no UTF-8: ", nul ? "" : Printable(part, 60)));
    }
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    ++line;
  }
  return absl::OkStatus();
}

absl::Status MakeColumns(std::vector<std::string> names, CsvTable* table) {
  absl::flat_hash_set<std::string> seen;
  for (std::string& name : names) {
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("two columns are named \"", Printable(name), "\""));
    }
    table->columns.emplace_back().name = std::move(name);
  }
  return absl::OkStatus();
}

void AddRow(std::vector<std::string> fields, const absl::flat_hash_set<std::string>& missing,
            int64_t line, CsvTable* table) {
  table->lines.push_back(line);
  for (size_t i = 0; i < fields.size(); ++i) {
    CsvColumn& column = table->columns[i];
    const bool is_missing = missing.contains(fields[i]);
    column.missing.push_back(is_missing);
    column.num_missing += is_missing ? 1 : 0;
    column.fields.push_back(is_missing ? "" : std::move(fields[i]));
  }
}

}  // namespace

absl::string_view CsvTypeName(CsvType type) {
  constexpr absl::string_view kNames[] = {"bool", "int", "float", "text"};
  return kNames[static_cast<int>(type)];
}

double CsvColumn::Number(size_t row) const {
  double value = 0;
  if (type == CsvType::kBool) return absl::ascii_tolower(fields[row][0]) == 't' ? 1 : 0;
  absl::SimpleAtod(fields[row], &value);
  return value;
}

const CsvColumn* CsvTable::Find(absl::string_view name) const {
  for (const CsvColumn& c : columns) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

absl::StatusOr<CsvTable> ParseCsv(absl::string_view text, const CsvOptions& options) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  DAGRAD_RETURN_IF_ERROR(CheckText(text));
  const absl::flat_hash_set<std::string> missing(options.missing.begin(), options.missing.end());
  CsvTable table;
  Scanner scanner(text, options.delimiter);
  std::vector<std::string> fields;
  bool first = true;
  while (!scanner.done()) {
    const int64_t line = scanner.line();
    DAGRAD_RETURN_IF_ERROR(scanner.Row(options.max_columns, &fields));
    if (first) {
      std::vector<std::string> names = fields;
      for (size_t i = 0; i < names.size() && !options.header; ++i) names[i] = absl::StrCat(i);
      DAGRAD_RETURN_IF_ERROR(MakeColumns(std::move(names), &table));
      first = false;
      if (options.header) continue;
    }
    if (fields.size() != table.columns.size()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line, ": has ", fields.size(),
                                                     " fields; the first line has ",
                                                     table.columns.size()));
    }
    AddRow(std::move(fields), missing, line, &table);
  }
  if (table.num_rows() == 0) return absl::InvalidArgumentError("has no rows");
  for (CsvColumn& column : table.columns) column.type = Narrowest(column);
  return table;
}

absl::StatusOr<CsvTable> ReadCsv(const std::string& path, const CsvOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, options.max_bytes));
  absl::StatusOr<CsvTable> table = ParseCsv(text, options);
  if (table.ok()) return table;
  return absl::Status(table.status().code(),
                      absl::StrCat(Printable(path, 1024), ": ", table.status().message()));
}

}  // namespace dagrad::io
