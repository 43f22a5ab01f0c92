#ifndef DAGRAD_PLOT_CHARTS_H_
#define DAGRAD_PLOT_CHARTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/callbacks/history.h"
#include "dagrad/learn/roc.h"
#include "dagrad/plot/chart.h"
#include "dagrad/plot/heat_map.h"

// The pictures of a course on learning, as descriptions that ToSvg, ToText and SaveSvg draw.
namespace dagrad::plot {

// The values of a loss or metric by epoch, of training and, where there is one, of validation.
// NotFound if the history has none of that name, with the names that it has.
absl::StatusOr<Chart> HistoryChart(const keras::History& history, const std::string& name);

// Scores against the values of one option: of training and of validation, both as many as values.
Chart ValidationCurve(const std::string& option, absl::Span<const double> values,
                      absl::Span<const double> training, absl::Span<const double> validation);

// Scores against the number of training examples, likewise.
Chart LearningCurve(absl::Span<const double> examples, absl::Span<const double> training,
                    absl::Span<const double> validation);

// The curve, and the line of a classifier that guesses.
Chart RocChart(const learn::Roc& roc, double auc);

// Counts, or shares (learn::Normalize), of true classes (rows) and predicted ones (columns).
HeatMap ConfusionMap(const Tensor& confusion_matrix, const std::vector<std::string>& names = {});

// Correlations from -1 to 1.
HeatMap CorrelationMap(const Tensor& correlation_matrix, const std::vector<std::string>& names);

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_CHARTS_H_
