#ifndef DAGRAD_LEARN_TABLE_H_
#define DAGRAD_LEARN_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/learn/split.h"

namespace dagrad::learn {

class GroupedTable;

// Names of columns: "age", {"age", "sex"}, or a vector.
class ColumnNames {
 public:
  ColumnNames() = default;
  ColumnNames(const char* name) : list_({name}) {}  // NOLINT(google-explicit-constructor)
  ColumnNames(std::string name)
      : list_({std::move(name)}) {}  // NOLINT(google-explicit-constructor)
  // Of literals, as a list of strings would take two of them for the ends of one text.
  ColumnNames(std::initializer_list<const char*> names) : list_(names.begin(), names.end()) {}
  ColumnNames(std::vector<std::string> names)  // NOLINT(google-explicit-constructor)
      : list_(std::move(names)) {}
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  bool empty() const { return list_.empty(); }

 private:
  std::vector<std::string> list_;
};

// A table of typed columns (io::CsvColumn: bool, int, float, text) with missing values: what
// io::ReadCsv gives, with the operations of a pandas DataFrame. Each operation gives a new table
// and leaves the old one. Numbers are computed in float64. NotFound for a column that is not there,
// with the nearest name. Methods that are const may be called from several threads at once.
// Source of semantics and defaults: pandas 3.
//
//   DAGRAD_ASSIGN_OR_RETURN(learn::Table t, learn::Table::Read("titanic.csv"));
//   std::cout << t.Head() << t.Describe();
//   DAGRAD_ASSIGN_OR_RETURN(t, t.FillNa("Age", io::CsvFill::kMedian));
//   DAGRAD_ASSIGN_OR_RETURN(t, t.GetDummies("Embarked"));
class Table {
 public:
  Table() = default;
  // All columns must have num_rows rows: as ReadCsv gives them.
  Table(io::CsvTable table)  // NOLINT(google-explicit-constructor)
      : table_(std::move(table)) {}
  // io::ReadCsv.
  static absl::StatusOr<Table> Read(const std::string& path, const io::CsvOptions& options = {});
  // Columns of floats, NaN where missing, all of as many rows, with different names:
  // InvalidArgument.
  static absl::StatusOr<Table> FromColumns(
      std::vector<std::pair<std::string, std::vector<double>>> columns);

  const io::CsvTable& csv() const { return table_; }
  int64_t num_rows() const { return static_cast<int64_t>(table_.num_rows); }
  std::vector<std::string> names() const;
  absl::StatusOr<const io::CsvColumn*> Column(absl::string_view name) const;
  // The numbers of a column that is not text, NaN where missing; a bool is 0 or 1.
  absl::StatusOr<std::vector<double>> Numbers(absl::string_view name) const;

  // Rows and columns.

  absl::StatusOr<Table> Select(const ColumnNames& columns) const;  // in this order
  absl::StatusOr<Table> Drop(const ColumnNames& columns) const;
  // Of bool, int and float columns those alone, or also without bool.
  Table SelectNumbers(bool with_bools = true) const;
  // rows[0], rows[1], …, which may repeat. Errors about a row still name its line of the file.
  // InvalidArgument for one that is not in [0, num_rows).
  absl::StatusOr<Table> TakeRows(absl::Span<const int64_t> rows) const;
  Table Head(int64_t rows = 5) const;
  // The rows for which `keep` is true of the column's number, or of its text. Of numbers NaN where
  // missing, of text "".
  absl::StatusOr<Table> Filter(absl::string_view column,
                               const std::function<bool(double)>& keep) const;
  absl::StatusOr<Table> FilterText(absl::string_view column,
                                   const std::function<bool(absl::string_view)>& keep) const;
  // Without the rows in which anything is missing.
  Table DropNa() const;
  // By size, text by bytes; equal ones keep their order, missing ones stand last.
  absl::StatusOr<Table> SortValues(absl::string_view column, bool ascending = true) const;
  // SplitRows of the rows: training part and test part.
  absl::StatusOr<std::pair<Table, Table>> Split(const SplitOptions& options = {}) const;

  // Values.

