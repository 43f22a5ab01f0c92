#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/rewrite/constant.h"
#include "dagrad/runtime/compile/rewrite/pass.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::runtime {
namespace {

constexpr ByteSize kMaxBytes(64 << 20);
// A constant stays in memory for good, an intermediate value does not: results above this size must
// not be much larger than what they are computed from.
constexpr ByteSize kMaxGrownBytes(1 << 20);
constexpr int kMaxGrowth = 2;

// The constants that the node is computed from; false if an input is none.
bool CollectInputs(GraphEditor& editor, const Node& node, std::vector<Tensor>* inputs) {
  inputs->clear();
  for (ValueRef in : node.inputs) {
    const Tensor* value = ConstantValue(editor.producer(in));
    if (value == nullptr) return false;
    inputs->push_back(*value);
  }
  return true;
}

// Too large where it is not known now.
ByteSize OutputBytes(const Node& node) {
  const absl::StatusOr<Dims> dims = node.outputs[0].shape.Bind({});
  if (!dims.ok() || !CheckedNumElements(*dims).ok()) return ByteSize(-1);
  return ByteSize(DTypeSize(node.outputs[0].dtype)) * NumElements(*dims);
}

bool WorthKeeping(ByteSize bytes, const std::vector<Tensor>& inputs) {
  ByteSize input_bytes;
  for (const Tensor& t : inputs) input_bytes += ByteSize(t.byte_size());
  return bytes <= kMaxBytes && (bytes <= kMaxGrownBytes || bytes <= kMaxGrowth * input_bytes);
}

}  // namespace

absl::Status FoldConstants(GraphEditor& editor) {
  if (editor.constant_op() == nullptr) return absl::OkStatus();
  std::vector<Tensor> inputs;
  const std::vector<NodeId> order = editor.Order();
  for (NodeId id : order) {
    if (!editor.alive(id)) continue;
    const Node& node = editor.node(id);
    // How long functions within a node run is not known.
    if (node.op->Has(kStructural) || node.op->Has(kControl) || node.outputs.size() != 1 ||
        ConstantValue(node) != nullptr)
      continue;
    if (!CollectInputs(editor, node, &inputs)) continue;
    const ByteSize bytes = OutputBytes(node);
    if (!WorthKeeping(bytes, inputs)) continue;
    DAGRAD_RETURN_IF_ERROR(editor.budget().Check());
    DAGRAD_RETURN_IF_ERROR(
        editor.budget().Take(static_cast<int64_t>(bytes.value()), "folding constants"));
    // What can't be computed now gives its error when it is run, if it is.
    absl::StatusOr<std::vector<Tensor>> outputs =
        EvaluateNode(node, inputs, {}, editor.kernel_mode());
    if (!outputs.ok()) continue;
    DAGRAD_RETURN_IF_ERROR(
        editor.ReplaceNode(id, *editor.constant_op(), {}, {{"value", (*outputs)[0]}}));
    editor.Record("fold_constants", id,
                  inputs.empty() ? "depends on nothing"
                                 : absl::StrCat("its ", inputs.size(), " inputs are constants"));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
