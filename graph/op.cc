#include "dagrad/graph/op.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace {

absl::Status CheckArity(const OpDef& op, size_t count) {
  const bool variadic = !op.inputs.empty() && op.inputs.back().variadic;
  if (variadic ? count >= op.inputs.size() : count == op.inputs.size()) return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(op.label, "_inputs"),
      absl::StrCat("takes ", variadic ? "at least " : "", op.inputs.size(),
                   op.inputs.size() == 1 ? " input, " : " inputs, ", count, " given"));
}

absl::Status CheckDTypes(const OpDef& op, absl::Span<const ValueType> inputs) {
  const std::string label = absl::StrCat(op.label, "_dtype");
  std::map<absl::string_view, size_t> first_of_variable;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PortSpec& port = op.inputs[std::min(i, op.inputs.size() - 1)];
    if (!port.dtypes.Contains(inputs[i].dtype)) {
      return InferContext::Fail(
          label, absl::StrCat("input ", i, " (", port.name, ") is ", inputs[i].ToString(),
                              "; accepted: ", port.dtypes.ToString()));
    }
    if (port.type_variable.empty()) continue;
    const size_t first = first_of_variable.emplace(port.type_variable, i).first->second;
    if (inputs[first].dtype != inputs[i].dtype) {
      return InferContext::Fail(label, absl::StrCat("inputs ", first, " and ", i,
                                                    " differ in dtype: ", inputs[first].ToString(),
                                                    " and ", inputs[i].ToString()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAttrs(const OpDef& op, AttrMap* attrs) {
  const std::string label = absl::StrCat(op.label, "_attr");
  for (const AttrMap::Entry& e : attrs->entries()) {
    const AttrSpec* spec = op.FindAttr(e.name);
    if (spec == nullptr) {
      return InferContext::Fail(label, absl::StrCat("has no attribute \"", e.name, "\""));
    }
    if (spec->kind != e.value.kind()) {
      return InferContext::Fail(
          label, absl::StrCat("attribute \"", e.name, "\" is of kind ",
                              AttrKindName(e.value.kind()), ", not ", AttrKindName(spec->kind)));
    }
  }
  for (const AttrSpec& spec : op.attrs) {
    if (attrs->Find(spec.name) != nullptr) continue;
    if (!spec.default_value.has_value()) {
      return InferContext::Fail(label, absl::StrCat("needs attribute \"", spec.name, "\""));
    }
    attrs->Set(spec.name, *spec.default_value);
  }
  return absl::OkStatus();
}

}  // namespace

void InferContext::SetOutput(int i, DType dtype, Shape shape) {
  if (static_cast<size_t>(i) >= outputs_.size()) outputs_.resize(i + 1);
  outputs_[i] = {dtype, std::move(shape)};
}

absl::Status InferContext::Fail(absl::string_view label, absl::string_view message) {
  return InvalidArgumentError(absl::StrCat(message, " (", label, ")"));
}

absl::StatusOr<int> InferContext::NormalizeAxis(int64_t axis, int rank, absl::string_view label) {
  if (axis >= -rank && axis < rank) return static_cast<int>(axis < 0 ? axis + rank : axis);
  return Fail(label, absl::StrCat("axis ", axis, " is outside [", -rank, ", ", rank, ")"));
}

const AttrSpec* OpDef::FindAttr(absl::string_view attr_name) const {
  for (const AttrSpec& spec : attrs) {
    if (spec.name == attr_name) return &spec;
  }
  return nullptr;
}

absl::StatusOr<std::vector<ValueType>> InferOp(const OpDef& op, absl::Span<const ValueType> inputs,
                                               AttrMap* attrs) {
  if (absl::Status s = CheckArity(op, inputs.size()); !s.ok()) return s;
  if (absl::Status s = CheckDTypes(op, inputs); !s.ok()) return s;
  if (absl::Status s = CheckAttrs(op, attrs); !s.ok()) return s;
  InferContext context(*attrs, inputs);
  if (absl::Status s = op.infer(context); !s.ok()) return s;
  for (const ValueType& type : context.outputs()) {
    if (absl::Status s = type.shape.Validate(); !s.ok()) {
      return InferContext::Fail(absl::StrCat(op.label, "_size"), s.message());
    }
  }
  return context.outputs();
}

OpCost CostOf(const OpDef& op, const CostContext& context, absl::Span<const size_t> input_bytes,
              absl::Span<const size_t> output_bytes) {
  OpCost cost;
  if (op.cost != nullptr) {
    cost = op.cost(context);
    if (cost.bytes > 0) return cost;  // else it only knows better about arithmetic
  } else {
    if (op.Has(kView) || op.Has(kStructural)) return cost;
    const auto& counted = op.Has(kReduction) ? context.inputs : context.outputs;
    if (!counted.empty()) cost.flops = static_cast<double>(NumElements(counted[0]));
  }
  for (size_t b : input_bytes) cost.bytes += static_cast<double>(b);
  for (size_t b : output_bytes) cost.bytes += static_cast<double>(b);
  return cost;
}

}  // namespace dagrad
