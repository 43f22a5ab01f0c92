#ifndef DAGRAD_LEARN_MODEL_SELECTION_H_
#define DAGRAD_LEARN_MODEL_SELECTION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/models/model.h"
#include "dagrad/learn/pipeline.h"
#include "dagrad/learn/split.h"

// How good a model is on examples that it has not seen, as scikit-learn's model_selection has it.
// What is judged is a function that builds and compiles a new model, or a pipeline with one, each
// time that it is called: so each division of the examples starts from nothing, and the steps of a
// pipeline learn from training examples alone. With models of a fixed seed the scores are the same
// in every run. Calls train one model after the other; errors of the function, of Fit and of
// Evaluate end them. Source: scikit-learn 1.9.
//
//   DAGRAD_ASSIGN_OR_RETURN(auto folds, learn::StratifiedKFold(y));
//   DAGRAD_ASSIGN_OR_RETURN(
//       learn::Scores scores,
//       learn::CrossValScore(Build, x, y, {.splits = folds, .fit = {.epochs = 20}}));
//   std::cout << scores.Mean() << " ± " << scores.Std() << "\n";
namespace dagrad::learn {

using Builder = std::function<absl::StatusOr<Pipeline>()>;

// What a score is: one of the logs of Evaluate, or a function of the targets and what is predicted
// for them.
struct Scoring {
  std::string name = {};  // "": the first metric that the model is compiled with, or its loss
  std::function<absl::StatusOr<double>(const Tensor& y_true, const Tensor& y_pred)> function = {};
  // Of a function: true unless it is given. Of logs: what loss and metric say; InvalidArgument for
  // one that says nothing.
  std::optional<bool> greater_is_better = {};
};

struct ValidationOptions {
  // KFold or StratifiedKFold; empty: KFold of 5.
  std::vector<Split> splits = {};
  Scoring scoring = {};
  // Of each Fit, which is silent. What is given by example, sample_weight and validation_data,
  // must not be: InvalidArgument.
  keras::FitOptions fit = {};
};

// Scores of models that were trained on the training part of each division of the examples.
struct Scores {
  std::string name;  // of the score
  bool greater_is_better = true;
  std::vector<double> train, test;  // of both parts, one per division
  double Mean() const;              // of test
  double Std() const;               // of a population, as NumPy's default
};
absl::StatusOr<Scores> CrossValScore(const Builder& build, const Features& x, const Tensor& y,
                                     const ValidationOptions& options = {});

// Scores by the value of something.
struct ScoreCurve {
  std::vector<double> values;
  std::vector<Scores> scores;  // one per value
  // Means over the divisions, by value: plot::ValidationCurve draws them.
  std::vector<double> TrainMeans() const;
  std::vector<double> TestMeans() const;
};

// By the number of training examples: of each division the first floor(share · n), where n is the
// smallest training part's size. InvalidArgument for shares that are not in (0, 1] or leave no
// example.
absl::StatusOr<ScoreCurve> LearningCurve(const Builder& build, const Features& x, const Tensor& y,
                                         const ValidationOptions& options = {},
                                         absl::Span<const double> shares = {0.1, 0.325, 0.55, 0.775,
                                                                            1.0});

// By the value of one option, which `build` is called with.
absl::StatusOr<ScoreCurve> ValidationCurve(
    const std::function<absl::StatusOr<Pipeline>(double value)>& build,
    absl::Span<const double> values, const Features& x, const Tensor& y,
    const ValidationOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_MODEL_SELECTION_H_
