#include "dagrad/io/csv_growing_column.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace dagrad::io {

GrowingColumn::GrowingColumn(std::string name) {
  column_.name = std::move(name);
  column_.type = CsvType::kInt;
}

void GrowingColumn::Add(const CsvChunkColumn& part, size_t num_rows, size_t rows_in_all) {
  if (part.any_value) Widen(part.type, rows_in_all);
  if (!conflict_) Append(part, num_rows);
  column_.num_missing += static_cast<int64_t>(part.missing.size());
  if (column_.num_missing > 0) column_.missing.resize(rows_ + num_rows, false);
  for (const size_t row : part.missing) column_.missing[rows_ + row] = true;
  rows_ += num_rows;
}

CsvColumn GrowingColumn::Take() {
  if (!any_value_) Convert(CsvType::kFloat);
  return std::move(column_);
}

size_t GrowingColumn::memory() const {
  return column_.name.capacity() + column_.ints.capacity() * sizeof(int64_t) +
         column_.floats.capacity() * sizeof(double) +
         (column_.bools.capacity() + column_.missing.capacity()) / 8 + column_.texts.memory();
}

void GrowingColumn::Widen(CsvType type, size_t rows_in_all) {
  const CsvType wider = any_value_ ? WiderCsvType(column_.type, type) : type;
  conflict_ = conflict_ || (any_value_ && wider != column_.type && wider == CsvType::kText) ||
              (wider == CsvType::kText && type != CsvType::kText);
  if (!any_value_ || wider != column_.type) Convert(wider);
  if (!any_value_) Reserve(rows_in_all);
  any_value_ = true;
}

void GrowingColumn::Reserve(size_t rows) {
  if (column_.type == CsvType::kInt) column_.ints.reserve(rows);
  if (column_.type == CsvType::kFloat) column_.floats.reserve(rows);
}

// What stands there: integers, which become floats, or nothing but missing fields.
void GrowingColumn::Convert(CsvType type) {
  if (conflict_) {
    CsvColumn empty;
    empty.name = std::move(column_.name);
    column_ = std::move(empty);
  } else if (type == CsvType::kFloat) {
    column_.floats.reserve(column_.ints.capacity());
    column_.floats.assign(column_.ints.begin(), column_.ints.end());
    for (size_t i = 0; i < column_.missing.size(); ++i) {
      if (column_.missing[i]) column_.floats[i] = kNone;
    }
    column_.ints = {};
  } else if (type != column_.type) {
    column_.ints = {};
    if (type == CsvType::kBool) column_.bools.assign(rows_, false);
    for (size_t i = 0; i < rows_ && type == CsvType::kText; ++i) column_.texts.Add("");
  }
  column_.type = type;
}

void GrowingColumn::Append(const CsvChunkColumn& part, size_t num_rows) {
  const auto append = [&](const auto& from, auto none, auto* to) {
    if (part.any_value) {
      to->insert(to->end(), from.begin(), from.end());
    } else {
      to->insert(to->end(), num_rows, none);
    }
  };
  switch (column_.type) {
    case CsvType::kBool:
      return append(part.rows.bools, false, &column_.bools);
    case CsvType::kInt:
      return append(part.rows.ints, int64_t{0}, &column_.ints);
    case CsvType::kFloat:
      if (part.any_value && part.type == CsvType::kInt) return AppendInts(part);
      return append(part.rows.floats, kNone, &column_.floats);
    case CsvType::kText:
      if (part.any_value) return column_.texts.Append(part.rows.texts);
      for (size_t i = 0; i < num_rows; ++i) column_.texts.Add("");
  }
}

void GrowingColumn::AppendInts(const CsvChunkColumn& part) {
  std::vector<double>& to = column_.floats;
  to.insert(to.end(), part.rows.ints.begin(), part.rows.ints.end());
  for (const size_t row : part.missing) to[rows_ + row] = kNone;
}

}  // namespace dagrad::io
