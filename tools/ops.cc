// dagrad ops
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/table.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

using Row = std::vector<std::string>;

constexpr JsonStyle kStyle = {.indent = 2, .ascii = true, .sort_keys = false};

// That the texts of all ops take, at most.
constexpr int64_t kTextBytes = 1 << 20;

constexpr std::pair<Trait, absl::string_view> kTraits[] = {{kElementwise, "elementwise"},
                                                           {kCommutative, "commutative"},
                                                           {kReduction, "reduction"},
                                                           {kInPlace, "in place"},
                                                           {kView, "view"},
                                                           {kRandom, "random"},
                                                           {kStructural, "structural"},
                                                           {kControl, "control"},
                                                           {kMovesElements, "moves elements"},
                                                           {kBindsDim, "binds a dimension"}};

std::vector<std::string> TraitsOf(const OpDef& op) {
  std::vector<std::string> names;
  for (const auto& [trait, name] : kTraits) {
    if (op.Has(trait)) names.emplace_back(name);
  }
  return names;
}

// Inputs to which the gradient flows.
std::vector<std::string> GradientInputs(const OpDef& op) {
  std::vector<std::string> names;
  for (const PortSpec& port : op.inputs) {
    const bool is_float = (port.dtypes & kFloatTypes) != DTypeSet();
    if (op.gradient != nullptr && port.differentiable && is_float) names.emplace_back(port.name);
  }
  return names;
}

// ---- Text.

std::string OrNone(const std::vector<std::string>& names) {
  return names.empty() ? "none" : absl::StrJoin(names, ", ");
}

Row RowOf(const PortSpec& port) {
  std::string type = port.dtypes.ToString();
  if (!port.type_variable.empty()) type = absl::StrCat(port.type_variable, ": ", type);
  std::string doc(port.doc);
  if (port.variadic) absl::StrAppend(&doc, " (one or more)");
  if (port.optional) absl::StrAppend(&doc, " (may be left out)");
  if (!port.in_place_of.empty()) absl::StrAppend(&doc, " (in place of ", port.in_place_of, ")");
  return {std::string(port.name), type, doc};
}

Row RowOf(const AttrSpec& attr) {
  return {std::string(attr.name), std::string(AttrKindName(attr.kind)),
          attr.default_value.has_value() ? absl::StrCat("= ", attr.default_value->ToString())
                                         : "needed",
          std::string(attr.doc)};
}

Row RowOf(const Constraint& constraint) {
  return {std::string(constraint.label), std::string(constraint.text)};
}

// Columns under a heading; nothing if there are no rows.
template <typename Specs>
void AppendTable(absl::string_view heading, const Specs& specs, std::string* out) {
  if (specs.empty()) return;
  std::vector<Row> rows;
  for (const auto& spec : specs) rows.push_back(RowOf(spec));
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  absl::StrAppend(out, "\n", heading, "\n");
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i)
      absl::StrAppend(out, "  ", row[i], std::string(widths[i] - row[i].size(), ' '));
    absl::StrAppend(out, "  ", row.back(), "\n");
  }
}

std::string TextOf(const OpDef& op) {
  std::string out = absl::StrCat(op.name, ", version ", op.version);
  if (!op.former_names.empty())
    absl::StrAppend(&out, ", formerly also ", absl::StrJoin(op.former_names, ", "));
  absl::StrAppend(&out, "\n\n", op.doc, "\n");
  AppendTable("inputs", op.inputs, &out);
  AppendTable("outputs", op.outputs, &out);
  AppendTable("attributes", op.attrs, &out);
  AppendTable("constraints", op.constraints, &out);
  absl::StrAppend(&out, "\ntraits    ", OrNone(TraitsOf(op)), "\ngradient  ",
                  OrNone(GradientInputs(op)), "\n");
  return out;
}