  // Missing ones become a number, a text, or the column's mean, median or most frequent value. An
  // int column that gets another number becomes float; text cannot get a number: InvalidArgument.
  absl::StatusOr<Table> FillNa(absl::string_view column, double value) const;
  absl::StatusOr<Table> FillNa(absl::string_view column, const std::string& text) const;
  absl::StatusOr<Table> FillNa(absl::string_view column, io::CsvFill statistic) const;
  // In every column that misses something, the column's own; of text kMostFrequent alone.
  absl::StatusOr<Table> FillNa(io::CsvFill statistic) const;
  // Fields equal to `from` become `to`, in columns of numbers, and of text.
  absl::StatusOr<Table> Replace(absl::string_view column, double from, double to) const;
  absl::StatusOr<Table> Replace(absl::string_view column, const std::string& from,
                                const std::string& to) const;
  // Each column (none given: each text column) becomes one of bool per category behind the others,
  // "Embarked_C", …: true where the field is it; none of a missing field is. drop_first leaves out
  // the first category.
  absl::StatusOr<Table> GetDummies(const ColumnNames& columns = {}, bool drop_first = false) const;
  // The column as numbers of its categories in order, from 0 (scikit-learn's LabelEncoder); missing
  // stays so. `categories`: instead of those that occur, which must be among them.
  absl::StatusOr<Table> LabelEncode(absl::string_view column,
                                    std::vector<std::string> categories = {}) const;

  // Statistics.

  // Of each int and float column count, mean, std (of a sample: Σ (x - mean)² / (n - 1)), min, the
  // quartiles (linear between two values) and max of what is not missing; the first column, "", has
  // these names. NaN where there is too little.
  Table Describe() const;
  // Pearson's correlations of SelectNumbers(): CorrelationMatrix (correlation.h).
  absl::StatusOr<Tensor> Corr() const;
  // Rows with equal keys as groups, by order of the keys; rows with a missing key are left out.
  absl::StatusOr<GroupedTable> GroupBy(const ColumnNames& keys) const;

  // [rows, columns] of the columns, which must be numbers without missing ones, as
  // CsvEncoder::Transform gives it; none given: of all.
  absl::StatusOr<Tensor> ToTensor(const ColumnNames& columns = {},
                                  DType dtype = DType::kFloat32) const;
  // x and y of examples: all other columns, and `target`, as ToTensor gives them.
  absl::StatusOr<std::pair<Tensor, Tensor>> FeaturesAndTarget(const std::string& target) const;
  // Aligned columns: all rows, or the first and last of more than `max_rows`, and how many there
  // are. Missing fields are "NaN".
  std::string ToString(int64_t max_rows = 60) const;
  // The table as a CSV file; missing fields are empty. ReadCsv reads it as the same table, but for
  // texts that look like other values or missing fields, and columns without any value, which are
  // float.
  absl::Status WriteCsv(const std::string& path) const;

 private:
  friend class GroupedTable;
  Table With(size_t index, io::CsvColumn column) const;
  absl::StatusOr<size_t> IndexOf(absl::string_view name) const;
  absl::StatusOr<Table> KeepRows(const std::function<bool(size_t)>& keep) const;

  io::CsvTable table_;
};

std::ostream& operator<<(std::ostream& out, const Table& table);

// A table in groups. Its functions give a row per group: the keys, and for each other column of
// numbers (Count: each other column) one number of the values that are not missing: their mean (NaN
// if there is none), sum (0 if there is none), or how many they are. Thread-safe as Table.
class GroupedTable {
 public:
  Table Mean() const;
  Table Sum() const;
  Table Count() const;

 private:
  friend class Table;
  using Aggregate = std::function<double(const std::vector<double>&)>;
  GroupedTable(Table table, std::vector<size_t> keys, std::vector<std::vector<int64_t>> groups)
      : table_(std::move(table)), keys_(std::move(keys)), groups_(std::move(groups)) {}
  // Of each group's values that are not missing, `aggregate`.
  Table Apply(bool texts, const Aggregate& aggregate) const;

  Table table_;
  std::vector<size_t> keys_;  // columns
  std::vector<std::vector<int64_t>> groups_;
};

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_TABLE_H_
