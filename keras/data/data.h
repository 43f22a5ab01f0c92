#ifndef DAGRAD_KERAS_DATA_DATA_H_
#define DAGRAD_KERAS_DATA_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/shape.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

// `t` made to fit a placeholder of `type` ([batch, …]): cast, and [n] ⇄ [n, 1] where only that is
// missing. Where `type` is of integers, each element must be one of them: 1.7, NaN and what is out
// of range are InvalidArgument, with value and row. `what` names it in errors ("input \"x\"").
absl::StatusOr<Tensor> FitToType(const Tensor& t, const ValueType& type, const std::string& what);

// The rows of all columns, at least one of them; InvalidArgument where one has another number.
absl::StatusOr<int64_t> RowsOfAll(const std::vector<Tensor>& columns);

// Examples (rows of several tensors), cut into batches.
class Batches {
 public:
  // All tensors must have as many rows; InvalidArgument otherwise. batch_size >= 1; one that is
  // larger than the number of rows is that number.
  static absl::StatusOr<Batches> Make(std::vector<Tensor> columns, int64_t batch_size);

  int64_t rows() const { return rows_; }
  int64_t count() const { return (rows_ + batch_size_ - 1) / batch_size_; }
  // The order of rows from here on: a permutation of 0..rows-1; empty: as they are.
  void SetOrder(std::vector<int64_t> order) { order_ = std::move(order); }
  // Fills the buffers of batch `index`; valid until the next call. The last one may have fewer
  // rows.
  absl::StatusOr<absl::Span<const Tensor>> Get(int64_t index);
  int64_t FirstRowOf(int64_t index) const { return index * batch_size_; }
  int64_t RowsOf(int64_t index) const { return std::min(batch_size_, rows_ - FirstRowOf(index)); }

 private:
  std::vector<Tensor> columns_;
  int64_t batch_size_ = 1;
  int64_t rows_ = 0;
  std::vector<int64_t> order_;
  std::vector<Tensor> full_;  // buffers of a whole batch
  std::vector<Tensor> last_;  // buffers of the last, smaller one
};

// Rows [begin, end) of each tensor, sharing the bytes.
std::vector<Tensor> Rows(const std::vector<Tensor>& tensors, int64_t begin, int64_t end);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_DATA_H_
