#include "dagrad/keras/class_weight.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::keras {

absl::StatusOr<Tensor> ClassWeights(const std::map<int64_t, double>& weights,
                                    const std::vector<Tensor>& targets,
                                    const Tensor& sample_weight) {
  if (targets.size() != 1)
    return absl::InvalidArgumentError("class_weight needs a model with one output");
  if (targets[0].rank() < 1 || targets[0].rank() > 2) {
    return absl::InvalidArgumentError(
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
      return absl::InvalidArgumentError(absl::StrCat("sample_weight has ", factor.num_elements(),
                                                     " elements for ", rows, " examples"));
    }
  }
  const double* value = y.data<double>().data();
  for (int64_t i = 0; i < rows; ++i, value += columns) {
    const auto label = columns > 1
                           ? static_cast<int64_t>(std::max_element(value, value + columns) - value)
                           : static_cast<int64_t>(*value);
    auto it = weights.find(label);
    const double weight = it == weights.end() ? 1 : it->second;
    result.mutable_data<double>()[i] =
        factor.defined() ? weight * factor.data<double>()[i] : weight;
  }
  return result;
}

}  // namespace dagrad::keras
