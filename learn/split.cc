#include "dagrad/learn/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/rows.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::learn {
namespace {

struct Sizes {
  int64_t train = 0;
  int64_t test = 0;
};

absl::Status CheckShare(const char* name, const std::optional<double>& share) {
  if (!share.has_value() || (*share > 0 && *share < 1)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(name, " is a share in (0, 1), not ", *share));
}

absl::StatusOr<Sizes> SizesOf(int64_t n, const SplitOptions& o) {
  DAGRAD_RETURN_IF_ERROR(CheckShare("test_size", o.test_size));
  DAGRAD_RETURN_IF_ERROR(CheckShare("train_size", o.train_size));
  const double all = static_cast<double>(n);
  const double test_share = o.test_size.value_or(o.train_size.has_value() ? 0 : 0.25);
  Sizes s;
  s.train = o.train_size.has_value() ? static_cast<int64_t>(std::floor(*o.train_size * all)) : -1;
  s.test = test_share > 0 ? static_cast<int64_t>(std::ceil(test_share * all)) : n - s.train;
  if (s.train < 0) s.train = n - s.test;
  if (o.test_size.value_or(0) + o.train_size.value_or(0) > 1 || s.train + s.test > n) {
    return InvalidArgumentError(absl::StrCat("train_size and test_size are more than all of the ",
                                             n, " examples: ", s.train, " and ", s.test));
  }
  if (s.train < 1 || s.test < 1) {
    return InvalidArgumentError(
        absl::StrCat(n, " examples would be divided into ", s.train, " and ", s.test));
  }
  return s;
}

// How many of `draws` examples each class gets: its share, rounded down, and one more for those
// with the greatest remainders.
std::vector<int64_t> SharesOf(const std::vector<int64_t>& counts, int64_t draws) {
  const int64_t total = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  std::vector<int64_t> shares, order(counts.size());
  std::vector<double> remainders;
  for (const int64_t count : counts) {
    const double share =
        static_cast<double>(count) / static_cast<double>(total) * static_cast<double>(draws);
    shares.push_back(static_cast<int64_t>(std::floor(share)));
    remainders.push_back(share - std::floor(share));
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return remainders[a] > remainders[b]; });
  const int64_t left = draws - std::accumulate(shares.begin(), shares.end(), int64_t{0});
  for (int64_t i = 0; i < left; ++i) ++shares[order[i]];
  return shares;
}

// The rows of each class, in the order of class numbers; the rows as `order` has them.
std::map<int64_t, std::vector<int64_t>> RowsByClass(const std::vector<int64_t>& classes,
                                                    const std::vector<int64_t>& order) {
  std::map<int64_t, std::vector<int64_t>> rows;
  for (const int64_t row : order) rows[classes[row]].push_back(row);
  return rows;
}

std::vector<int64_t> InOrder(int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<int64_t> Shuffled(int64_t random_state, int64_t n) {
  return random::Permutation(random_state, 0, n);
}

// `rows` in a random order, so that classes do not follow one another.
void Shuffle(int64_t random_state, std::vector<int64_t>* rows) {
  const std::vector<int64_t> order =
      random::Permutation(random_state, 1, static_cast<int64_t>(rows->size()));
  std::vector<int64_t> shuffled;
  for (const int64_t i : order) shuffled.push_back((*rows)[i]);
  *rows = std::move(shuffled);
}

absl::StatusOr<Split> StratifiedSplit(int64_t n, const Sizes& sizes, const SplitOptions& o) {
  if (!o.shuffle) return InvalidArgumentError("stratify needs shuffle");
  DAGRAD_ASSIGN_OR_RETURN(const auto classes, ClassNumbers(o.stratify, "stratify"));
  if (static_cast<int64_t>(classes.size()) != n) {
    return InvalidArgumentError(
        absl::StrCat("stratify has ", classes.size(), " class numbers for ", n, " examples"));
  }
  const auto by_class = RowsByClass(classes, Shuffled(o.random_state, n));
  std::vector<int64_t> counts;
  for (const auto& [number, rows] : by_class) {
    if (rows.size() < 2) {
      return InvalidArgumentError(
          absl::StrCat("class ", number, " has one example, which cannot be in both parts"));
    }
    counts.push_back(static_cast<int64_t>(rows.size()));
  }
  if (std::min(sizes.train, sizes.test) < static_cast<int64_t>(counts.size())) {
    return InvalidArgumentError(absl::StrCat("parts of ", sizes.train, " and ", sizes.test,
                                             " examples are too small for ", counts.size(),
                                             " classes"));
  }
  const std::vector<int64_t> train = SharesOf(counts, sizes.train);
  std::vector<int64_t> rest = counts;
  for (size_t k = 0; k < rest.size(); ++k) rest[k] -= train[k];
  const std::vector<int64_t> test = SharesOf(rest, sizes.test);
  Split split;
  size_t k = 0;
  for (const auto& [unused, rows] : by_class) {
    const auto middle = rows.begin() + train[k];
    split.train.insert(split.train.end(), rows.begin(), middle);
    split.test.insert(split.test.end(), middle, middle + test[k]);
    ++k;
  }
  Shuffle(o.random_state, &split.train);
  Shuffle(o.random_state, &split.test);
  return split;
}

absl::Status CheckFolds(int64_t n_splits, int64_t most, const char* of) {
  if (n_splits >= 2 && n_splits <= most) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("n_splits must be in 2 … ", most, ", the number of ", of, ", not ", n_splits));
}

