#include "dagrad/io/onnx/export/rows/scan.h"

#include <string>

#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {

void SetInfo(const Var& value, proto::ValueInfo* info) {
  info->set_name(value.name);
  proto::Type::TensorType* const type = info->mutable_type()->mutable_tensor_type();
  type->set_elem_type(DataTypeOf(value.dtype));
  for (int axis = 0; axis < value.rank; ++axis) type->mutable_shape()->add_dim();
  if (value.rank == 0) type->mutable_shape();
}

std::vector<Var> AddInputs(NodeExport& inner, const std::vector<Var>& outside, const char* name,
                           proto::Graph* graph) {
  std::vector<Var> inputs;
  for (const Var& value : outside) {
    inputs.push_back({&inner, inner.writer()->names()->Unique(name), value.dtype});
    SetInfo(inputs.back(), graph->add_input());
  }
  return inputs;
}

void AddOutput(NodeExport& inner, const Var& value, proto::Graph* graph) {
  Var output = inner.Copy(value);
  output.rank = value.rank;
  SetInfo(output, graph->add_output());
}

std::vector<Var> Scan(NodeExport& c, const std::vector<Var>& carried,
                      const std::vector<Var>& slices, bool reverse, const WriteStep& step) {
  proto::Graph body;
  body.set_name("step");
  NodeWriter writer(body.mutable_node(), c.writer()->names());
  NodeExport inner(c.node(), c.opset(), {}, &writer, nullptr);
  const std::vector<Var> before = AddInputs(inner, carried, "carried", &body);
  const Step made = step(inner, before, AddInputs(inner, slices, "slice", &body));
  std::vector<Var> results = made.carried;
  results.insert(results.end(), made.outputs.begin(), made.outputs.end());
  for (Var& result : results) {
    AddOutput(inner, result, &body);
    result.c = &c;
  }
  std::vector<Var> inputs = carried;
  inputs.insert(inputs.end(), slices.begin(), slices.end());
  const std::vector<int64_t> in_directions(slices.size(), reverse ? 1 : 0);
  const std::vector<int64_t> out_directions(made.outputs.size(), reverse ? 1 : 0);
  std::vector<Var> all = c.Ops("Scan", inputs,
                               {{"body", body},
                                {"num_scan_inputs", static_cast<int64_t>(slices.size())},
                                {"scan_input_directions", in_directions},
                                {"scan_output_directions", out_directions}},
                               static_cast<int>(results.size()));
  for (size_t i = 0; i < all.size(); ++i) all[i].dtype = results[i].dtype;
  return all;
}

}  // namespace dagrad::onnx
