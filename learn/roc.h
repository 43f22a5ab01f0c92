#ifndef DAGRAD_LEARN_ROC_H_
#define DAGRAD_LEARN_ROC_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::learn {

// The shares that a classifier of two classes gets wrong and right as its threshold falls: from
// (0, 0) to (1, 1).
struct Roc {
  std::vector<double> fpr;         // false positives of all examples of class 0
  std::vector<double> tpr;         // true positives of all examples of class 1
  std::vector<double> thresholds;  // score >= it is a prediction of class 1; the first is infinite
};

struct RocOptions {
  Tensor sample_weight = {};  // [n]
  // Without the points that lie on the line between their neighbours.
  bool drop_intermediate = true;
};

// y_true: class numbers 0 and 1; y_score: greater where class 1 is likelier; [n] or [n, 1].
// InvalidArgument for other classes, a score that is not finite, different numbers of examples, and
// where one of the classes has none. Thread-safe. Source: scikit-learn 1.9.
absl::StatusOr<Roc> RocCurve(const Tensor& y_true, const Tensor& y_score,
                             const RocOptions& options = {});

// The area under the curve through (x[i], y[i]), by the trapezoidal rule; x rises or falls
// throughout. InvalidArgument otherwise, and for less than two points.
absl::StatusOr<double> Auc(absl::Span<const double> x, absl::Span<const double> y);

// The area under the ROC curve: the probability that an example of class 1 has a greater score than
// one of class 0. Exact, while metrics::AUC of Keras goes by thresholds.
absl::StatusOr<double> RocAucScore(const Tensor& y_true, const Tensor& y_score,
                                   const Tensor& sample_weight = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_ROC_H_
