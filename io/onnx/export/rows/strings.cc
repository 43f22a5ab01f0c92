// Strings.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/ops/strings/string_case/change_case.h"

namespace dagrad::onnx {
namespace {

bool HasStrings(NodeExport& c, int64_t opset) {
  if (c.opset() < opset) c.Unsupported(absl::StrCat("strings need opset ", opset));
  return c.opset() >= opset;
}

void WriteStringConcat(NodeExport& c) {
  if (HasStrings(c, 20)) c.out(0, c.Op("StringConcat", c.all_inputs()));
}

void WriteStringEqual(NodeExport& c) {
  if (HasStrings(c, 19)) c.out(0, c.Op("Equal", c.all_inputs(), {}, DType::kBool));
}

Var Normalized(const Var& x, const char* to) {
  return x.c->Op("StringNormalizer", {x}, {{"case_change_action", to}, {"is_case_sensitive", 1}});
}

// StringNormalizer takes vectors, and makes one string of none: so one goes along.
Var ChangedCase(const Var& x, const char* to, const Shape& shape) {
  NodeExport& c = *x.c;
  const Var one = c.Constant(Tensor::Of<absl::string_view>({1}, {""}));
  const Var both = Normalized(c.Concat({Flat(x), one}, 0), to);
  return c.Reshape(c.SliceAxis(both, 0, 0, -1), shape);
}

const char* ActionOf(const NodeExport& c) {
  return c.attr<std::string>("to") == "lower" ? "LOWER" : "UPPER";
}

bool IsVector(const NodeExport& c) {
  return c.rank(0) == 1 && c.shape(0).dim(0).is_known() && c.shape(0).dim(0).value() > 0;
}

void WriteStringCase(NodeExport& c) {
  const Var x = c.in(0);
  c.out(0, IsVector(c) ? Normalized(x, ActionOf(c)) : ChangedCase(x, ActionOf(c), c.out_shape()));
}

// Whether x equals one of the values, each of which is compared.
void WriteStringIsIn(NodeExport& c) {
  if (!HasStrings(c, 19)) return;
  std::vector<std::string> values = c.attr<std::vector<std::string>>("values");
  Var x = c.in(0);
  if (!c.attr<bool>("case_sensitive")) {
    for (std::string& v : values) v = ops::ChangeCase(v, ops::LetterCase::kLower);
    x = ChangedCase(x, "LOWER", c.shape(0));
  }
  const std::vector<absl::string_view> views(values.begin(), values.end());
  const Var all =
      c.Constant(Tensor::Of<absl::string_view>({static_cast<int64_t>(views.size())}, views));
  const Var column = c.Unsqueeze(x, {c.rank(0)});
  const Var equal = c.Op("Equal", {column, all}, {}, DType::kBool);
  const Var count = c.Reduce("ReduceSum", c.Cast(equal, DType::kInt64), {c.rank(0)}, false);
  c.out(0, c.Cast(count, DType::kBool));
}

// Parts and counts.
std::vector<Var> SplitOf(NodeExport& c) {
  NodeAttributes attrs = {{"delimiter", c.attr<std::string>("delimiter")}};
  const auto max_splits = c.attr<int64_t>("max_splits");
  if (max_splits >= 0) attrs.emplace_back("maxsplit", max_splits);
  return c.Ops("StringSplit", {c.in(0)}, attrs, 2);
}

// ONNX's gives as many parts as the longest has: empty strings behind them, and a cut.
void WriteStringSplit(NodeExport& c) {
  if (!HasStrings(c, 20)) return;
  const int axis = c.rank(0);
  const Var empty = c.Constant(Tensor::Of<absl::string_view>({}, {""}));
  const Var behind = c.Op("Expand", {empty, c.SizesOf(c.out_shape())});
  const Var all = c.Concat({SplitOf(c)[0], behind}, axis);
  const Var size = c.SizeOf(c.out_shape().dim(axis));
  c.out(0, c.Op("Slice", {all, c.Ints({0}), size, c.Ints({axis})}));
}

void WriteStringSplitCount(NodeExport& c) {
  if (HasStrings(c, 20)) c.out(0, SplitOf(c)[1]);
}

constexpr ExportRow kRows[] = {
    {"StringCase", WriteStringCase, IsVector}, {"StringConcat", WriteStringConcat, Always},
    {"StringEqual", WriteStringEqual, Always}, {"StringIsIn", WriteStringIsIn},
    {"StringSplit", WriteStringSplit},         {"StringSplitCount", WriteStringSplitCount},
};

}  // namespace

absl::Span<const ExportRow> StringExportRows() { return kRows; }

}  // namespace dagrad::onnx
