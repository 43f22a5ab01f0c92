#include "dagrad/ops/indexing/non_zero/non_zero.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/indexing/non_zero/non_zero_internal.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const int rank = c.shape(0).rank();
  if (rank == 0) return InferContext::Fail("non_zero_c1", "x is a scalar");
  const Shape& size = c.attr<Shape>("size");
  if (size.rank() != 1 || !size.Validate().ok()) {
    return InferContext::Fail("non_zero_c2",
                              absl::StrCat("size ", size.ToString(), " must be one dimension"));
  }
  c.SetOutput(0, DType::kInt64, {Dim(rank), size.dim(0)});
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "NonZero",
      .label = "non_zero",
      .doc =
          "Places of the elements that are not 0, in row-major order.\n"
          "Of more than size the first ones; where there are fewer, 0 stands for the others.",
      .inputs = {{.name = "x",
                  .dtypes = kAnyType,
                  .doc = "tensor of rank 1 or more",
                  .differentiable = false}},
      .outputs = {{.name = "y",
                   .dtypes = {DType::kInt64},
                   .doc = "[rank, size]: indices along each axis"}},
      .attrs = {{"size", AttrKind::kShape, std::nullopt, "[n]: number of places"}},
      .constraints = {{"non_zero_c1", "x is no scalar"}, {"non_zero_c2", "size is one dimension"}},
      .infer = Infer,
      .make_kernel = ops::non_zero_internal::MakeKernel,
      .samples = ops::non_zero_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& NonZeroOp() { return Singleton<Make>(); }
}  // namespace ops

Value CountNonZero(Operand x) {
  if (!x.value().valid()) return x.value();
  const bool is_bool = x.value().dtype() == DType::kBool;
  return ReduceSum(Cast(is_bool ? x.value() : NotEqual(x, 0.0), DType::kInt64));
}

Value NonZero(Operand x, Dim size) {
  return AddNode(ops::NonZeroOp(), {x}, {{"size", Shape({std::move(size)})}});
}

Value NonZero(Operand x) {
  const Dim size = BindDim(CountNonZero(x));
  return size.is_valid() ? NonZero(x, size) : Value();
}

}  // namespace dagrad
