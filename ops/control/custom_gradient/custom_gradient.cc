#include "dagrad/ops/control/custom_gradient/custom_gradient.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/call/call.h"
#include "dagrad/ops/control/custom_gradient/custom_gradient_internal.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/shape/identity/identity.h"

namespace dagrad {
namespace {

using Types = std::vector<ValueType>;

// Those of floating dtypes, and those that a graph has that has failed.
Types Floating(const Types& types) {
  Types floating;
  for (const ValueType& type : types) {
    if (IsFloating(type.dtype) || type.dtype == DType::kInvalid) floating.push_back(type);
  }
  return floating;
}

// The inputs of `gradient` from the operands of the node, of which the first `count` are
// differentiated, and its outputs. T is a type or a value.
template <typename T>
std::vector<T> InputsOfGradient(const std::vector<T>& operands, int64_t count,
                                const std::vector<T>& outputs, const std::vector<T>& cotangents) {
  std::vector<T> inputs(operands.begin(), operands.begin() + count);
  inputs.insert(inputs.end(), outputs.begin(), outputs.end());
  inputs.insert(inputs.end(), cotangents.begin(), cotangents.end());
  inputs.insert(inputs.end(), operands.begin() + count, operands.end());
  return inputs;
}

absl::Status CheckGradientTypes(const Types& types, const Types& wanted) {
  if (types.size() != wanted.size()) {
    return InferContext::Fail("custom_gradient_c3",
                              absl::StrCat("gradient has ", types.size(), " outputs for ",
                                           wanted.size(), " operands of floating type"));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] == wanted[i]) continue;
    return InferContext::Fail("custom_gradient_c3",
                              absl::StrCat("output ", i, " of gradient is ", types[i].ToString(),
                                           ", the operand ", wanted[i].ToString()));
  }
  return absl::OkStatus();
}

