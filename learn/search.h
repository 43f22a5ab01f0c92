#ifndef DAGRAD_LEARN_SEARCH_H_
#define DAGRAD_LEARN_SEARCH_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/learn/hyper_parameters.h"
#include "dagrad/learn/model_selection.h"
#include "dagrad/learn/table.h"

// Searches for the options with which a model is best. Source: scikit-learn 1.9 (GridSearchCV,
// RandomizedSearchCV), with the space declared in the function that builds, as in KerasTuner.
//
//   DAGRAD_ASSIGN_OR_RETURN(
//       auto results, learn::RandomSearch(Build, x, y,
//                                         {.validation = {.fit = {.epochs = 30}},
//                                          .max_trials = 20,
//                                          .file = "trials.json"}));
//   std::cout << results;
//   learn::HyperParameters best(results.Best().point);
//   DAGRAD_ASSIGN_OR_RETURN(auto model, Build(best));
namespace dagrad::learn {

using SpaceBuilder = std::function<absl::StatusOr<Pipeline>(HyperParameters& hp)>;

struct SearchOptions {
  ValidationOptions validation = {};
  // Points that are tried. Of a grid by default all, otherwise the first ones; of a random search
  // 10, fewer where the space has no more.
  std::optional<int64_t> max_trials = {};
  int64_t seed = 0;  // of the random search
  // Where the results are kept after each trial, all or nothing. If the file is there, its trials
  // are not done again: a search that was killed goes on, and ends with the same results.
  // InvalidArgument for a file of another space, another search, seed, score, number of examples,
  // divisions, epochs or batch size. Whether data and function are the same it cannot know.
  std::string file = {};
  int verbose = 1;  // 0: silent; 1: progress bar with the best score; 2: a line per trial
  std::ostream* out = nullptr;  // std::cout
};

struct Trial {
  int64_t number = 0;  // from 1
  HyperPoint point;
  Scores scores;
};

struct SearchResults {
  std::vector<std::string> names;  // of the options, as they were declared
  std::vector<Trial> trials;       // as they were tried

  // The trial with the best mean score; of equal ones the first. One whose score is NaN is worse
  // than all others.
  const Trial& Best() const;
  // A row per trial, best first: rank, trial, options, mean, std and train (mean of the training
  // parts' scores). Table::WriteCsv makes a file of it.
  Table ToTable() const;
};
std::ostream& operator<<(std::ostream& out, const SearchResults& results);  // the table

// Every point of the grid: all values of all options, the last one changing fastest.
// InvalidArgument for a grid of more than 100,000 points without max_trials.
absl::StatusOr<SearchResults> GridSearch(const SpaceBuilder& build, const Features& x,
                                         const Tensor& y, const SearchOptions& options = {});
// Points drawn at random, each at most once. Trial i is a function of the space, the seed and i.
absl::StatusOr<SearchResults> RandomSearch(const SpaceBuilder& build, const Features& x,
                                           const Tensor& y, const SearchOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_SEARCH_H_
