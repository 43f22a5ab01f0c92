#include "dagrad/keras/text/hash_strings.h"

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/hash_bucket/text_hash.h"

namespace dagrad::keras {

absl::StatusOr<Tensor> HashStrings(const std::vector<std::string>& strings, int64_t num_bins,
                                   const HashStringsOptions& options) {
  std::vector<int64_t> salt = options.salt;
  if (salt.size() == 1) salt.push_back(salt[0]);
  if (num_bins < 1 || salt.size() > 2) {
    return InvalidArgumentError(
        absl::StrCat("HashStrings takes num_bins of 1 or more, and one number of salt or two, not ",
                     num_bins, " and ", salt.size()));
  }
  const bool masks = options.mask_value.has_value() && num_bins > 1;
  const auto bins = static_cast<uint64_t>(masks ? num_bins - 1 : num_bins);
  DAGRAD_ASSIGN_OR_RETURN(Tensor y,
                          Tensor::Zeros(DType::kInt64, {static_cast<int64_t>(strings.size())}));
  const auto numbers = y.mutable_data<int64_t>();
  for (size_t i = 0; i < strings.size(); ++i) {
    if (masks && strings[i] == *options.mask_value) continue;
    const uint64_t bin = ops::HashOfText(strings[i], salt) % bins;
    numbers[i] = static_cast<int64_t>(bin) + (masks ? 1 : 0);
  }
  return y;
}

}  // namespace dagrad::keras
