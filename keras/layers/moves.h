#ifndef DAGRAD_KERAS_LAYERS_MOVES_H_
#define DAGRAD_KERAS_LAYERS_MOVES_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

// What the layers that move, repeat or leave out elements share.
namespace dagrad::keras::layers_internal {

inline absl::Status CheckRank(absl::Span<const ValueType> inputs, int rank) {
  DAGRAD_RETURN_IF_ERROR(CheckInputCount(inputs, 1, 1));
  if (inputs[0].shape.rank() == rank) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("takes an input of rank ", rank,
                                           " (batch included), not ", inputs[0].ToString()));
}

inline absl::Status CheckTimes(int64_t times, const char* what) {
  if (times >= 1 && times <= kMaxDim) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(what, " must be positive", times < 1 ? "" : ", and a size", ", not ", times));
}

// x with every element along the axis given `times` times in a row.
inline Value RepeatEach(Value x, int axis, int64_t times) {
  if (!x.valid() || times == 1) return x;
  std::vector<Dim> repeated, joined;
  for (int i = 0; i < x.rank(); ++i) {
    repeated.push_back(x.dim(i));
    joined.push_back(i == axis ? x.dim(i) * times : x.dim(i));
    if (i == axis) repeated.emplace_back(times);
  }
  return dagrad::Reshape(BroadcastTo(ExpandDims(x, axis + 1), Shape(absl::MakeConstSpan(repeated))),
                         Shape(absl::MakeConstSpan(joined)));
}

// x without what is cut from both ends of axes 1, 2, …; Status where there is not as much.
inline absl::StatusOr<Shape> Cropped(const Shape& shape, absl::Span<const Padding1D> cuts) {
  Shape sizes = shape;
  for (size_t i = 0; i < cuts.size(); ++i) {
    const auto [before, after] = cuts[i];
    const int axis = static_cast<int>(i) + 1;
    const Dim size = shape.dim(axis);
    const bool good = before >= 0 && after >= 0 && before <= kMaxDim && after <= kMaxDim &&
                      (!size.is_known() || size.value() > before + after);
    if (!good) {
      return InvalidArgumentError(absl::StrCat("cannot crop [", before, ",", after, "] from ",
                                               size.ToString(), " of ", shape.ToString()));
    }
    sizes.set_dim(axis, size - before - after);
  }
  return sizes;
}

inline Value Crop(Value x, absl::Span<const Padding1D> cuts) {
  if (!x.valid()) return x;
  absl::StatusOr<Shape> sizes = Cropped(x.shape(), cuts);
  if (!sizes.ok()) return x.builder()->Fail(sizes.status());
  Shape starts(absl::MakeConstSpan(std::vector<Dim>(x.rank(), Dim(0))));
  for (size_t i = 0; i < cuts.size(); ++i)
    starts.set_dim(static_cast<int>(i) + 1, Dim(cuts[i].before));
  return Slice(x, starts, *sizes);
}

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_MOVES_H_
