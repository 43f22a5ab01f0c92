#ifndef DAGRAD_LEARN_ROWS_H_
#define DAGRAD_LEARN_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"

// Tables as this folder takes them: tensors whose first dimension counts the examples. Thread-safe.
namespace dagrad::learn {

// t[rows[0]], t[rows[1]], …: [n, …] to [rows.size(), …], of any dtype. Rows may repeat.
// InvalidArgument for a scalar and for a row that is not in [0, n).
absl::StatusOr<Tensor> TakeRows(const Tensor& t, absl::Span<const int64_t> rows);
// t[begin], …, t[end - 1], as NumPy's t[begin:end]; none where begin is end. InvalidArgument for
// 0 <= begin <= end <= n not being so.
absl::StatusOr<Tensor> TakeRows(const Tensor& t, int64_t begin, int64_t end);

// [n], of values: NumPy's array of a list.
template <typename T>
Tensor ToTensor(const std::vector<T>& values) {
  return Tensor::Of<T>({static_cast<int64_t>(values.size())}, absl::MakeConstSpan(values));
}

// Class numbers, one per example: [n] or [n, 1] of any dtype. InvalidArgument for other shapes and
// for a value that is no integer; `what` names the tensor ("y_true").
absl::StatusOr<std::vector<int64_t>> ClassNumbers(const Tensor& t, const std::string& what);

// Numbers, one per example: [n] or [n, 1] of any dtype. InvalidArgument for other shapes.
absl::StatusOr<std::vector<double>> Column(const Tensor& t, const std::string& what);

// As float64: [n, columns], of [n] a single column. InvalidArgument for other ranks.
absl::StatusOr<Tensor> Matrix(const Tensor& t, const std::string& what);

// The distinct ones of `numbers`, by size.
std::vector<int64_t> Distinct(std::vector<int64_t> numbers);

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_ROWS_H_
