#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/constant/constant_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const DType dtype = c.attr<DType>("dtype");
  const double value = c.attr<double>("value");
  if (!kAnyType.Contains(dtype))
    return InferContext::Fail("full_c1", "attribute \"dtype\" is no dtype");
  if (!ops::IsRepresentable(value, dtype)) {
    return InferContext::Fail("full_c2",
                              absl::StrCat("the value ", value, " is no ", DTypeName(dtype)));
  }
  c.SetOutput(0, dtype, c.attr<Shape>("shape"));
  return absl::OkStatus();
}

OpDef Make() {
  return {
      .name = "Full",
      .label = "full",
      .doc = "Tensor whose elements are all value.",
      .outputs = {{.name = "y", .dtypes = kAnyType, .doc = "tensor of the given shape and dtype"}},
      .attrs = {{"dtype", AttrKind::kDType, std::nullopt, "dtype of the result"},
                {"shape", AttrKind::kShape, std::nullopt, "shape of the result; may be symbolic"},
                {"value", AttrKind::kFloat, std::nullopt, "every element of the result"}},
      .traits = kMovesElements,
      .constraints = {{"full_c1", "dtype is a valid dtype"},
                      {"full_c2", "value is an element of dtype"}},
      .infer = Infer,
      .make_kernel = ops::constant_internal::MakeFullKernel,
      .samples = ops::constant_internal::MakeFullSamples};
}

Value FullLike(const Operand& x, double value) {
  if (x.builder() == nullptr || !x.value().valid()) return x.value();
  const ValueType type = x.value().type();
  return Full(x.builder(), type.dtype, type.shape, value, x.location());
}

}  // namespace

Value Full(GraphBuilder* builder, DType dtype, Shape shape, double value, SourceLocation location) {
  if (builder == nullptr) return Value();
  return builder->AddNode(ops::FullOp(), {},
                          {{"dtype", dtype}, {"shape", std::move(shape)}, {"value", value}},
                          location);
}

Value ZerosLike(Operand x) { return FullLike(x, 0); }
Value OnesLike(Operand x) { return FullLike(x, 1); }

namespace ops {

const OpDef& FullOp() { return Singleton<Make>(); }

bool IsRepresentable(double value, DType dtype) {
  if (dtype == DType::kInvalid || dtype == DType::kString) return false;
  if (IsFloating(dtype)) return true;
  // The first integer that is too high is a power of 2.
  const double too_high =
      dtype == DType::kBool ? 2 : std::exp2(std::ceil(std::log2(HighestValue(dtype))));
  return value >= LowestValue(dtype) && value < too_high && value == std::trunc(value);
}

}  // namespace ops
}  // namespace dagrad
