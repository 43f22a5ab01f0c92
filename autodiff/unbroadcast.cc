#include "dagrad/autodiff/unbroadcast.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad {

absl::StatusOr<Value> Unbroadcast(Value grad, const Shape& shape) {
  const Shape from = grad.shape();
  if (from == shape) return grad;
  const int leading = from.rank() - shape.rank();
  auto mismatch = [&] {
    return InternalError(absl::StrCat("has shape ", from.ToString(),
                                      ", which is no broadcast of the input's ", shape.ToString()));
  };
  if (leading < 0) return mismatch();
  std::vector<int64_t> axes;
  for (int i = 0; i < from.rank(); ++i) {
    if (i >= leading && shape.dim(i - leading) == from.dim(i)) continue;
    if (i >= leading && !(shape.dim(i - leading) == Dim(1))) return mismatch();
    axes.push_back(i);
  }
  const bool only_leading = axes.size() == static_cast<size_t>(leading);
  Value sum = ReduceSum(grad, {.axes = axes, .keepdims = !only_leading});
  return only_leading || leading == 0 ? sum : Reshape(sum, shape);
}

}  // namespace dagrad
