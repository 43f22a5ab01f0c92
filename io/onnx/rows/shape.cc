// Ops that move elements without looking at them.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::onnx {
namespace {

Shape ShapeFrom(const std::vector<Dim>& dims) { return Shape(absl::MakeConstSpan(dims)); }

// 0 keeps the dimension of the input, unless allowzero; -1 is what is left.
void ImportReshape(NodeImport& c) {
  std::vector<Dim> dims;
  if (c.version() < 5) {
    for (int64_t d : c.Ints("shape")) dims.emplace_back(d);
  } else {
    dims = c.Dims(1);
  }
  const Value x = c.in(0);
  if (!c.ok()) return;
  for (size_t a = 0; a < dims.size(); ++a) {
    if (!(dims[a] == Dim(0)) || c.Int("allowzero", 0) != 0) continue;
    if (static_cast<int>(a) >= x.rank()) return c.Invalid("a 0 in shape stands for no dimension");
    dims[a] = x.dim(static_cast<int>(a));
  }
  c.out(0, Reshape(x, ShapeFrom(dims)));
}

void ImportFlatten(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const int64_t given = c.Int("axis", 1);
  const int64_t axis = given < 0 ? given + x.rank() : given;
  if (axis < 0 || axis > x.rank()) return c.Invalid(absl::StrCat("axis ", given));
  Dim rows = 1, columns = 1;
  for (int a = 0; a < x.rank(); ++a) {
    Dim& side = a < axis ? rows : columns;
    side = side * x.dim(a);
  }
  c.out(0, Reshape(x, {rows, columns}));
}

void ImportSqueeze(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const std::vector<int64_t> axes = c.AxesOf(1);
  AxesFromZero(c, axes, x.rank());  // for its errors
  if (c.ok()) c.out(0, Squeeze(x, axes));
}

void ImportUnsqueeze(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid() || (c.version() >= 13 && c.IsMissing(1))) return;
  const std::vector<int64_t> given = c.AxesOf(1);
  const int rank = x.rank() + static_cast<int>(given.size());
  Shape shape;
  const std::vector<int64_t> axes = AxesFromZero(c, given, rank);
  for (int a = 0, from = 0; a < rank && c.ok(); ++a) {
    const bool is_new = std::binary_search(axes.begin(), axes.end(), a);
    shape.push_back(is_new ? Dim(1) : x.dim(from++));
  }
  if (c.ok()) c.out(0, Reshape(x, shape));
}

// Of a value with its channels at the end, the permutation that puts them there is free.
void ImportTranspose(NodeImport& c) {
  const int rank = c.rank(0);
  std::vector<int64_t> perm = c.Ints("perm");
  if (perm.empty()) {
    for (int a = rank - 1; a >= 0; --a) perm.push_back(a);
  }
  if (rank >= 3 && c.IsChannelsLast(0) && perm == ToChannelsLast(rank))
    return c.out(0, c.in_channels_last(0));
  if (rank >= 3 && perm == ToChannelsFirst(rank)) return c.out_channels_last(0, c.in(0));
  const Value x = c.in(0);
  if (x.valid()) c.out(0, Transpose(x, perm));
}

void ImportConcat(NodeImport& c) {
  if (!c.has_attribute("axis") && c.version() >= 4) return c.Invalid("attribute axis is missing");
  bool last = c.num_inputs() > 0;
  for (int i = 0; i < c.num_inputs(); ++i) last &= c.IsChannelsLast(i);
  const int rank = c.rank(0);
  const int axis = AxisOf(c, c.Int("axis", 1), rank);
  if (!c.ok()) return;
  if (!last || rank < 3) return c.out(0, Concat(c.all_inputs(), axis));
  std::vector<Value> values;
  for (int i = 0; i < c.num_inputs(); ++i) values.push_back(c.in_channels_last(i));
  const std::vector<int64_t> places = ToChannelsLast(rank);
  const auto at = std::find(places.begin(), places.end(), axis) - places.begin();
  c.out_channels_last(0, Concat(values, at));
}

