#include "dagrad/ops/indexing/unique/unique.h"

#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/unique/unique_internal.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Shape& x = c.shape(0);
  if (x.rank() != 2) {
    return InferContext::Fail("unique_c1", absl::StrCat("x ", x.ToString(), " must be a matrix"));
  }
  for (int i = 0; i < 3; ++i) c.SetOutput(i, DType::kInt64, {x.dim(0)});
  c.SetOutput(3, DType::kInt64, {});
  return absl::OkStatus();
}

OpDef Make() {
  const DTypeSet index = {DType::kInt64};
  return {
      .name = "Unique",
      .label = "unique",
      .doc =
          "The different rows of a matrix: where each stands first, which one every row is, how "
          "often\n"
          "each stands there, and how many they are. NaN equals NaN, -0 equals 0.",
      .inputs = {{.name = "x",
                  .dtypes = kAnyType,
                  .doc = "matrix [m, k] whose rows are compared",
                  .differentiable = false}},
      .outputs = {{.name = "first",
                   .dtypes = index,
                   .doc = "[m]: row of the first one of each, then 0"},
                  {.name = "inverse", .dtypes = index, .doc = "[m]: which one each row is"},
                  {.name = "counts", .dtypes = index, .doc = "[m]: how often each is, then 0"},
                  {.name = "count", .dtypes = index, .doc = "how many different rows, a scalar"}},
      .attrs = {{"sorted", AttrKind::kBool, true, "in ascending order, else as they first appear"}},
      .constraints = {{"unique_c1", "x is a matrix"}},
      .infer = Infer,
      .make_kernel = ops::unique_internal::MakeKernel,
      .samples = ops::unique_internal::MakeSamples};
}

// The rows to compare: x itself as a column, or its slices along an axis as rows.
Value RowsOf(Value x, int axis) {
  std::vector<int64_t> order(static_cast<size_t>(x.rank()));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::rotate(order.begin(), order.begin() + axis, order.begin() + axis + 1);
  Dim width = 1;
  for (int a = 0; a < x.rank(); ++a) width = a == axis ? width : width * x.dim(a);
  return Reshape(Transpose(x, std::move(order)), {x.dim(axis), width});
}

}  // namespace

namespace ops {
const OpDef& UniqueOp() { return Singleton<Make>(); }
}  // namespace ops

UniqueResult Unique(Operand x, const UniqueOptions& options) {
  Value data = x.value();
  if (!data.valid()) return {};
  GraphBuilder* const builder = x.builder();
  if (!options.axis.has_value()) data = Reshape(data, {data.shape().NumElements()});
  const int64_t given = options.axis.value_or(0);
  const int64_t axis = given < 0 ? given + data.rank() : given;
  if (axis < 0 || axis >= data.rank()) {
    builder->Fail("Unique", x.location(),
                  absl::StrCat("axis ", given, " of ", data.type().ToString()));
    return {};
  }
  const Value node = AddNode(ops::UniqueOp(), {RowsOf(data, static_cast<int>(axis))},
                             {{"sorted", options.sorted}});
  const std::vector<Value> all = builder->Outputs(node, 4);
  const Dim n = BindDim(all[3]);
  if (!n.is_valid()) return {};
  const Value first = Slice(all[0], {0}, {n});
  return {Gather(data, first, {.axis = axis}), first, all[1], Slice(all[2], {0}, {n})};
}

}  // namespace dagrad
