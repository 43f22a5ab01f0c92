#ifndef DAGRAD_IO_CSV_H_
#define DAGRAD_IO_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::io {

// The narrowest type that all fields of a column have which are not missing.
enum class CsvType {
  kBool,   // true/false in lower case, upper case or with a capital
  kInt,    // int64
  kFloat,  // any other decimal number; also a column without any value
  kText,
};
absl::string_view CsvTypeName(CsvType type);  // "bool", "int", "float", "text"

struct CsvOptions {
  char delimiter = ',';
  bool header = true;  // otherwise the columns are named "0", "1", …
  // Fields that count as missing, quoted or not: pandas' list of the common ones.
  std::vector<std::string> missing = {"",    "NA",   "N/A",  "n/a",  "#N/A", "<NA>", "NaN",
                                      "nan", "-NaN", "-nan", "NULL", "null", "None"};
  size_t max_bytes = size_t{1} << 30;
  size_t max_columns = 65536;
};

struct CsvColumn {
  std::string name;
  CsvType type = CsvType::kFloat;
  std::vector<std::string> fields;  // one per row, without the quotes; "" where missing
  std::vector<bool> missing;
  int64_t num_missing = 0;

  // The field as a number: a bool is 0 or 1. Only of columns that are not text, where not missing.
  double Number(size_t row) const;
};

struct CsvTable {
  std::vector<CsvColumn> columns;
  std::vector<int64_t> lines;  // of the file, counted from 1, at which each row begins
  size_t num_rows() const { return lines.size(); }
  const CsvColumn* Find(absl::string_view name) const;  // null if there is none
};

// Reads comma-separated values as RFC 4180 has them: fields in quotes may hold delimiters, line
// breaks and doubled quotes. Lines end in LF, CRLF or CR; a byte order mark is skipped, and so are
// empty lines. The text is UTF-8.
//
// InvalidArgument, with line and column ("people.csv: line 3, column 9: …"), for a quote that is
// not closed, text after a closing quote, a quote within an unquoted field, a row with more or
// fewer fields than the first, two columns of one name, a NUL, other text than UTF-8, a file
// without rows.
absl::StatusOr<CsvTable> ReadCsv(const std::string& path, const CsvOptions& options = {});
absl::StatusOr<CsvTable> ParseCsv(absl::string_view text, const CsvOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_H_
