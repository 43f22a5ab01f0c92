#ifndef DAGRAD_LEARN_SPLIT_H_
#define DAGRAD_LEARN_SPLIT_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

// Examples, divided into those to train with and those to test with. What is divided are row
// numbers; TakeRows (rows.h) makes tensors of them. The same arguments give the same rows on every
// machine; the order of a shuffle is a permutation made of random_state, another one than
// scikit-learn's. Thread-safe. Source of semantics and defaults: scikit-learn 1.9.
namespace dagrad::learn {

struct Split {
  std::vector<int64_t> train;
  std::vector<int64_t> test;
};

struct SplitOptions {
  // The shares of the examples, in (0, 1). test_size is 1 - train_size if that is given, else 0.25.
  // The test part has ceil(test_size · n) examples; the training part floor(train_size · n), by
  // default all others.
  std::optional<double> test_size = {};
  std::optional<double> train_size = {};
  bool shuffle = true;
  int64_t random_state = 0;
  // Class numbers, one per example, whose shares both parts have as far as whole examples allow
  // (shuffle only). Where parts of examples are equally near, the smaller class number gets one.
  Tensor stratify = {};
};

// Divides n examples; without a shuffle the first ones train. InvalidArgument for shares out of
// range, a part without examples, and with stratify for a class of one example and for a part with
// fewer examples than there are classes.
absl::StatusOr<Split> SplitRows(int64_t n, const SplitOptions& options = {});

struct TrainTest {
  Tensor x_train, x_test, y_train, y_test;
};
// SplitRows, taken from x and y of as many rows.
//
//   DAGRAD_ASSIGN_OR_RETURN(
//       auto d, learn::TrainTestSplit(x, y, {.test_size = 0.2, .stratify = y}));
absl::StatusOr<TrainTest> TrainTestSplit(const Tensor& x, const Tensor& y,
                                         const SplitOptions& options = {});

struct FoldOptions {
  int64_t n_splits = 5;
  bool shuffle = false;  // the order of the examples, of each class where stratified
  int64_t random_state = 0;
};

// n_splits divisions of n examples: each example is in one test part, whose sizes are n / n_splits,
// the first ones one more where that is not whole. InvalidArgument for n_splits < 2 or > n.
absl::StatusOr<std::vector<Split>> KFold(int64_t n, const FoldOptions& options = {});

// The same for examples with class numbers y: every test part has the shares that the classes have
// in y. InvalidArgument for n_splits < 2, or greater than the number of examples of every class.
absl::StatusOr<std::vector<Split>> StratifiedKFold(const Tensor& y,
                                                   const FoldOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_SPLIT_H_
