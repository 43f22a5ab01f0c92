#include "dagrad/plot/charts.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"

namespace dagrad::plot {

absl::StatusOr<Chart> HistoryChart(const keras::History& history, const std::string& name) {
  Chart chart{.title = name, .x_label = "epoch"};
  std::vector<double> epochs;
  for (const int64_t e : history.epoch) epochs.push_back(static_cast<double>(e + 1));
  for (const std::string& key : {name, "val_" + name}) {
    Line line{.name = key == name ? "training" : "validation"};
    for (size_t i = 0; i < history.logs.size(); ++i) {
      if (!history.logs[i].Contains(key)) continue;
      line.x.push_back(epochs[i]);
      line.y.push_back(history.logs[i][key]);
    }
    if (!line.y.empty()) chart.lines.push_back(line);
  }
  if (!chart.lines.empty()) return chart;
  std::vector<std::string> known;
  if (!history.logs.empty()) {
    for (const auto& [key, unused] : history.logs[0].entries()) known.push_back(key);
  }
  return NotFoundError(absl::StrCat("the history has no \"", name, "\"", PerhapsOf(name, known)));
}

Chart ValidationCurve(const std::string& option, absl::Span<const double> values,
                      absl::Span<const double> training, absl::Span<const double> validation) {
  const std::vector<double> x(values.begin(), values.end());
  return {.title = "Validation curve",
          .x_label = option,
          .y_label = "score",
          .lines = {{"training", x, {training.begin(), training.end()}, true},
                    {"validation", x, {validation.begin(), validation.end()}, true}}};
}

Chart LearningCurve(absl::Span<const double> examples, absl::Span<const double> training,
                    absl::Span<const double> validation) {
  Chart chart = ValidationCurve("training examples", examples, training, validation);
  chart.title = "Learning curve";
  return chart;
}

Chart RocChart(const learn::Roc& roc, double auc) {
  return {.title = "ROC curve",
          .x_label = "false positive rate",
          .y_label = "true positive rate",
          .lines = {{.name = absl::StrFormat("area %.3f", auc), .x = roc.fpr, .y = roc.tpr},
                    {.name = "guessing", .x = {0, 1}, .y = {0, 1}, .dashed = true}},
          .width = 480,
          .height = 480};
}

HeatMap ConfusionMap(const Tensor& confusion_matrix, const std::vector<std::string>& names) {
  bool whole = true;
  if (confusion_matrix.dtype() == DType::kFloat64) {
    const auto values = confusion_matrix.data<double>();
    whole = std::all_of(values.begin(), values.end(), [](double v) { return v == std::floor(v); });
  }
  return {.title = "Confusion matrix",
          .values = confusion_matrix,
          .row_labels = names,
          .column_labels = names,
          .row_title = "true",
          .column_title = "predicted",
          .digits = whole ? 0 : 2};
}

HeatMap CorrelationMap(const Tensor& correlation_matrix, const std::vector<std::string>& names) {
  return {.title = "Correlation",
          .values = correlation_matrix,
          .row_labels = names,
          .column_labels = names,
          .colors = Colors::kDiverging};
}

}  // namespace dagrad::plot
