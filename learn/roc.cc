#include "dagrad/learn/roc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/rows.h"

namespace dagrad::learn {
namespace {

struct Scored {
  std::vector<int64_t> truth;
  std::vector<double> scores, weights;
};

absl::StatusOr<Scored> ScoredOf(const Tensor& y_true, const Tensor& y_score,
                                const Tensor& sample_weight) {
  Scored s;
  DAGRAD_ASSIGN_OR_RETURN(s.truth, ClassNumbers(y_true, "y_true"));
  DAGRAD_ASSIGN_OR_RETURN(s.scores, Column(y_score, "y_score"));
  s.weights.assign(s.truth.size(), 1);
  if (sample_weight.defined()) {
    DAGRAD_ASSIGN_OR_RETURN(s.weights, Column(sample_weight, "sample_weight"));
  }
  if (s.truth.size() != s.scores.size() || s.truth.size() != s.weights.size()) {
    return InvalidArgumentError(absl::StrCat(
        "y_true, y_score and sample_weight have different numbers of examples: ", s.truth.size(),
        ", ", s.scores.size(), ", ", s.weights.size()));
  }
  for (size_t i = 0; i < s.truth.size(); ++i) {
    if (s.truth[i] != 0 && s.truth[i] != 1) {
      return InvalidArgumentError(
          absl::StrCat("y_true has the classes 0 and 1; row ", i, " has ", s.truth[i]));
    }
    if (!std::isfinite(s.scores[i])) {
      return InvalidArgumentError(absl::StrCat("y_score has ", s.scores[i], " in row ", i));
    }
  }
  return s;
}

// Removes the points i for which fp and tp go on as they came.
void DropIntermediate(std::vector<double>* fp, std::vector<double>* tp, std::vector<double>* at) {
  const std::vector<double> f = *fp, t = *tp, a = *at;
  fp->clear(), tp->clear(), at->clear();
  for (size_t i = 0; i < f.size(); ++i) {
    const bool inner = i > 0 && i + 1 < f.size();
    if (inner && f[i + 1] - f[i] == f[i] - f[i - 1] && t[i + 1] - t[i] == t[i] - t[i - 1]) continue;
    fp->push_back(f[i]), tp->push_back(t[i]), at->push_back(a[i]);
  }
}

}  // namespace

absl::StatusOr<Roc> RocCurve(const Tensor& y_true, const Tensor& y_score,
                             const RocOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Scored s, ScoredOf(y_true, y_score, options.sample_weight));
  std::vector<size_t> order(s.truth.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return s.scores[a] > s.scores[b]; });
  // Weights of what lies at or above each distinct score.
  std::vector<double> fp, tp, at;
  double false_weight = 0, true_weight = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t row = order[i];
    (s.truth[row] == 1 ? true_weight : false_weight) += s.weights[row];
    if (i + 1 < order.size() && s.scores[order[i + 1]] == s.scores[row]) continue;
    fp.push_back(false_weight), tp.push_back(true_weight), at.push_back(s.scores[row]);
  }
  if (!(false_weight > 0) || !(true_weight > 0))
    return InvalidArgumentError("a ROC curve needs examples of both classes in y_true");
  if (options.drop_intermediate) DropIntermediate(&fp, &tp, &at);
  Roc roc{{0}, {0}, {std::numeric_limits<double>::infinity()}};
  for (size_t i = 0; i < fp.size(); ++i) {
    roc.fpr.push_back(fp[i] / false_weight);
    roc.tpr.push_back(tp[i] / true_weight);
    roc.thresholds.push_back(at[i]);
  }
  return roc;
}

absl::StatusOr<double> Auc(absl::Span<const double> x, absl::Span<const double> y) {
  if (x.size() != y.size() || x.size() < 2) {
    return InvalidArgumentError(absl::StrCat("a curve needs two points or more; given: ", x.size(),
                                             " x and ", y.size(), " y"));
  }
  const bool rises = std::is_sorted(x.begin(), x.end());
  if (!rises && !std::is_sorted(x.rbegin(), x.rend()))
    return InvalidArgumentError("the x of a curve neither rise nor fall throughout");
  double area = 0;
  for (size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return rises ? area : -area;
}

absl::StatusOr<double> RocAucScore(const Tensor& y_true, const Tensor& y_score,
                                   const Tensor& sample_weight) {
  DAGRAD_ASSIGN_OR_RETURN(const Roc roc, RocCurve(y_true, y_score, {sample_weight}));
  return Auc(roc.fpr, roc.tpr);
}

}  // namespace dagrad::learn
