#include "dagrad/io/csv_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv_number.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::io {
namespace {

constexpr DTypeSet kResultTypes = {DType::kFloat32, DType::kFloat64, DType::kInt32, DType::kInt64};

bool NeedsCategory(const CsvFeature& f) { return f.encoding != CsvEncoding::kNumber; }

absl::Status ColumnError(const CsvFeature& f, absl::string_view what) {
  return InvalidArgumentError(absl::StrCat("column \"", Printable(f.column), "\" ", what));
}

absl::Status LineError(const CsvFeature& f, const CsvTable& table, size_t row,
                       absl::string_view what) {
  return InvalidArgumentError(
      absl::StrCat("line ", table.LineOf(row), ": column \"", Printable(f.column), "\" ", what));
}

// A value that is not missing, such that equal values are equal keys, exactly, whatever the type of
// the column: 1, 1.0 and true are one number, and no integer is rounded.
struct Key {
  bool whole = true;  // an integer in `bits`, else a double's bits
  int64_t bits = 0;
  bool operator==(const Key&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Key& k) {
    return H::combine(std::move(h), k.whole, k.bits);
  }
};

Key KeyOf(double v) {
  if (v == std::floor(v) && v >= -0x1p63 && v < 0x1p63) return {true, static_cast<int64_t>(v)};
  if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
  int64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  return {false, bits};
}

double NumberOf(const Key& key) {
  if (key.whole) return static_cast<double>(key.bits);
  double v = 0;
  std::memcpy(&v, &key.bits, sizeof v);
  return v;
}

// By size; numbers that are none stand last.
bool Smaller(const Key& a, const Key& b) {
  if (a.whole && b.whole) return a.bits < b.bits;
  const double x = NumberOf(a);
  const double y = NumberOf(b);
  return x < y || (!std::isnan(x) && std::isnan(y));
}

// The numbers of fields that are not missing. A column of text holds nothing but numbers where
// CheckNumbers found it so: what else it had was taken out, or replaced.

// Whether the field is an integer of 64 bits, as it stands there.
bool WholeAt(const CsvColumn& column, size_t row, int64_t* value) {
  if (column.type == CsvType::kText) return ParseInt(column.texts[row], value);
  if (column.type != CsvType::kInt) return false;
  *value = column.ints[row];
  return true;
}

double NumberAt(const CsvColumn& column, size_t row) {
  if (column.type != CsvType::kText) return column.Number(row);
  double number = 0;
  ParseFloat(column.texts[row], &number);
  return number;
}

Key KeyAt(const CsvColumn& column, size_t row) {
  Key key;
  return WholeAt(column, row, &key.bits) ? key : KeyOf(NumberAt(column, row));
}

std::string TextOf(const Key& key, CsvType type) {
  if (type == CsvType::kBool) return key.bits != 0 ? "true" : "false";
  return key.whole ? absl::StrCat(key.bits) : FormatFloat(NumberOf(key));
}

std::vector<double> Numbers(const CsvTable& table, const CsvColumn& column) {
  std::vector<double> numbers;
  numbers.reserve(table.num_rows);
  for (size_t i = 0; i < table.num_rows; ++i) {
    if (!column.IsMissing(i)) numbers.push_back(NumberAt(column, i));
  }
  return numbers;
}

double Mean(const std::vector<double>& v) {
  ops::CompensatedSum sum;
  for (const double x : v) sum += x;
  return static_cast<double>(sum) / static_cast<double>(v.size());
}

double Median(std::vector<double> v) {
  const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
  std::nth_element(v.begin(), middle, v.end());
  if (v.size() % 2 == 1) return *middle;
  return (*std::max_element(v.begin(), middle) + *middle) / 2;
}

// A category of a column, and in how many rows it is.
struct Category {
  std::string text;
  double number = 0;  // of a column of numbers or bools
  int64_t times = 0;
};

// Categories in order: numbers by size, text by bytes.
std::vector<Category> CountText(const CsvColumn& column) {
  HashMap<absl::string_view, int64_t> seen;
  for (size_t i = 0; i < column.texts.size(); ++i) {
    if (!column.IsMissing(i)) ++seen[column.texts[i]];
  }
  std::vector<Category> categories;
  for (const auto& [text, times] : seen) categories.push_back({std::string(text), 0, times});
  std::sort(categories.begin(), categories.end(),
            [](const Category& a, const Category& b) { return a.text < b.text; });
  return categories;
}

std::vector<Category> Count(const CsvFeature& f, const CsvTable& table, const CsvColumn& column) {
  if (column.type == CsvType::kText && NeedsCategory(f)) return CountText(column);
  HashMap<Key, int64_t> seen;
  for (size_t i = 0; i < table.num_rows; ++i) {
    if (!column.IsMissing(i)) ++seen[KeyAt(column, i)];
  }
  std::vector<std::pair<Key, int64_t>> order(seen.begin(), seen.end());
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return Smaller(a.first, b.first); });
  std::vector<Category> categories;
  for (const auto& [key, times] : order)
    categories.push_back({TextOf(key, column.type), NumberOf(key), times});
  return categories;
}

