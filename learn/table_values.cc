// Table: values that are changed, and columns that are made of others.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/table.h"

namespace dagrad::learn {

using io::CsvColumn;
using io::CsvEncoding;
using io::CsvFeature;
using io::CsvFill;
using io::CsvType;

namespace {

bool IsWhole(double v) { return v == std::floor(v) && v >= -0x1p63 && v < 0x1p63; }

absl::Status IsText(const CsvColumn& c, bool wanted) {
  if ((c.type == CsvType::kText) == wanted) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("column \"", Printable(c.name), "\" is ",
                                           io::CsvTypeName(c.type), ", which ",
                                           wanted ? "a text" : "a number", " does not go into"));
}

absl::Status IsStatistic(CsvFill fill) {
  if (fill == CsvFill::kMean || fill == CsvFill::kMedian || fill == CsvFill::kMostFrequent)
    return absl::OkStatus();
  return InvalidArgumentError("FillNa takes kMean, kMedian, kMostFrequent, a number or a text");
}

// A column of numbers in which row i is value(i) if change(i). Its type stays if it can hold the
// values; a bool column holds 0 and 1.
template <typename Change, typename Value>
CsvColumn WithNumbers(const CsvColumn& c, size_t rows, const Change& change, const Value& value) {
  bool same = true;
  for (size_t i = 0; i < rows; ++i) {
    if (!change(i)) continue;
    const double v = value(i);
    same = same && (c.type == CsvType::kFloat || (c.type == CsvType::kInt && IsWhole(v)) ||
                    (c.type == CsvType::kBool && (v == 0 || v == 1)));
  }
  CsvColumn out{.name = c.name, .type = same ? c.type : CsvType::kFloat};
  for (size_t i = 0; i < rows; ++i) {
    const bool changed = change(i);
    const bool missing = changed ? std::isnan(value(i)) : c.IsMissing(i);
    const double v = changed ? value(i) : missing ? std::nan("") : c.Number(i);
    if (out.type == CsvType::kFloat) out.floats.push_back(v);
    if (out.type == CsvType::kInt)
      out.ints.push_back(!changed ? c.ints[i] : static_cast<int64_t>(v));
    if (out.type == CsvType::kBool) out.bools.push_back(changed ? v == 1 : c.bools[i]);
    out.missing.push_back(missing);
    out.num_missing += missing ? 1 : 0;
  }
  if (out.num_missing == 0) out.missing.clear();
  return out;
}

// The same for text.
template <typename Change>
CsvColumn WithText(const CsvColumn& c, size_t rows, const Change& change, const std::string& to) {
  CsvColumn out{.name = c.name, .type = CsvType::kText};
  for (size_t i = 0; i < rows; ++i) {
    const bool changed = change(i);
    out.texts.Add(changed ? absl::string_view(to) : c.texts[i]);
    out.missing.push_back(!changed && c.IsMissing(i));
    out.num_missing += out.missing.back() ? 1 : 0;
  }
  if (out.num_missing == 0) out.missing.clear();
  return out;
}

}  // namespace

Table Table::With(size_t index, CsvColumn column) const {
  Table t = *this;
  t.table_.columns[index] = std::move(column);
  return t;
}

absl::StatusOr<Table> Table::FillNa(absl::string_view column, double value) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(column));
  const CsvColumn& c = table_.columns[index];
  DAGRAD_RETURN_IF_ERROR(IsText(c, false));
  return With(index, WithNumbers(
                         c, table_.num_rows, [&](size_t i) { return c.IsMissing(i); },
                         [value](size_t) { return value; }));
}

absl::StatusOr<Table> Table::FillNa(absl::string_view column, const std::string& text) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(column));
  const CsvColumn& c = table_.columns[index];
  DAGRAD_RETURN_IF_ERROR(IsText(c, true));
  return With(index, WithText(
                         c, table_.num_rows, [&](size_t i) { return c.IsMissing(i); }, text));
}

absl::StatusOr<Table> Table::FillNa(absl::string_view column, io::CsvFill statistic) const {
  DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* c, Column(column));
  DAGRAD_RETURN_IF_ERROR(IsStatistic(statistic));
  const bool text = c->type == CsvType::kText;
  CsvFeature feature{.column = c->name, .fill = statistic};
  if (text) feature.encoding = CsvEncoding::kOrdinal;
  DAGRAD_ASSIGN_OR_RETURN(const auto encoder, io::CsvEncoder::Fit(table_, {feature}));
  const CsvFeature& fitted = encoder.features()[0];
  return text ? FillNa(column, fitted.text) : FillNa(column, fitted.value);
}

