#include "dagrad/graph/op.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/nearest.h"

namespace dagrad {
namespace {

// "a, b and optionally mask", "one or more values"
std::string InputNames(const OpDef& op) {
  std::vector<std::string> names;
  for (const PortSpec& port : op.inputs)
    names.push_back(absl::StrCat(port.name, port.variadic ? "..." : ""));
  const size_t required = op.MinInputs();
  const std::string text = absl::StrJoin(absl::MakeConstSpan(names).subspan(0, required), ", ");
  if (required == names.size()) return text;
  return absl::StrCat(text, required > 0 ? " and " : "", "optionally ",
                      absl::StrJoin(absl::MakeConstSpan(names).subspan(required), ", "));
}

absl::Status CheckArity(const OpDef& op, size_t count) {
  const bool variadic = !op.inputs.empty() && op.inputs.back().variadic;
  const size_t least = op.MinInputs(), most = op.inputs.size();
  if (count >= least && (variadic || count <= most)) return absl::OkStatus();
  std::string wanted = absl::StrCat(variadic ? "at least " : "", least);
  if (!variadic && least < most) absl::StrAppend(&wanted, " to ", most);
  return InferContext::Fail(
      absl::StrCat(op.label, "_inputs"),
      absl::StrCat("takes ", wanted, most == 1 ? " input" : " inputs", most == 0 ? "" : " (",
                   InputNames(op), most == 0 ? ", " : "), ", count, " given"));
}

absl::Status CheckDTypes(const OpDef& op, absl::Span<const ValueType> inputs) {
  const std::string label = absl::StrCat(op.label, "_dtype");
  std::map<absl::string_view, size_t> first_of_variable;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PortSpec& port = op.InputPort(i);
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

absl::Status CheckOutputs(const OpDef& op, absl::Span<const ValueType> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (absl::Status s = outputs[i].shape.Validate(); !s.ok())
      return InferContext::Fail(absl::StrCat(op.label, "_size"), s.message());
    const PortSpec& port = op.OutputPort(i);
    if (port.dtypes.Contains(outputs[i].dtype)) continue;
    return InferContext::Fail(
        absl::StrCat(op.label, "_dtype"),
        absl::StrCat("output ", i, " (", port.name, ") would be ", outputs[i].ToString(),
                     "; possible: ", port.dtypes.ToString()));
  }
  return absl::OkStatus();
}

// The error that there is no attribute `name`: "has no attribute …, perhaps … was meant; known: …"
absl::Status UnknownAttr(const OpDef& op, absl::string_view name, absl::string_view label) {
  std::vector<std::string> known;
  for (const AttrSpec& spec : op.attrs) known.emplace_back(spec.name);
  return InferContext::Fail(
      label, absl::StrCat("has no attribute \"", name, "\"", PerhapsOf(name, known)));
}

absl::Status CheckAttrs(const OpDef& op, AttrMap* attrs) {
  const std::string label = absl::StrCat(op.label, "_attr");
  for (const AttrMap::Entry& e : attrs->entries()) {
    const AttrSpec* spec = op.FindAttr(e.name);
    if (spec == nullptr) return UnknownAttr(op, e.name, label);
    if (spec->kind != e.value.kind()) {
      return InferContext::Fail(
          label, absl::StrCat("attribute \"", e.name, "\" is of kind ",
                              AttrKindName(e.value.kind()), ", not ", AttrKindName(spec->kind)));
    }
    if (const BodyPtr* body = e.value.get_if<BodyPtr>(); body != nullptr && *body == nullptr)
      return InferContext::Fail(label, absl::StrCat("attribute \"", e.name, "\" is no function"));
  }
  for (const AttrSpec& spec : op.attrs) {
    if (attrs->Find(spec.name) != nullptr) continue;
    if (!spec.default_value.has_value()) {
      return InferContext::Fail(label, absl::StrCat("needs attribute \"", spec.name, "\"",
                                                    spec.doc.empty() ? "" : ": ", spec.doc));
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

size_t OpDef::MinInputs() const {
  size_t count = inputs.size();
  while (count > 0 && inputs[count - 1].optional) --count;
  return count;
}

bool OpDef::MayTakePlace(size_t output, size_t input) const {
  if (Has(kInPlace)) return true;
  const absl::string_view name = OutputPort(output).in_place_of;
  return !name.empty() && InputPort(input).name == name;
}

absl::StatusOr<std::vector<ValueType>> InferOp(const OpDef& op, absl::Span<const ValueType> inputs,
                                               AttrMap* attrs) {
  if (absl::Status s = CheckArity(op, inputs.size()); !s.ok()) return s;
  if (absl::Status s = CheckDTypes(op, inputs); !s.ok()) return s;
  if (absl::Status s = CheckAttrs(op, attrs); !s.ok()) return s;
  InferContext context(*attrs, inputs);
  if (absl::Status s = op.infer(context); !s.ok()) return s;
  if (absl::Status s = CheckOutputs(op, context.outputs()); !s.ok()) return s;
  return context.outputs();
}

absl::Status InferSameAsInput(InferContext& c) {
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
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