// Sizes are given, or there are as many equal ones as outputs; the last may be smaller.
void ImportSplit(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  const int axis = AxisOf(c, c.Int("axis", 0), x.rank());
  std::vector<Dim> sizes;
  if (c.has(1)) sizes = c.Dims(1);
  for (int64_t size : c.Ints("split")) sizes.emplace_back(size);
  const int64_t parts = c.Int("num_outputs", c.num_outputs());
  if (sizes.empty() && c.ok()) {
    const int64_t dim = KnownDim(c, x, axis);
    if (parts != c.num_outputs() || parts < 1)
      return c.Invalid("num_outputs is not that of outputs");
    const int64_t each = (dim + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i)
      sizes.emplace_back(std::min(each, dim - std::min(dim, i * each)));
  }
  if (sizes.size() > static_cast<size_t>(c.num_outputs())) c.Invalid("more sizes than outputs");
  if (!c.ok()) return;
  const std::vector<Value> values = Split(x, sizes, axis);
  for (size_t i = 0; i < values.size(); ++i) c.out(static_cast<int>(i), values[i]);
}

// Broadcasts both ways.
void ImportExpand(NodeImport& c) {
  if (c.IsMissing(1)) return;
  const Value x = c.in(0);
  const bool is_known = DimsOf(*c.imported(1)).has_value();
  const std::vector<Dim> dims = c.DimsOrBind(1);
  if (!c.ok()) return;
  const absl::StatusOr<Shape> shape = BroadcastShapes(x.shape(), ShapeFrom(dims));
  if (!shape.ok()) {
    const std::string input = absl::StrCat("input 1 \"", c.node().input(1), "\"");
    return c.Fail(is_known ? shape.status() : NeedOfConstant(input));
  }
  c.out(0, BroadcastTo(x, *shape));
}

// [d0, d1] by [r0, r1]: as [1, d0, 1, d1] repeated to [r0, d0, r1, d1].
void ImportTile(NodeImport& c) {
  const Value x = c.in(0);
  if (!x.valid()) return;
  if (c.version() < 6) return c.Unsupported("Tile before opset 6");
  const std::vector<Dim> repeats = c.DimsOrBind(1);
  if (!c.ok()) return;
  if (static_cast<int>(repeats.size()) != x.rank()) return c.Invalid("one repeat per axis");
  Value y = x;
  for (int a = 0; a < x.rank(); ++a) {
    if (repeats[a] == Dim(1)) continue;
    Shape apart, many, joined = y.shape();
    for (int i = 0; i < y.rank(); ++i) {
      if (i == a) apart.push_back(1), many.push_back(repeats[a]);
      apart.push_back(y.dim(i));
      many.push_back(y.dim(i));
    }
    SetDim(&joined, a, repeats[a] * y.dim(a));
    y = Reshape(BroadcastTo(Reshape(y, apart), many), joined);
  }
  c.out(0, y == x ? Identity(x) : y);
}

// What is added before and after each axis, numbers below 0 cut off.
struct Pads {
  std::vector<int64_t> low, high;
};
Pads PadsOf(NodeImport& c, int rank) {
  const bool is_old = c.version() < 11;
  std::vector<int64_t> pads =
      is_old ? c.Ints(c.version() < 2 ? "paddings" : "pads") : c.Integers(1);
  std::vector<int64_t> axes = is_old ? std::vector<int64_t>() : c.Integers(3);
  if (axes.empty()) {
    for (int a = 0; a < rank; ++a) axes.push_back(a);
  }
  Pads result = {std::vector<int64_t>(rank), std::vector<int64_t>(rank)};
  if (pads.size() != 2 * axes.size()) {
    c.Invalid(absl::StrCat(pads.size(), " pads for ", axes.size(), " axes"));
    return result;
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = AxisOf(c, axes[i], rank);
    const auto pad = [&](size_t at) { return std::clamp(pads[at], -2 * kMaxDim, 2 * kMaxDim); };
    result.low[axis] = pad(i);
    result.high[axis] = pad(i + axes.size());
  }
  return result;
}

