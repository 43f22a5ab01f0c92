#include "dagrad/learn/classification.h"

#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/rows.h"

namespace dagrad::learn {
namespace {

struct Examples {
  std::vector<int64_t> truth, predicted;
  std::vector<double> weights;
  std::vector<int64_t> classes;  // distinct, by size
};

absl::StatusOr<Examples> ExamplesOf(const Tensor& y_true, const Tensor& y_pred,
                                    const Tensor& sample_weight) {
  Examples e;
  DAGRAD_ASSIGN_OR_RETURN(e.truth, ClassNumbers(y_true, "y_true"));
  DAGRAD_ASSIGN_OR_RETURN(e.predicted, ClassNumbers(y_pred, "y_pred"));
  e.weights.assign(e.truth.size(), 1);
  if (sample_weight.defined()) {
    DAGRAD_ASSIGN_OR_RETURN(e.weights, Column(sample_weight, "sample_weight"));
  }
  if (e.truth.size() != e.predicted.size() || e.truth.size() != e.weights.size()) {
    return InvalidArgumentError(absl::StrCat(
        "y_true, y_pred and sample_weight have different numbers of examples: ", e.truth.size(),
        ", ", e.predicted.size(), ", ", e.weights.size()));
  }
  if (e.truth.empty()) return InvalidArgumentError("y_true has no examples");
  std::vector<int64_t> all = e.truth;
  all.insert(all.end(), e.predicted.begin(), e.predicted.end());
  e.classes = Distinct(std::move(all));
  return e;
}

// The place of `number` in `labels`, or their number.
size_t PlaceOf(int64_t number, const std::vector<int64_t>& labels) {
  return std::find(labels.begin(), labels.end(), number) - labels.begin();
}

absl::StatusOr<Tensor> Count(const Examples& e, const std::vector<int64_t>& labels) {
  const int64_t c = static_cast<int64_t>(labels.size());
  DAGRAD_ASSIGN_OR_RETURN(Tensor counts, Tensor::Zeros(DType::kFloat64, {c, c}));
  const auto cells = counts.mutable_data<double>();
  for (size_t i = 0; i < e.truth.size(); ++i) {
    const size_t row = PlaceOf(e.truth[i], labels), column = PlaceOf(e.predicted[i], labels);
    if (row < labels.size() && column < labels.size()) cells[row * c + column] += e.weights[i];
  }
  return counts;
}

// Sums over the rows and the columns of a square matrix.
struct Margins {
  std::vector<double> rows, columns;
  double all = 0;
};

Margins MarginsOf(const Tensor& square) {
  const size_t c = square.dims()[0];
  Margins m{std::vector<double>(c), std::vector<double>(c)};
  for (size_t i = 0; i < c * c; ++i) {
    const double v = square.data<double>()[i];
    m.rows[i / c] += v;
    m.columns[i % c] += v;
    m.all += v;
  }
  return m;
}

void Divide(Normalize by, Tensor* counts) {
  const Margins m = MarginsOf(*counts);
  const size_t c = m.rows.size();
  for (size_t i = 0; i < c * c; ++i) {
    const double whole = by == Normalize::kTrue   ? m.rows[i / c]
                         : by == Normalize::kPred ? m.columns[i % c]
                                                  : m.all;
    double& cell = counts->mutable_data<double>()[i];
    cell = whole == 0 ? 0 : cell / whole;
  }
}

ClassScores MeanOf(std::string name, const std::vector<ClassScores>& classes, bool by_support) {
  ClassScores mean{std::move(name)};
  double whole = 0;
  for (const ClassScores& c : classes) {
    const double weight = by_support ? c.support : 1;
    mean.precision += weight * c.precision;
    mean.recall += weight * c.recall;
    mean.f1_score += weight * c.f1_score;
    mean.support += c.support;
    whole += weight;
  }
  for (double* score : {&mean.precision, &mean.recall, &mean.f1_score})
    *score = whole == 0 ? 0 : *score / whole;
  return mean;
}

}  // namespace

absl::StatusOr<Tensor> PredictedClasses(const Tensor& outputs, double threshold) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor p, Matrix(outputs, "outputs"));
  const int64_t rows = p.dims()[0], columns = p.dims()[1];
  if (columns == 0) return InvalidArgumentError("outputs without columns predict no class");
  DAGRAD_ASSIGN_OR_RETURN(Tensor classes, Tensor::Allocate(DType::kInt64, {rows}));
  for (int64_t i = 0; i < rows; ++i) {
    const auto row = p.data<double>().subspan(i * columns, columns);
    classes.mutable_data<int64_t>()[i] =
        columns == 1 ? row[0] > threshold : std::max_element(row.begin(), row.end()) - row.begin();
  }
  return classes;
}

