#include "dagrad/learn/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::learn {
namespace {

absl::Status CheckColumn(const Tensor& t, const std::string& what) {
  if (t.rank() == 1 || (t.rank() == 2 && t.dims()[1] == 1)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(
      what, " has one number per example, [n] or [n, 1]; given: ",
      t.defined() ? absl::StrCat(DTypeName(t.dtype()), DimsToString(t.dims())) : "nothing"));
}

}  // namespace

absl::StatusOr<Tensor> TakeRows(const Tensor& t, absl::Span<const int64_t> rows) {
  if (t.rank() < 1) return InvalidArgumentError("a scalar has no rows to take");
  Dims dims = t.dims();
  dims[0] = static_cast<int64_t>(rows.size());
  DAGRAD_ASSIGN_OR_RETURN(Tensor taken, Tensor::Allocate(t.dtype(), dims));
  const size_t row_bytes = t.dims()[0] == 0 ? 0 : t.byte_size() / t.dims()[0];
  const char* from = static_cast<const char*>(t.bytes());
  char* to = static_cast<char*>(taken.mutable_bytes());
  for (const int64_t row : rows) {
    if (row < 0 || row >= t.dims()[0]) {
      return InvalidArgumentError(absl::StrCat("row ", row, " of ", DimsToString(t.dims())));
    }
    if (row_bytes == 0) continue;
    std::memcpy(to, from + row * row_bytes, row_bytes);
    to += row_bytes;
  }
  DAGRAD_RETURN_IF_ERROR(taken.OwnText());
  return taken;
}

absl::StatusOr<Tensor> TakeRows(const Tensor& t, int64_t begin, int64_t end) {
  if (t.rank() < 1) return InvalidArgumentError("a scalar has no rows to take");
  if (begin < 0 || begin > end || end > t.dims()[0]) {
    return InvalidArgumentError(
        absl::StrCat("rows ", begin, " to ", end, " of ", DimsToString(t.dims())));
  }
  std::vector<int64_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), begin);
  return TakeRows(t, rows);
}

absl::StatusOr<std::vector<double>> Column(const Tensor& t, const std::string& what) {
  DAGRAD_RETURN_IF_ERROR(CheckColumn(t, what));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, t.Cast(DType::kFloat64));
  const auto values = wide.data<double>();
  return std::vector<double>(values.begin(), values.end());
}

absl::StatusOr<std::vector<int64_t>> ClassNumbers(const Tensor& t, const std::string& what) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<double> values, Column(t, what));
  std::vector<int64_t> classes;
  classes.reserve(values.size());
  for (const double v : values) {
    if (!(std::abs(v) < 0x1p53) || v != std::floor(v)) {
      return InvalidArgumentError(absl::StrCat(what, " has class numbers, which are integers; row ",
                                               classes.size(), " has ", v));
    }
    classes.push_back(static_cast<int64_t>(v));
  }
  return classes;
}

absl::StatusOr<Tensor> Matrix(const Tensor& t, const std::string& what) {
  if (t.rank() != 1 && t.rank() != 2) {
    return InvalidArgumentError(absl::StrCat(
        what, " is a table, [n] or [n, columns]; given: ",
        t.defined() ? absl::StrCat(DTypeName(t.dtype()), DimsToString(t.dims())) : "nothing"));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor wide, t.Cast(DType::kFloat64));
  if (wide.rank() == 2) return wide;
  return wide.Reshaped({wide.dims()[0], 1});
}

std::vector<int64_t> Distinct(std::vector<int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace dagrad::learn
