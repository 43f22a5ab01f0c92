#include "dagrad/ops/control/while/while.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/loop_gradient.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/control/while/while_internal.h"
#include "dagrad/ops/creation/iota/iota.h"

namespace dagrad {
namespace {

using Ints = std::vector<int64_t>;

absl::Status InferCondition(const InferContext& c, absl::Span<const ValueType> operands) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ValueType> types,
                          ops::InferBody(c, "condition", operands, "while_c1"));
  if (types.size() == 1 && types[0] == ValueType{DType::kBool, {}}) return absl::OkStatus();
  return InferContext::Fail("while_c2",
                            absl::StrCat("condition gives ", types[0].ToString(),
                                         types.size() > 1 ? " and more" : "", ", not one bool"));
}

absl::Status CheckKept(const Ints& kept, size_t carried, int64_t max_iterations) {
  for (size_t i = 0; i < kept.size(); ++i) {
    const bool again = std::find(kept.begin(), kept.begin() + i, kept[i]) != kept.begin() + i;
    if (max_iterations > 0 && kept[i] >= 0 && kept[i] < static_cast<int64_t>(carried) && !again)
      continue;
    return InferContext::Fail(
        "while_c6", absl::StrCat("kept names ", kept[i], " of ", carried,
                                 " carried values, with max_iterations ", max_iterations));
  }
  return absl::OkStatus();
}

absl::Status Infer(InferContext& c) {
  std::vector<ValueType> operands;
  for (int i = 0; i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  DAGRAD_RETURN_IF_ERROR(InferCondition(c, operands));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ValueType> types,
                          ops::InferBody(c, "body", operands, "while_c3"));
  if (types.size() > operands.size()) {
    return InferContext::Fail("while_c4", absl::StrCat("body gives ", types.size(), " values for ",
                                                       operands.size(), " operands"));
  }
  int out = 0;
  for (const ValueType& type : types) {
    if (!(type == operands[out])) {
      return InferContext::Fail(
          "while_c4", absl::StrCat("carried value ", out, " is ", operands[out].ToString(),
                                   " before a step and ", type.ToString(), " behind it"));
    }
    c.SetOutput(out++, type.dtype, type.shape);
  }
  c.SetOutput(out++, DType::kInt64, {});
  const auto max_iterations = c.attr<int64_t>("max_iterations");
  if (max_iterations < 0) {
    return InferContext::Fail("while_c5",
                              absl::StrCat("max_iterations is ", max_iterations, ", below 0"));
  }
  DAGRAD_RETURN_IF_ERROR(CheckKept(c.attr<Ints>("kept"), types.size(), max_iterations));
  for (int64_t i : c.attr<Ints>("kept")) {
    const ValueType whole = ops::StackType(operands[i], max_iterations);
    c.SetOutput(out++, whole.dtype, whole.shape);
  }
  return absl::OkStatus();
}

