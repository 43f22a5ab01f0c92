#include "dagrad/io/onnx/rows/common.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

// Of rank `rank` by 1s before its axes.
Value OfRank(Value x, int rank) {
  Shape shape;
  for (int a = x.rank(); a < rank; ++a) shape.push_back(1);
  for (const Dim& dim : x.shape().dims()) shape.push_back(dim);
  return x.rank() == rank ? x : Reshape(x, shape);
}

// Before opset 7, input 1 stands at the axes from attribute "axis" on.
Value OldBroadcast(NodeImport& c, Value b, int rank) {
  const int64_t axis = c.Int("axis", rank - b.rank());
  const int64_t from = axis < 0 ? axis + rank : axis;
  if (from < 0 || from > rank - b.rank()) {
    c.Invalid(absl::StrCat("axis ", axis, " of operands of ranks ", rank, " and ", b.rank()));
    return b;
  }
  Shape shape = b.shape();
  while (shape.rank() + from < rank) shape.push_back(1);
  return shape.rank() == b.rank() ? b : Reshape(b, shape);
}

}  // namespace

Operands BroadcastOperands(NodeImport& c) {
  Operands result;
  int rank = 0;
  for (int i = 0; i < c.num_inputs(); ++i) {
    rank = std::max(rank, c.rank(i));
    result.channels_last |= c.IsChannelsLast(i);
  }
  for (int i = 0; i < c.num_inputs(); ++i) {
    const bool is_smaller = c.rank(i) < rank;
    result.channels_last &= !(c.IsChannelsLast(i) && is_smaller);
  }
  result.channels_last &= c.version() >= 7;
  for (int i = 0; i < c.num_inputs(); ++i) {
    if (!result.channels_last) {
      Value v = c.in(i);
      if (i > 0 && c.version() < 7 && c.Int("broadcast", 0) != 0 && v.valid())
        v = OldBroadcast(c, v, rank);
      result.values.push_back(v);
    } else if (c.rank(i) == rank) {
      result.values.push_back(c.in_channels_last(i));
    } else {
      const Value v = c.in(i);
      result.values.push_back(v.rank() == 0 ? v : Transpose(OfRank(v, rank), ToChannelsLast(rank)));
    }
  }
  if (result.values.empty()) c.Invalid("it has no inputs");
  return result;
}

void OutOf(NodeImport& c, const Operands& operands, Value y) {
  if (operands.channels_last) {
    c.out_channels_last(0, y);
  } else {
    c.out(0, y);
  }
}

int AxisOf(NodeImport& c, int64_t axis, int rank) {
  if (axis >= -rank && axis < rank) return static_cast<int>(axis < 0 ? axis + rank : axis);
  c.Invalid(absl::StrCat("axis ", axis, " of rank ", rank));
  return 0;
}

std::vector<int64_t> AxesFromZero(NodeImport& c, std::vector<int64_t> axes, int rank) {
  for (int64_t& axis : axes) axis = AxisOf(c, axis, rank);
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    c.Invalid("an axis is given twice");
  return axes;
}

Value Scalar(const Value& x, double number) {
  return Full(x.builder(), x.dtype(), Shape(), number);
}

Value Widened(Value x) { return IsFloating(x.dtype()) ? InDType(x, ComputeDType(x.dtype())) : x; }

void SetDim(Shape* shape, int axis, Dim dim) {
  if (axis >= -shape->rank() && axis < shape->rank()) shape->set_dim(axis, std::move(dim));
}

bool FitsDoubles(const Tensor& tensor) {
  if (tensor.dtype() != DType::kInt64 && tensor.dtype() != DType::kUInt64) return true;
  constexpr double kEnd = 9007199254740992;  // 2⁵³, from which on not all integers are doubles
  const absl::StatusOr<Tensor> wide = tensor.Cast(DType::kFloat64);
  if (!wide.ok()) return false;
  const absl::Span<const double> numbers = wide->data<double>();
  return std::all_of(numbers.begin(), numbers.end(), [](double v) { return std::abs(v) < kEnd; });
}

Value Flat(Value x) { return Reshape(x, {x.shape().NumElements()}); }

Value WithUpdates(Value x, Value places, Value updates) {
  const Value at = Flat(places), by = Flat(updates);
  const Shape flat({x.shape().NumElements()});
  const auto add = [&](Value v) { return Reshape(ScatterAdd(at, v, flat), x.shape()); };
  const Value count = add(Full(x.builder(), DType::kInt32, by.shape(), 1));
  // In a dtype whose sums do not wrap, so that equal ones stay what they are; of 64 bits the upper
  // and the lower half each for itself.
  const DType dtype = IsFloating(x.dtype()) ? ComputeDType(x.dtype()) : DType::kInt64;
  const auto mean = [&](Value v) { return add(v) / Cast(Maximum(count, 1.0), v.dtype()); };
  Value written;
  if (x.dtype() == DType::kInt64 || x.dtype() == DType::kUInt64) {
    const double half = 4294967296;  // 2³²
    const Value upper = by / half;
    written = mean(upper) * half + mean(by - upper * half);
  } else if (x.dtype() == DType::kBool) {
    written = Cast(add(Cast(by, dtype)), DType::kBool);
  } else {
    written = InDType(mean(InDType(by, dtype)), x.dtype());
  }
  return Select(Greater(count, 0.0), written, x);
}

Value MoveAxis(Value x, int from, int to) {
  std::vector<int64_t> perm;
  for (int a = 0; a < x.rank(); ++a) {
    if (a != from) perm.push_back(a);
  }
  if (x.rank() == 0) return x;  // after an error
  perm.insert(perm.begin() + to, from);
  return from == to ? x : Transpose(x, perm);
}

Value Reverse(Value x, int axis) {
  Shape starts, sizes = x.shape();
  std::vector<int64_t> strides(static_cast<size_t>(x.rank()), 1);
  for (int a = 0; a < x.rank(); ++a) starts.push_back(a == axis ? x.dim(a) - 1 : Dim(0));
  strides[static_cast<size_t>(axis)] = -1;
  return Slice(x, starts, sizes, strides);
}

int64_t KnownDim(NodeImport& c, const Shape& x, int axis) {
  const Dim dim = x.dim(axis);
  if (dim.is_known()) return dim.value();
  c.Unsupported(absl::StrCat("axis ", axis, " of ", x.ToString(), ", which is a symbol"));
  return 0;
}

int64_t KnownDim(NodeImport& c, const Value& x, int axis) { return KnownDim(c, x.shape(), axis); }

}  // namespace dagrad::onnx
