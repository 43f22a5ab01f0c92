#ifndef DAGRAD_KERAS_METRICS_METRICS_H_
#define DAGRAD_KERAS_METRICS_METRICS_H_

#include <cstdint>
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
  // One or more, each in [0, 1]. One gives a scalar, several a vector with an element for each, as
  // in Keras; where three or more divide [0, 1] evenly, p is clipped to [0, 1] first.
  std::vector<double> thresholds = {0.5};
};
// With y ≠ 0 as truth and p > threshold as prediction: tp / (tp + fp), 0 where nothing counts.
// "precision", "Precision"
Metric Precision(const ThresholdsOptions& options = {});
// tp / (tp + fn), 0 where nothing counts. "recall", "Recall"
Metric Recall(const ThresholdsOptions& options = {});

struct AUCOptions {
  std::string name = {};
  int64_t num_thresholds = 200;  // 2 or more
};
// The area under the ROC curve, by the trapezoidal rule over thresholds that divide [0, 1] evenly,
// p clipped to [0, 1]; 0 where all y are alike. "auc", "AUC"
Metric AUC(const AUCOptions& options = {});

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
