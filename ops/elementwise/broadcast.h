#ifndef DAGRAD_OPS_ELEMENTWISE_BROADCAST_H_
#define DAGRAD_OPS_ELEMENTWISE_BROADCAST_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/shape.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops {

// Sets output 0 to `dtype` and the shape that all inputs broadcast to; the violation of `label` if
// they do not.
absl::Status InferBroadcast(InferContext& c, DType dtype, absl::string_view label);

// Those inputs that have output 0's very dimensions, as Phase::Rows::aligned wants them.
uint32_t InputsLikeOutput(const runtime::KernelRequest& request);

// A rectangle of an output: `rows` rows of `cols` elements, one row after the other from element
// `out` on. Input i's element for (row, col) is in[i] + row * row_stride[i] + col * col_stride[i],
// where col_stride is 0 or 1.
struct BroadcastBlock {
  static constexpr int kMaxInputs = 3;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t out = 0;
  std::array<int64_t, kMaxInputs> in = {};
  std::array<int64_t, kMaxInputs> row_stride = {};
  std::array<int64_t, kMaxInputs> col_stride = {};
};

// How up to three dense inputs broadcast to a dense output: its dimensions, neighbours merged
// wherever no input tells them apart, and each input's strides in elements, 0 along an axis that it
// is repeated over. A contiguous op has one dimension; adding a row to a matrix has two, with
// strides {0, 1}.
class BroadcastPlan {
 public:
  BroadcastPlan(absl::Span<const int64_t> out, absl::Span<const runtime::TensorSpec> inputs);

  // Calls f(const BroadcastBlock&) for rectangles that together are the output's elements [begin,
  // end).
  template <typename F>
  void ForEachBlock(int64_t begin, int64_t end, F f) const {
    if (is_row_ && begin < end) return f(PartOfRow(begin, end));
    while (begin < end) {
      const BroadcastBlock block = BlockAt(begin, end);
      f(block);
      begin += block.rows * block.cols;
    }
  }

 private:
  // The block [begin, end) of an output that is one row: without the divisions of BlockAt.
  BroadcastBlock PartOfRow(int64_t begin, int64_t end) const {
    BroadcastBlock block;
    block.rows = 1;
    block.cols = end - begin;
    block.out = begin;
    block.col_stride = row_strides_;
    for (int k = 0; k < BroadcastBlock::kMaxInputs; ++k) block.in[k] = begin * row_strides_[k];
    return block;
  }
  BroadcastBlock BlockAt(int64_t begin, int64_t end) const;

  int num_inputs_;
  bool is_row_;  // each input is dense or one element
  std::array<int64_t, BroadcastBlock::kMaxInputs> row_strides_ = {};
  Dims dims_;  // at least two: the last are rows and cols
  std::array<Dims, BroadcastBlock::kMaxInputs> strides_;
};

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_ELEMENTWISE_BROADCAST_H_
