#include "dagrad/keras/metrics/confusion_counts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/metrics/mean.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::keras::metrics_internal {
namespace {

// Predictions and truth as columns of a matrix with a row for each prediction.
struct Compared {
  Value predicted;  // [rows, thresholds] 0 or 1
  Value truth;      // [rows, 1] 0 or 1
  Value weights;    // [rows, 1]
};

// Where `even`, threshold i of t is i / (t - 1), but for a first one below 0, which is below every
// prediction: as in Keras, these are clipped to [0, 1] and compared (t - 1)-fold.
Compared Compare(Value y, Value p, Value weights, std::vector<double> thresholds, bool even) {
  GraphBuilder* g = p.builder();
  const auto count = static_cast<int64_t>(thresholds.size());
  const auto last = static_cast<double>(count - 1);
  const Shape column({p.shape().NumElements(), Dim(1)});
  if (even) {
    for (int64_t i = 1; i < count; ++i) thresholds[i] = static_cast<double>(i);
    p = Clip(p, 0.0, 1.0) * last;
  }
  const Tensor row = Tensor::Of<double>({1, count}, absl::MakeConstSpan(thresholds));
  const absl::StatusOr<Tensor> cast = row.Cast(p.dtype());
  if (!cast.ok()) return {g->Fail(cast.status()), {}, {}};
  Compared c;
  c.weights = Reshape(WeightsLike(weights, p), column);
  c.truth = Reshape(Cast(NotEqual(y, 0.0), p.dtype()), column);
  c.predicted = Cast(Greater(Reshape(p, column), Constant(g, *cast)), p.dtype());
  return c;
}

// At one threshold: scalars.
Counts CountsAtOne(Value y, Value p, Value weights, double threshold) {
  Value w = WeightsLike(weights, p);
  Value predicted = Cast(Greater(p, threshold), p.dtype());
  Value truth = Cast(NotEqual(y, 0.0), p.dtype());
  return {ReduceSum(w * predicted * truth), ReduceSum(w * predicted * (1.0 - truth)),
          ReduceSum(w * (1.0 - predicted) * truth)};
}

bool DivideEvenly(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  const auto last = static_cast<double>(thresholds.size() - 1);
  for (size_t i = 0; i < thresholds.size(); ++i) {
    if (std::abs(thresholds[i] - static_cast<double>(i) / last) > 1e-7) return false;
  }
  return true;
}

CurveCounts CurveOf(const Compared& c) {
  const Value positives = c.weights * c.truth;
  const Value negatives = c.weights * (1.0 - c.truth);
  return {ReduceSum(c.predicted * positives, {.axes = {0}}),
          ReduceSum(c.predicted * negatives, {.axes = {0}}), ReduceSum(positives),
          ReduceSum(negatives)};
}

// Of each row the k largest, others kBelowAll.
Value LargestOf(Value p, int64_t k) {
  if (!p.valid() || !p.dim(-1).is_known()) return p;
  const Value numbers = Iota(p.builder(), DType::kInt64, Shape({p.dim(-1)}), 0);
  const Value one = ExpandDims(p, -1), other = ExpandDims(p, -2);
  const Value before = Greater(ExpandDims(numbers, 1), ExpandDims(numbers, 0));
  const Value larger = LogicalOr(Greater(other, one), LogicalAnd(Equal(other, one), before));
  const Value rank = ReduceSum(Cast(larger, p.dtype()), {.axes = {-1}});
  return Select(Less(rank, static_cast<double>(k)), p,
                Full(p.builder(), p.dtype(), Shape(), kBelowAll));
}

}  // namespace

Counts CountsAt(Value y, Value p, Value weights, const std::vector<double>& thresholds) {
  if (thresholds.size() == 1) return CountsAtOne(y, p, weights, thresholds[0]);
  const Compared c = Compare(y, p, weights, thresholds, DivideEvenly(thresholds));
  const Value right = c.weights * c.truth;
  return {ReduceSum(c.predicted * right, {.axes = {0}}),
          ReduceSum(c.predicted * (c.weights * (1.0 - c.truth)), {.axes = {0}}),
          ReduceSum((1.0 - c.predicted) * right, {.axes = {0}})};
}

CurveCounts CountsOfCurve(Value y, Value p, Value weights, int64_t count, bool all_above_first) {
  std::vector<double> thresholds(count);
  if (all_above_first) thresholds[0] = -1;
  return CurveOf(Compare(y, p, weights, std::move(thresholds), true));
}

CurveCounts CountsOfCurve(Value y, Value p, Value weights, const std::vector<double>& thresholds) {
  constexpr double kBeyond = 1e-7;
  std::vector<double> all = {-kBeyond};
  all.insert(all.end(), thresholds.begin(), thresholds.end());
  std::sort(all.begin() + 1, all.end());
  all.push_back(1 + kBeyond);
  std::vector<double> exact = all;
  exact.front() = 0;
  exact.back() = 1;
  return CurveOf(Compare(y, p, weights, all, DivideEvenly(exact)));
}

Chosen Choose(Value y, Value p, const std::optional<int64_t>& top_k,
              const std::optional<int64_t>& class_id) {
  if (!y.valid() || !p.valid()) return {y, p};
  if (top_k.has_value()) p = LargestOf(p, *top_k);
  if (!class_id.has_value()) return {y, p};
  if (p.dim(-1).is_known() && *class_id >= p.dim(-1).value()) {
    p = p.builder()->Fail(InvalidArgumentError(
        absl::StrCat("class_id ", *class_id, " of an output ", p.type().ToString())));
    return {p, p};
  }
  const SliceAxisOptions column = {.start = Dim(*class_id), .limit = Dim(*class_id + 1)};
  return {SliceAxis(y, -1, column), SliceAxis(p, -1, column)};
}

absl::Status CheckChoice(const std::optional<int64_t>& top_k,
                         const std::optional<int64_t>& class_id) {
  if (top_k.has_value() && *top_k < 1)
    return InvalidArgumentError(absl::StrCat("top_k must be positive, not ", *top_k));
  if (class_id.has_value() && *class_id < 0)
    return InvalidArgumentError(absl::StrCat("class_id must not be negative, not ", *class_id));
  return absl::OkStatus();
}

}  // namespace dagrad::keras::metrics_internal
