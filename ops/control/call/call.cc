#include "dagrad/ops/control/call/call.h"

#include <utility>
#include <vector>

#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/call/call_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  std::vector<ValueType> operands;
  for (int i = 0; i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ValueType> types,
                          ops::InferBody(c, "function", operands, "call_c1"));
  for (size_t i = 0; i < types.size(); ++i)
    c.SetOutput(static_cast<int>(i), types[i].dtype, types[i].shape);
  return absl::OkStatus();
}

// ȳ goes to the inputs as the function's own reverse mode says.
absl::Status Gradient(GradContext& c) {
  std::vector<bool> needs;
  std::vector<Value> operands;
  for (int i = 0; i < c.num_inputs(); ++i) {
    needs.push_back(c.needs_grad(i));
    operands.push_back(c.input(i));
  }
  DAGRAD_ASSIGN_OR_RETURN(const BodyPtr vjp, c.Vjp(c.attr<BodyPtr>("function")->function(), needs));
  for (const Value& v : ops::FloatingCotangents(c, c.num_outputs())) operands.push_back(v);
  const std::vector<Value> grads = Call(vjp, operands);
  size_t next = 0;
  for (int i = 0; i < c.num_inputs() && next < grads.size(); ++i) {
    if (needs[i]) c.SetGrad(i, grads[next++]);
  }
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) { return ops::CostOfRuns(c, "function", c.inputs, 1); }

OpDef Make() {
  return {.name = "Call",
          .label = "call",
          .doc = "The outputs of a function for these operands.",
          .inputs = {{.name = "operands",
                      .dtypes = kAnyType,
                      .doc = "what the inputs of the function are, in its order",
                      .variadic = true}},
          .outputs = {{.name = "outputs",
                       .dtypes = kAnyType,
                       .doc = "those of the function, in its order",
                       .variadic = true}},
          .attrs = {{"function", AttrKind::kFunction, std::nullopt, "the function to run"}},
          .traits = kControl,
          .constraints = {{"call_c1", "the operands fit the inputs of the function"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::MakeCallKernel,
          .cost = Cost,
          .samples = ops::call_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& CallOp() { return Singleton<Make>(); }
}  // namespace ops

std::vector<Value> Call(const BodyPtr& function, absl::Span<const Value> operands,
                        SourceLocation location) {
  const size_t outputs = function == nullptr ? 0 : function->function().outputs.size();
  GraphBuilder* builder = ops::BuilderOf(operands);
  if (builder == nullptr) return std::vector<Value>(outputs);
  const Value first = builder->AddNode(ops::CallOp(), operands, {{"function", function}}, location);
  return builder->Outputs(first, static_cast<int>(outputs));
}

}  // namespace dagrad
