#ifndef DAGRAD_IO_CSV_H_
#define DAGRAD_IO_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"

namespace dagrad::io {

// The narrowest type that all fields of a column have which are not missing.
enum class CsvType {
  kBool,   // true/false in lower case, upper case or with a capital
  kInt,    // int64
  kFloat,  // any other number; NaN in any spelling (" NaN", "nan(1)") is one that is missing; also
           // a column without any value
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
  // That read at the same time; 0: the processors that the process may use. The table is the same
  // for any number.
  int threads = 0;
  // Of the table and of what reading it takes; its time is looked at before every block.
  Budget budget;
};

// Text of many rows in one piece of memory.
class CsvText {
 public:
  size_t size() const { return ends_.size(); }
  absl::string_view operator[](size_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return absl::string_view(bytes_).substr(begin, ends_[row] - begin);
  }
  void Add(absl::string_view text) {
    bytes_.append(text.data(), text.size());
    ends_.push_back(bytes_.size());
  }
  void Append(const CsvText& other);
  void Reserve(size_t rows, size_t bytes);
  size_t bytes() const { return bytes_.size(); }
  size_t memory() const { return bytes_.capacity() + ends_.capacity() * sizeof(size_t); }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;  // of each row in bytes_
};

// A column: one of the four lists has an element for each row, the one of its type.
struct CsvColumn {
  std::string name;
  CsvType type = CsvType::kFloat;
  std::vector<bool> bools;     // false where missing
  std::vector<int64_t> ints;   // 0 where missing
  std::vector<double> floats;  // NaN where missing; the nearest number to the field's decimal one
  CsvText texts;               // without the quotes; "" where missing
  std::vector<bool> missing;   // empty if nothing is
  int64_t num_missing = 0;

  bool IsMissing(size_t row) const { return !missing.empty() && missing[row]; }
  // The field as a number: a bool is 0 or 1, an int the nearest double. Only of columns that are
  // not text, where not missing.
  double Number(size_t row) const;
  // The field as text: numbers in the shortest form that reads as the same number ("1e-3" in the
  // file is "0.001"), "true" and "false", "" where missing.
  std::string Field(size_t row) const;
};

struct CsvTable {
  std::vector<CsvColumn> columns;
  size_t num_rows = 0;
  // Rows that do not begin on the line behind the one before, with their line; row 0 is the first.
  std::vector<std::pair<size_t, int64_t>> line_jumps;

  // The line of the file, counted from 1, at which a row begins.
  int64_t LineOf(size_t row) const;
  const CsvColumn* Find(absl::string_view name) const;  // null if there is none
};

// Reads comma-separated values as RFC 4180 has them: fields in quotes may hold delimiters, line
// breaks and doubled quotes. Lines end in LF, CRLF or CR; a byte order mark is skipped, and so are
// empty lines. The text is UTF-8. The file is read in blocks, several at a time, and never in
// memory as a whole: that takes the columns and some megabytes.
//
// InvalidArgument, with line and column ("people.csv: line 3, column 9: …"), for a quote that is
// not closed, text after a closing quote, a quote within an unquoted field, a row with more or
// fewer fields than the first, two columns of one name, a NUL, other text than UTF-8, a file
// without rows. ResourceExhausted for a file of more than `max_bytes`, beyond the budget or
// beyond the machine's memory; DataLoss for one that is changed while it is read. The budget's
// bytes are taken for good: the table's. Thread-safe.
absl::StatusOr<CsvTable> ReadCsv(const std::string& path, const CsvOptions& options = {});
absl::StatusOr<CsvTable> ParseCsv(absl::string_view text, const CsvOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_H_