// Mode "wrap": x[(i - low) mod d], by a gather along each axis.
Value Wrap(NodeImport& c, Value x, const Pads& pads) {
  for (int a = 0; a < x.rank(); ++a) {
    if (pads.low[a] == 0 && pads.high[a] == 0) continue;
    const Dim size = x.dim(a) + pads.low[a] + pads.high[a];
    const Value i = Iota(c.builder(), DType::kInt64, {size}, 0);
    const Value low = Constant(c.builder(), Tensor::Scalar(pads.low[a]));
    x = Gather(x, FloorMod(i - low, DimValue(c.builder(), x.dim(a))), {.axis = a});
  }
  return x;
}

// x without what pads below 0 cut off; these are 0 then.
Value Cropped(Value x, Pads* pads) {
  Shape starts, sizes;
  for (int a = 0; a < x.rank(); ++a) {
    const int64_t low = std::min<int64_t>(pads->low[a], 0),
                  high = std::min<int64_t>(pads->high[a], 0);
    starts.push_back(Dim(-low));
    sizes.push_back(x.dim(a) + low + high);
    pads->low[a] -= low;
    pads->high[a] -= high;
  }
  return sizes == x.shape() ? x : Slice(x, starts, sizes);
}

// x with the value of input 2 around it, if that is known in a run only, or is none of the doubles.
bool PadsByValue(NodeImport& c, Value x, const Pads& pads) {
  if (c.version() < 11 || !c.has(2)) return false;
  if (c.constant(2) != nullptr && FitsDoubles(*c.constant(2))) return false;
  const Value value = c.in(2);
  if (!(value.shape().NumElements() == Dim(1))) return c.Invalid("constant_value"), true;
  const Value is_x = Pad(Full(c.builder(), DType::kBool, x.shape(), 1), pads.low, pads.high);
  c.out(0, Select(is_x, Pad(x, pads.low, pads.high), Reshape(value, {})));
  return true;
}

void ImportPad(NodeImport& c) {
  Value x = c.in(0);
  if (!x.valid()) return;
  Pads pads = PadsOf(c, x.rank());
  const std::string mode = c.Choice("mode", "constant", {"constant", "reflect", "edge", "wrap"});
  if (!c.ok()) return;
  x = Cropped(x, &pads);
  if (mode == "wrap") return c.out(0, Identity(Wrap(c, x, pads)));
  if (mode != "constant") return c.out(0, Pad(x, pads.low, pads.high, {.mode = mode}));
  if (PadsByValue(c, x, pads)) return;
  const double value = c.version() < 11 ? c.Real("value", 0) : c.Float(2, 0);
  if (c.ok()) c.out(0, Pad(x, pads.low, pads.high, {.mode = mode, .value = value}));
}

// The middle of each axis, with zeros around it where it is too short.
void ImportCenterCropPad(NodeImport& c) {
  Value x = c.in(0);
  const std::vector<int64_t> sizes = c.Integers(1);
  if (!c.ok()) return;
  std::vector<int64_t> axes = c.Ints("axes"), low(static_cast<size_t>(x.rank())), high(low);
  const bool all = axes.empty();
  for (int a = 0; all && a < x.rank(); ++a) axes.push_back(a);
  if (axes.size() != sizes.size()) return c.Invalid("one size per axis");
  Shape starts, kept = x.shape();
  for (int a = 0; a < x.rank(); ++a) starts.push_back(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = AxisOf(c, axes[i], x.rank());
    const int64_t dim = KnownDim(c, x, axis);
    if (sizes[i] < 0 || sizes[i] > kMaxDim) c.Invalid(absl::StrCat("size ", sizes[i]));
    if (!c.ok()) return;
    const int64_t more = std::max<int64_t>(sizes[i] - dim, 0);
    SetDim(&starts, axis, std::max<int64_t>(dim - sizes[i], 0) / 2);
    SetDim(&kept, axis, std::min(dim, sizes[i]));
    low[axis] = more / 2;
    high[axis] = more - more / 2;
  }
  c.out(0, Pad(Slice(x, starts, kept), low, high));
}

