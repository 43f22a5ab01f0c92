#include "dagrad/ops/strings/string_split/string_split.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/strings/string_split/string_split_internal.h"

namespace dagrad {
namespace {

std::vector<PortSpec> Inputs() {
  return {
      {.name = "x", .dtypes = kStringType, .doc = "strings of any shape", .differentiable = false}};
}

std::vector<AttrSpec> Attrs() {
  return {{"delimiter", AttrKind::kString, Attribute(""), "empty: runs of ASCII white space"},
          {"max_splits", AttrKind::kInt, int64_t{-1}, "at most so many, from the left; -1: all"}};
}

absl::Status InferSplit(InferContext& c) {
  const Shape& size = c.attr<Shape>("size");
  if (size.rank() != 1 || !size.Validate().ok()) {
    return InferContext::Fail("string_split_c1",
                              absl::StrCat("size ", size.ToString(), " must be one dimension"));
  }
  Shape y = c.shape(0);
  y.push_back(size.dim(0));
  c.SetOutput(0, DType::kString, std::move(y));
  return absl::OkStatus();
}

OpDef MakeSplit() {
  std::vector<AttrSpec> attrs = Attrs();
  attrs.push_back({"size", AttrKind::kShape, std::nullopt, "[n]: number of parts"});
  return {.name = "StringSplit",
          .label = "string_split",
          .doc =
              "The first n parts of each string, between delimiters.\n"
              "Where there are fewer, empty strings stand for the others.",
          .inputs = Inputs(),
          .outputs = {{.name = "y", .dtypes = kStringType, .doc = "parts, of x's shape and [n]"}},
          .attrs = std::move(attrs),
          .constraints = {{"string_split_c1", "size is one dimension"}},
          .infer = InferSplit,
          .make_kernel = ops::string_split_internal::MakeKernel,
          .samples = ops::string_split_internal::MakeSamples};
}

absl::Status InferCount(InferContext& c) {
  c.SetOutput(0, DType::kInt64, c.shape(0));
  return absl::OkStatus();
}

OpDef MakeCount() {
  return {.name = "StringSplitCount",
          .label = "string_split_count",
          .doc = "How many parts each string has between delimiters.",
          .inputs = Inputs(),
          .outputs = {{.name = "y", .dtypes = {DType::kInt64}, .doc = "numbers, of x's shape"}},
          .attrs = Attrs(),
          .traits = kElementwise,
          .infer = InferCount,
          .make_kernel = ops::string_split_internal::MakeCountKernel,
          .samples = ops::string_split_internal::MakeCountSamples};
}

}  // namespace

namespace ops {
const OpDef& StringSplitOp() { return Singleton<MakeSplit>(); }
const OpDef& StringSplitCountOp() { return Singleton<MakeCount>(); }
}  // namespace ops

StringSplitResult StringSplit(Operand x, const StringSplitOptions& options) {
  if (!x.value().valid()) return {};
  AttrMap attrs = {{"delimiter", options.delimiter}, {"max_splits", options.max_splits}};
  const Value counts = AddNode(ops::StringSplitCountOp(), {x}, attrs);
  if (!counts.valid()) return {};
  // With a 0, that there is a largest one.
  const Value zero = Constant(counts.builder(), Tensor::Of<int64_t>({1}, {0}), x.location());
  const Value flat = Reshape(counts, {counts.shape().NumElements()});
  const Dim n = BindDim(ReduceMax(Concat({flat, zero}, 0)));
  if (!n.is_valid()) return {};
  attrs.Set("size", Shape({n}));
  return {AddNode(ops::StringSplitOp(), {x}, std::move(attrs)), counts};
}

}  // namespace dagrad
