#include "dagrad/keras/layers/encoding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras::layers_internal {

absl::Status CheckOutputMode(const std::string& mode, bool with_int, const ValueType& input) {
  const bool sums = mode == "multi_hot" || mode == "count";
  if (mode != "one_hot" && !sums && !(with_int && mode == "int")) {
    return InvalidArgumentError(absl::StrCat("output_mode ", with_int ? "int, " : "",
                                             "one_hot, multi_hot or count, not \"", mode, "\""));
  }
  if (!sums || input.shape.rank() >= 2) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("output_mode ", mode,
                                           " takes an input of rank 2 (batch included) at least, "
                                           "not ",
                                           input.ToString()));
}

Value EncodeCategories(Value indices, const std::string& mode, int64_t depth, Value weights) {
  if (!indices.valid()) return indices;
  const int rank = indices.rank();
  if (mode == "one_hot" && rank > 1 && indices.dim(rank - 1) == Dim(1))
    indices = Squeeze(indices, {rank - 1});
  Value y = OneHot(indices, depth);
  if (mode == "one_hot") return y;
  if (weights.valid()) y = y * ExpandDims(Cast(weights, DType::kFloat32), -1);
  return mode == "multi_hot" ? ReduceMax(y, {.axes = {1}}) : ReduceSum(y, {.axes = {1}});
}

// By halves: `count` grows by 2^k where what is there then is not above x.
Value CountNotAbove(Value x, const Tensor& rising) {
  if (!x.valid()) return x;
  GraphBuilder* const g = x.builder();
  const auto n = static_cast<double>(rising.num_elements());
  Value count = Full(g, DType::kInt64, x.shape(), 0);
  if (n == 0) return count;
  const Value numbers = Constant(g, rising);
  double step = 1;
  while (step * 2 <= n) step *= 2;
  for (; step >= 1; step /= 2) {
    const Value more = count + step;
    const Value last = Gather(numbers, dagrad::Minimum(more, n) - 1.0);
    const Value grows = LogicalAnd(LessEqual(more, n), LessEqual(last, x));
    count = dagrad::Select(grows, more, count);
  }
  return count;
}

}  // namespace dagrad::keras::layers_internal
