// Ops that read and write elements by number.
#include <string>
#include <utility>

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/non_zero/non_zero.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/indexing/slice_update/slice_update.h"
#include "dagrad/ops/indexing/take_along_axis/take_along_axis.h"
#include "dagrad/ops/indexing/top_k/top_k.h"
#include "dagrad/ops/indexing/unique/unique.h"
#include "dagrad/ops/nn/non_max_suppression/non_max_suppression.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

Value ToInt64(Value indices) { return InDType(indices, DType::kInt64); }

// Indices below 0 count from the end of an axis of `dim` elements.
Value FromZero(NodeImport& c, Value indices, const Dim& dim) {
  return Select(Less(indices, 0.0), indices + DimValue(c.builder(), dim), indices);
}

void ImportGather(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1);
  c.out(0, Gather(x, indices, {.axis = c.Int("axis", 0)}));
}

void ImportGatherElements(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1);
  const int axis = AxisOf(c, c.Int("axis", 0), x.rank());
  if (!c.ok()) return;
  if (indices.rank() != x.rank()) return c.Invalid("data and indices differ in rank");
  c.out(0, TakeAlongAxis(x, indices, axis));
}

// The reductions that are neither a sum nor none.
Value (*ReductionOf(absl::string_view name))(Operand, Operand) {
  if (name == "mul") return Mul;
  return name == "max" ? Maximum : Minimum;
}

// f(x, updates) at the places of x, each of which takes all updates `by` whose number in `at` is
// its own: sorted by their places, the i-th has joined those up to 1, 2, 4, … before it that are of
// the same one, so that the last of each place has all.
Value Reduced(NodeImport& c, Value x, Value at, Value by, Value (*f)(Operand, Operand)) {
  const int64_t m = KnownDim(c, at, 0);
  if (!c.ok() || m == 0) return x;
  const Value order = ArgTopK(at, Dim(m), {.axis = 0, .largest = false});
  at = Gather(at, order);
  by = Gather(by, order);
  const auto from = [](Value v, int64_t i) { return SliceAxis(v, 0, {.start = Dim(i)}); };
  const auto until = [](Value v, int64_t i) { return SliceAxis(v, 0, {.limit = Dim(i)}); };
  for (int64_t d = 1; d < m; d *= 2) {
    const Value is_same = Equal(from(at, d), until(at, m - d)), rest = from(by, d);
    by = Concat({until(by, d), Select(is_same, f(until(by, m - d), rest), rest)}, 0);
  }
  const Value end = Full(c.builder(), DType::kBool, {Dim(1)}, 1);
  const Value is_last = m == 1 ? end : Concat({NotEqual(from(at, 1), until(at, m - 1)), end}, 0);
  const Shape flat({x.shape().NumElements()});
  const auto at_places = [&](Value v) { return Reshape(ScatterAdd(at, v, flat), x.shape()); };
  const Value is_hit = Greater(at_places(Cast(is_last, DType::kInt32)), 0.0);
  return Select(is_hit, f(x, at_places(Select(is_last, by, 0.0))), x);
}

// Of bools a sum is whether any is true, as the largest of numbers is.
Value ReducedBools(NodeImport& c, Value x, Value at, Value by, absl::string_view name) {
  const Value y = Reduced(c, Cast(x, DType::kUInt8), at, Cast(by, DType::kUInt8),
                          ReductionOf(name == "add" ? "max" : name));
  return Cast(y, DType::kBool);
}

// x with updates at `places` of its elements. ONNX leaves open what is left of several of one place
// without a reduction: here their mean.
Value Scattered(NodeImport& c, Value x, Value places, Value updates) {
  const std::string reduction = c.Choice("reduction", "none", {"none", "add", "mul", "max", "min"});
  if (reduction == "none") return WithUpdates(x, places, updates);
  const Value at = Flat(places), by = Flat(updates);
  if (x.dtype() == DType::kBool && by.dtype() == DType::kBool)
    return ReducedBools(c, x, at, by, reduction);
  if (reduction == "add")
    return x + Reshape(ScatterAdd(at, by, {x.shape().NumElements()}), x.shape());
  return Reduced(c, x, at, by, ReductionOf(reduction));
}

void ImportScatterElements(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1), updates = c.in(2);
  const int axis = AxisOf(c, c.Int("axis", 0), x.rank());
  if (!c.ok()) return;
  if (indices.rank() != x.rank()) return c.Invalid("data and indices differ in rank");
  c.out(0, Scattered(c, x, PlacesAlongAxis(indices, x.shape(), axis), updates));
}

