#include "dagrad/examples/course_data.h"

#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/learn/scaler.h"

namespace dagrad::examples {
namespace {

absl::StatusOr<Tensor> Column(const io::CsvTable& table, const std::string& name) {
  DAGRAD_ASSIGN_OR_RETURN(io::CsvEncoder encoder, io::CsvEncoder::Fit(table, {{.column = name}}));
  return encoder.Transform(table);
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
  data.names = encoder.names();
  DAGRAD_ASSIGN_OR_RETURN(data.x, encoder.Transform(table));
  DAGRAD_ASSIGN_OR_RETURN(data.y, Column(table, "wage_per_hour"));
  return data;
}

absl::StatusOr<CourseData> ReadTitanic(const std::string& path, bool scaled) {
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
  if (scaled) {
    DAGRAD_ASSIGN_OR_RETURN(const learn::Scaler scaler, learn::StandardScaler(x));
    DAGRAD_ASSIGN_OR_RETURN(x, scaler.Transform(x));
  }
  data.names = encoder.names();
  DAGRAD_ASSIGN_OR_RETURN(data.x, x.Cast(DType::kFloat32));
  DAGRAD_ASSIGN_OR_RETURN(data.y, Column(table, "Survived"));
  return data;
}

}  // namespace dagrad::examples
