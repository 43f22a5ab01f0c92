#include "dagrad/ops/control/if/if.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/if/if_internal.h"

namespace dagrad {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;
using runtime::RegionRunner;

constexpr absl::string_view kBranches[] = {"then_branch", "else_branch"};

absl::Status Infer(InferContext& c) {
  if (c.shape(0).rank() != 0) {
    return InferContext::Fail(
        "if_c1", absl::StrCat("condition ", c.shape(0).ToString(), " must be a scalar"));
  }
  std::vector<ValueType> operands;
  for (int i = 1; i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  std::vector<ValueType> types[2];
  for (int b = 0; b < 2; ++b) {
    DAGRAD_ASSIGN_OR_RETURN(types[b], ops::InferBody(c, kBranches[b], operands, "if_c2"));
  }
  if (types[0].size() != types[1].size()) {
    return InferContext::Fail("if_c3", absl::StrCat("the branches have ", types[0].size(), " and ",
                                                    types[1].size(), " outputs"));
  }
  for (size_t i = 0; i < types[0].size(); ++i) {
    if (!(types[0][i] == types[1][i])) {
      return InferContext::Fail(
          "if_c3", absl::StrCat("output ", i, " is ", types[0][i].ToString(), " of one branch and ",
                                types[1][i].ToString(), " of the other"));
    }
    c.SetOutput(static_cast<int>(i), types[0][i].dtype, types[0][i].shape);
  }
  return absl::OkStatus();
}

// x̄ is that of the branch which was taken.
absl::Status Gradient(GradContext& c) {
  std::vector<bool> needs;
  std::vector<Value> operands = {c.input(0)};
  for (int i = 1; i < c.num_inputs(); ++i) {
    needs.push_back(c.needs_grad(i));
    operands.push_back(c.input(i));
  }
  AttrMap attrs;
  for (absl::string_view branch : kBranches) {
    DAGRAD_ASSIGN_OR_RETURN(BodyPtr vjp, c.Vjp(c.attr<BodyPtr>(branch)->function(), needs));
    attrs.Set(branch, std::move(vjp));
  }
  for (const Value& v : ops::FloatingCotangents(c, c.num_outputs())) operands.push_back(v);
  const Value first =
      c.builder()->AddNode(ops::IfOp(), operands, std::move(attrs), SourceLocation::Current());
  int port = 0;
  for (int i = 1; i < c.num_inputs(); ++i) {
    if (!needs[i - 1]) continue;
    c.SetGrad(i, first.valid() ? Value(first.builder(), {first.ref().node, port}) : first);
    ++port;
  }
  return absl::OkStatus();
}

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  kernel->implementation = "regions";
  const std::vector<runtime::TensorSpec> operands(request.inputs.begin() + 1, request.inputs.end());
  for (absl::string_view branch : kBranches) {
    kernel->regions.push_back(ops::MakeRegion(request, branch, operands));
    kernel->regions.back().runs = 0.5;
  }
  std::vector<size_t> bytes;
  for (const runtime::TensorSpec& s : request.outputs) bytes.push_back(s.byte_size());
  const size_t count = operands.size();
  const auto run = [bytes, count](const KernelArgs& args, RegionRunner& regions) -> absl::Status {
    const int branch = *args.in<bool>(0) ? 0 : 1;
    const absl::Span<const void*> in = regions.operands(branch);
    for (size_t i = 0; i < count; ++i) in[i] = args.inputs[i + 1];
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const void* const> outputs, regions.Run(branch));
    for (size_t i = 0; i < bytes.size(); ++i) ops::CopyBytes(args.outputs[i], outputs[i], bytes[i]);
    return absl::OkStatus();
  };
  runtime::Drive(run, kernel);
  return absl::OkStatus();
}

// As likely one branch as the other.
OpCost Cost(const CostContext& c) {
  OpCost cost;
  for (absl::string_view branch : kBranches) {
    const OpCost one = ops::CostOfRuns(c, branch, c.inputs.subspan(1), 0.5);
    cost.flops += one.flops;
    cost.bytes += one.bytes;
  }
  return cost;
}

OpDef Make() {
  return {
      .name = "If",
      .label = "if",
      .doc =
          "The outputs of one of two functions, which the condition chooses.\n"
          "Only that one is computed.",
      .inputs = {{"condition", kBoolType, "", "true for then_branch; a scalar"},
                 {.name = "operands",
                  .dtypes = kAnyType,
                  .doc = "inputs of both branches",
                  .variadic = true,
                  .optional = true}},
      .outputs = {{.name = "outputs",
                   .dtypes = kAnyType,
                   .doc = "those of the branch that was taken",
                   .variadic = true}},
      .attrs = {{"then_branch", AttrKind::kFunction, std::nullopt, "run if condition is true"},
                {"else_branch", AttrKind::kFunction, std::nullopt, "run if it is false"}},
      .traits = kControl,
      .constraints = {{"if_c1", "condition is a scalar"},
                      {"if_c2", "the operands fit the inputs of both branches"},
                      {"if_c3", "the branches have the same number, dtypes and shapes of outputs"}},
      .infer = Infer,
      .gradient = Gradient,
      .make_kernel = MakeKernel,
      .cost = Cost,
      .samples = ops::if_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& IfOp() { return Singleton<Make>(); }
}  // namespace ops

std::vector<Value> If(Operand condition, absl::FunctionRef<Values(GraphBuilder&)> then_branch,
                      absl::FunctionRef<Values(GraphBuilder&)> else_branch) {
  ops::BodiesOfNode bodies(condition.builder());
  size_t outputs = 0;
  const auto add = [&](absl::string_view name, absl::FunctionRef<Values(GraphBuilder&)> branch) {
    bodies.Add(std::string(name), {}, {}, [&](GraphBuilder& body, absl::Span<const Value>) {
      Values values = branch(body);
      outputs = std::max(outputs, values.size());
      return values;
    });
  };
  add("then", then_branch);
  add("else", else_branch);
  const std::vector<BodyPtr> made = bodies.Build();
  std::vector<Value> operands = {condition.value()};
  operands.insert(operands.end(), bodies.captures().begin(), bodies.captures().end());
  GraphBuilder* builder = bodies.outer();
  const Value first =
      builder->AddNode(ops::IfOp(), operands, {{"then_branch", made[0]}, {"else_branch", made[1]}},
                       condition.location());
  return bodies.Outputs(first, outputs);
}

}  // namespace dagrad
