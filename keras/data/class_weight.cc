#include "dagrad/keras/data/class_weight.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::keras {
namespace {

// The class of an example: the column of the greatest value, or the one value, rounded.
absl::StatusOr<int64_t> ClassOf(absl::Span<const double> row, int64_t index) {
  for (double v : row) {
    if (std::isfinite(v) && std::abs(v) < 0x1p63) continue;
    return InvalidArgumentError(absl::StrCat(
        "class_weight needs class numbers or one-hot rows; row ", index, " of the target has ", v));
  }
  if (row.size() > 1) return std::max_element(row.begin(), row.end()) - row.begin();
  return static_cast<int64_t>(std::nearbyint(row[0]));
}

}  // namespace

absl::StatusOr<Tensor> ClassWeights(const std::map<int64_t, double>& weights,
                                    const std::vector<Tensor>& targets,
                                    const Tensor& sample_weight) {
  if (targets.size() != 1)
    return InvalidArgumentError("class_weight needs a model with one output");
  if (targets[0].rank() < 1 || targets[0].rank() > 2) {
    return InvalidArgumentError(
        absl::StrCat("class_weight needs class numbers or one-hot rows, not a target of ",
                     DimsToString(targets[0].dims())));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, targets[0].Cast(DType::kFloat64));
  const int64_t rows = y.dims()[0];
  const int64_t columns = y.rank() == 2 ? y.dims()[1] : 1;
  DAGRAD_ASSIGN_OR_RETURN(Tensor result, Tensor::Allocate(DType::kFloat64, {rows}));
  Tensor factor;
  if (sample_weight.defined()) {
    DAGRAD_ASSIGN_OR_RETURN(factor, sample_weight.Cast(DType::kFloat64));
    if (factor.num_elements() != rows) {
      return InvalidArgumentError(absl::StrCat("sample_weight has ", factor.num_elements(),
                                               " elements for ", rows, " examples"));
    }
  }
  if (columns == 0) return InvalidArgumentError("class_weight needs a target with columns");
  for (int64_t i = 0; i < rows; ++i) {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t label,
                            ClassOf(y.data<double>().subspan(i * columns, columns), i));
    auto it = weights.find(label);
    const double weight = it == weights.end() ? 1 : it->second;
    result.mutable_data<double>()[i] =
        factor.defined() ? weight * factor.data<double>()[i] : weight;
  }
  return result;
}

}  // namespace dagrad::keras
