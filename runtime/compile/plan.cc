#include "dagrad/runtime/compile/plan.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/fixed_phases.h"
#include "dagrad/runtime/compile/plan_bytes.h"
#include "dagrad/runtime/compile/region_plans.h"
#include "dagrad/runtime/compile/rematerialize.h"
#include "dagrad/runtime/compile/rewrite/constant.h"
#include "dagrad/runtime/prepare_kernel.h"
#include "dagrad/runtime/run/cpu_budget.h"
#include "dagrad/runtime/run/thread_team.h"

namespace dagrad::runtime {
namespace {

absl::Status BindInputs(const Program& program, absl::Span<const Dims> input_dims,
                        Bindings* bindings) {
  const Function& f = program.function;
  if (input_dims.size() != f.inputs.size()) {
    return InvalidArgumentError(absl::StrCat("function \"", f.name, "\" takes ", f.inputs.size(),
                                             " inputs, ", input_dims.size(), " given"));
  }
  for (size_t i = 0; i < input_dims.size(); ++i)
    BindLoneSymbols(f.nodes[f.inputs[i]].outputs[0].shape, input_dims[i], bindings);
  for (size_t i = 0; i < input_dims.size(); ++i) {
    const Node& node = f.nodes[f.inputs[i]];
    absl::Status s = CheckedNumElements(input_dims[i]).status();
    if (s.ok()) s = UnifyShape(node.outputs[0].shape, input_dims[i], bindings);
    if (s.ok()) continue;
    return InvalidArgumentError(absl::StrCat("function \"", f.name, "\": input \"", node.name,
                                             "\" is ", node.outputs[0].ToString(), ", given ",
                                             DimsToString(input_dims[i]), ": ", s.message()));
  }
  return absl::OkStatus();
}

class PlanMaker {
 public:
  // `keep`: what depends on weights alone stays in memory from run to run.
  PlanMaker(const Program& program, bool keep, const Budget& budget)
      : program_(program), f_(program.function), keep_(keep), budget_(budget) {}

  absl::StatusOr<std::shared_ptr<Plan>> Run(absl::Span<const Dims> input_dims) {
    Bindings bindings;
    DAGRAD_RETURN_IF_ERROR(BindInputs(program_, input_dims, &bindings));
    return Run(input_dims, std::move(bindings), f_.inputs.size());
  }

  // Of a function whose symbols are known, and whose inputs from `first_invariant` on are fixed.
  absl::StatusOr<std::shared_ptr<Plan>> Run(absl::Span<const Dims> input_dims, Bindings bindings,
                                            size_t first_invariant) {
    plan_->input_dims.assign(input_dims.begin(), input_dims.end());
    plan_->bindings = std::move(bindings);
    DAGRAD_RETURN_IF_ERROR(BindSpecs());
    const std::vector<int> roots = RootsOf(f_, program_.numbers);
    DAGRAD_RETURN_IF_ERROR(CheckSize(roots));
    FindReads();
    FixedPhases fixed(f_, program_.numbers, roots, specs_, first_invariant);
    for (size_t id = 0; id < f_.nodes.size(); ++id) {
      DAGRAD_RETURN_IF_ERROR(budget_.Check());
      DAGRAD_RETURN_IF_ERROR(AddStep(static_cast<NodeId>(id), &fixed));
    }
    DAGRAD_RETURN_IF_ERROR(CheckSize(roots));
    if (keep_) plan_->fixed_states = fixed.states();
    plan_->schedule = MakeSchedule(
        {&f_, &program_.numbers, specs_, roots, plan_->steps, program_.after,
         std::max(AllowedCores(), ThreadTeam::Get().num_threads()), program_.options.flow});
    absl::StatusOr<MemoryPlan> memory =
        PlanMemory({&f_, &program_.numbers, roots, specs_, plan_->steps, &plan_->schedule});
    if (absl::IsResourceExhausted(memory.status())) return TooLarge(BytesOfNodes(roots));
    DAGRAD_ASSIGN_OR_RETURN(memory_, std::move(memory));
    PlaceRegions();
    plan_->first_writing_stage = static_cast<int>(plan_->schedule.stages.size());
    for (size_t c = 0; c < plan_->schedule.chains.size(); ++c) AddChain(c);
    TakeMemoryPlan();
    CountBytes(program_, plan_.get());
    return plan_;
  }

  // After Run(): as little memory as `target` bytes, if there is a way to compute values again.
  Rematerialized ComputeAgain(int64_t target) const {
    std::vector<double> nanoseconds(f_.nodes.size(), 0);
    for (const ScheduledStep& step : plan_->steps) nanoseconds[step.node] = Nanoseconds(step.cost);
    const std::vector<int> roots = RootsOf(f_, program_.numbers);
    return Rematerialize({&f_, &program_.numbers, roots, specs_, nanoseconds, target});
  }