// Of the first k axes of x behind `batch` ones, which indices[…, k] number: the place of the first
// element, in units of the axes behind.
Value PlacesOfTuples(NodeImport& c, Value indices, const Shape& x, int batch) {
  const int64_t k = KnownDim(c, indices, indices.rank() - 1);
  if (batch + k > x.rank() || k < 1) {
    c.Invalid("the last axis of indices is longer than the rank of data");
    return indices;
  }
  std::vector<Dim> dims(static_cast<size_t>(k)), strides(static_cast<size_t>(k));
  Dim stride = 1;
  for (int64_t i = k - 1; i >= 0; --i) {
    dims[i] = x.dim(static_cast<int>(batch + i));
    strides[i] = stride;
    stride = stride * dims[i];
  }
  const Value sizes = DimsValue(c.builder(), dims), by = DimsValue(c.builder(), strides);
  const Value from_zero = Select(Less(indices, 0.0), indices + sizes, indices);
  const Value outside = LogicalOr(Less(from_zero, 0.0), GreaterEqual(from_zero, sizes));
  const Value is_outside = Greater(ReduceSum(Cast(outside, DType::kInt64), {.axes = {-1}}), 0.0);
  Value places = ReduceSum(from_zero * by, {.axes = {-1}});
  for (int a = batch - 1; a >= 0; --a) {
    const Value along = Iota(c.builder(), DType::kInt64, places.shape(), a);
    places = places + along * DimValue(c.builder(), stride);
    stride = stride * x.dim(a);
  }
  // An index outside of its axis is the place behind all elements, which whoever looks there
  // refuses.
  return Select(is_outside, DimValue(c.builder(), stride), places);
}

// The axes that tuples number as one, followed by those behind.
Shape Joined(const Shape& x, int axes) {
  Dim rows = 1;
  for (int a = 0; a < axes; ++a) rows = rows * x.dim(a);
  Shape joined({rows});
  for (int a = axes; a < x.rank(); ++a) joined.push_back(x.dim(a));
  return joined;
}

void ImportGatherND(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1);
  const int64_t batch = c.Int("batch_dims", 0);
  if (!c.ok()) return;
  if (batch < 0 || batch >= x.rank() || batch >= indices.rank() || indices.rank() < 1)
    return c.Invalid("batch_dims");
  const Value places = PlacesOfTuples(c, ToInt64(indices), x.shape(), static_cast<int>(batch));
  if (!c.ok()) return;
  const int axes = static_cast<int>(batch + indices.dim(-1).value());
  c.out(0, Gather(Reshape(x, Joined(x.shape(), axes)), places));
}

void ImportScatterND(NodeImport& c) {
  const Value x = c.in(0), indices = c.in(1), updates = c.in(2);
  if (!c.ok() || indices.rank() < 1) return c.Invalid("indices are of rank 1 at least");
  const Value rows = PlacesOfTuples(c, ToInt64(indices), x.shape(), 0);
  if (!c.ok()) return;
  const Shape joined = Joined(x.shape(), static_cast<int>(indices.dim(-1).value()));
  Dim size = 1;
  for (int a = 1; a < joined.rank(); ++a) size = size * joined.dim(a);
  // Each row's elements by number.
  const Value first =
      Reshape(Flat(rows) * DimValue(c.builder(), size), {rows.shape().NumElements(), Dim(1)});
  const Value places = first + Iota(c.builder(), DType::kInt64, {Dim(1), size}, 1);
  c.out(0, Scattered(c, x, places, updates));
}

// One number, of any dtype; where it is not known, it is an integer.
Dim DepthOf(NodeImport& c) {
  std::vector<Dim> depth;
  if (c.constant(1) == nullptr) {
    depth = c.DimsOrBind(1);
  } else {
    for (double n : c.Floats(1))
      depth.push_back(n >= 0 && n <= kMaxDim ? Dim(static_cast<int64_t>(n)) : Dim::Invalid());
  }
  if (c.ok() && (depth.size() != 1 || !depth[0].is_valid())) c.Invalid("depth is one number");
  return c.ok() ? depth[0] : Dim(0);
}

// Whether the number along `axis` of the result is the index.
Value IsIndex(NodeImport& c, Value indices, const Dim& depth, int64_t axis) {
  if (depth.is_known())
    return OneHot(indices, depth.value(), {.dtype = DType::kBool, .axis = axis});
  const int at = AxisOf(c, axis, indices.rank() + 1);
  Shape apart, along;
  for (int a = 0; a <= indices.rank(); ++a) {
    apart.push_back(a == at ? Dim(1) : indices.dim(a < at ? a : a - 1));
    along.push_back(a == at ? depth : Dim(1));
  }
  return Equal(Reshape(indices, apart), Iota(c.builder(), DType::kInt64, along, at));
}