// The steps in reverse, with c_k as it was before step k, which the loop keeps; those that were not
// made leave c̄ as it is.
absl::Status Gradient(GradContext& c) {
  const auto max_iterations = c.attr<int64_t>("max_iterations");
  if (max_iterations == 0) {
    return InvalidArgumentError(
        "reverse mode keeps the values of all steps, and so needs max_iterations (while_gradient)");
  }
  const auto body = c.attr<BodyPtr>("body");
  const size_t carried = body->function().outputs.size();
  DAGRAD_ASSIGN_OR_RETURN(ops::LoopGradient loop,
                          ops::LoopGradient::Make(c, body, carried, 0, carried + 1));
  std::vector<Value> operands = loop.InitialCotangents();
  const size_t new_carried = operands.size();
  operands.push_back(Iota(c.builder(), DType::kInt64, {max_iterations}, 0));
  for (const Value& v : loop.KeptValues()) operands.push_back(v);
  for (const Value& v : loop.StepCotangents()) operands.push_back(v);
  const size_t new_scanned = operands.size() - new_carried;
  operands.push_back(c.output(static_cast<int>(carried)));
  for (int i = static_cast<int>(carried); i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  DAGRAD_ASSIGN_OR_RETURN(const BodyPtr step, loop.MakeStep(/*guarded=*/true));
  const Value first = c.builder()->AddNode(ops::ScanOp(), operands,
                                           {{"body", step},
                                            {"num_carried", static_cast<int64_t>(new_carried)},
                                            {"num_scanned", static_cast<int64_t>(new_scanned)},
                                            {"reverse", true}},
                                           SourceLocation::Current());
  loop.SetGrads(c.builder()->Outputs(first, 0));
  return absl::OkStatus();
}

// Of one step where there is no bound.
OpCost Cost(const CostContext& c) {
  const int64_t most = c.attrs.Get<int64_t>("max_iterations");
  const double steps = most > 0 ? static_cast<double>(most) : 1;
  OpCost cost = ops::CostOfRuns(c, "body", c.inputs, steps);
  const OpCost condition = ops::CostOfRuns(c, "condition", c.inputs, steps);
  cost.flops += condition.flops;
  cost.bytes += condition.bytes;
  return cost;
}

OpDef Make() {
  return {
      .name = "While",
      .label = "while",
      .doc =
          "A loop: c = body(c, w) as long as condition(c, w) holds, at most max_iterations times.\n"
          "Its outputs are c when it ends, and the number of steps.",
      .inputs = {{.name = "operands",
                  .dtypes = kAnyType,
                  .doc = "carried values c, as many as the body has outputs, then the others w",
                  .variadic = true}},
      .outputs = {{.name = "outputs",
                   .dtypes = kAnyType,
                   .doc = "c when the loop ends, then the number of steps, then what is kept of c",
                   .variadic = true}},
      .attrs = {{"condition", AttrKind::kFunction, std::nullopt, "(c, w) to a bool scalar"},
                {"body", AttrKind::kFunction, std::nullopt, "a step: (c, w) to c"},
                {"max_iterations", AttrKind::kInt, 0, "the most steps; 0: no bound"},
                {"kept", AttrKind::kInts, Ints(),
                 "numbers of carried values whose value before each step is an output too"}},
      .traits = kControl,
      .constraints = {{"while_c1", "the operands fit the inputs of the condition"},
                      {"while_c2", "the condition gives one bool scalar"},
                      {"while_c3", "the operands fit the inputs of the body"},
                      {"while_c4", "a step keeps the dtype and shape of every carried value"},
                      {"while_c5", "max_iterations is 0 or more"},
                      {"while_c6", "kept names carried values, each once, of a loop with a bound"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = ops::while_internal::MakeKernel,
      .cost = Cost,
      .samples = ops::while_internal::MakeSamples,
      .more_outputs = "kept"};
}

}  // namespace

namespace ops {
const OpDef& WhileOp() { return Singleton<Make>(); }
}  // namespace ops

WhileResult While(absl::Span<const Value> init,
                  absl::FunctionRef<Value(GraphBuilder&, absl::Span<const Value>)> condition,
                  absl::FunctionRef<Values(GraphBuilder&, absl::Span<const Value>)> body,
                  const WhileOptions& options, SourceLocation location) {
  ops::BodiesOfNode bodies(ops::BuilderOf(init));
  std::vector<std::string> names;
  for (size_t i = 0; i < init.size(); ++i) names.push_back(absl::StrCat("c", i));
  const std::vector<ValueType> types = ops::TypesOf(init);
  bodies.Add("condition", names, types,
             [&](GraphBuilder& b, absl::Span<const Value> c) -> Values { return condition(b, c); });
  bodies.Add("body", names, types, [&](GraphBuilder& b, absl::Span<const Value> c) {
    Values made = body(b, c);
    if (made.size() != init.size() && b.ok()) {
      b.Fail("While", location,
             absl::StrCat("the body gives ", made.size(), " values for ", init.size(),
                          " carried ones (while_c4)"));
    }
    return made;
  });
  const std::vector<BodyPtr> made = bodies.Build();
  std::vector<Value> operands(init.begin(), init.end());
  operands.insert(operands.end(), bodies.captures().begin(), bodies.captures().end());
  GraphBuilder* builder = bodies.outer();
  const Value first = builder->AddNode(
      ops::WhileOp(), operands,
      {{"condition", made[0]}, {"body", made[1]}, {"max_iterations", options.max_iterations}},
      location);
  std::vector<Value> outputs = bodies.Outputs(first, init.size() + 1);
  const Value iterations = outputs.back();
  outputs.pop_back();
  return {std::move(outputs), iterations};
}

}  // namespace dagrad
