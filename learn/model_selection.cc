#include "dagrad/learn/model_selection.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callback.h"
#include "dagrad/learn/rows.h"

namespace dagrad::learn {
namespace {

using keras::Direction;

double MeanOf(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

// Keeps what a run says about the direction of its logs.
class DirectionProbe : public keras::CallbackImpl {
 public:
  explicit DirectionProbe(std::string name) : name_(std::move(name)) {}
  absl::Status OnTestEnd(const Context& context, const keras::Logs& logs) override {
    if (name_.empty()) {
      // Metrics stand behind the loss, or before it.
      for (const auto& [name, unused] : logs.entries()) {
        if (name_.empty() || name_ == "loss") name_ = name;
      }
    }
    if (context.direction) direction_ = context.direction(name_);
    return absl::OkStatus();
  }
  const std::string& name() const { return name_; }
  Direction direction() const { return direction_; }

 private:
  std::string name_;
  Direction direction_ = Direction::kUnknown;
};

// A number, and what it is.
struct Score {
  std::string name;
  bool greater_is_better = true;
  double value = 0;
};

absl::StatusOr<Score> ScoreByFunction(Pipeline* p, const Features& x, const Tensor& y,
                                      const Scoring& scoring) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor predicted, p->Predict(x));
  DAGRAD_ASSIGN_OR_RETURN(const double value, scoring.function(y, predicted));
  return Score{scoring.name.empty() ? "score" : scoring.name,
               scoring.greater_is_better.value_or(true), value};
}

absl::StatusOr<Score> ScoreOf(Pipeline* p, const Features& x, const Tensor& y,
                              const ValidationOptions& options) {
  const Scoring& scoring = options.scoring;
  if (scoring.function) return ScoreByFunction(p, x, y, scoring);
  const auto probe = std::make_shared<DirectionProbe>(scoring.name);
  DAGRAD_ASSIGN_OR_RETURN(const keras::Logs logs, p->Evaluate(x, y,
                                                              {.batch_size = options.fit.batch_size,
                                                               .verbose = 0,
                                                               .callbacks = {{.object = probe}},
                                                               .budget = options.fit.budget}));
  const std::string& name = probe->name();
  if (!logs.Contains(name)) {
    std::vector<std::string> known;
    for (const auto& [key, unused] : logs.entries()) known.push_back(key);
    return NotFoundError(
        absl::StrCat("scoring: the model has no metric \"", name, "\"", PerhapsOf(name, known)));
  }
  if (probe->direction() == Direction::kUnknown && !scoring.greater_is_better.has_value()) {
    return InvalidArgumentError(absl::StrCat("scoring: \"", name,
                                             "\" does not say which values are better; set "
                                             "greater_is_better"));
  }
  return Score{name, scoring.greater_is_better.value_or(probe->direction() == Direction::kUp),
               logs[name]};
}

absl::StatusOr<std::vector<Split>> SplitsOf(const Features& x, const Tensor& y,
                                            const ValidationOptions& options) {
  const int64_t rows = y.defined() && y.rank() > 0 ? y.dims()[0] : 0;
  if (rows != x.rows()) {
    return InvalidArgumentError(absl::StrCat("x has ", x.rows(), " examples, and y has ", rows));
  }
  if (options.fit.sample_weight.defined() || options.fit.validation_data.given()) {
    return InvalidArgumentError(
        "sample_weight and validation_data are of all examples, and parts are trained on");
  }
  if (!options.splits.empty()) return options.splits;
  return KFold(rows);
}

// Trains on some rows, and adds the scores of both parts.
absl::Status AddScores(const Builder& build, const Features& x, const Tensor& y,
                       absl::Span<const int64_t> train, absl::Span<const int64_t> test,
                       const ValidationOptions& options, Scores* scores) {
  DAGRAD_ASSIGN_OR_RETURN(const Features x_train, x.TakeRows(train));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y_train, TakeRows(y, train));
  DAGRAD_ASSIGN_OR_RETURN(const Features x_test, x.TakeRows(test));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y_test, TakeRows(y, test));
  DAGRAD_ASSIGN_OR_RETURN(Pipeline pipeline, build());
  keras::FitOptions fit = options.fit;
  fit.verbose = 0;
  DAGRAD_RETURN_IF_ERROR(pipeline.Fit(x_train, y_train, std::move(fit)).status());
  DAGRAD_ASSIGN_OR_RETURN(const Score on_train, ScoreOf(&pipeline, x_train, y_train, options));
  DAGRAD_ASSIGN_OR_RETURN(const Score on_test, ScoreOf(&pipeline, x_test, y_test, options));
  scores->train.push_back(on_train.value);
  scores->test.push_back(on_test.value);
  scores->name = on_test.name;
  scores->greater_is_better = on_test.greater_is_better;
  return absl::OkStatus();
}

std::vector<double> MeansOf(const std::vector<Scores>& scores,
                            std::vector<double> Scores::*values) {
  std::vector<double> means;
  for (const Scores& s : scores) means.push_back(MeanOf(s.*values));
  return means;
}

}  // namespace

double Scores::Mean() const { return MeanOf(test); }

double Scores::Std() const {
  const double mean = Mean();
  double squares = 0;
  for (const double s : test) squares += (s - mean) * (s - mean);
  return std::sqrt(squares / static_cast<double>(test.size()));
}

std::vector<double> ScoreCurve::TrainMeans() const { return MeansOf(scores, &Scores::train); }
std::vector<double> ScoreCurve::TestMeans() const { return MeansOf(scores, &Scores::test); }

absl::StatusOr<Scores> CrossValScore(const Builder& build, const Features& x, const Tensor& y,
                                     const ValidationOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Split> splits, SplitsOf(x, y, options));
  Scores scores;
  for (const Split& split : splits) {
    DAGRAD_RETURN_IF_ERROR(AddScores(build, x, y, split.train, split.test, options, &scores));
  }
  return scores;
}

absl::StatusOr<ScoreCurve> LearningCurve(const Builder& build, const Features& x, const Tensor& y,
                                         const ValidationOptions& options,
                                         absl::Span<const double> shares) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Split> splits, SplitsOf(x, y, options));
  size_t most = splits[0].train.size();
  for (const Split& split : splits) most = std::min(most, split.train.size());
  ScoreCurve curve;
  for (const double share : shares) {
    const auto count = static_cast<size_t>(std::max(share, 0.0) * static_cast<double>(most));
    if (!(share > 0 && share <= 1) || count == 0) {
      return InvalidArgumentError(absl::StrCat("a share of ", share, " of ", most,
                                               " training examples; shares are in (0, 1], and "
                                               "leave at least one"));
    }
    Scores scores;
    for (const Split& split : splits) {
      DAGRAD_RETURN_IF_ERROR(AddScores(build, x, y,
                                       absl::MakeConstSpan(split.train).subspan(0, count),
                                       split.test, options, &scores));
    }
    curve.values.push_back(static_cast<double>(count));
    curve.scores.push_back(std::move(scores));
  }
  return curve;
}

absl::StatusOr<ScoreCurve> ValidationCurve(
    const std::function<absl::StatusOr<Pipeline>(double value)>& build,
    absl::Span<const double> values, const Features& x, const Tensor& y,
    const ValidationOptions& options) {
  ScoreCurve curve;
  for (const double value : values) {
    DAGRAD_ASSIGN_OR_RETURN(Scores scores,
                            CrossValScore([&build, value] { return build(value); }, x, y, options));
    curve.values.push_back(value);
    curve.scores.push_back(std::move(scores));
  }
  return curve;
}

}  // namespace dagrad::learn
