#ifndef DAGRAD_KERAS_METRICS_METRICS_H_
#define DAGRAD_KERAS_METRICS_METRICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dagrad/keras/metrics/metric.h"

// Keras's metrics. y is the target and p the prediction, [batch, …, n]; what is counted is one
// element of p, or one row of its last axis, and counts with its sample weight where the metric is
// among weighted_metrics. Behind each is its name, for .metrics = {"accuracy"}. `name` is the key
// in the logs; by default the metric's. Options out of range are InvalidArgument when the model is
// compiled. Source: Keras 3.
//
// The mean of a loss is a metric, too: "mse", or a Loss with options.
namespace dagrad::keras::metrics {

// BinaryAccuracy for an output of one column, whatever the loss; else SparseCategoricalAccuracy for
// class numbers, else CategoricalAccuracy. "accuracy", "acc"
Metric Accuracy(const std::string& name = "");

struct BinaryAccuracyOptions {
  std::string name = {};
  double threshold = 0.5;  // finite
};
// The share of p > threshold that equals y. "binary_accuracy"
Metric BinaryAccuracy(const BinaryAccuracyOptions& options = {});
// The share of argmax p = argmax y. "categorical_accuracy"
Metric CategoricalAccuracy(const std::string& name = "");
// The share of argmax p = y, y class numbers. "sparse_categorical_accuracy"
Metric SparseCategoricalAccuracy(const std::string& name = "");

struct ThresholdsOptions {
  std::string name = {};
  // Each in [0, 1]; none: 0.5, or with top_k what is above all. One gives a scalar, several a
  // vector with an element for each, as in Keras; where three or more divide [0, 1] evenly, p is
  // clipped to [0, 1] first.
  std::vector<double> thresholds = {};
  std::optional<int64_t> top_k = {};     // of each row only the k largest p are predictions
  std::optional<int64_t> class_id = {};  // only this column counts
};
// With y ≠ 0 as truth and p > threshold as prediction: tp / (tp + fp), 0 where nothing counts.
// "precision", "Precision"
Metric Precision(const ThresholdsOptions& options = {});
// tp / (tp + fn), 0 where nothing counts. "recall", "Recall"
Metric Recall(const ThresholdsOptions& options = {});

struct CountOptions {
  std::string name = {};
  std::vector<double> thresholds = {};  // as above
};
// tp, tn, fp, fn. "true_positives", "true_negatives", "false_positives", "false_negatives"
Metric TruePositives(const CountOptions& options = {});
Metric TrueNegatives(const CountOptions& options = {});
Metric FalsePositives(const CountOptions& options = {});
Metric FalseNegatives(const CountOptions& options = {});

struct AUCOptions {
  std::string name = {};
  int64_t num_thresholds = 200;                    // 2 or more
  std::string curve = "ROC";                       // or "PR"
  std::string summation_method = "interpolation";  // or "minoring", "majoring"
  std::vector<double> thresholds = {};             // in the place of num_thresholds
  bool multi_label = false;                        // the mean of the areas of all columns
  std::optional<int64_t> num_labels = {};          // of columns; checked
  std::vector<double> label_weights = {};          // of each column; none: alike
  bool from_logits = false;
};
// The area under the ROC or precision-recall curve, by the trapezoidal rule (of PR by Davis &
// Goadrich 2006) over thresholds that divide [0, 1] evenly, p clipped to [0, 1]; 0 where all y are
// alike. "auc", "AUC"
Metric AUC(const AUCOptions& options = {});

struct BestOptions {
  std::string name = {};
  double least = 0.5;  // of the share that is asked for, in [0, 1]
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = {};
};
// The best of one share at thresholds where another one is at least `least`; in files and in Keras
// that option has the other one's name. "sensitivity_at_specificity", …
Metric SensitivityAtSpecificity(const BestOptions& options);
Metric SpecificityAtSensitivity(const BestOptions& options);
Metric PrecisionAtRecall(const BestOptions& options);
Metric RecallAtPrecision(const BestOptions& options);

struct F1Options {
  std::string name = {};
  std::string average = {};  // "micro", "macro", "weighted"; none: a vector of all classes
  std::optional<double> threshold = {};  // in (0, 1]; none: the largest of each row is predicted
};
// The harmonic mean of precision and recall, of outputs [batch, n]. "f1_score"
Metric F1Score(const F1Options& options = {});
struct FBetaOptions {
  std::string name = {};
  std::string average = {};
  double beta = 1;  // how much more recall counts
  std::optional<double> threshold = {};
};
// (1 + beta²) precision recall / (beta² precision + recall). "fbeta_score"
Metric FBetaScore(const FBetaOptions& options = {});

struct TopKOptions {
  std::string name = {};
  int64_t k = 5;
};
// The share of rows in which fewer than k elements are larger than that of the true class: argmax
// y; or y, class numbers. "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"
Metric TopKCategoricalAccuracy(const TopKOptions& options = {});
Metric SparseTopKCategoricalAccuracy(const TopKOptions& options = {});

struct IoUOptions {
  std::string name = {};
  int64_t num_classes = 0;                     // 2 to 10,000; to be given
  std::vector<int64_t> target_class_ids = {};  // the mean is of these; none: all
  std::optional<int64_t> ignore_class = {};    // examples of it do not count
  bool sparse_y_true = true;                   // y are class numbers; else argmax y is the class
  bool sparse_y_pred = true;                   // p are class numbers; else argmax p is the class
};
// The mean, over classes that occur, of tp / (tp + fp + fn); OneHot… are of argmax y and argmax p.
// MeanIoU and OneHotMeanIoU are of all classes, and refuse target_class_ids. "io_u", "mean_io_u",
// "one_hot_io_u", "one_hot_mean_io_u", and as in Keras "IoU", …
Metric IoU(const IoUOptions& options);
Metric MeanIoU(const IoUOptions& options);
Metric OneHotIoU(const IoUOptions& options);
Metric OneHotMeanIoU(const IoUOptions& options);

struct BinaryIoUOptions {
  std::string name = {};
  std::vector<int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;  // p >= threshold is class 1
};
// "binary_io_u", "BinaryIoU"
Metric BinaryIoU(const BinaryIoUOptions& options = {});

struct AxisOptions {
  std::string name = {};
  int64_t axis = -1;  // along which numbers go together; not 0
};
// The mean of the correlations of y and p. "pearson_correlation"
Metric PearsonCorrelation(const AxisOptions& options = {});
// Lin's, with Keras's covariance, mean (y - mean p)(p - mean p). "concordance_correlation"
Metric ConcordanceCorrelation(const AxisOptions& options = {});

struct R2Options {
  std::string name = {};
  // Or "variance_weighted_average"; none: a vector of all columns.
  std::optional<std::string> class_aggregation = "uniform_average";
  int64_t num_regressors = 0;  // > 0: adjusted R²
};
// 1 - Σ (y - p)² / Σ (y - mean y)², of outputs [batch, n]. "r2_score"
Metric R2Score(const R2Options& options = {});

struct ConfusionMatrixOptions {
  std::string name = {};
  int64_t num_classes = 0;  // c; 0: n, or 2 for an output of one column
};
// A tensor [c, c]: element i, j is the weight of the examples of class i for which j is predicted.
// The class predicted is argmax p, or for an output of one column p > 0.5; the true one is y where
// that is a class number, else it is found alike. A class from num_classes on is not counted. Keras
// has it within its MeanIoU. "confusion_matrix"
Metric ConfusionMatrix(const ConfusionMatrixOptions& options = {});

// sqrt(mean (y - p)²). "root_mean_squared_error", "rmse"
Metric RootMeanSquaredError(const std::string& name = "");
// The mean of the normalised y · p, positive where they agree: the loss of this name has the other
// sign. "cosine_similarity"
Metric CosineSimilarity(const std::string& name = "");

}  // namespace dagrad::keras::metrics

#endif  // DAGRAD_KERAS_METRICS_METRICS_H_
