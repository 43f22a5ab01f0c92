#ifndef DAGRAD_KERAS_METRICS_CONFUSION_COUNTS_H_
#define DAGRAD_KERAS_METRICS_CONFUSION_COUNTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/builder.h"

// How often what is predicted at thresholds is right and wrong.
namespace dagrad::keras::metrics_internal {

// Sums of weights over a batch, for each threshold: scalars for one threshold, else vectors.
struct Counts {
  Value true_positives, false_positives, false_negatives;
};
// With y ≠ 0 as truth and p > threshold as prediction. Where three or more thresholds divide [0, 1]
// evenly p is clipped to [0, 1] first, and every p is above the first, 0, as in Keras.
Counts CountsAt(Value y, Value p, Value weights, const std::vector<double>& thresholds);

// The same for `count` thresholds that divide [0, 1] evenly, the first one below 0 where all p are
// to be above it; and all positives and negatives, scalars.
struct CurveCounts {
  Value true_positives, false_positives, positives, negatives;
};
CurveCounts CountsOfCurve(Value y, Value p, Value weights, int64_t count, bool all_above_first);
// With a threshold below and one above every p.
CurveCounts CountsOfCurve(Value y, Value p, Value weights, const std::vector<double>& thresholds);

// What Keras's top_k and class_id make of targets and predictions. Of each row only the largest k
// predictions remain, the others are below every threshold (of equal ones the first is the larger;
// the work is n² for a row of n); then only column class_id does.
struct Chosen {
  Value y, p;
};
Chosen Choose(Value y, Value p, const std::optional<int64_t>& top_k,
              const std::optional<int64_t>& class_id);
absl::Status CheckChoice(const std::optional<int64_t>& top_k,
                         const std::optional<int64_t>& class_id);

inline constexpr double kBelowAll = -1e10;  // Keras's NEG_INF

}  // namespace dagrad::keras::metrics_internal

#endif  // DAGRAD_KERAS_METRICS_CONFUSION_COUNTS_H_
