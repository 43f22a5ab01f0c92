#include "dagrad/runtime/run/executable.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/cut.h"
#include "dagrad/runtime/compile/plan.h"
#include "dagrad/runtime/compile/program.h"
#include "dagrad/runtime/onednn/openmp.h"
#include "dagrad/runtime/run/machine_peak.h"
#include "dagrad/runtime/run/plan_cache.h"
#include "dagrad/runtime/run/run_context.h"
#include "dagrad/runtime/run/state_store_impl.h"
#include "dagrad/runtime/run/thread_team.h"

namespace dagrad {

using runtime::PlanCache;
using runtime::Program;

struct Executable::Impl {
  explicit Impl(Program p) : program(std::move(p)), plans(program.options.plan_cache_capacity) {}

  absl::Status CheckFeeds(absl::Span<const Tensor> feeds) const;
  absl::StatusOr<std::shared_ptr<const runtime::Plan>> PlanFor(absl::Span<const Dims> input_dims,
                                                               const Budget& budget) const;
  absl::StatusOr<std::shared_ptr<const runtime::Plan>> PlanFor(absl::Span<const Tensor> feeds,
                                                               const Budget& budget) const;
  // Binds the context to the plan for the feeds, if it is not.
  absl::Status Prepare(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                       const Budget& budget) const;
  absl::Status Run(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                   const RunOptions& options) const;
  // The same, with the state locked.
  absl::Status RunLocked(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                         const RunOptions& options) const;
  absl::Status RunPieces(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                         const RunOptions& options) const;
  // What has a plan once `context` has run: this executable, or its pieces.
  struct Planned {
    const Program* program;
    RunContext::Impl* context;
  };
  std::vector<Planned> PlannedIn(RunContext::Impl* context) const;

