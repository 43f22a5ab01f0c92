#include "dagrad/examples/course_data.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"

namespace dagrad::examples {
namespace {

absl::StatusOr<Tensor> Column(const io::CsvTable& table, const std::string& name) {
  DAGRAD_ASSIGN_OR_RETURN(io::CsvEncoder encoder, io::CsvEncoder::Fit(table, {{.column = name}}));
  return encoder.Transform(table);
}

// Every column of x (float64) to mean 0 and standard deviation 1.
void Standardize(Tensor* x) {
  const int64_t rows = x->dims()[0];
  const int64_t columns = x->dims()[1];
  double* v = x->mutable_data<double>().data();
  for (int64_t c = 0; c < columns; ++c) {
    double mean = 0;
    for (int64_t r = 0; r < rows; ++r) mean += v[r * columns + c] / static_cast<double>(rows);
    double variance = 0;
    for (int64_t r = 0; r < rows; ++r)
      variance += std::pow(v[r * columns + c] - mean, 2) / static_cast<double>(rows);
    for (int64_t r = 0; r < rows; ++r)
      v[r * columns + c] = (v[r * columns + c] - mean) / std::sqrt(variance);
  }
}

}  // namespace

absl::StatusOr<CourseData> ReadWages(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(io::CsvTable table, io::ReadCsv(path));
  std::vector<io::CsvFeature> features;
  for (const io::CsvColumn& c : table.columns) {
    if (c.name != "wage_per_hour") features.push_back({.column = c.name});
  }
  DAGRAD_ASSIGN_OR_RETURN(io::CsvEncoder encoder, io::CsvEncoder::Fit(table, std::move(features)));
  CourseData data;
  DAGRAD_ASSIGN_OR_RETURN(data.x, encoder.Transform(table));
  DAGRAD_ASSIGN_OR_RETURN(data.y, Column(table, "wage_per_hour"));
  return data;
}

absl::StatusOr<CourseData> ReadTitanic(const std::string& path) {
  using io::CsvEncoding;
  using io::CsvFill;
  DAGRAD_ASSIGN_OR_RETURN(io::CsvTable table, io::ReadCsv(path));
  DAGRAD_ASSIGN_OR_RETURN(
      io::CsvEncoder encoder,
      io::CsvEncoder::Fit(
          table,
          {{.column = "Pclass"},
           {.column = "Sex", .encoding = CsvEncoding::kOrdinal, .categories = {"male", "female"}},
           {.column = "Age", .fill = CsvFill::kMean},
           {.column = "SibSp"},
           {.column = "Parch"},
           {.column = "Fare"},
           {.column = "Embarked",
            .encoding = CsvEncoding::kOrdinal,
            .fill = CsvFill::kConstant,
            .text = "S",
            .categories = {"S", "C", "Q"}}}));
  CourseData data;
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, encoder.Transform(table, DType::kFloat64));
  Standardize(&x);
  DAGRAD_ASSIGN_OR_RETURN(data.x, x.Cast(DType::kFloat32));
  DAGRAD_ASSIGN_OR_RETURN(data.y, Column(table, "Survived"));
  return data;
}

}  // namespace dagrad::examples