absl::Status Infer(InferContext& c) {
  Types operands;
  for (int i = 0; i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  const int64_t count = c.attr<int64_t>("num_operands");
  if (count < 0 || count > c.num_inputs()) {
    return InferContext::Fail("custom_gradient_c4", absl::StrCat("num_operands = ", count, " of ",
                                                                 c.num_inputs(), " operands"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Types outputs,
                          ops::InferBody(c, "function", operands, "custom_gradient_c1"));
  DAGRAD_ASSIGN_OR_RETURN(
      const Types grads,
      ops::InferBody(c, "gradient", InputsOfGradient(operands, count, outputs, Floating(outputs)),
                     "custom_gradient_c2"));
  DAGRAD_RETURN_IF_ERROR(
      CheckGradientTypes(grads, Floating(Types(operands.begin(), operands.begin() + count))));
  for (size_t i = 0; i < outputs.size(); ++i)
    c.SetOutput(static_cast<int>(i), outputs[i].dtype, outputs[i].shape);
  return absl::OkStatus();
}

// A call of `gradient`; zeros for what derivatives take as constants, those of second order too.
absl::Status Gradient(GradContext& c) {
  const auto count = static_cast<int>(c.attr<int64_t>("num_operands"));
  std::vector<Value> operands, outputs;
  for (int i = 0; i < c.num_inputs(); ++i)
    operands.push_back(i < count ? c.input(i) : StopGradient(c.input(i)));
  for (int i = 0; i < c.num_outputs(); ++i) outputs.push_back(c.output(i));
  const std::vector<Value> grads =
      Call(c.attr<BodyPtr>("gradient"),
           InputsOfGradient(operands, count, outputs, ops::FloatingCotangents(c, c.num_outputs())));
  size_t next = 0;
  for (int i = 0; i < c.num_inputs(); ++i) {
    const ValueType type = operands[i].type();
    if (!IsFloating(type.dtype)) continue;
    const bool constant = i >= count;
    if (c.needs_grad(i))
      c.SetGrad(i, constant ? Full(c.builder(), type.dtype, type.shape, 0) : grads[next]);
    if (!constant) ++next;
  }
  return absl::OkStatus();
}

OpCost Cost(const CostContext& c) { return ops::CostOfRuns(c, "function", c.inputs, 1); }

OpDef Make() {
  return {.name = "CustomGradient",
          .label = "custom_gradient",
          .doc =
              "The outputs of a function for these operands, with another function as its "
              "gradient.\n"
              "Values from outside, behind the first num_operands, are constants to it.",
          .inputs = {{.name = "operands",
                      .dtypes = kAnyType,
                      .doc = "what the inputs of the function are, in its order",
                      .variadic = true}},
          .outputs = {{.name = "outputs",
                       .dtypes = kAnyType,
                       .doc = "those of the function, in its order",
                       .variadic = true}},
          .attrs = {{"function", AttrKind::kFunction, std::nullopt, "the function to run"},
                    {"gradient", AttrKind::kFunction, std::nullopt,
                     "from the operands, the outputs, a cotangent of each floating output and the "
                     "values from outside: a cotangent of each floating operand"},
                    {"num_operands", AttrKind::kInt, std::nullopt,
                     "how many operands are differentiated by"}},
          .traits = kControl,
          .constraints = {{"custom_gradient_c1", "the operands fit the inputs of function"},
                          {"custom_gradient_c2",
                           "operands, outputs and cotangents fit the inputs of gradient"},
                          {"custom_gradient_c3",
                           "the outputs of gradient have the types of the floating operands"},
                          {"custom_gradient_c4", "num_operands is at most the number of operands"}},
          .infer = Infer,
          .gradient = Gradient,
          .make_kernel = ops::MakeCallKernel,
          .cost = Cost,
          .samples = ops::custom_gradient_internal::MakeSamples};
}

std::vector<std::string> Numbered(absl::string_view name, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(absl::StrCat(name, i));
  return names;
}

}  // namespace

namespace ops {
const OpDef& CustomGradientOp() { return Singleton<Make>(); }
}  // namespace ops

std::vector<Value> CustomGradient(
    absl::Span<const Value> operands,
    absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value> x)> forward,
    absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value> x, absl::Span<const Value> y,
                             absl::Span<const Value> cotangents)>
        backward,
    SourceLocation location) {
  const size_t n = operands.size();
  ops::BodiesOfNode bodies(ops::BuilderOf(operands));
  const Types x_types = ops::TypesOf(operands);
  if (n > 0 && Floating(x_types).empty()) {
    bodies.outer()->Fail("CustomGradient", location,
                         "has no operand of floating type: nothing is differentiated by");
  }
  Types y_types;
  bodies.Add("function", Numbered("x", n), x_types,
             [&](GraphBuilder& body, absl::Span<const Value> x) {
               Values y = forward(body, x);
               y_types = ops::TypesOf(y);
               return y;
             });
  const Types dy_types = Floating(y_types);
  const size_t m = y_types.size();
  std::vector<std::string> names = Numbered("x", n);
  for (const std::string& name : Numbered("y", m)) names.push_back(name);
  for (const std::string& name : Numbered("cotangent", dy_types.size())) names.push_back(name);
  bodies.Add("gradient", names,
             InputsOfGradient(x_types, static_cast<int64_t>(n), y_types, dy_types),
             [&](GraphBuilder& body, absl::Span<const Value> in) {
               return backward(body, in.subspan(0, n), in.subspan(n, m), in.subspan(n + m));
             });
  const std::vector<BodyPtr> made = bodies.Build();
  std::vector<Value> all(operands.begin(), operands.end());
  all.insert(all.end(), bodies.captures().begin(), bodies.captures().end());
  GraphBuilder* builder = bodies.outer();
  const Value first = builder->AddNode(
      ops::CustomGradientOp(), all,
      {{"function", made[0]}, {"gradient", made[1]}, {"num_operands", static_cast<int64_t>(n)}},
      location);
  return bodies.Outputs(first, m);
}

}  // namespace dagrad
