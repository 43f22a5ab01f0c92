#include "dagrad/ops/creation/constant/constant.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/creation/constant/constant_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  const Tensor& value = c.attr<Tensor>("value");
  if (!value.defined())
    return InferContext::Fail("constant_c1", "attribute \"value\" is an undefined tensor");
  c.SetOutput(0, value.dtype(), Shape(absl::MakeConstSpan(value.dims())));
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "Constant",
          .label = "constant",
          .doc = "The tensor that the attribute value holds.",
          .outputs = {{.name = "y", .dtypes = kAnyElement, .doc = "value"}},
          .attrs = {{"value", AttrKind::kTensor, std::nullopt, "the result"}},
          .traits = kMovesElements,
          .constraints = {{"constant_c1", "value is a defined tensor"}},
          .infer = Infer,
          .make_kernel = ops::constant_internal::MakeConstantKernel,
          .samples = ops::constant_internal::MakeConstantSamples};
}

}  // namespace

Value Constant(GraphBuilder* builder, Tensor value, SourceLocation location) {
  if (builder == nullptr) return Value();
  return builder->AddNode(ops::ConstantOp(), {}, {{"value", std::move(value)}}, location);
}

namespace ops {

const OpDef& ConstantOp() { return Singleton<Make>(); }

namespace {

// `operand` as a value: a number as a constant of `like`'s dtype.
Value ToValue(const Operand& operand, const Operand& like, const OperandPair& pair,
              absl::string_view op) {
  if (!operand.scalar().has_value()) return operand.value();
  if (!like.value().valid()) return Value(pair.builder, ValueRef{});
  const DType dtype = like.value().dtype();
  if (!IsRepresentable(*operand.scalar(), dtype)) {
    return pair.builder->Fail(
        op, pair.location,
        absl::StrCat("the number ", *operand.scalar(), " is no ", DTypeName(dtype)));
  }
  return Constant(pair.builder, Tensor::Full(dtype, {}, *operand.scalar()), pair.location);
}

}  // namespace

OperandPair PairOperands(const Operand& a, const Operand& b, absl::string_view op) {
  OperandPair pair;
  const Operand& first = a.builder() != nullptr ? a : b;
  pair.builder = first.builder();
  pair.location = first.location();
  if (pair.builder == nullptr || !pair.builder->ok()) return pair;
  pair.values = {ToValue(a, b, pair, op), ToValue(b, a, pair, op)};
  return pair;
}

Value AddBinaryNode(const OpDef& op, const Operand& a, const Operand& b) {
  const OperandPair pair = PairOperands(a, b, op.name);
  if (pair.builder == nullptr) return Value();
  return pair.builder->AddNode(op, pair.values, {}, pair.location);
}

}  // namespace ops
}  // namespace dagrad