// [n, c, h, w] → [n, c/b², h·b, w·b]. DCR: the block's places vary slower than channels; CRD:
// faster.
void ImportDepthToSpace(NodeImport& c) {
  if (c.IsNotOfRank(0, 4)) return;
  const Value x = c.in(0);
  const int64_t b = c.Int("blocksize", 0), channels = KnownDim(c, x, 1);
  if (!c.ok()) return;
  if (b < 1 || b > kMaxDim / b || channels % (b * b) != 0) return c.Invalid("blocksize");
  const Dim depth = channels / (b * b), n = x.dim(0), h = x.dim(2), w = x.dim(3);
  const bool crd = c.Choice("mode", "DCR", {"DCR", "CRD"}) == "CRD";
  const Value split = crd ? Reshape(x, {n, depth, Dim(b), Dim(b), h, w})
                          : Reshape(x, {n, Dim(b), Dim(b), depth, h, w});
  const Value y = Transpose(
      split, crd ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2});
  c.out(0, Reshape(y, {n, depth, h * b, w * b}));
}

void ImportSpaceToDepth(NodeImport& c) {
  if (c.IsNotOfRank(0, 4)) return;
  const Value x = c.in(0);
  const int64_t b = c.Int("blocksize", 0);
  if (!c.ok()) return;
  if (b < 1 || b > kMaxDim / b) return c.Invalid("blocksize");
  const Dim n = x.dim(0), channels = x.dim(1);
  const Dim h = Dim::CeilDiv(x.dim(2), b), w = Dim::CeilDiv(x.dim(3), b);
  // Of sizes that are no multiples this leaves x, which is an error, of the run if they are
  // symbols.
  const Shape whole({n, channels, h * b, w * b});
  const Value blocks = whole == x.shape() ? x : Slice(x, {0, 0, 0, 0}, whole);
  const Value split = Reshape(blocks, {n, channels, h, Dim(b), w, Dim(b)});
  const bool crd = c.Choice("mode", "DCR", {"DCR", "CRD"}) == "CRD";
  const Value y = Transpose(
      split, crd ? std::vector<int64_t>{0, 1, 3, 5, 2, 4} : std::vector<int64_t>{0, 3, 5, 1, 2, 4});
  c.out(0, Reshape(y, {n, channels * (b * b), h, w}));
}

constexpr Row kRows[] = {
    {"CenterCropPad", ImportCenterCropPad, 2},
    {"Concat", ImportConcat, kAnyNumber, /*takes_strings=*/true},
    {"DepthToSpace", ImportDepthToSpace, 1},
    {"Expand", ImportExpand, 2, /*takes_strings=*/true},
    {"Flatten", ImportFlatten, 1, /*takes_strings=*/true},
    {"Pad", ImportPad, 4},
    {"Reshape", ImportReshape, 2, /*takes_strings=*/true},
    {"SpaceToDepth", ImportSpaceToDepth, 1},
    {"Split", ImportSplit, 2, /*takes_strings=*/true},
    {"Squeeze", ImportSqueeze, 2, /*takes_strings=*/true},
    {"Tile", ImportTile, 3, /*takes_strings=*/true},
    {"Transpose", ImportTranspose, 1, /*takes_strings=*/true},
    {"Unsqueeze", ImportUnsqueeze, 2, /*takes_strings=*/true},
};

}  // namespace

absl::Span<const Row> ShapeRows() { return kRows; }

}  // namespace dagrad::onnx