// Decides what missing fields become. `categories` only where NeedsCount.
absl::Status FitFill(const CsvTable& table, const CsvColumn& column,
                     const std::vector<Category>& categories, CsvFeature* f) {
  const bool average = f->fill == CsvFill::kMean || f->fill == CsvFill::kMedian;
  if (!average && f->fill != CsvFill::kMostFrequent) return absl::OkStatus();
  if (average && NeedsCategory(*f))
    return ColumnError(*f, "becomes categories, which have no mean or median");
  const std::vector<double> numbers = average ? Numbers(table, column) : std::vector<double>();
  if (average ? numbers.empty() : categories.empty())
    return ColumnError(*f, "has no value to fill its missing ones with");
  if (f->fill == CsvFill::kMean) f->value = Mean(numbers);
  if (f->fill == CsvFill::kMedian) f->value = Median(numbers);
  if (f->fill == CsvFill::kMostFrequent) {
    const Category& most =
        *std::max_element(categories.begin(), categories.end(),
                          [](const Category& a, const Category& b) { return a.times < b.times; });
    f->text = most.text;
    if (!NeedsCategory(*f)) f->value = most.number;
  }
  f->fill = CsvFill::kConstant;
  return absl::OkStatus();
}

// Whether the values of the column must be counted.
bool NeedsCount(const CsvFeature& f) {
  return f.fill == CsvFill::kMostFrequent || (NeedsCategory(f) && f.categories.empty());
}

absl::Status CheckNumbers(const CsvFeature& f, const CsvTable& table, const CsvColumn& column) {
  if (NeedsCategory(f) || column.type != CsvType::kText) return absl::OkStatus();
  for (size_t i = 0; i < table.num_rows; ++i) {
    double number = 0;
    if (column.IsMissing(i) || (ParseFloat(column.texts[i], &number) && !std::isnan(number)))
      continue;
    return LineError(
        f, table, i,
        absl::StrCat("is \"", Printable(column.texts[i], 40),
                     "\", no number; encode it as one-hot or ordinal, or leave it out"));
  }
  return absl::OkStatus();
}

absl::StatusOr<const CsvColumn*> FindColumn(const CsvFeature& f, const CsvTable& table) {
  const CsvColumn* column = table.Find(f.column);
  if (column == nullptr) {
    return NotFoundError(absl::StrCat(
        "there is no column \"", Printable(f.column), "\"; there are: ",
        Printable(absl::StrJoin(table.columns, ", ",
                                [](std::string* out, const CsvColumn& c) { *out += c.name; }),
                  512)));
  }
  DAGRAD_RETURN_IF_ERROR(CheckNumbers(f, table, *column));
  return column;
}

size_t WidthOf(const CsvFeature& f) {
  return f.encoding == CsvEncoding::kOneHot ? f.categories.size() : 1;
}

// Whether the dtype T can be `v`.
template <typename T>
bool Fits(double v) {
  if (std::is_floating_point_v<T>) return true;
  const double limit = sizeof(T) == 4 ? 0x1p31 : 0x1p63;
  return v == std::floor(v) && v >= -limit && v < limit;
}
template <typename T>
bool Fits(int64_t v) {
  if constexpr (std::is_floating_point_v<T>) {
    return true;
  } else {
    return std::in_range<T>(v);
  }
}

// One feature of a table, with what finding its categories needs.
template <typename T>
class FeatureWriter {
 public:
  FeatureWriter(const CsvFeature& f, const CsvTable& table, const CsvColumn& column)
      : f_(f), table_(table), column_(column) {
    if (!NeedsCategory(f)) return;
    for (size_t i = 0; i < f.categories.size(); ++i) {
      const std::string& c = f.categories[i];
      texts_.try_emplace(c, i);
      int64_t whole = 0;
      double number = 0;
      bool flag = false;
      if (ParseInt(c, &whole)) {
        keys_.try_emplace(Key{true, whole}, i);
      } else if (ParseFloat(c, &number)) {
        keys_.try_emplace(KeyOf(number), i);
      } else if (column.type == CsvType::kBool && ParseBool(c, &flag)) {
        keys_.try_emplace(Key{true, flag ? 1 : 0}, i);
      }
    }
  }

