#include <algorithm>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad {
namespace {

// A Python index into an axis of `dim`: from the end if it is a negative number, and cut down to
// the axis where that is known.
Dim Position(const Dim& index, const Dim& dim) {
  const bool negative = index.is_valid() && !index.is_known() && index == Dim(index.value());
  const Dim from_start = negative ? dim + index : index;
  if (!from_start.is_valid()) return from_start;  // which Slice refuses
  if (!dim.is_known() || !(from_start == Dim(from_start.value()))) return from_start;
  return std::clamp<int64_t>(from_start.value(), 0, dim.value());
}

Dim StepsBetween(const Dim& start, const Dim& limit, int64_t stride) {
  if (start.is_known() && limit.is_known() && start.value() >= limit.value()) return 0;
  return Dim::CeilDiv(limit - start, stride);
}

// The slice of `size` from `start` along one axis, all of the others.
Value Along(const Operand& x, int axis, const Dim& start, const Dim& size, int64_t stride) {
  const Shape& shape = x.value().shape();
  Shape starts = shape, sizes = shape;
  for (int a = 0; a < shape.rank(); ++a) starts.set_dim(a, 0);
  starts.set_dim(axis, start);
  sizes.set_dim(axis, size);
  std::vector<int64_t> strides;
  if (stride != 1) {
    strides.assign(shape.rank(), 1);
    strides[axis] = stride;
  }
  return Slice(x, std::move(starts), std::move(sizes), std::move(strides));
}

}  // namespace

Value SliceAxis(Operand x, int64_t axis, SliceAxisOptions options) {
  if (!x.value().valid()) return x.value();
  const absl::StatusOr<int> a = InferContext::NormalizeAxis(axis, x.value().rank(), "slice_axis");
  if (!a.ok()) return x.builder()->Fail("SliceAxis", x.location(), a.status().message());
  if (options.stride <= 0) {
    return x.builder()->Fail("SliceAxis", x.location(),
                             absl::StrCat("stride is ", options.stride, ", not positive"));
  }
  const Dim dim = x.value().dim(*a);
  const Dim start = Position(options.start, dim);
  const Dim limit = Position(options.limit.value_or(dim), dim);
  return Along(x, *a, start, StepsBetween(start, limit, options.stride), options.stride);
}

std::vector<Value> Split(Operand x, const std::vector<Dim>& sizes, int64_t axis) {
  std::vector<Value> parts(sizes.size(), Value(x.builder(), ValueRef{}));
  if (!x.value().valid()) return parts;
  const absl::StatusOr<int> a = InferContext::NormalizeAxis(axis, x.value().rank(), "split");
  if (!a.ok()) {
    x.builder()->Fail("Split", x.location(), a.status().message());
    return parts;
  }
  Dim total = 0;
  for (const Dim& size : sizes) total = total + size;
  if (!(total == x.value().dim(*a))) {
    x.builder()->Fail(
        "Split", x.location(),
        absl::StrCat("sizes add up to ", total.ToString(), ", but axis ", axis, " of ",
                     x.value().type().ToString(), " is ", x.value().dim(*a).ToString()));
    return parts;
  }
  Dim start = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    parts[i] = Along(x, *a, start, sizes[i], 1);
    start = start + sizes[i];
  }
  return parts;
}

std::vector<Value> Split(Operand x, int parts, int64_t axis) {
  const std::vector<Value> none(std::max(parts, 0), Value(x.builder(), ValueRef{}));
  if (!x.value().valid()) return none;
  const Dim dim = x.value().dim(static_cast<int>(axis));
  const std::optional<Dim> size =
      parts > 0 && dim.is_valid() ? Dim::ExactDiv(dim, parts) : std::nullopt;
  if (!size.has_value()) {
    x.builder()->Fail("Split", x.location(),
                      absl::StrCat("axis ", axis, " of ", x.value().type().ToString(),
                                   " cannot be cut into ", parts, " equal parts"));
    return none;
  }
  return Split(x, std::vector<Dim>(parts, *size), axis);
}

}  // namespace dagrad
