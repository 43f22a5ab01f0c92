#ifndef DAGRAD_OPS_CONTROL_SAMPLE_BODIES_H_
#define DAGRAD_OPS_CONTROL_SAMPLE_BODIES_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "dagrad/graph/body.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/samples.h"

// For the samples of control flow.
namespace dagrad::ops {

// A body with inputs "in0", "in1", … of these types and the outputs that `make` gives.
BodyPtr SampleBody(absl::Span<const ValueType> inputs,
                   absl::FunctionRef<Values(absl::Span<const Value>)> make);
// An input and a scalar of each dtype.
std::vector<InputSample> ScalarsOfAllDTypes();
std::vector<ValueType> TypesOfAllDTypes();

}  // namespace dagrad::ops

#endif  // DAGRAD_OPS_CONTROL_SAMPLE_BODIES_H_
