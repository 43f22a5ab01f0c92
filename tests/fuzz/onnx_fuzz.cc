// Models of ONNX: structure-aware mutants, imported and then used as any other model.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "dagrad/graph/serialize.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/node_import.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/fuzz/message_mutator.h"
#include "dagrad/tests/fuzz/model_target.h"

namespace dagrad::tests {
namespace {

namespace proto = onnx::proto;

// Values for the inputs of integers, of as many elements as the file says.
std::map<std::string, Tensor> SomeConstants(const proto::Graph& graph, Rng* rng) {
  std::map<std::string, Tensor> constants;
  for (const proto::ValueInfo& input : graph.input()) {
    const auto& type = input.type().tensor_type();
    constexpr int32_t kInt64 = 7;
    if (type.elem_type() != kInt64 || type.shape().dim_size() > 2) continue;
    Dims dims;
    for (const auto& d : type.shape().dim()) dims.push_back(d.dim_value() % 5);
    absl::StatusOr<Tensor> tensor = Tensor::Zeros(DType::kInt64, dims);
    if (!tensor.ok()) continue;
    for (int64_t& v : tensor->mutable_data<int64_t>())
      v = OneIn(4, rng) ? HostileInt(rng) : static_cast<int64_t>(Below(6, rng)) - 1;
    constants[input.name()] = *std::move(tensor);
  }
  return constants;
}

void Try(absl::string_view bytes) {
  Rng rng(SeedOf(bytes));
  onnx::ReadLimits limits;
  limits.budget = InputBudget();
  const auto model = onnx::ParseModel(bytes, limits);
  CheckAnswer(model.status());
  if (!model.ok()) return;
  io::ImportOnnxOptions options = {.limits = limits};
  if (OneIn(2, &rng)) options.weights = io::ImportOnnxOptions::Weights::kConstant;
  auto loaded = io::ImportOnnx(*model, "", options);
  if (onnx::IsNeedOfConstant(loaded.status())) {
    options.constants = SomeConstants(model->graph(), &rng);
    loaded = io::ImportOnnx(*model, "", options);
  }
  CheckAnswer(loaded.status());
  if (!loaded.ok()) return;
  // What is imported can be written: it is a model like any other.
  const absl::StatusOr<std::string> written = SerializeModel(loaded->model);
  if (!written.ok()) Finding(written.status().ToString());
  TryModel(*written, ModelFormat::kBinary);
}

std::string SomeRow(Rng* rng) {
  static const auto* const names = [] {
    auto* list = new std::vector<std::string>;
    for (absl::string_view name : onnx::RowNames()) list->emplace_back(name);
    return list;
  }();
  return Pick(*names, rng);
}

// A name that stands in the graph.
std::string SomeName(const proto::Graph& graph, Rng* rng) {
  std::vector<std::string> names;
  for (const auto& v : graph.input()) names.push_back(v.name());
  for (const auto& v : graph.initializer()) names.push_back(v.name());
  for (const auto& n : graph.node())
    names.insert(names.end(), n.output().begin(), n.output().end());
  return names.empty() ? "" : Pick(names, rng);
}

void Mutate(proto::Model* model, Rng* rng) {
  const uint64_t changes = 1 + Below(OneIn(3, rng) ? 7 : 2, rng);
  for (uint64_t i = 0; i < changes; ++i) {
    proto::Graph* graph = model->mutable_graph();
    if (graph->node_size() == 0 || OneIn(2, rng)) {
      ChangeAnyField(
          model,
          [&](const google::protobuf::FieldDescriptor& field, Rng* r) {
            if (field.name() == "op_type") return SomeRow(r);
            const bool is_name = field.name() == "input" || field.name() == "output";
            return is_name ? SomeName(*graph, r) : HostileText(r);
          },
          rng);
      continue;
    }
    proto::Node* node = PickMutable(graph->mutable_node(), rng);
    switch (Below(4, rng)) {
      case 0:
        node->set_op_type(SomeRow(rng));
        if (OneIn(2, rng)) node->clear_attribute();
        break;
      case 1:
        if (node->input_size() > 0)
          *PickMutable(node->mutable_input(), rng) = SomeName(*graph, rng);
        break;
      case 2:
        if (model->opset_import_size() > 0)
          model->mutable_opset_import(0)->set_version(static_cast<int64_t>(Below(30, rng)));
        break;
      default:
        if (node->attribute_size() > 0) {
          proto::Attribute* a = PickMutable(node->mutable_attribute(), rng);
          if (a->ints_size() > 0) {
            a->set_ints(IndexBelow(a->ints_size(), rng), HostileInt(rng));
          } else {
            a->set_i(HostileInt(rng));
          }
        }
    }
  }
}

}  // namespace
}  // namespace dagrad::tests

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dagrad::tests::Try(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  dagrad::tests::Rng rng(seed);
  dagrad::onnx::proto::Model model;
  if (dagrad::tests::OneIn(10, &rng) || !model.ParseFromArray(data, static_cast<int>(size)))
    return LLVMFuzzerMutate(data, size, max_size);
  dagrad::tests::Mutate(&model, &rng);
  const std::string bytes = model.SerializeAsString();
  if (bytes.size() > max_size) return size;
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}
