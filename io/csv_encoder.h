#ifndef DAGRAD_IO_CSV_ENCODER_H_
#define DAGRAD_IO_CSV_ENCODER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/csv.h"

namespace dagrad::io {

// What becomes of a column's missing fields.
enum class CsvFill {
  kRefuse,    // an error that names the line
  kKeep,      // NaN; no category at all (zeros) where one-hot
  kConstant,  // `value`, or `text` where a category is needed
  kMean,      // of the numbers that are there
  kMedian,  // of the numbers that are there; the mean of the middle two if they are even in number
  kMostFrequent,  // the first in order of those that occur most often
};

enum class CsvEncoding {
  kNumber,   // the number itself; a bool is 0 or 1
  kOneHot,   // one column per category, 1 in that of the field and 0 elsewhere: pandas.get_dummies
  kOrdinal,  // the category's position, from 0: the codes of pandas.Categorical
};

// A column of a table as features.
struct CsvFeature {
  std::string column;
  CsvEncoding encoding = CsvEncoding::kNumber;
  CsvFill fill = CsvFill::kRefuse;
  double value = 0;
  std::string text;
  // For kOneHot and kOrdinal. If empty, the distinct fields of the fitted table, numbers and bools
  // by size, text by bytes.
  std::vector<std::string> categories;
};

// Turns chosen columns into a matrix of numbers, the same way for every table: means, medians and
// categories come from the table that it was fitted to (the training data). Immutable afterwards;
// safe to share between threads.
//
//   DAGRAD_ASSIGN_OR_RETURN(
//       CsvEncoder encoder,
//       CsvEncoder::Fit(train, {{.column = "Age", .fill = CsvFill::kMedian},
//                               {.column = "Sex", .encoding = CsvEncoding::kOrdinal}}));
//   DAGRAD_ASSIGN_OR_RETURN(Tensor x, encoder.Transform(test));  // float32[rows, 2]
class CsvEncoder {
 public:
  // NotFound for a column that the table lacks; InvalidArgument for text as numbers, a mean of
  // text, and the like.
  static absl::StatusOr<CsvEncoder> Fit(const CsvTable& table, std::vector<CsvFeature> features);

  // [rows, width]. `dtype` is float32, float64, int32 or int64. InvalidArgument, naming column and
  // line, for a field that is missing where that is refused, a category that was not fitted, and
  // what an integer cannot hold.
  absl::StatusOr<Tensor> Transform(const CsvTable& table, DType dtype = DType::kFloat32) const;

  // Of the columns of the result: "Age", "Sex", "Embarked_C", "Embarked_Q", …
  const std::vector<std::string>& names() const { return names_; }
  // With fills and categories as fitted.
  const std::vector<CsvFeature>& features() const { return features_; }

  // A file of JSON with all that was fitted, which Load reads: the same bits from the same table in
  // another process. InvalidArgument for a file that Save does not write; ResourceExhausted for one
  // of more than 64 MiB.
  absl::Status Save(const std::string& path) const;
  static absl::StatusOr<CsvEncoder> Load(const std::string& path);
  Json ToJson() const;
  static absl::StatusOr<CsvEncoder> FromJson(const Json& json);

 private:
  static constexpr size_t kMaxCategories = 65536;  // of a column
  void SetFitted(std::vector<CsvFeature> features);
  std::vector<CsvFeature> features_;
  std::vector<std::string> names_;
};

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_ENCODER_H_