  absl::Status OverLimit(ByteSize least_bytes) const {
    NodeId largest = 0;
    ByteSize largest_bytes;
    for (const ScheduledStep& step : plan_->steps) {
      const ByteSize bytes = ByteSize(specs_[program_.numbers.first(step.node)].byte_size()) +
                             ByteSize(PrivateBytes(step.kernel));
      if (bytes <= largest_bytes) continue;
      largest = step.node;
      largest_bytes = bytes;
    }
    return ResourceExhaustedError(absl::StrCat(
        "function \"", f_.name, "\" needs ", plan_->arena_bytes.value(),
        " bytes for intermediate values, ", std::min(least_bytes, plan_->arena_bytes).value(),
        " if values are computed again, and ", plan_->OtherBytes().value(),
        " for outputs, state, constants and tables; the limit is ",
        program_.options.memory_limit_bytes, ". The largest is ", Describe(f_.nodes[largest]),
        " with ", largest_bytes.value(), " bytes"));
  }

 private:
  // What each node makes, views apart, and the scratch of those that have a step.
  std::vector<ByteSize> BytesOfNodes(absl::Span<const int> roots) const {
    std::vector<ByteSize> bytes(f_.nodes.size());
    for (size_t id = 0; id < f_.nodes.size(); ++id) {
      const int first = program_.numbers.first(static_cast<NodeId>(id));
      for (int v = first; v < program_.numbers.first(static_cast<NodeId>(id) + 1); ++v) {
        if (roots[v] == v) bytes[id] += ByteSize(specs_[v].byte_size()).Aligned();
      }
    }
    for (const ScheduledStep& step : plan_->steps)
      bytes[step.node] += ByteSize(PrivateBytes(step.kernel)).Aligned();
    return bytes;
  }

  // That all of it together is not too large: so no sum of a part of it is either.
  absl::Status CheckSize(absl::Span<const int> roots) const {
    const std::vector<ByteSize> bytes = BytesOfNodes(roots);
    const ByteSize sum = std::accumulate(bytes.begin(), bytes.end(), ByteSize());
    return sum.too_large() ? TooLarge(bytes) : absl::OkStatus();
  }

