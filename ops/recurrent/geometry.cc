#include "dagrad/ops/recurrent/geometry.h"

namespace dagrad::ops::recurrent {

Geometry GeometryOf(const runtime::KernelRequest& request, int recurrent_kernel,
                    std::optional<int> mask) {
  const Dims& x = request.inputs[0].dims;
  const int64_t units = request.inputs[recurrent_kernel].dims[0];
  const int64_t time = x[0] == 0 ? 0 : x[1];  // no examples take no steps, however many there are
  const bool masked = mask.has_value() && static_cast<int>(request.inputs.size()) > *mask;
  return {x[0], time, x[2], units, request.attr<bool>("reverse"), masked ? *mask : -1};
}

// Fewer examples would read the matrices too often.
int ExampleShards(const Geometry& g) {
  constexpr int64_t kExamples = 16;
  const double cost = static_cast<double>(g.time) * (g.features + g.units) * g.units / 8;
  const int64_t groups = (g.batch + kExamples - 1) / kExamples;
  return runtime::ShardsFor(groups, cost * static_cast<double>(kExamples));
}

}  // namespace dagrad::ops::recurrent
