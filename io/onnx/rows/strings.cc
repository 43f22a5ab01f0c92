// Strings.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/non_zero/non_zero.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/strings/string_binary/string_binary.h"
#include "dagrad/ops/strings/string_case/string_case.h"
#include "dagrad/ops/strings/string_split/string_split.h"

namespace dagrad::onnx {
namespace {

// Those of the vector x that are to be kept; one empty string where there are none.
Value Kept(NodeImport& c, Value x, Value keep) {
  const Value nothing = Constant(c.builder(), Tensor::Of<absl::string_view>({1}, {""}));
  const Value is_none = Reshape(Equal(CountNonZero(keep), 0.0), {1});
  const Value places = NonZero(Concat({keep, is_none}, 0));
  return Gather(Concat({x, nothing}, 0), Flat(places));
}

void ImportStringNormalizer(NodeImport& c) {
  const std::string to = c.Choice("case_change_action", "NONE", {"NONE", "LOWER", "UPPER"});
  const Value x = c.in(0);
  if (!c.ok()) return;
  const bool is_row = x.rank() == 2 && x.dim(0) == Dim(1);
  if (x.rank() != 1 && !is_row)
    return c.Invalid(absl::StrCat("x ", x.type().ToString(), " is neither [n] nor [1,n]"));
  Value y = Flat(x);
  std::vector<std::string> stopwords = c.Texts("stopwords");
  if (!stopwords.empty()) {
    const bool case_sensitive = c.Int("is_case_sensitive", 0) != 0;
    y = Kept(c, y, LogicalNot(StringIsIn(y, std::move(stopwords), case_sensitive)));
  }
  if (to != "NONE") y = to == "LOWER" ? StringLower(y) : StringUpper(y);
  c.out(0, is_row ? ExpandDims(y, 0) : y);
}

void ImportStringConcat(NodeImport& c) { c.out(0, StringConcat(c.in(0), c.in(1))); }

void ImportStringSplit(NodeImport& c) {
  const int64_t max_splits = c.Int("maxsplit", -1);
  const StringSplitResult y =
      StringSplit(c.in(0), {.delimiter = c.Text("delimiter", ""), .max_splits = max_splits});
  c.out(0, y.parts);
  c.out(1, y.counts);
}

constexpr Row kRows[] = {
    {"StringConcat", ImportStringConcat, 2, /*takes_strings=*/true},
    {"StringNormalizer", ImportStringNormalizer, 1, /*takes_strings=*/true},
    {"StringSplit", ImportStringSplit, 1, /*takes_strings=*/true},
};

}  // namespace

absl::Span<const Row> StringRows() { return kRows; }

}  // namespace dagrad::onnx
