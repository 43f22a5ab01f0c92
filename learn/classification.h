#ifndef DAGRAD_LEARN_CLASSIFICATION_H_
#define DAGRAD_LEARN_CLASSIFICATION_H_

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

// How good predicted classes are. y_true and y_pred are class numbers, one per example ([n] or
// [n, 1], any dtype). InvalidArgument where they are not, and where they differ in number.
// Thread-safe. Source of semantics and defaults: scikit-learn 1.9.
namespace dagrad::learn {

// The classes (int64 [n]) that the outputs of a model predict: of [n] or [n, 1] whether p >
// threshold, of [n, classes] the first of the greatest.
absl::StatusOr<Tensor> PredictedClasses(const Tensor& outputs, double threshold = 0.5);

enum class Normalize { kNone, kTrue, kPred, kAll };

struct ConfusionMatrixOptions {
  // The classes that are counted, in this order; empty: all in y_true and y_pred, by size.
  std::vector<int64_t> labels = {};
  Tensor sample_weight = {};  // [n]
  // Shares of the examples of a true class (rows add up to 1), of a predicted one (columns), of
  // all; 0 where there are none.
  Normalize normalize = Normalize::kNone;
};
// float64 [classes, classes]: element i, j is the number, or the weight, of the examples of class i
// for which class j was predicted.
absl::StatusOr<Tensor> ConfusionMatrix(const Tensor& y_true, const Tensor& y_pred,
                                       const ConfusionMatrixOptions& options = {});

// The share of the examples whose class was predicted.
absl::StatusOr<double> AccuracyScore(const Tensor& y_true, const Tensor& y_pred);

struct ClassScores {
  std::string name;
  double precision = 0;  // right ones of those predicted
  double recall = 0;     // right ones of those there are
  double f1_score = 0;   // 2 precision recall / (precision + recall)
  double support = 0;    // examples of the class, or their weight
};
struct Report {
  std::vector<ClassScores> classes;
  // Means over the classes: plain, and by support.
  ClassScores macro_avg, weighted_avg;
  double accuracy = 0;
  int digits = 2;
  bool weighted = false;  // supports need not be whole

  std::string ToString() const;  // scikit-learn's table
};
std::ostream& operator<<(std::ostream& out, const Report& report);

struct ReportOptions {
  std::vector<std::string> target_names = {};  // of the classes by size; empty: their numbers
  Tensor sample_weight = {};                   // [n]
  int digits = 2;
  double zero_division = 0;  // precision of a class that is never predicted, and so on
};
// InvalidArgument for another number of names than classes.
absl::StatusOr<Report> ClassificationReport(const Tensor& y_true, const Tensor& y_pred,
                                            const ReportOptions& options = {});

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_CLASSIFICATION_H_
