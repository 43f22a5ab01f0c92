#include "dagrad/autodiff/checkpoint.h"

#include "absl/status/statusor.h"
#include "dagrad/graph/inline.h"
#include "dagrad/ops/control/call/call.h"

namespace dagrad {

std::vector<Value> Checkpoint(GraphBuilder* builder,
                              absl::FunctionRef<Values(GraphBuilder&)> function,
                              SourceLocation location) {
  ops::BodiesOfNode bodies(builder);
  size_t outputs = 0;
  bodies.Add("checkpoint", {}, {}, [&](GraphBuilder& body, absl::Span<const Value>) {
    Values values = function(body);
    outputs = values.size();
    return values;
  });
  const BodyPtr body = bodies.Build()[0];
  if (body == nullptr) return bodies.Outputs(Value(), outputs);
  if (!bodies.captures().empty()) return Call(body, bodies.captures(), location);
  // It depends on nothing, so there is nothing to keep or to compute again.
  absl::StatusOr<std::vector<Value>> values = Inline(body->function(), {}, bodies.outer());
  if (values.ok()) return *std::move(values);
  bodies.outer()->Fail(values.status());
  return bodies.Outputs(Value(), outputs);
}

}  // namespace dagrad
