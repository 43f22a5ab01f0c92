#include "dagrad/keras/data/arrays.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/convert.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::keras {
namespace {

absl::Status CheckSide(const char* option, const std::string& side) {
  if (side == "pre" || side == "post") return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(option, " is \"pre\" or \"post\", not \"", side, "\""));
}

template <typename To, typename From>
void Pad(const std::vector<std::vector<From>>& sequences, const PadSequencesOptions& o,
         int64_t steps, Tensor* result) {
  const auto rows = result->mutable_data<To>();
  std::fill(rows.begin(), rows.end(), Convert<To>(o.value));
  for (size_t i = 0; i < sequences.size(); ++i) {
    const std::vector<From>& s = sequences[i];
    const int64_t kept = std::min<int64_t>(steps, s.size());
    const auto from = o.truncating == "pre" ? s.end() - kept : s.begin();
    const auto to = rows.begin() + i * steps + (o.padding == "pre" ? steps - kept : 0);
    std::transform(from, from + kept, to, [](From v) { return Convert<To>(v); });
  }
}

template <typename From>
absl::StatusOr<Tensor> Padded(const std::vector<std::vector<From>>& sequences,
                              const PadSequencesOptions& o) {
  DAGRAD_RETURN_IF_ERROR(CheckSide("padding", o.padding));
  DAGRAD_RETURN_IF_ERROR(CheckSide("truncating", o.truncating));
  if (o.maxlen < 0)
    return InvalidArgumentError(absl::StrCat("maxlen must not be negative: ", o.maxlen));
  if (sequences.empty()) return InvalidArgumentError("there are no sequences to pad");
  int64_t steps = o.maxlen;
  if (steps == 0) {
    for (const auto& s : sequences) steps = std::max<int64_t>(steps, s.size());
  }
  DAGRAD_ASSIGN_OR_RETURN(
      Tensor result, Tensor::Allocate(o.dtype, {static_cast<int64_t>(sequences.size()), steps}));
  DispatchDType(o.dtype, [&](auto zero) { Pad<decltype(zero)>(sequences, o, steps, &result); });
  return result;
}

}  // namespace

absl::StatusOr<Tensor> ToCategorical(const Tensor& x, int64_t num_classes) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, x.Cast(DType::kFloat64));
  const auto numbers = wide.data<double>();
  constexpr double kMostClasses = 1e9;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double most = num_classes > 0 ? static_cast<double>(num_classes) : kMostClasses;
    if (numbers[i] >= 0 && numbers[i] < most && numbers[i] == std::floor(numbers[i])) continue;
    return InvalidArgumentError(absl::StrCat("class numbers are integers from 0 to ", most - 1,
                                             "; element ", i, " is ", numbers[i]));
  }
  if (num_classes <= 0) {
    if (numbers.empty()) return InvalidArgumentError("num_classes is needed where x is empty");
    num_classes = static_cast<int64_t>(*std::max_element(numbers.begin(), numbers.end())) + 1;
  }
  Dims dims = x.dims();
  if (dims.size() > 1 && dims.back() == 1) dims.pop_back();
  dims.push_back(num_classes);
  DAGRAD_ASSIGN_OR_RETURN(Tensor rows, Tensor::Zeros(DType::kFloat64, dims));
  for (size_t i = 0; i < numbers.size(); ++i)
    rows.mutable_data<double>()[i * num_classes + static_cast<int64_t>(numbers[i])] = 1;
  return rows;
}

absl::StatusOr<Tensor> PadSequences(const std::vector<std::vector<int64_t>>& sequences,
                                    const PadSequencesOptions& options) {
  return Padded(sequences, options);
}

absl::StatusOr<Tensor> PadSequences(const std::vector<std::vector<double>>& sequences,
                                    const PadSequencesOptions& options) {
  return Padded(sequences, options);
}

absl::StatusOr<Tensor> PadSequences(const std::vector<std::string>& texts,
                                    const PadSequencesOptions& options) {
  std::vector<std::vector<int64_t>> sequences;
  for (const std::string& text : texts) {
    sequences.emplace_back();
    for (const unsigned char byte : text) sequences.back().push_back(byte);
  }
  return Padded(sequences, options);
}

}  // namespace dagrad::keras