absl::StatusOr<Tensor> ConfusionMatrix(const Tensor& y_true, const Tensor& y_pred,
                                       const ConfusionMatrixOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Examples e, ExamplesOf(y_true, y_pred, options.sample_weight));
  if (Distinct(options.labels).size() != options.labels.size())
    return InvalidArgumentError("labels has a class twice");
  DAGRAD_ASSIGN_OR_RETURN(Tensor counts,
                          Count(e, options.labels.empty() ? e.classes : options.labels));
  if (options.normalize != Normalize::kNone) Divide(options.normalize, &counts);
  return counts;
}

absl::StatusOr<double> AccuracyScore(const Tensor& y_true, const Tensor& y_pred) {
  DAGRAD_ASSIGN_OR_RETURN(const Examples e, ExamplesOf(y_true, y_pred, {}));
  double right = 0;
  for (size_t i = 0; i < e.truth.size(); ++i) right += e.truth[i] == e.predicted[i];
  return right / static_cast<double>(e.truth.size());
}

absl::StatusOr<Report> ClassificationReport(const Tensor& y_true, const Tensor& y_pred,
                                            const ReportOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Examples e, ExamplesOf(y_true, y_pred, options.sample_weight));
  const std::vector<std::string>& names = options.target_names;
  if (!names.empty() && names.size() != e.classes.size()) {
    return InvalidArgumentError(absl::StrCat("target_names has ", names.size(), " names for ",
                                             e.classes.size(), " classes"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Tensor counts, Count(e, e.classes));
  const Margins m = MarginsOf(counts);
  const auto ratio = [&](double part, double whole) {
    return whole == 0 ? options.zero_division : part / whole;
  };
  Report report{.digits = options.digits, .weighted = options.sample_weight.defined()};
  double right = 0;
  for (size_t k = 0; k < e.classes.size(); ++k) {
    const double hits = counts.data<double>()[k * e.classes.size() + k];
    right += hits;
    report.classes.push_back({names.empty() ? absl::StrCat(e.classes[k]) : names[k],
                              ratio(hits, m.columns[k]), ratio(hits, m.rows[k]),
                              ratio(2 * hits, m.rows[k] + m.columns[k]), m.rows[k]});
  }
  report.accuracy = ratio(right, m.all);
  report.macro_avg = MeanOf("macro avg", report.classes, false);
  report.weighted_avg = MeanOf("weighted avg", report.classes, true);
  return report;
}

std::string Report::ToString() const {
  size_t width = weighted_avg.name.size();
  for (const ClassScores& c : classes) width = std::max(width, Printable(c.name).size());
  const int w = static_cast<int>(std::max<size_t>(width, digits));
  const auto support = [&](double s) {
    return weighted ? absl::StrCat(s) : absl::StrFormat("%.0f", s);
  };
  const auto line = [&](const ClassScores& c) {
    return absl::StrFormat("%*s  %9.*f %9.*f %9.*f %9s\n", w, Printable(c.name), digits,
                           c.precision, digits, c.recall, digits, c.f1_score, support(c.support));
  };
  std::string text = absl::StrFormat("%*s  %9s %9s %9s %9s\n\n", w, "", "precision", "recall",
                                     "f1-score", "support");
  for (const ClassScores& c : classes) text += line(c);
  absl::StrAppend(&text, "\n",
                  absl::StrFormat("%*s  %9s %9s %9.*f %9s\n", w, "accuracy", "", "", digits,
                                  accuracy, support(macro_avg.support)),
                  line(macro_avg), line(weighted_avg));
  return text;
}

std::ostream& operator<<(std::ostream& out, const Report& report) {
  return out << report.ToString();
}

}  // namespace dagrad::learn
