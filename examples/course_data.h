#ifndef DAGRAD_EXAMPLES_COURSE_DATA_H_
#define DAGRAD_EXAMPLES_COURSE_DATA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::examples {

// Predictors and targets of a worked example of the courses, float32.
struct CourseData {
  Tensor x;
  Tensor y;
  std::vector<std::string> names;  // of the columns of x
};

// hourly_wages.csv: the nine columns beside wage_per_hour, as they are; the wage.
absl::StatusOr<CourseData> ReadWages(const std::string& path);

// titanictrain.csv: Pclass, Sex (1: female), Age (missing: the mean), SibSp, Parch, Fare, Embarked
// (0 S, 1 C, 2 Q; missing: S), each scaled to mean 0 and standard deviation 1, or as it is;
// Survived.
absl::StatusOr<CourseData> ReadTitanic(const std::string& path, bool scaled = true);

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_COURSE_DATA_H_