std::string TextOfAll() {
  size_t width = 0;
  for (const OpDef* op : ops::AllOps()) width = std::max(width, op->name.size());
  std::string out;
  for (const OpDef* op : ops::AllOps()) {
    const std::vector<absl::string_view> lines = absl::StrSplit(op->doc, '\n');
    absl::StrAppend(&out, op->name, std::string(width + 2 - op->name.size(), ' '), lines[0], "\n");
  }
  return out;
}

// ---- JSON.

Json JsonOf(const PortSpec& port) {
  const std::vector<std::string> dtypes =
      absl::StrSplit(port.dtypes.ToString(), '|', absl::SkipEmpty());
  return {{"name", std::string(port.name)},
          {"doc", std::string(port.doc)},
          {"dtypes", JsonList(dtypes)},
          {"type_variable", std::string(port.type_variable)},
          {"variadic", port.variadic},
          {"optional", port.optional},
          {"in_place_of", std::string(port.in_place_of)}};
}

Json JsonOf(const AttrSpec& attr) {
  boost::json::object j = {{"name", std::string(attr.name)},
                           {"doc", std::string(attr.doc)},
                           {"kind", std::string(AttrKindName(attr.kind))},
                           {"default", nullptr}};
  if (attr.default_value.has_value()) j["default"] = attr.default_value->ToString();
  return j;
}

Json JsonOf(const Constraint& constraint) {
  return {{"label", std::string(constraint.label)}, {"text", std::string(constraint.text)}};
}

template <typename Specs>
Json ListOf(const Specs& specs) {
  boost::json::array list;
  for (const auto& spec : specs) list.push_back(JsonOf(spec));
  return list;
}

Json JsonOf(const OpDef& op) {
  const std::vector<std::string> former(op.former_names.begin(), op.former_names.end());
  return {{"name", std::string(op.name)},     {"version", op.version},
          {"former_names", JsonList(former)}, {"doc", std::string(op.doc)},
          {"inputs", ListOf(op.inputs)},      {"outputs", ListOf(op.outputs)},
          {"attributes", ListOf(op.attrs)},   {"constraints", ListOf(op.constraints)},
          {"traits", JsonList(TraitsOf(op))}, {"gradient", JsonList(GradientInputs(op))}};
}

Json JsonOfAll() {
  boost::json::array list;
  for (const OpDef* op : ops::AllOps()) list.push_back(JsonOf(*op));
  return list;
}

absl::Status UnknownOp(absl::string_view name) {
  std::vector<std::string> known;
  for (const OpDef* op : ops::AllOps()) known.emplace_back(op->name);
  const std::string nearest = Nearest(name, known);
  return NotFoundError(absl::StrCat("there is no op \"", Printable(name), "\"",
                                    nearest.empty()
                                        ? "; see dagrad ops"
                                        : absl::StrCat(", perhaps \"", nearest, "\" was meant")));
}

absl::Status Ops(const Args& args, Console* console) {
  DAGRAD_RETURN_IF_ERROR(args.budget.Check());
  DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease,
                          args.budget.Lend(kTextBytes, "the description of the ops"));
  const bool json = args.Has("--json");
  if (args.operands.empty()) {
    console->out = json ? JsonText(JsonOfAll(), kStyle) + "\n" : TextOfAll();
    return absl::OkStatus();
  }
  const OpDef* op = ops::FindOp(args.operands[0]);
  if (op == nullptr) return UnknownOp(args.operands[0]);
  console->out = json ? JsonText(JsonOf(*op), kStyle) + "\n" : TextOf(*op);
  return absl::OkStatus();
}

}  // namespace

const Command& OpsCommand() {
  static const auto* const command = new Command{
      "ops",
      "[NAME]",
      "the ops that graphs are made of",
      "Lists all ops, or describes one: what it computes, its inputs, outputs and attributes with "
      "their\n"
      "defaults, what inference demands of them (the label stands in error messages), and the "
      "inputs to\n"
      "which a gradient flows. Ports with the same letter before their dtypes have one dtype.",
      {{"--json", "", "", "as JSON"}},
      Ops};
  return *command;
}

}  // namespace dagrad::tools
