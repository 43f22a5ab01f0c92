#include "dagrad/ops/strings/string_case/string_case.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/ops/strings/string_case/string_case_internal.h"

namespace dagrad {
namespace {

PortSpec Strings(absl::string_view doc) {
  return {.name = "x", .dtypes = kStringType, .doc = doc, .differentiable = false};
}

absl::Status InferCase(InferContext& c) {
  const auto& to = c.attr<std::string>("to");
  if (to == "lower" || to == "upper") return InferSameAsInput(c);
  return InferContext::Fail("string_case_c1",
                            absl::StrCat("to is lower or upper, not \"", Printable(to), "\""));
}

OpDef MakeCase() {
  return {.name = "StringCase",
          .label = "string_case",
          .doc =
              "Strings with every letter in lower or in upper case.\n"
              "One code point for one, the same in every locale; bytes that are no UTF-8 stay.",
          .inputs = {Strings("strings of any shape")},
          .outputs = {{.name = "y", .dtypes = kStringType, .doc = "x in the other case"}},
          .attrs = {{"to", AttrKind::kString, std::nullopt, "lower or upper"}},
          .traits = kElementwise,
          .constraints = {{"string_case_c1", "to is lower or upper"}},
          .infer = InferCase,
          .make_kernel = ops::string_case_internal::MakeCaseKernel,
          .samples = ops::string_case_internal::MakeCaseSamples};
}

absl::Status InferIsIn(InferContext& c) {
  c.SetOutput(0, DType::kBool, c.shape(0));
  return absl::OkStatus();
}

OpDef MakeIsIn() {
  return {.name = "StringIsIn",
          .label = "string_is_in",
          .doc = "Whether each string is one of values.",
          .inputs = {Strings("strings of any shape")},
          .outputs = {{.name = "y", .dtypes = kBoolType, .doc = "the answers, of x's shape"}},
          .attrs = {{"values", AttrKind::kStrings, std::nullopt, "strings to look for"},
                    {"case_sensitive", AttrKind::kBool, true,
                     "false: both are compared in lower case"}},
          .traits = kElementwise,
          .infer = InferIsIn,
          .make_kernel = ops::string_case_internal::MakeIsInKernel,
          .samples = ops::string_case_internal::MakeIsInSamples};
}

}  // namespace

namespace ops {
const OpDef& StringCaseOp() { return Singleton<MakeCase>(); }
const OpDef& StringIsInOp() { return Singleton<MakeIsIn>(); }
}  // namespace ops

Value StringLower(Operand x) { return AddNode(ops::StringCaseOp(), {x}, {{"to", "lower"}}); }
Value StringUpper(Operand x) { return AddNode(ops::StringCaseOp(), {x}, {{"to", "upper"}}); }

Value StringIsIn(Operand x, std::vector<std::string> values, bool case_sensitive) {
  return AddNode(ops::StringIsInOp(), {x},
                 {{"values", std::move(values)}, {"case_sensitive", case_sensitive}});
}

}  // namespace dagrad
