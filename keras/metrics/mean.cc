#include "dagrad/keras/metrics/mean.h"

#include <vector>

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {

Value WeightsLike(Value weights, Value like) {
  if (!weights.valid()) return OnesLike(like);
  std::vector<Dim> dims(like.rank(), Dim(1));
  if (!dims.empty()) dims[0] = like.dim(0);
  return Reshape(weights, Shape(absl::MakeConstSpan(dims))) + ZerosLike(like);
}

double Ratio(double a, double b) { return b == 0 ? 0 : a / b; }

std::vector<Value> MeanMetric::Accumulate(Value target, Value prediction, Value weights) const {
  const Value values = Values(target, prediction);
  const Value w = WeightsLike(weights, values);
  return {ReduceSum(values * w), ReduceSum(w)};
}

Tensor MeanMetric::Result(absl::Span<const Tensor> sums) const {
  return Tensor::Scalar<double>(Ratio(sums[0].data<double>()[0], sums[1].data<double>()[0]));
}

}  // namespace dagrad::keras
