#include "dagrad/io/onnx/written.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/ops/table.h"

namespace dagrad::onnx {
namespace {

using Symbols = absl::btree_map<std::string, Dim>;

// The only node of the function that is no input; null if there is another, or its inputs are not
// the function's in order.
const Node* OnlyNode(const Function& f) {
  if (f.nodes.empty() || f.inputs.size() + 1 != f.nodes.size() || !f.updates.empty() ||
      f.outputs.empty()) {
    return nullptr;
  }
  const Node& node = f.nodes.back();
  if (node.op->Has(kStructural) || node.inputs.size() != f.inputs.size()) return nullptr;
  for (size_t i = 0; i < f.inputs.size(); ++i) {
    if (node.inputs[i].node != f.inputs[i]) return nullptr;
  }
  const auto id = static_cast<NodeId>(f.nodes.size() - 1);
  const bool are_its_outputs =
      std::all_of(f.outputs.begin(), f.outputs.end(),
                  [id](const Function::Output& o) { return o.value.node == id; });
  return are_its_outputs ? &node : nullptr;
}

// Whether `written` with its symbols replaced is `actual`; adds what they stand for.
bool Unify(const ValueType& written, const ValueType& actual, Symbols* symbols) {
  if (written.dtype != actual.dtype || written.shape.rank() != actual.shape.rank()) return false;
  for (int a = 0; a < written.shape.rank(); ++a) {
    const Dim &dim = written.shape.dim(a), &is = actual.shape.dim(a);
    if (dim.is_known() && !(dim == is)) return false;
    absl::btree_set<std::string> names;
    dim.CollectSymbols(&names);
    if (names.size() != 1 || *names.begin() != dim.ToString()) continue;  // no symbol alone
    if (!(symbols->emplace(*names.begin(), is).first->second == is)) return false;
  }
  return true;
}

AttrMap Substituted(const AttrMap& attrs, const Symbols& symbols) {
  AttrMap result = attrs;
  for (const AttrMap::Entry& entry : attrs.entries()) {
    if (const Shape* shape = entry.value.get_if<Shape>())
      result.Set(entry.name, shape->Substitute(symbols));
  }
  return result;
}

// Whether an op that works element by element can take its inputs with their channels at the end.
bool AreChannelsLast(const Node& node, const std::vector<ImportedPtr>& inputs) {
  if (!node.op->Has(kElementwise) || node.inputs.empty()) return false;
  const int rank = node.outputs[0].shape.rank();
  bool any = false;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int r = TypeOf(*inputs[i]).shape.rank();
    if (r == 0) continue;
    if (r != rank || rank < 3 || !inputs[i]->channels_last.valid()) return false;
    any = true;
  }
  return any;
}

}  // namespace

Written ReadWritten(const proto::Model& model) {
  Written w;
  if (model.producer_name() != "dagrad") return w;
  for (const proto::StringEntry& entry : model.metadata_props()) {
    absl::string_view key = entry.key();
    if (!absl::ConsumePrefix(&key, "dagrad.")) continue;
    w.is_dagrads = true;
    const auto name = [&key] { return std::string(key); };
    if (key == "function") {
      w.function = entry.value();
    } else if (key == "model") {
      w.model = entry.value();
    } else if (absl::ConsumePrefix(&key, "state.")) {
      w.states[name()] = entry.value() == "trainable";
    } else if (absl::ConsumePrefix(&key, "update.")) {
      w.updates[name()] = entry.value();
    } else if (absl::ConsumePrefix(&key, "output.")) {
      w.outputs[name()] = entry.value();
    } else if (absl::ConsumePrefix(&key, "metadata.")) {
      w.metadata[name()] = entry.value();
    }
  }
  return w;
}

std::optional<Function> ReadWrittenOp(const proto::Function& function,
                                      const dagrad::ReadLimits& limits) {
  if (function.domain() != kDagradDomain) return std::nullopt;
  for (const proto::StringEntry& entry : function.metadata_props()) {
    if (entry.key() != kFunctionMetadata) continue;
    absl::StatusOr<Model> model = ParseModelText(entry.value(), ops::FindOp, limits);
    if (!model.ok() || model->functions.size() != 1 || !model->states.empty()) return std::nullopt;
    Function& f = model->functions[0];
    if (OnlyNode(f) == nullptr || static_cast<int>(f.outputs.size()) != function.output_size())
      return std::nullopt;
    return std::move(f);
  }
  return std::nullopt;
}

std::optional<std::vector<ImportedPtr>> ImportWrittenOp(const Function& op,
                                                        const std::vector<ImportedPtr>& inputs,
                                                        GraphBuilder* builder) {
  const Node& node = *OnlyNode(op);
  if (inputs.size() < node.inputs.size()) return std::nullopt;
  Symbols symbols;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (inputs[i] == nullptr || inputs[i]->sequence.has_value() ||
        !Unify(op.type(node.inputs[i]), TypeOf(*inputs[i]), &symbols)) {
      return std::nullopt;
    }
  }
  const bool last = AreChannelsLast(node, inputs);
  std::vector<Value> operands;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    operands.push_back(last ? MaterializeChannelsLast(builder, inputs[i].get())
                            : Materialize(builder, inputs[i].get()));
  }
  const Value first = builder->AddNode(*node.op, operands, Substituted(node.attrs, symbols),
                                       SourceLocation::Current());
  const std::vector<Value> values = builder->Outputs(first, static_cast<int>(node.outputs.size()));
  std::vector<ImportedPtr> outputs;
  for (const Function::Output& output : op.outputs) {
    outputs.push_back(std::make_shared<Imported>());
    const Value& value = values[static_cast<size_t>(output.value.port)];
    (last ? outputs.back()->channels_last : outputs.back()->value) = value;
  }
  return outputs;
}

}  // namespace dagrad::onnx
