// Reductions.
#include <algorithm>
#include <limits>
#include <string>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

using AxesList = std::vector<int64_t>;

// Counted from 0, sorted; all where the op means that.
AxesList AxesOf(const NodeExport& c) {
  AxesList axes = c.attr<AxesList>("axes");
  if (axes.empty()) return IdentityPerm(c.rank(0));
  for (int64_t& axis : axes) axis = FromZero(axis, c.rank(0));
  std::sort(axes.begin(), axes.end());
  return axes;
}

bool IsOfNothing(const NodeExport& c) {
  const AxesList axes = AxesOf(c);
  return std::any_of(axes.begin(), axes.end(),
                     [&c](int64_t a) { return c.shape(0).dim(static_cast<int>(a)) == Dim(0); });
}

// What ONNX leaves open before opset 18.
double OfNothing(const NodeExport& c) {
  const absl::string_view op = c.node().op->name;
  if (op == "ReduceSum" || op == "ReduceAny") return 0;
  if (op == "ReduceProd" || op == "ReduceAll") return 1;
  if (op == "ReduceMean") return std::numeric_limits<double>::quiet_NaN();
  return op == "ReduceMax" ? LowestValue(c.dtype(0)) : HighestValue(c.dtype(0));
}

bool HasDType(const NodeExport& c) {
  const absl::string_view op = c.node().op->name;
  constexpr DTypeSet kBytes = {DType::kInt8, DType::kUInt8};
  const bool is_extreme = op == "ReduceMax" || op == "ReduceMin";
  return (is_extreme ? kWideNumbers | kBytes : kWideNumbers).Contains(c.dtype(0));
}

bool IsSame(const NodeExport& c) { return HasDType(c) && !IsOfNothing(c); }

// Over the image of a tensor that has its channels first: what an import reduces without
// transposing it.
bool WriteGlobalPool(NodeExport& c) {
  const absl::string_view op = c.node().op->name;
  const int rank = c.rank(0);
  if (rank < 3 || !IsFloating(c.dtype(0)) || (op != "ReduceMean" && op != "ReduceMax"))
    return false;
  const NodeExport::Result x = c.stored(0);
  const Perm last = Inverse(ChannelsFirst(rank));
  AxesList image = IdentityPerm(rank - 1);
  image.erase(image.begin());
  if (x.perm != last || AxesOf(c) != image) return false;
  const Var y = c.Op(op == "ReduceMean" ? "GlobalAveragePool" : "GlobalMaxPool", {x.value});
  if (c.attr<bool>("keepdims")) return c.out(0, y, last), true;
  AxesList spatial = IdentityPerm(rank);
  spatial.erase(spatial.begin(), spatial.begin() + 2);
  return c.out(0, c.Squeeze(y, spatial)), true;
}

void WriteReduce(NodeExport& c) {
  if (IsOfNothing(c)) {
    const Var value = c.Scalar(OfNothing(c), c.dtype(0));
    return c.out(0, c.Op("Expand", {value, c.SizesOf(c.out_shape())}));
  }
  if (WriteGlobalPool(c)) return;
  const auto reduce = [&c](const std::vector<Var>& v) {
    return c.Reduce(c.node().op->name, v[0], c.attr<AxesList>("axes"), c.attr<bool>("keepdims"));
  };
  c.out(0, HasDType(c) ? reduce({c.in(0)}) : Widened(c, {c.in(0)}, reduce));
}

// The least or the largest of 0 and 1.
void WriteReduceBool(NodeExport& c) {
  if (IsOfNothing(c)) return WriteReduce(c);
  const absl::string_view op = c.node().op->name == "ReduceAll" ? "ReduceMin" : "ReduceMax";
  const Var x = c.Cast(c.in(0), DType::kInt32);
  const Var y = c.Reduce(op, x, c.attr<AxesList>("axes"), c.attr<bool>("keepdims"));
  c.out(0, c.Cast(y, DType::kBool));
}

// A NaN is found first: ONNX does not say what it counts as.
void WriteArg(NodeExport& c) {
  const int64_t axis = c.attr<int64_t>("axis");
  const NodeAttributes attrs = {{"axis", axis}, {"keepdims", c.attr<bool>("keepdims")}};
  Var x = c.in(0);
  const Var y = c.Op(c.node().op->name, {x}, attrs, DType::kInt64);
  if (!IsFloating(x.dtype)) return c.out(0, y);
  const Var nan = c.Cast(c.Op("IsNaN", {x}, {}, DType::kBool), DType::kInt32);
  const Var first = c.Op("ArgMax", {nan}, attrs, DType::kInt64);
  const Var any =
      c.Cast(c.Reduce("ReduceMax", nan, {axis}, c.attr<bool>("keepdims")), DType::kBool);
  c.out(0, c.Where(any, first, y));
}
bool IsSameArg(const NodeExport& c) { return !IsFloating(c.dtype(0)); }

void WriteCumSum(NodeExport& c) {
  const NodeAttributes attrs = {{"exclusive", c.attr<bool>("exclusive")},
                                {"reverse", c.attr<bool>("reverse")}};
  const Var axis = c.Scalar(static_cast<double>(c.attr<int64_t>("axis")), DType::kInt64);
  const auto sums = [&](const std::vector<Var>& v) { return c.Op("CumSum", {v[0], axis}, attrs); };
  c.out(0, HasDType(c) ? sums({c.in(0)}) : Widened(c, {c.in(0)}, sums));
}

// Π over j of (j = i ? 1 : x[j]).
void WriteExclusiveProd(NodeExport& c) {
  const Var x = c.in(0);
  const Var i = Counted(c, c.shape(0).dim(-1));
  const Var is_self = Equal(c.Unsqueeze(i, {0}), c.Unsqueeze(i, {1}));
  const Var others = c.Where(is_self, c.Scalar(1, x.dtype), c.Unsqueeze(x, {-2}));
  c.out(0, c.Reduce("ReduceProd", others, {-1}, false));
}

constexpr ExportRow kRows[] = {
    {"ArgMax", WriteArg, IsSameArg},    {"ArgMin", WriteArg, IsSameArg},
    {"CumSum", WriteCumSum, HasDType},  {"ExclusiveProd", WriteExclusiveProd},
    {"ReduceAll", WriteReduceBool},     {"ReduceAny", WriteReduceBool},
    {"ReduceMax", WriteReduce, IsSame}, {"ReduceMean", WriteReduce, IsSame},
    {"ReduceMin", WriteReduce, IsSame}, {"ReduceProd", WriteReduce, IsSame},
    {"ReduceSum", WriteReduce, IsSame},
};

}  // namespace

absl::Span<const ExportRow> ReductionExportRows() { return kRows; }

}  // namespace dagrad::onnx
