#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::keras {

Value losses_internal::AlignedTo(Value x, Value like) {
  if (!x.valid() || !like.valid() || x.rank() >= like.rank()) return x;
  std::vector<Dim> dims(like.rank(), Dim(1));
  for (int i = 0; i < x.rank(); ++i) dims[i] = x.dim(i);
  return Reshape(x, Shape(absl::MakeConstSpan(dims)));
}

Value losses_internal::MeanOverValid(Value loss, Value valid) {
  constexpr double kLeast = 1e-30;  // where none is valid 0 / kLeast = 0
  const Value there = Cast(valid, loss.dtype());
  return loss * AlignedTo(there / Maximum(ReduceMean(there), kLeast), loss);
}

Value losses_internal::Within(Value labels, int64_t classes) {
  if (!labels.valid()) return labels;
  // Gather counts numbers below 0 from the end.
  const Value place = Select(Less(labels, 0.0), labels - static_cast<double>(classes), labels);
  return Gather(Iota(labels.builder(), DType::kInt64, Shape({Dim(classes)}), 0), place);
}

Value losses_internal::TimesRow(Value x, const std::vector<double>& row) {
  if (row.size() == 1 || !x.valid()) return row[0] == 1 ? x : x * row[0];
  const auto count = static_cast<int64_t>(row.size());
  if (x.dim(-1) != Dim(count)) {
    return x.builder()->Fail(InvalidArgumentError(
        absl::StrCat(count, " weights of classes for an output ", x.type().ToString())));
  }
  const Tensor wide = Tensor::Of<double>({count}, absl::MakeConstSpan(row));
  const absl::StatusOr<Tensor> cast = wide.Cast(x.dtype());
  return cast.ok() ? x * Constant(x.builder(), *cast) : x.builder()->Fail(cast.status());
}

}  // namespace dagrad::keras
