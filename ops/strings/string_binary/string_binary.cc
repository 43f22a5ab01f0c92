#include "dagrad/ops/strings/string_binary/string_binary.h"

#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/broadcast.h"
#include "dagrad/ops/strings/string_binary/string_binary_internal.h"

namespace dagrad {
namespace {

PortSpec Strings(absl::string_view name, absl::string_view doc) {
  return {.name = name, .dtypes = kStringType, .doc = doc, .differentiable = false};
}

OpDef MakeConcat() {
  return {.name = "StringConcat",
          .label = "string_concat",
          .doc = "The bytes of b behind those of a, with broadcasting.",
          .inputs = {Strings("a", "first parts"), Strings("b", "second parts")},
          .outputs = {Strings("y", "the joined strings, of the broadcast shape")},
          .traits = kElementwise,
          .constraints = {{"string_concat_c1", "the shapes of a and b broadcast"}},
          .infer =
              [](InferContext& c) {
                return ops::InferBroadcast(c, DType::kString, "string_concat_c1");
              },
          .make_kernel = ops::string_binary_internal::MakeConcatKernel,
          .samples = ops::string_binary_internal::MakeConcatSamples};
}

OpDef MakeEqual() {
  return {
      .name = "StringEqual",
      .label = "string_equal",
      .doc = "Whether strings have the same bytes, with broadcasting.",
      .inputs = {Strings("a", "left operand"), Strings("b", "right operand")},
      .outputs = {{.name = "y", .dtypes = kBoolType, .doc = "the answers, of the broadcast shape"}},
      .traits = kElementwise | kCommutative,
      .constraints = {{"string_equal_c1", "the shapes of a and b broadcast"}},
      .infer =
          [](InferContext& c) { return ops::InferBroadcast(c, DType::kBool, "string_equal_c1"); },
      .make_kernel = ops::string_binary_internal::MakeEqualKernel,
      .samples = ops::string_binary_internal::MakeEqualSamples};
}

}  // namespace

namespace ops {
const OpDef& StringConcatOp() { return Singleton<MakeConcat>(); }
const OpDef& StringEqualOp() { return Singleton<MakeEqual>(); }
}  // namespace ops

Value StringConcat(Operand a, Operand b) { return ops::AddBinaryNode(ops::StringConcatOp(), a, b); }
Value StringEqual(Operand a, Operand b) { return ops::AddBinaryNode(ops::StringEqualOp(), a, b); }

}  // namespace dagrad
