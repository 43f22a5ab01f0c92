#ifndef DAGRAD_IO_CSV_CHUNK_H_
#define DAGRAD_IO_CSV_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/io/csv.h"

// Whole rows of a table, taken apart by themselves: what one thread does at a time.
namespace dagrad::io {

// Where and why a text is no table. An empty message: all is well.
struct CsvProblem {
  int64_t line = 0;    // within the text, counted from 0
  int64_t column = 0;  // in bytes, counted from 1; 0 where the whole line is meant
  std::string message;
};

// The fields that count as missing.
class CsvMissing {
 public:
  explicit CsvMissing(const std::vector<std::string>& fields);
  bool Contains(absl::string_view field) const {
    if (field.empty()) return empty_;
    for (const std::string& m : by_first_[static_cast<unsigned char>(field[0])]) {
      if (field == m) return true;
    }
    return false;
  }

 private:
  bool empty_ = false;
  std::vector<std::string> by_first_[256];
};

// A column's rows of one chunk.
struct CsvChunkColumn {
  // The narrowest type of its values, or a wider one that the column is known to have.
  CsvType type = CsvType::kInt;
  bool any_value = false;       // else everything is missing, and `type` means nothing
  CsvColumn rows;               // as in a whole column, but `missing` is empty
  std::vector<size_t> missing;  // the rows that are
};

struct CsvChunk {
  std::vector<CsvChunkColumn> columns;
  size_t num_rows = 0;
  int64_t num_lines = 0;
  size_t num_bytes = 0;                                // of its text
  std::vector<std::pair<size_t, int64_t>> line_jumps;  // lines counted from 0
  CsvProblem problem;
};

// The first row that is not empty, which gives the number of columns. Takes it, and the empty lines
// before it, from `text`; counts the lines in `lines`. No fields if there is no row.
std::vector<std::string> TakeCsvRow(absl::string_view* text, const CsvOptions& options,
                                    int64_t* lines, CsvProblem* problem);

// All rows of `text`. `at_least`: types that the columns are known to need, kInt where nothing is
// known; as many as there are columns.
CsvChunk ParseCsvChunk(absl::string_view text, const CsvOptions& options, const CsvMissing& missing,
                       const std::vector<CsvType>& at_least);

// The narrowest type that holds the values of both.
CsvType WiderCsvType(CsvType a, CsvType b);

// The end of the last whole row in `text`, which begins outside of quotes: 0 if there is none.
size_t EndOfLastCsvRow(absl::string_view text);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_CHUNK_H_
