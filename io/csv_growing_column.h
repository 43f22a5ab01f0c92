#ifndef DAGRAD_IO_CSV_GROWING_COLUMN_H_
#define DAGRAD_IO_CSV_GROWING_COLUMN_H_

#include <cstddef>
#include <limits>
#include <string>

#include "dagrad/io/csv.h"
#include "dagrad/io/csv_chunk.h"

namespace dagrad::io {

// A column that grows by chunks, in the narrowest type of those so far.
class GrowingColumn {
 public:
  explicit GrowingColumn(std::string name);

  // `rows_in_all`: an estimate, so that memory need not be moved.
  void Add(const CsvChunkColumn& part, size_t num_rows, size_t rows_in_all);

  CsvType type() const { return any_value_ ? column_.type : CsvType::kFloat; }
  // Whether it turned out to be text after numbers or bools, whose text is not there any more.
  bool conflict() const { return conflict_; }
  CsvColumn Take();
  size_t memory() const;  // bytes

 private:
  void Widen(CsvType type, size_t rows_in_all);
  void Reserve(size_t rows);
  void Convert(CsvType type);
  void Append(const CsvChunkColumn& part, size_t num_rows);
  void AppendInts(const CsvChunkColumn& part);

  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  CsvColumn column_;
  size_t rows_ = 0;
  bool any_value_ = false;  // else the type means nothing, and ints stand for missing fields
  bool conflict_ = false;
};

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_GROWING_COLUMN_H_