// The divisions whose test parts are the rows of equal numbers; both parts in the order of rows.
std::vector<Split> SplitsOf(const std::vector<int64_t>& fold_of_row, int64_t n_splits) {
  std::vector<Split> splits(n_splits);
  for (size_t row = 0; row < fold_of_row.size(); ++row) {
    for (int64_t k = 0; k < n_splits; ++k)
      (fold_of_row[row] == k ? splits[k].test : splits[k].train).push_back(row);
  }
  return splits;
}

}  // namespace

absl::StatusOr<Split> SplitRows(int64_t n, const SplitOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Sizes sizes, SizesOf(n, options));
  if (options.stratify.defined()) return StratifiedSplit(n, sizes, options);
  if (!options.shuffle) {
    const std::vector<int64_t> order = InOrder(n);
    const auto middle = order.begin() + sizes.train;
    return Split{{order.begin(), middle}, {middle, middle + sizes.test}};
  }
  const std::vector<int64_t> order = Shuffled(options.random_state, n);
  const auto middle = order.begin() + sizes.test;
  return Split{{middle, middle + sizes.train}, {order.begin(), middle}};
}

absl::StatusOr<TrainTest> TrainTestSplit(const Tensor& x, const Tensor& y,
                                         const SplitOptions& options) {
  if (x.rank() < 1 || y.rank() < 1 || x.dims()[0] != y.dims()[0]) {
    return InvalidArgumentError(
        absl::StrCat("x and y need as many rows; given: ", x.ToString(0), " and ", y.ToString(0)));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Split split, SplitRows(x.dims()[0], options));
  TrainTest parts;
  DAGRAD_ASSIGN_OR_RETURN(parts.x_train, TakeRows(x, split.train));
  DAGRAD_ASSIGN_OR_RETURN(parts.x_test, TakeRows(x, split.test));
  DAGRAD_ASSIGN_OR_RETURN(parts.y_train, TakeRows(y, split.train));
  DAGRAD_ASSIGN_OR_RETURN(parts.y_test, TakeRows(y, split.test));
  return parts;
}

absl::StatusOr<std::vector<Split>> KFold(int64_t n, const FoldOptions& options) {
  DAGRAD_RETURN_IF_ERROR(CheckFolds(options.n_splits, n, "examples"));
  const std::vector<int64_t> order =
      options.shuffle ? Shuffled(options.random_state, n) : InOrder(n);
  std::vector<int64_t> fold_of_row(n);
  const int64_t longer = n % options.n_splits;
  int64_t at = 0;
  for (int64_t k = 0; k < options.n_splits; ++k) {
    const int64_t size = n / options.n_splits + (k < longer ? 1 : 0);
    for (int64_t i = 0; i < size; ++i) fold_of_row[order[at++]] = k;
  }
  return SplitsOf(fold_of_row, options.n_splits);
}

// As scikit-learn deals the examples out: with all of them sorted by class, the classes in the
// order of their first examples, fold k tests as many of each class as the examples k, k +
// n_splits, … of that order have; of a class the first examples go to the first fold.
absl::StatusOr<std::vector<Split>> StratifiedKFold(const Tensor& y, const FoldOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const auto classes, ClassNumbers(y, "y"));
  const int64_t n = static_cast<int64_t>(classes.size());
  std::map<int64_t, std::vector<int64_t>> by_class = RowsByClass(classes, InOrder(n));
  std::vector<std::vector<int64_t>> by_first;
  size_t most = 0;
  for (auto& [unused, rows] : by_class) {
    most = std::max(most, rows.size());
    by_first.push_back(std::move(rows));
  }
  DAGRAD_RETURN_IF_ERROR(
      CheckFolds(options.n_splits, static_cast<int64_t>(most), "examples of the largest class"));
  std::sort(by_first.begin(), by_first.end());
  std::vector<int64_t> fold_of_row(n);
  int64_t begin = 0;  // of the class in the order of all
  int64_t stream = 0;
  for (std::vector<int64_t>& rows : by_first) {
    const int64_t end = begin + static_cast<int64_t>(rows.size());
    std::vector<int64_t> folds;
    for (int64_t k = 0; k < options.n_splits; ++k) {
      for (int64_t i = k; i < end; i += options.n_splits) {
        if (i >= begin) folds.push_back(k);
      }
    }
    const std::vector<int64_t> order =
        options.shuffle ? random::Permutation(options.random_state, stream++, end - begin)
                        : InOrder(end - begin);
    for (size_t i = 0; i < rows.size(); ++i) fold_of_row[rows[i]] = folds[order[i]];
    begin = end;
  }
  return SplitsOf(fold_of_row, options.n_splits);
}

}  // namespace dagrad::learn