  absl::Status TooLarge(const std::vector<ByteSize>& bytes) const {
    constexpr size_t kNamed = 3;
    std::vector<size_t> order(bytes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const size_t named = std::min(kNamed, order.size());
    std::partial_sort(order.begin(), order.begin() + named, order.end(), [&](size_t a, size_t b) {
      return std::pair(bytes[b], a) < std::pair(bytes[a], b);
    });
    order.resize(named);
    const auto name = [&](std::string* out, size_t id) {
      absl::StrAppend(out, Describe(f_.nodes[id]), " with ",
                      bytes[id].too_large() ? "more than that" : absl::StrCat(bytes[id].value()));
    };
    return ResourceExhaustedError(absl::StrCat("function \"", f_.name, "\" needs more than ",
                                               ByteSize::kMax, " bytes. The largest are ",
                                               absl::StrJoin(order, "; ", name)));
  }

  absl::Status BindSpecs() {
    specs_.reserve(program_.numbers.count());
    for (const Node& node : f_.nodes) {
      for (const ValueType& type : node.outputs) {
        absl::StatusOr<Dims> dims = type.shape.Bind(plan_->bindings);
        if (!dims.ok()) return Prefixed(Describe(node), dims.status());
        specs_.push_back({type.dtype, *std::move(dims)});
      }
    }
    return absl::OkStatus();
  }

  void FindReads() {
    read_.assign(program_.numbers.count(), false);
    for (const Node& node : f_.nodes) {
      for (ValueRef in : node.inputs) read_[program_.numbers(in)] = true;
    }
    for (const Function::Output& o : f_.outputs) read_[program_.numbers(o.value)] = true;
    for (const Function::Update& u : f_.updates) read_[program_.numbers(u.value)] = true;
  }

  // As PrepareKernel has it.
  uint32_t UnreadOutputs(NodeId id) const {
    const int first = program_.numbers.first(id), end = program_.numbers.first(id + 1);
    uint32_t unread = 0;
    for (int v = first; v < std::min(end, first + 32); ++v)
      unread |= (read_[v] ? 0U : 1U) << (v - first);
    const bool any_read =
        std::find(read_.begin() + first, read_.begin() + end, true) != read_.begin() + end;
    return any_read ? unread : 0;
  }

  absl::Status AddStep(NodeId id, FixedPhases* fixed) {
    const Node& node = f_.nodes[id];
    if (node.op->Has(kStructural) || node.op->Has(kView) || ConstantValue(node) != nullptr)
      return absl::OkStatus();
    inputs_.clear();
    for (ValueRef in : node.inputs) inputs_.push_back(specs_[program_.numbers(in)]);
    const auto outputs =
        absl::MakeConstSpan(specs_).subspan(program_.numbers.first(id), node.outputs.size());
    ScheduledStep step;
    step.node = id;
    const KernelRequest request{&node,
                                inputs_,
                                outputs,
                                &plan_->bindings,
                                program_.options.kernel_mode,
                                keep_ ? fixed->InputsOf(id) : 0,
                                program_.options.kernel_trial};
    const absl::Status status = PrepareKernel(request, &step.kernel, UnreadOutputs(id));
    if (!status.ok()) return AtNode(program_, plan_->bindings, id, status);
    step.cost = Cost(node, outputs);
    if (step.kernel.drive != nullptr) DAGRAD_RETURN_IF_ERROR(AddRegions(&step));
    if (keep_) step.fixed_phases = fixed->AddNode(id, step.kernel);
    if (!step.kernel.phases.empty()) plan_->steps.push_back(std::move(step));
    return absl::OkStatus();
  }

  // Its regions are placed relatively to the step's scratch until PlaceRegions().
  absl::Status AddRegions(ScheduledStep* step) {
    absl::StatusOr<std::vector<Plan::RegionPlan>> plans =
        PlanRegions(program_, plan_->bindings, keep_, budget_, step);
    if (!plans.ok()) return AtNode(program_, plan_->bindings, step->node, plans.status());
    plan_->regions.resize(plan_->steps.size());
    plan_->regions.push_back(*std::move(plans));
    return absl::OkStatus();
  }

  void PlaceRegions() {
    for (size_t i = 0; i < plan_->regions.size(); ++i) {
      const size_t scratch = memory_.scratch_offsets[plan_->steps[i].node];
      for (Plan::RegionPlan& region : plan_->regions[i]) {
        region.arena_offset += scratch;
        region.output_offset += scratch;
      }
    }
    if (!plan_->regions.empty()) plan_->regions.resize(plan_->steps.size());
  }

  OpCost Cost(const Node& node, absl::Span<const TensorSpec> outputs) const {
    std::vector<Dims> dims[2];
    std::vector<size_t> bytes[2];
    auto add = [&](const TensorSpec& spec, int side) {
      dims[side].push_back(spec.dims);
      bytes[side].push_back(spec.byte_size());
    };
    for (const TensorSpec& spec : inputs_) add(spec, 0);
    for (const TensorSpec& spec : outputs) add(spec, 1);
    return CostOf(*node.op, {node.attrs, dims[0], dims[1]}, bytes[0], bytes[1]);
  }

  void AddChain(size_t index) {
    const Schedule::Chain& from = plan_->schedule.chains[index];
    Plan::Chain chain;
    chain.first_pointer = static_cast<int32_t>(plan_->pointers.size());
    chain.rows = from.rows;
    chain.tile = from.tile;
    chain.tasks = from.tasks;
    chain.stage = from.stage;
    chain.slots = from.slots;
    chain.task_offset = memory_.task_offsets[index];
    chain.slot_step = from.task_bytes.value();
    chain.scratch_at = from.local_bytes.value();
    for (const Schedule::Member& m : from.members) AddMember(m, &chain);
    chain.num_pointers = static_cast<int32_t>(plan_->pointers.size()) - chain.first_pointer;
    if (chain.num_pointers > static_cast<int32_t>(Schedule::kMaxPointers)) chain.locals.clear();
    plan_->chains.push_back(std::move(chain));
  }

  void AddMember(const Schedule::Member& m, Plan::Chain* chain) {
    const ScheduledStep& step = plan_->steps[m.step];
    const Node& node = f_.nodes[step.node];
    Plan::Member member;
    member.phase = &step.kernel.phases[m.phase];
    member.node = step.node;
    member.step = m.step;
    if (chain->rows > 0) member.rows_per_row = member.phase->rows->count / chain->rows;
    const auto next = [&] {
      return static_cast<int32_t>(plan_->pointers.size()) - chain->first_pointer;
    };
    member.first_input = next();
    for (ValueRef in : node.inputs) AddPointer(program_.numbers(in), chain);
    member.first_output = next();
    for (size_t port = 0; port < node.outputs.size(); ++port) {
      const int value = program_.numbers.first(step.node) + static_cast<int>(port);
      if (memory_.values[value].kind == Location::Kind::kState)
        plan_->first_writing_stage = std::min(plan_->first_writing_stage, chain->stage);
      AddPointer(value, chain);
    }
    member.scratch_offset = memory_.scratch_offsets[step.node];
    member.kept_offset = memory_.kept_offsets[step.node];
    chain->members.push_back(member);
  }

  void TakeMemoryPlan() {
    for (const Function::Output& o : f_.outputs)
      plan_->outputs.push_back(specs_[program_.numbers(o.value)]);
    plan_->output_locations = std::move(memory_.outputs);
    plan_->copies_before = std::move(memory_.copies_before);
    plan_->copies_after = std::move(memory_.copies_after);
    plan_->state_written = std::move(memory_.state_written);
    plan_->arena_bytes = memory_.arena_bytes;
    plan_->output_bytes = memory_.output_bytes;
    plan_->unshared_bytes = memory_.unshared_bytes;
  }

  void AddPointer(int value, Plan::Chain* chain) {
    const Location& location = memory_.values[value];
    const auto pointer = static_cast<int32_t>(plan_->pointers.size());
    if (location.kind == Location::Kind::kFeed)
      plan_->feed_pointers.push_back({pointer, location.index});
    // A phase that does not touch a local value of another chain has a pointer to it all the same.
    if (location.kind == Location::Kind::kTask && chain->rows > 0) {
      chain->locals.push_back({pointer - chain->first_pointer,
                               static_cast<int64_t>(location.offset),
                               static_cast<int64_t>(specs_[value].byte_size()) / chain->rows});
    }
    plan_->pointers.push_back(location);
  }

  const Program& program_;
  const Function& f_;
  const bool keep_;
  const Budget& budget_;
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
  std::vector<TensorSpec> specs_;  // by value
  std::vector<bool> read_;         // by value: a node, an output or an update reads it
  std::vector<TensorSpec> inputs_;
  MemoryPlan memory_;
};

// A plan of what `maker` planned without a limit, with values that are computed again. The search
// for them knows only roughly how much memory a plan takes, so it is asked for less until the plan
// fits.
absl::StatusOr<std::shared_ptr<const Plan>> PlanWithin(const Program& program,
                                                       const PlanMaker& maker, ByteSize limit,
                                                       absl::Span<const Dims> input_dims,
                                                       const Budget& budget) {
  constexpr int kTries = 8;
  double target = static_cast<double>(limit.value());
  ByteSize least(ByteSize::kMax);
  for (int i = 0; i < kTries; ++i) {
    Rematerialized again = maker.ComputeAgain(static_cast<int64_t>(target));
    if (again.nodes == 0 && target >= static_cast<double>(limit.value())) {
      target *= 0.9;
      continue;
    }
    auto variant = std::make_shared<Program>(std::move(again.function), program.options);
    variant->states = program.states;
    variant->updates_state = program.updates_state;
    variant->after = std::move(again.after);
    variant->bodies = program.bodies;
    DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<Plan> plan,
                            PlanMaker(*variant, false, budget).Run(input_dims));
    plan->rematerialized = variant;
    plan->nodes_again = again.nodes;
    plan->nanoseconds_again = again.nanoseconds;
    if (plan->arena_bytes <= limit) return plan;
    least = std::min(least, plan->arena_bytes);
    if (static_cast<double>(again.bytes) > target) break;  // there is no more to be had
    target *= std::min(
        0.9, static_cast<double>(limit.value()) / static_cast<double>(plan->arena_bytes.value()));
  }
  return maker.OverLimit(least);
}

}  // namespace

absl::Status AtNode(const Program& program, const Bindings& bindings, NodeId id,
                    const absl::Status& status) {
  const Node& node = program.function.nodes[id];
  const std::string inputs = absl::StrJoin(node.inputs, ", ", [&](std::string* out, ValueRef in) {
    const ValueType& type = program.function.type(in);
    const absl::StatusOr<Dims> dims = type.shape.Bind(bindings);
    absl::StrAppend(out, DTypeName(type.dtype),
                    dims.ok() ? DimsToString(*dims) : type.shape.ToString());
  });
  return Prefixed(absl::StrCat(Describe(node), inputs.empty() ? "" : " on ", inputs), status);
}

absl::StatusOr<std::shared_ptr<const Plan>> MakeRegionPlan(const RegionRequest& request,
                                                           const Budget& budget) {
  return PlanMaker(request.program, request.keep, budget)
      .Run(request.input_dims, request.bindings, request.first_invariant);
}

absl::StatusOr<std::shared_ptr<const Plan>> MakePlan(const Program& program,
                                                     absl::Span<const Dims> input_dims,
                                                     const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<const Plan> plan,
                          PlanMaker(program, true, budget).Run(input_dims));
  const ByteSize limit(program.options.memory_limit_bytes);
  if (limit == ByteSize() || plan->RunBytes() <= limit) return plan;
  PlanMaker maker(program, false, budget);
  DAGRAD_ASSIGN_OR_RETURN(plan, maker.Run(input_dims));
  if (plan->RunBytes() <= limit) return plan;
  if (plan->OtherBytes() >= limit) return maker.OverLimit(plan->arena_bytes);
  const ByteSize for_arena(limit.value() - plan->OtherBytes().value());
  return PlanWithin(program, maker, for_arena, input_dims, budget);
}

}  // namespace dagrad::runtime
