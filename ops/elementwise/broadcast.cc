#include "dagrad/ops/elementwise/broadcast.h"

#include "absl/status/statusor.h"

namespace dagrad::ops {
namespace {

// Strides of a dense tensor of `dims` as an input of an output of `rank` dimensions.
Dims StridesFor(absl::Span<const int64_t> dims, int rank) {
  Dims strides(rank, 0);
  int64_t stride = 1;
  for (int i = static_cast<int>(dims.size()) - 1; i >= 0; --i) {
    strides[rank - dims.size() + i] = dims[i] == 1 ? 0 : stride;
    stride *= dims[i];
  }
  return strides;
}

}  // namespace

absl::Status InferBroadcast(InferContext& c, DType dtype, absl::string_view label) {
  Shape shape = c.shape(0);
  for (int i = 1; i < c.num_inputs(); ++i) {
    absl::StatusOr<Shape> both = BroadcastShapes(shape, c.shape(i));
    if (!both.ok()) return InferContext::Fail(label, both.status().message());
    shape = *std::move(both);
  }
  c.SetOutput(0, dtype, std::move(shape));
  return absl::OkStatus();
}

uint32_t InputsLikeOutput(const runtime::KernelRequest& request) {
  uint32_t mask = 0;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    if (request.inputs[i].dims == request.outputs[0].dims) mask |= 1U << i;
  }
  return mask;
}

BroadcastPlan::BroadcastPlan(absl::Span<const int64_t> out,
                             absl::Span<const runtime::TensorSpec> inputs)
    : num_inputs_(static_cast<int>(inputs.size())) {
  const int rank = static_cast<int>(out.size());
  std::array<Dims, BroadcastBlock::kMaxInputs> full;
  for (int k = 0; k < num_inputs_; ++k) full[k] = StridesFor(inputs[k].dims, rank);
  for (int axis = 0; axis < rank; ++axis) {
    if (out[axis] == 1) continue;
    bool merges = !dims_.empty();
    for (int k = 0; merges && k < num_inputs_; ++k)
      merges = strides_[k].back() == full[k][axis] * out[axis];
    if (merges) {
      dims_.back() *= out[axis];
    } else {
      dims_.push_back(out[axis]);
    }
    for (int k = 0; k < num_inputs_; ++k) {
      if (!merges) strides_[k].push_back(0);
      strides_[k].back() = full[k][axis];
    }
  }
  while (dims_.size() < 2) {
    dims_.insert(dims_.begin(), 1);
    for (int k = 0; k < num_inputs_; ++k) strides_[k].insert(strides_[k].begin(), 0);
  }
  is_row_ = dims_.size() == 2 && dims_[0] == 1;
  for (int k = 0; k < num_inputs_; ++k) row_strides_[k] = strides_[k].back();
}

BroadcastBlock BroadcastPlan::BlockAt(int64_t begin, int64_t end) const {
  const int last = static_cast<int>(dims_.size()) - 1;
  const int64_t cols = dims_[last];
  const int64_t col = begin % cols;
  int64_t rest = begin / cols;
  const int64_t row = rest % dims_[last - 1];
  BroadcastBlock block;
  block.out = begin;
  if (col != 0 || end - begin < cols) {  // a part of a row
    block.rows = 1;
    block.cols = std::min(cols - col, end - begin);
  } else {
    block.rows = std::min((end - begin) / cols, dims_[last - 1] - row);
    block.cols = cols;
  }
  for (int k = 0; k < num_inputs_; ++k) {
    block.row_stride[k] = strides_[k][last - 1];
    block.col_stride[k] = strides_[k][last];
    block.in[k] = row * block.row_stride[k] + col * block.col_stride[k];
  }
  rest /= dims_[last - 1];
  for (int axis = last - 2; axis >= 0; --axis) {
    for (int k = 0; k < num_inputs_; ++k) block.in[k] += rest % dims_[axis] * strides_[k][axis];
    rest /= dims_[axis];
  }
  return block;
}

}  // namespace dagrad::ops
