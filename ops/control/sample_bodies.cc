#include "dagrad/ops/control/sample_bodies.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"

namespace dagrad::ops {

BodyPtr SampleBody(absl::Span<const ValueType> inputs,
                   absl::FunctionRef<Values(absl::Span<const Value>)> make) {
  GraphBuilder builder("sample");
  std::vector<Value> values;
  for (size_t i = 0; i < inputs.size(); ++i)
    values.push_back(builder.Input(absl::StrCat("in", i), inputs[i].dtype, inputs[i].shape));
  const Values outputs = make(values);
  for (size_t i = 0; i < outputs.size(); ++i) builder.Output(absl::StrCat("out", i), outputs[i]);
  absl::StatusOr<Function> function = builder.Build();
  if (!function.ok()) return nullptr;  // the suites refuse a sample without its function
  return Body::Make(*std::move(function)).value_or(nullptr);
}

std::vector<InputSample> ScalarsOfAllDTypes() {
  std::vector<InputSample> inputs;
  for (const ValueType& type : TypesOfAllDTypes())
    inputs.push_back(InputSample::Of(type.dtype, Dims(), 0, 9));
  return inputs;
}

std::vector<ValueType> TypesOfAllDTypes() {
  std::vector<ValueType> types;
  for (DType dtype : kAllDTypes) {
    if (dtype != DType::kBool) types.push_back({dtype, {}});
  }
  types.push_back({DType::kBool, {}});
  return types;
}

}  // namespace dagrad::ops