  const Program program;
  mutable PlanCache plans;
  // Of a function whose sizes depend on data: then these run, and `program` is as it was given.
  runtime::Cut cut;
  std::vector<std::unique_ptr<Executable>> pieces;
};

namespace {

bool DimsMatch(absl::Span<const Dims> dims, absl::Span<const Tensor> feeds) {
  return std::equal(dims.begin(), dims.end(), feeds.begin(), feeds.end(),
                    [](const Dims& d, const Tensor& t) { return d == t.dims(); });
}

}  // namespace

absl::Status Executable::Impl::CheckFeeds(absl::Span<const Tensor> feeds) const {
  const Function& f = program.function;
  if (feeds.size() != f.inputs.size()) {
    return InvalidArgumentError(absl::StrCat("function \"", f.name, "\" takes ", f.inputs.size(),
                                             " inputs, ", feeds.size(), " given"));
  }
  for (size_t i = 0; i < feeds.size(); ++i) {
    const Node& input = f.nodes[f.inputs[i]];
    if (feeds[i].dtype() == input.outputs[0].dtype) continue;
    const std::string given = feeds[i].defined() ? absl::StrCat(DTypeName(feeds[i].dtype()),
                                                                DimsToString(feeds[i].dims()))
                                                 : "nothing";
    return InvalidArgumentError(absl::StrCat("function \"", f.name, "\": input \"", input.name,
                                             "\" is ", input.outputs[0].ToString(), ", given ",
                                             given));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const runtime::Plan>> Executable::Impl::PlanFor(
    absl::Span<const Dims> input_dims, const Budget& budget) const {
  auto matches = [&](absl::Span<const Dims> dims) { return dims == input_dims; };
  return plans.FindOrMake(matches, [&] {
    const runtime::onednn::SingleThreadedOpenMp single_threaded;
    return runtime::MakePlan(program, input_dims, budget);
  });
}

absl::StatusOr<std::shared_ptr<const runtime::Plan>> Executable::Impl::PlanFor(
    absl::Span<const Tensor> feeds, const Budget& budget) const {
  auto matches = [&](absl::Span<const Dims> dims) { return DimsMatch(dims, feeds); };
  return plans.FindOrMake(matches, [&] {
    const runtime::onednn::SingleThreadedOpenMp single_threaded;
    std::vector<Dims> dims;
    for (const Tensor& feed : feeds) dims.push_back(feed.dims());
    return runtime::MakePlan(program, dims, budget);
  });
}

absl::Status Executable::Impl::Prepare(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                                       const Budget& budget) const {
  DAGRAD_RETURN_IF_ERROR(CheckFeeds(feeds));
  DAGRAD_RETURN_IF_ERROR(context->CheckNoOutputs(feeds));
  DAGRAD_RETURN_IF_ERROR(context->RefreshStates());
  if (context->plan != nullptr && DimsMatch(context->plan->input_dims, feeds))
    return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<const runtime::Plan> plan, PlanFor(feeds, budget));
  return context->Bind(std::move(plan), budget);
}

absl::Status Executable::Impl::Run(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                                   const RunOptions& options) const {
  if (context->program != &program)
    return InvalidArgumentError("the context is of another executable");
  if (context->running.exchange(true, std::memory_order_acquire)) {
    return FailedPreconditionError("the context is in use by another run");
  }
  absl::Cleanup end_run = [&] { context->running.store(false, std::memory_order_release); };
  const bool exclusive = program.updates_state;
  const bool locks = context->store != nullptr && !program.states.empty();
  if (locks && !context->store->TryLock(exclusive)) {
    return FailedPreconditionError(absl::StrCat("function \"", program.function.name,
                                                "\": the state is in use by another run",
                                                exclusive ? "" : " that updates it"));
  }
  absl::Cleanup unlock = [&] {
    if (locks) context->store->Unlock(exclusive);
  };
  return RunLocked(context, feeds, options);
}

absl::Status Executable::Impl::RunLocked(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                                         const RunOptions& options) const {
  if (!pieces.empty()) return RunPieces(context, feeds, options);
  DAGRAD_RETURN_IF_ERROR(options.budget.Check());
  DAGRAD_RETURN_IF_ERROR(Prepare(context, feeds, options.budget));
  DAGRAD_RETURN_IF_ERROR(context->BindFeeds(feeds));
  return context->Execute(options);
}

absl::Status Executable::Impl::RunPieces(RunContext::Impl* context, absl::Span<const Tensor> feeds,
                                         const RunOptions& options) const {
  DAGRAD_RETURN_IF_ERROR(CheckFeeds(feeds));
  DAGRAD_RETURN_IF_ERROR(context->CheckNoOutputs(feeds));
  for (size_t p = 0; p < pieces.size(); ++p) {
    std::vector<Tensor>& piece_feeds = context->piece_feeds[p];
    for (size_t i = 0; i < piece_feeds.size(); ++i) {
      const runtime::Cut::Source& source = cut.pieces[p].inputs[i];
      if (source.kind == runtime::Cut::Source::Kind::kFeed) {
        piece_feeds[i] = feeds[source.index];
        continue;
      }
      const Tensor& value = context->pieces[source.piece]->outputs()[source.index];
      if (source.kind == runtime::Cut::Source::Kind::kValue) {
        piece_feeds[i] = value;
        continue;
      }
      const int64_t n = *static_cast<const int64_t*>(value.bytes());
      if (n < 0 || n > kMaxDim) {
        return InvalidArgumentError(absl::StrCat("function \"", program.function.name,
                                                 "\": the size ", cut.pieces[p].dims[i], " is ", n,
                                                 ", not from 0 to ", kMaxDim));
      }
      if (piece_feeds[i].defined() && piece_feeds[i].dims()[0] == n) continue;
      DAGRAD_ASSIGN_OR_RETURN(piece_feeds[i], Tensor::Allocate(DType::kUInt8, {n, 0}));
    }
    DAGRAD_RETURN_IF_ERROR(
        pieces[p]->impl_->RunLocked(context->pieces[p]->impl_.get(), piece_feeds, options));
  }
  for (size_t i = 0; i < cut.outputs.size(); ++i)
    context->outputs[i] = context->pieces[cut.outputs[i].piece]->outputs()[cut.outputs[i].index];
  return absl::OkStatus();
}

std::vector<Executable::Impl::Planned> Executable::Impl::PlannedIn(
    RunContext::Impl* context) const {
  if (pieces.empty()) return {{&program, context}};
  std::vector<Planned> all;
  for (size_t p = 0; p < pieces.size(); ++p)
    all.push_back({&pieces[p]->impl_->program, context->pieces[p]->impl_.get()});
  return all;
}

Executable::Executable() = default;
Executable::~Executable() = default;

absl::StatusOr<std::unique_ptr<Executable>> Executable::Compile(const Function& function,
                                                                const CompileOptions& options) try {
  DAGRAD_RETURN_IF_ERROR(runtime::ThreadTeam::RequestedThreads().status());
  const runtime::onednn::SingleThreadedOpenMp single_threaded;
  auto executable = std::unique_ptr<Executable>(new Executable());
  if (!HasDataDims(function)) {
    DAGRAD_ASSIGN_OR_RETURN(Program program, runtime::MakeProgram(function, options));
    executable->impl_ = std::make_unique<Impl>(std::move(program));
    return executable;
  }
  DAGRAD_ASSIGN_OR_RETURN(Program whole, runtime::MakeUncutProgram(function, options));
  runtime::Cut cut = runtime::CutAtDataDims(function);
  std::vector<std::unique_ptr<Executable>> pieces;
  for (const runtime::Cut::Piece& piece : cut.pieces) {
    DAGRAD_ASSIGN_OR_RETURN(pieces.emplace_back(), Compile(piece.function, options));
    const auto& rewrites = pieces.back()->rewrites();
    whole.rewrites.insert(whole.rewrites.end(), rewrites.begin(), rewrites.end());
  }
  executable->impl_ = std::make_unique<Impl>(std::move(whole));
  executable->impl_->cut = std::move(cut);
  executable->impl_->pieces = std::move(pieces);
  return executable;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::unique_ptr<RunContext>> Executable::NewContext(StateStore* state,
                                                                   const Budget& budget) const try {
  if (state == nullptr && !impl_->program.states.empty()) {
    return InvalidArgumentError(absl::StrCat("function \"", impl_->program.function.name,
                                             "\" has state \"", impl_->program.states[0].name,
                                             "\"; no store is given"));
  }
  auto context = std::unique_ptr<RunContext>(new RunContext());
  context->impl_ = std::make_unique<RunContext::Impl>(
      &impl_->program, state == nullptr ? nullptr : state->impl_.get());
  DAGRAD_RETURN_IF_ERROR(context->impl_->FindStates(budget));
  for (size_t p = 0; p < impl_->pieces.size(); ++p) {
    DAGRAD_ASSIGN_OR_RETURN(context->impl_->pieces.emplace_back(),
                            impl_->pieces[p]->NewContext(state, budget));
    context->impl_->piece_feeds.emplace_back(impl_->cut.pieces[p].inputs.size());
  }
  context->impl_->outputs.resize(impl_->cut.outputs.size());
  return context;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Executable::Run(RunContext* context, absl::Span<const Tensor> feeds,
                             const RunOptions& options) const try {
  return impl_->Run(context->impl_.get(), feeds, options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<TensorMap> Executable::Run(const TensorMap& feeds, StateStore* state,
                                          const RunOptions& options) const try {
  const Function& f = function();
  std::vector<Tensor> ordered;
  for (NodeId id : f.inputs) {
    auto it = feeds.find(f.nodes[id].name);
    if (it == feeds.end()) {
      return InvalidArgumentError(
          absl::StrCat("function \"", f.name, "\": no tensor is given for input \"",
                       f.nodes[id].name, "\", which is ", f.nodes[id].outputs[0].ToString()));
    }
    ordered.push_back(it->second);
  }
  if (feeds.size() != ordered.size()) {
    for (const auto& [name, tensor] : feeds) {
      auto named = [&, &name = name](NodeId id) { return f.nodes[id].name == name; };
      if (std::any_of(f.inputs.begin(), f.inputs.end(), named)) continue;
      return InvalidArgumentError(
          absl::StrCat("function \"", f.name, "\" has no input \"", name, "\""));
    }
  }
  DAGRAD_ASSIGN_OR_RETURN(std::unique_ptr<RunContext> context, NewContext(state, options.budget));
  DAGRAD_RETURN_IF_ERROR(Run(context.get(), ordered, options));
  TensorMap outputs;
  for (size_t i = 0; i < f.outputs.size(); ++i) outputs[f.outputs[i].name] = context->outputs()[i];
  return outputs;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<RunProfile> Executable::Profile(RunContext* context, absl::Span<const Tensor> feeds,
                                               int runs, const RunOptions& options) const try {
  constexpr size_t kMaxEvents = 1 << 18;
  if (runs < 1) return InvalidArgumentError(absl::StrCat(runs, " runs; at least 1 is needed"));
  DAGRAD_RETURN_IF_ERROR(Run(context, feeds, options));
  RunProfile profile;
  profile.runs = runs;
  profile.threads = NumThreads();
  static const runtime::MachinePeak peak = runtime::MeasurePeak(/*threads=*/1);
  profile.peak_flops = peak.flops;
  profile.peak_bytes = peak.bytes;
  profile.peak_cached_bytes = peak.cached_bytes;
  const std::vector<Impl::Planned> planned = impl_->PlannedIn(context->impl_.get());
  std::vector<std::shared_ptr<const runtime::Plan>> plans;
  runtime::PlansBefore before;
  for (const Impl::Planned& p : planned) {
    plans.push_back(p.context->plan);
    runtime::AddStepsOf(*p.program, *plans.back(), &before, &profile.nodes);
  }
  runtime::EventLog log(kMaxEvents);
  runtime::NodeTimes node_times(profile.nodes.size());
  std::vector<int64_t> times;
  int64_t begin = 0;
  const auto set_log = [&planned](runtime::EventLog* events) {
    int first = 0;
    for (const Impl::Planned& p : planned) {
      if (p.context->plan != nullptr) p.context->runner.SetLog(events, &first);
    }
  };
  set_log(&log);
  const absl::Cleanup no_log = [&] { set_log(nullptr); };
  for (int i = 0; i < runs; ++i) {
    log.Clear();
    begin = runtime::EventLog::Now();
    const absl::Status status = Run(context, feeds, options);
    times.push_back(runtime::EventLog::Now() - begin);
    DAGRAD_RETURN_IF_ERROR(status);
    for (size_t p = 0; p < planned.size(); ++p) {
      if (planned[p].context->plan == plans[p]) continue;
      return FailedPreconditionError(absl::StrCat(
          "function \"", function().name,
          "\": its sizes, which depend on data, change from run to run, so their times "
          "cannot be compared"));
    }
    node_times.Add(log.events());
  }
  node_times.Fill(&profile.nodes);
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  profile.seconds = 1e-9 * static_cast<double>(times[runs / 2]);
  profile.lost_events = static_cast<int64_t>(log.lost());
  profile.events.assign(log.events().begin(), log.events().end());
  for (RunProfile::Event& e : profile.events) {
    e.begin_ns -= begin;
    e.end_ns -= begin;
    e.stage += before.stages_by_node[e.node];
  }
  std::sort(profile.events.begin(), profile.events.end(),
            [](const auto& a, const auto& b) { return a.begin_ns < b.begin_ns; });
  return profile;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<PlanSummary> Executable::Plan(absl::Span<const Dims> input_dims,
                                             const Budget& budget) const try {
  if (!impl_->pieces.empty()) {
    return UnimplementedError(
        absl::StrCat("function \"", function().name,
                     "\": its sizes depend on data, so there is no plan of all of it"));
  }
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<const runtime::Plan> plan,
                          impl_->PlanFor(input_dims, budget));
  PlanSummary summary;
  summary.arena_bytes = static_cast<int64_t>(plan->arena_bytes.value());
  summary.unshared_bytes = static_cast<int64_t>(plan->unshared_bytes.value());
  summary.state_bytes = static_cast<int64_t>(plan->state_bytes.value());
  summary.run_bytes = static_cast<int64_t>(plan->RunBytes().value());
  summary.nodes_again = plan->nodes_again;
  summary.nanoseconds_again = plan->nanoseconds_again;
  for (const runtime::ScheduledStep& step : plan->steps) {
    const Node& node = plan->ProgramOr(impl_->program).function.nodes[step.node];
    const runtime::Schedule::Span& span = plan->schedule.spans[step.node];
    const int tasks = span.chain < 0 ? 0 : plan->schedule.chains[span.chain].tasks;
    summary.steps.push_back({node.name, std::string(node.op->name), step.kernel.implementation,
                             tasks, span.last, span.chain, step.cost});
  }
  for (const runtime::Schedule::Chain& chain : plan->schedule.chains)
    summary.chains.push_back(
        {chain.rows, chain.tile, static_cast<int64_t>(chain.whole_bytes.value())});
  summary.stages = static_cast<int>(plan->schedule.stages.size());
  return summary;
}
DAGRAD_CATCH_NO_MEMORY

const std::vector<RewriteRecord>& Executable::rewrites() const { return impl_->program.rewrites; }
const Function& Executable::function() const { return impl_->program.function; }
int Executable::cached_plans() const {
  int plans = impl_->plans.size();
  for (const auto& piece : impl_->pieces) plans += piece->cached_plans();
  return plans;
}

absl::Status SetNumThreads(int n) { return runtime::ThreadTeam::Get().SetNumThreads(n); }
int NumThreads() { return runtime::ThreadTeam::Get().num_threads(); }

}  // namespace dagrad