// values = [off, on].
void ImportOneHot(NodeImport& c) {
  const Value given = c.in(0);
  const Dim depth = DepthOf(c);
  if (!c.ok()) return;
  if (!(c.shape(2) == Shape({2}))) return c.Invalid("values are two");
  const Value indices = FromZero(c, ToInt64(given), depth);
  const int64_t axis = c.Int("axis", -1);
  if (!depth.is_known() || c.constant(2) == nullptr || !FitsDoubles(*c.constant(2))) {
    const auto value = [&](int64_t i) { return Reshape(Slice(c.in(2), {Dim(i)}, {Dim(1)}), {}); };
    return c.out(0, Select(IsIndex(c, indices, depth, axis), value(1), value(0)));
  }
  const std::vector<double> values = c.Floats(2);
  c.out(0, OneHot(indices, depth.value(),
                  {.dtype = c.dtype(2), .on = values[1], .off = values[0], .axis = axis}));
}

// Where a condition is true, which may be shorter than the axis.
void ImportCompress(NodeImport& c) {
  Value x = c.in(0);
  const Value condition = c.in(1);
  if (!c.ok() || c.IsNotOfRank(1, 1)) return;
  if (condition.dtype() != DType::kBool) return c.Invalid("condition is no bool");
  int axis = 0;
  if (c.has_attribute("axis")) {
    axis = AxisOf(c, c.Int("axis", 0), x.rank());
  } else {
    x = Flat(x);
  }
  if (c.constant(1) == nullptr)
    return c.out(0, Gather(x, Flat(NonZero(condition)), {.axis = axis}));
  std::vector<int64_t> places;
  const std::vector<double> known = c.Floats(1);
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i] != 0) places.push_back(static_cast<int64_t>(i));
  }
  const auto count = static_cast<int64_t>(places.size());
  c.out(0, Gather(x, Constant(c.builder(), Tensor::Of<int64_t>({count}, places)), {.axis = axis}));
}

// Of a number, [0, n]: it has no axis, and n is 0 or 1.
void ImportNonZero(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  if (x.rank() > 0) return c.out(0, NonZero(x));
  c.out(0, SliceAxis(NonZero(Reshape(x, {1})), 0, {.limit = Dim(0)}));
}

void ImportUnique(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  UniqueOptions options = {.sorted = c.Int("sorted", 1) != 0};
  if (c.has_attribute("axis")) options.axis = AxisOf(c, c.Int("axis", 0), x.rank());
  if (!c.ok()) return;
  const UniqueResult result = Unique(x, options);
  c.out(0, result.values);
  c.out(1, result.first);
  c.out(2, result.inverse);
  c.out(3, result.counts);
}

// Before version 10, k is an attribute.
void ImportTopK(NodeImport& c) {
  const Value x = c.in(0);
  if (c.version() < 10 && !c.has_attribute("k")) return c.Invalid("attribute k is missing");
  std::vector<Dim> k = {Dim(c.Int("k", 0))};
  if (c.version() >= 10) k = c.DimsOrBind(1);
  if (!c.ok()) return;
  if (k.size() != 1) return c.Invalid("k is one number");
  const int axis = AxisOf(c, c.Int("axis", -1), x.rank());
  if (!c.ok()) return;
  const TopKResult result = TopK(x, k[0], {.axis = axis, .largest = c.Int("largest", 1) != 0});
  c.out(0, result.values);
  c.out(1, result.indices);
}

void ImportNonMaxSuppression(NodeImport& c) {
  const Value boxes = c.in(0), scores = c.in(1);
  NonMaxSuppressionOptions options = {.max_output_per_class = c.Integer(2, 0),
                                      .iou_threshold = c.Float(3, 0),
                                      .center_point_box = c.Int("center_point_box", 0) != 0};
  if (c.has(4)) options.score_threshold = c.Float(4, 0);
  if (c.ok()) c.out(0, NonMaxSuppression(boxes, scores, options));
}

void ImportTensorScatter(NodeImport& c) {
  const Value x = c.in(0), update = c.in(1);
  const std::string mode = c.Choice("mode", "linear", {"linear", "circular"});
  if (!c.ok()) return;
  const Value start = c.has(2) ? c.in(2) : Full(x.builder(), DType::kInt64, {}, 0);
  c.out(0,
        SliceUpdate(x, update, start, {.axis = c.Int("axis", -2), .circular = mode == "circular"}));
}

constexpr Row kRows[] = {
    {"Compress", ImportCompress, 2, /*takes_strings=*/true},
    {"Gather", ImportGather, 2, /*takes_strings=*/true},
    {"GatherElements", ImportGatherElements, 2},
    {"GatherND", ImportGatherND, 2},
    {"NonMaxSuppression", ImportNonMaxSuppression, 5},
    {"NonZero", ImportNonZero, 1},
    {"OneHot", ImportOneHot, 3},
    {"Scatter", ImportScatterElements, 3},
    {"ScatterElements", ImportScatterElements, 3},
    {"ScatterND", ImportScatterND, 3},
    {"TensorScatter", ImportTensorScatter, 3},
    {"TopK", ImportTopK, 2},
    {"Unique", ImportUnique, 1},
};

}  // namespace

absl::Span<const Row> IndexingRows() { return kRows; }

}  // namespace dagrad::onnx