absl::StatusOr<Table> Table::FillNa(io::CsvFill statistic) const {
  DAGRAD_RETURN_IF_ERROR(IsStatistic(statistic));
  Table t = *this;
  for (const CsvColumn& c : table_.columns) {
    if (c.num_missing == 0) continue;
    if (c.type == CsvType::kText && statistic != CsvFill::kMostFrequent) continue;
    DAGRAD_ASSIGN_OR_RETURN(t, t.FillNa(c.name, statistic));
  }
  return t;
}

absl::StatusOr<Table> Table::Replace(absl::string_view column, double from, double to) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(column));
  const CsvColumn& c = table_.columns[index];
  DAGRAD_RETURN_IF_ERROR(IsText(c, false));
  return With(index, WithNumbers(
                         c, table_.num_rows,
                         [&](size_t i) { return !c.IsMissing(i) && c.Number(i) == from; },
                         [to](size_t) { return to; }));
}

absl::StatusOr<Table> Table::Replace(absl::string_view column, const std::string& from,
                                     const std::string& to) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(column));
  const CsvColumn& c = table_.columns[index];
  DAGRAD_RETURN_IF_ERROR(IsText(c, true));
  return With(index, WithText(
                         c, table_.num_rows,
                         [&](size_t i) { return !c.IsMissing(i) && c.texts[i] == from; }, to));
}

absl::StatusOr<Table> Table::GetDummies(const ColumnNames& columns, bool drop_first) const {
  std::vector<std::string> chosen(columns.begin(), columns.end());
  for (const CsvColumn& c : table_.columns) {
    if (columns.empty() && c.type == CsvType::kText) chosen.push_back(c.name);
  }
  DAGRAD_ASSIGN_OR_RETURN(Table t, Drop(chosen));
  for (const std::string& name : chosen) {
    DAGRAD_ASSIGN_OR_RETURN(
        const auto encoder,
        io::CsvEncoder::Fit(table_, {{name, CsvEncoding::kOneHot, CsvFill::kKeep}}));
    DAGRAD_ASSIGN_OR_RETURN(const Tensor cells, encoder.Transform(table_, DType::kInt32));
    const auto values = cells.data<int32_t>();
    const size_t width = encoder.names().size();
    for (size_t k = drop_first ? 1 : 0; k < width; ++k) {
      CsvColumn c{.name = encoder.names()[k], .type = CsvType::kBool};
      if (t.table_.Find(c.name) != nullptr)
        return InvalidArgumentError(
            absl::StrCat("there is a column \"", Printable(c.name), "\" already"));
      for (size_t row = 0; row < table_.num_rows; ++row)
        c.bools.push_back(values[row * width + k] != 0);
      t.table_.columns.push_back(std::move(c));
    }
  }
  return t;
}

absl::StatusOr<Table> Table::LabelEncode(absl::string_view column,
                                         std::vector<std::string> categories) const {
  DAGRAD_ASSIGN_OR_RETURN(const size_t index, IndexOf(column));
  const CsvColumn& c = table_.columns[index];
  DAGRAD_ASSIGN_OR_RETURN(const auto encoder,
                          io::CsvEncoder::Fit(table_, {{.column = c.name,
                                                        .encoding = CsvEncoding::kOrdinal,
                                                        .fill = CsvFill::kKeep,
                                                        .categories = std::move(categories)}}));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor codes, encoder.Transform(table_, DType::kFloat64));
  CsvColumn out{.name = c.name, .type = CsvType::kInt};
  for (size_t row = 0; row < table_.num_rows; ++row)
    out.ints.push_back(c.IsMissing(row) ? 0 : static_cast<int64_t>(codes.data<double>()[row]));
  out.missing = c.missing;
  out.num_missing = c.num_missing;
  return With(index, std::move(out));
}

absl::StatusOr<Tensor> Table::ToTensor(const ColumnNames& columns, DType dtype) const {
  std::vector<CsvFeature> features;
  for (const std::string& name : columns) features.push_back({name});
  if (columns.empty()) {
    for (const std::string& name : names()) features.push_back({name});
  }
  DAGRAD_ASSIGN_OR_RETURN(const auto encoder, io::CsvEncoder::Fit(table_, std::move(features)));
  return encoder.Transform(table_, dtype);
}

absl::StatusOr<std::pair<Tensor, Tensor>> Table::FeaturesAndTarget(
    const std::string& target) const {
  DAGRAD_ASSIGN_OR_RETURN(const Table features, Drop(target));
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, features.ToTensor());
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, ToTensor(target));
  return std::pair(std::move(x), std::move(y));
}

}  // namespace dagrad::learn
