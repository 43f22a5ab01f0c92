// Values that are computed when a model is imported.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/op.h"
#include "dagrad/io/onnx/graph_import.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kMostFolded = int64_t{1} << 22;  // elements of a value that is computed at import

// Takes the elements that the function computes from `left`; false, taking none, where that or its
// operations are too many for the import.
bool TakeWork(const Function& f, int64_t* left) {
  constexpr double kMostFlops = 1 << 28;
  const Dims unknown = {1 << 16};  // of what depends on data
  int64_t elements = 0;
  double flops = 0;
  for (const Node& node : f.nodes) {
    std::vector<Dims> in, out;
    for (const ValueRef& v : node.inputs) in.push_back(f.type(v).shape.Bind({}).value_or(unknown));
    for (const ValueType& type : node.outputs) {
      out.push_back(type.shape.Bind({}).value_or(unknown));
      const absl::StatusOr<int64_t> count = CheckedNumElements(out.back());
      if (!count.ok() || *count > *left - elements) return false;
      elements += *count;
    }
    flops += CostOf(*node.op, {node.attrs, in, out}, {}, {}).flops;
  }
  if (flops > kMostFlops) return false;
  *left -= elements;
  return true;
}

}  // namespace

bool GraphImport::Fold(const proto::Node& node, const Row& row, int64_t version,
                       const std::vector<ImportedPtr>& inputs, std::vector<ImportedPtr>* outputs) {
  std::vector<ImportedPtr> copies;
  for (const ImportedPtr& v : inputs) {
    if (v == nullptr) {
      copies.push_back(nullptr);
      continue;
    }
    if (!v->IsFixed() || v->constant->num_elements() > kMostFolded) return false;
    copies.push_back(std::make_shared<Imported>());
    copies.back()->constant = v->constant;
  }
  GraphBuilder builder("fold");
  NodeImport c(node, version, &builder, copies, &external_);
  row.import(c);
  if (!c.ok()) return false;
  std::vector<ImportedPtr> results(c.outputs().size());
  for (size_t i = 0; i < results.size(); ++i) {
    const ImportedPtr& v = c.outputs()[i];
    if (v == nullptr) continue;
    if (v->sequence.has_value()) return false;
    if (v->constant.has_value()) {
      results[i] = v;
      continue;
    }
    const Value value = Materialize(&builder, v.get());
    const Dim elements = value.shape().NumElements();
    if (!builder.ok() || !elements.is_known() || elements.value() > kMostFolded) return false;
    builder.Output(absl::StrCat(i), value);
  }
  const absl::StatusOr<Function> function = builder.Build();
  if (!function.ok() || !TakeWork(*function, &foldable_)) return false;
  const auto values = runtime::EvaluateFunction(*function, {});
  if (!values.ok()) return false;
  for (const auto& [index, tensor] : values->outputs) {
    const size_t i = std::stoul(index);
    results[i] = std::make_shared<Imported>();
    results[i]->constant = tensor;
  }
  *outputs = std::move(results);
  return true;
}

}  // namespace dagrad::onnx