  // Rows [begin, end) at `out`, which is 0, and `stride` elements from row to row.
  absl::Status Write(size_t begin, size_t end, T* out, size_t stride) const {
    for (size_t row = begin; row < end; ++row, out += stride) {
      const bool missing = column_.IsMissing(row);
      if (missing && f_.fill == CsvFill::kRefuse) return LineError(f_, table_, row, "is missing");
      DAGRAD_RETURN_IF_ERROR(NeedsCategory(f_) ? WriteCategory(row, missing, out)
                                               : WriteNumber(row, missing, out));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status WriteNumber(size_t row, bool missing, T* out) const {
    int64_t whole = 0;
    if (!missing && WholeAt(column_, row, &whole)) return Put(row, whole, out);
    const double none =
        f_.fill == CsvFill::kKeep ? std::numeric_limits<double>::quiet_NaN() : f_.value;
    return Put(row, missing ? none : NumberAt(column_, row), out);
  }
  absl::Status WriteCategory(size_t row, bool missing, T* out) const {
    const bool one_hot = f_.encoding == CsvEncoding::kOneHot;
    if (missing && f_.fill == CsvFill::kKeep) {
      return one_hot ? absl::OkStatus() : Put(row, std::numeric_limits<double>::quiet_NaN(), out);
    }
    const size_t* position = missing                          ? Find(texts_, f_.text)
                             : column_.type == CsvType::kText ? Find(texts_, column_.texts[row])
                                                              : Find(keys_, KeyAt(column_, row));
    if (position == nullptr) return Unknown(row, missing ? f_.text : column_.Field(row));
    if (!one_hot) return Put(row, static_cast<int64_t>(*position), out);
    out[*position] = 1;
    return absl::OkStatus();
  }
  template <typename V>
  absl::Status Put(size_t row, V v, T* out) const {
    if (!Fits<T>(v))
      return LineError(f_, table_, row, absl::StrCat("is ", v, ", no ", DTypeName(DTypeOf<T>())));
    *out = static_cast<T>(v);
    return absl::OkStatus();
  }
  template <typename Map, typename K>
  static const size_t* Find(const Map& map, const K& key) {
    const auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
  }
  absl::Status Unknown(size_t row, absl::string_view category) const {
    return LineError(
        f_, table_, row,
        absl::StrCat("is \"", Printable(category, 40), "\", which is none of its categories: ",
                     Printable(absl::StrJoin(f_.categories, ", "), 200)));
  }

  const CsvFeature& f_;
  const CsvTable& table_;
  const CsvColumn& column_;
  HashMap<absl::string_view, size_t> texts_;  // positions of the categories
  HashMap<Key, size_t> keys_;
};

// All features of all rows, some rows at a time, so that what is written stays in the cache.
template <typename T>
absl::Status WriteFeatures(const std::vector<CsvFeature>& features, const CsvTable& table,
                           size_t width, T* out) {
  std::vector<FeatureWriter<T>> writers;
  for (const CsvFeature& f : features) {
    DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* column, FindColumn(f, table));
    writers.emplace_back(f, table, *column);
  }
  constexpr size_t kRows = 512;
  for (size_t begin = 0; begin < table.num_rows; begin += kRows) {
    const size_t end = std::min(begin + kRows, table.num_rows);
    size_t at = 0;
    for (size_t i = 0; i < features.size(); ++i) {
      DAGRAD_RETURN_IF_ERROR(writers[i].Write(begin, end, out + begin * width + at, width));
      at += WidthOf(features[i]);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CsvEncoder> CsvEncoder::Fit(const CsvTable& table,
                                           std::vector<CsvFeature> features) try {
  CsvEncoder encoder;
  for (CsvFeature& f : features) {
    DAGRAD_ASSIGN_OR_RETURN(const CsvColumn* column, FindColumn(f, table));
    const std::vector<Category> categories =
        NeedsCount(f) ? Count(f, table, *column) : std::vector<Category>();
    DAGRAD_RETURN_IF_ERROR(FitFill(table, *column, categories, &f));
    if (NeedsCategory(f) && f.categories.empty()) {
      if (categories.size() > kMaxCategories) {
        return ColumnError(f, absl::StrCat("has ", categories.size(), " categories; the limit is ",
                                           kMaxCategories));
      }
      for (const Category& c : categories) f.categories.push_back(c.text);
    }
  }
  encoder.SetFitted(std::move(features));
  return encoder;
}
DAGRAD_CATCH_NO_MEMORY

void CsvEncoder::SetFitted(std::vector<CsvFeature> features) {
  features_ = std::move(features);
  for (const CsvFeature& f : features_) {
    if (f.encoding != CsvEncoding::kOneHot) {
      names_.push_back(f.column);
      continue;
    }
    for (const std::string& c : f.categories) names_.push_back(absl::StrCat(f.column, "_", c));
  }
}

absl::StatusOr<Tensor> CsvEncoder::Transform(const CsvTable& table, DType dtype) const try {
  if (!kResultTypes.Contains(dtype)) {
    return InvalidArgumentError(
        absl::StrCat("a table becomes ", kResultTypes.ToString(), ", not ", DTypeName(dtype)));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor result,
                          Tensor::Zeros(dtype, {static_cast<int64_t>(table.num_rows),
                                                static_cast<int64_t>(names_.size())}));
  absl::Status s;
  DispatchComputed(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>)
      s = WriteFeatures<T>(features_, table, names_.size(), result.mutable_data<T>().data());
  });
  DAGRAD_RETURN_IF_ERROR(s);
  return result;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
