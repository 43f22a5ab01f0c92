#include "dagrad/ops/recurrent/sequences.h"

#include <algorithm>
#include <utility>

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::ops::recurrent {

Value Sequences::At(Value sequence, int64_t s) const {
  const int64_t t = reverse_ ? time_ - 1 - s : s;
  return Squeeze(SliceAxis(sequence, 1, {.start = t, .limit = t + 1}), {1});
}

Value Sequences::Join(std::vector<Value> steps) const {
  if (reverse_) std::reverse(steps.begin(), steps.end());
  return Stack(steps, 1);
}

Value Sequences::Before(Value first, Value sequence) const {
  const Value edge = ExpandDims(first, 1);
  if (reverse_) return Concat(std::vector<Value>{SliceAxis(sequence, 1, {.start = 1}), edge}, 1);
  return Concat(std::vector<Value>{edge, SliceAxis(sequence, 1, {.limit = time_ - 1})}, 1);
}

Value Sequences::After(Value sequence) const {
  const Sequences backwards(time_, !reverse_);
  return backwards.Before(ZerosLike(At(sequence, 0)), sequence);
}

std::vector<Value> Blocks(Value v, int count, const Dim& units) {
  return Split(v, std::vector<Dim>(count, units), v.rank() - 1);
}

Value JoinBlocks(const std::vector<Value>& blocks) { return Concat(blocks, -1); }

Value SumOfProducts(Value a, Value b) {
  const auto rows = [](Value v) { return Reshape(v, {v.dim(0) * v.dim(1), v.dim(2)}); };
  return MatMul(rows(a), rows(b), {.transpose_a = true});
}

Value TimesTransposed(Value a, Value b) { return MatMul(a, b, {.transpose_b = true}); }

}  // namespace dagrad::ops::recurrent
