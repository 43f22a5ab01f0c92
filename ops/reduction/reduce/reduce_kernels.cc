#include <algorithm>
#include <type_traits>

#include "dagrad/graph/convert.h"
#include "dagrad/ops/reduction/reduce/reduce_internal.h"
#include "dagrad/ops/reduction/reduce/reduce_loops.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::reduce_internal {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;

// The result of the column at `x`.
template <typename Rule>
float ResultInDouble(const ReducePlan& plan, const float* x) {
  const int64_t rows = plan.total_rows();
  return Finished<Rule, float>(TotalInDouble<Rule>(plan, x, 0, rows), rows);
}

// Phase 1 of the fast kernel: task t is part t % parts of tile (t / parts) % tiles of an outer
// index. Its totals are results if there is one part, else they go to scratch as [parts][outputs].
template <typename Rule, typename T>
void RunTask(const ReducePlan& plan, const KernelArgs& args, int64_t task) {
  const int64_t part = task % plan.parts;
  const int64_t tile = task / plan.parts % plan.tiles;
  const int64_t outer = task / plan.parts / plan.tiles;
  const int64_t first = tile * ReducePlan::kTile;
  const int64_t width = std::min(ReducePlan::kTile, plan.inner - first);
  const T* x = args.in<T>(0) + OffsetOf(outer, plan.kept_dims, plan.kept_strides) + first;
  const int64_t begin = plan.total_rows() * part / plan.parts;
  const int64_t end = plan.total_rows() * (part + 1) / plan.parts;
  const int64_t output = outer * plan.inner + first;
  if (plan.parts > 1) {
    Wide<Rule, T>* partials = reinterpret_cast<Wide<Rule, T>*>(args.scratch);
    Wide<Rule, T>* const totals = partials + part * plan.outputs() + output;
    AccumulatePart<Rule, T>(plan, x, begin, end, width, totals);
    if constexpr (std::is_same_v<T, float>) {
      for (int64_t i = 0; i < width; ++i) {
        if (!Rule::IsSafe(totals[i])) totals[i] = TotalInDouble<Rule>(plan, x + i, begin, end);
      }
    }
    return;
  }
  Wide<Rule, T> totals[ReducePlan::kTile];
  AccumulatePart<Rule, T>(plan, x, begin, end, width, totals);
  T* y = args.out<T>(0) + output;
  for (int64_t i = 0; i < width; ++i) y[i] = Finished<Rule, T>(totals[i], plan.total_rows());
  if constexpr (std::is_same_v<T, float>) {
    if (Rule::AreSafe(y, width)) return;
    for (int64_t i = 0; i < width; ++i) y[i] = ResultInDouble<Rule>(plan, x + i);
  }
}

// Phase 2: joins the parts in their order.
template <typename Rule, typename T>
void AddJoinPhase(const ReducePlan& plan, Kernel* kernel) {
  kernel->scratch_bytes = runtime::BytesOf<Wide<Rule, T>>(plan.parts, plan.outputs()).value();
  runtime::OverRows(
      {.count = plan.outputs(), .cost = static_cast<double>(plan.parts)},
      [plan](const KernelArgs& args, int64_t begin, int64_t end) {
        const Wide<Rule, T>* partials = reinterpret_cast<const Wide<Rule, T>*>(args.scratch);
        for (int64_t i = begin; i < end; ++i) {
          Wide<Rule, T> total = partials[i];
          for (int64_t p = 1; p < plan.parts; ++p)
            total = Rule::Combine(total, partials[p * plan.outputs() + i]);
          args.out<T>(0)[i] = Finished<Rule, T>(total, plan.total_rows());
        }
      },
      kernel);
  kernel->phases.back().inputs = 0;
}

// The one phase of a reduction of short contiguous rows: no tiles, no parts.
template <typename Rule, typename T>
void MakeShortRows(const ReducePlan& plan, Kernel* kernel) {
  kernel->implementation = "short_rows";
  runtime::OverRows(
      {.count = plan.outer, .aligned = 1, .cost = 0.5 * static_cast<double>(plan.rows) + 8},
      [plan](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          const T* x = args.in<T>(0) + OffsetOf(k, plan.kept_dims, plan.kept_strides);
          const Wide<Rule, T> total = static_cast<Wide<Rule, T>>(CombineRun<Rule, T>(x, plan.rows));
          args.out<T>(0)[k] = Finished<Rule, T>(total, plan.rows);
        }
        if constexpr (std::is_same_v<T, float>) {
          T* const y = args.out<T>(0);
          if (Rule::AreSafe(y + begin, end - begin)) return;
          for (int64_t k = begin; k < end; ++k) {
            if (Rule::AreSafe(y + k, 1)) continue;
            const T* x = args.in<T>(0) + OffsetOf(k, plan.kept_dims, plan.kept_strides);
            y[k] = ResultInDouble<Rule>(plan, x);
          }
        }
      },
      kernel);
}

template <typename Rule, typename T>
void MakeFast(const ReducePlan& plan, Kernel* kernel) {
  if (plan.inner == 1 && plan.blocks == 1 && plan.parts == 1 && plan.rows <= 1024) {
    return MakeShortRows<Rule, T>(plan, kernel);
  }
  kernel->implementation = plan.parts > 1 ? "rows:two_phases" : "rows";
  const double task_cost = 16 + static_cast<double>(plan.outputs()) * plan.total_rows() * 0.5 /
                                    std::max<double>(plan.tasks(), 1);
  const auto run = [plan](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) RunTask<Rule, T>(plan, args, task);
  };
  if (plan.KeepsRows() && plan.tasks() == plan.outer) {
    return runtime::OverRows({.count = plan.outer, .aligned = 1, .cost = task_cost}, run, kernel);
  }
  runtime::ParallelOver(plan.tasks(), task_cost, run, kernel);
  if (plan.parts == 1) return;
  kernel->phases.back().outputs = 0;
  AddJoinPhase<Rule, T>(plan, kernel);
}

// The axes of x of one kind, for the reference kernel.
struct Walk {
  Dims dims, strides;
};

Walk AxesOf(const Dims& dims, const std::vector<bool>& reduced, bool want_reduced) {
  Walk walk;
  int64_t stride = NumElements(dims);
  for (size_t a = 0; a < dims.size(); ++a) {
    stride = dims[a] == 0 ? 0 : stride / dims[a];
    if (reduced[a] != want_reduced) continue;
    walk.dims.push_back(dims[a]);
    walk.strides.push_back(stride);
  }
  return walk;
}

// y[k] = Finish(⊕_r x[k, r]), r in row-major order.
template <typename Rule, typename T>
void MakeReference(const Dims& dims, const std::vector<bool>& reduced, Kernel* kernel) {
  const Walk kept = AxesOf(dims, reduced, false);
  Walk outside = AxesOf(dims, reduced, true);
  const int64_t terms = NumElements(outside.dims);
  int64_t run = 1, step = 1;  // the last reduced axis
  if (!outside.dims.empty()) {
    run = std::max<int64_t>(outside.dims.back(), 1);
    step = outside.strides.back();
    outside.dims.pop_back();
    outside.strides.pop_back();
  }
  const auto reduce = [=](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const T* x = args.in<T>(0) + OffsetOf(k, kept.dims, kept.strides);
      Wide<Rule, T> total = Rule::template Identity<Wide<Rule, T>>();
      for (int64_t r = 0; r < terms; r += run) {
        const T* v = x + OffsetOf(r / run, outside.dims, outside.strides);
        for (int64_t i = 0; i < run; ++i)
          total = Rule::Combine(total, static_cast<Wide<Rule, T>>(v[i * step]));
      }
      args.out<T>(0)[k] = Finished<Rule, T>(total, terms);
    }
  };
  const int64_t outputs = NumElements(kept.dims);
  if (std::is_sorted(reduced.begin(), reduced.end())) {  // the last axes: each row is one output
    const double cost = static_cast<double>(terms);
    return runtime::OverRows({.count = outputs, .aligned = 1, .cost = cost}, reduce, kernel);
  }
  runtime::ParallelOver(outputs, static_cast<double>(terms), reduce, kernel);
}

template <Kind kind>
struct RuleOf;
template <>
struct RuleOf<Kind::kSum> : std::type_identity<SumRule> {};
template <>
struct RuleOf<Kind::kMean> : std::type_identity<MeanRule> {};
template <>
struct RuleOf<Kind::kProd> : std::type_identity<ProdRule> {};
template <>
struct RuleOf<Kind::kMax> : std::type_identity<MaxRule> {};
template <>
struct RuleOf<Kind::kMin> : std::type_identity<MinRule> {};
template <>
struct RuleOf<Kind::kAny> : std::type_identity<AnyRule> {};
template <>
struct RuleOf<Kind::kAll> : std::type_identity<AllRule> {};

template <Kind kind, typename T>
constexpr bool kAccepts = kind == Kind::kMean                        ? std::is_floating_point_v<T>
                          : kind == Kind::kAny || kind == Kind::kAll ? std::is_same_v<T, bool>
                                                                     : !std::is_same_v<T, bool>;

// The extremum of no elements, of the node's dtype, which may be narrower than the request's.
void FillWithEnd(bool lowest, const runtime::KernelRequest& request, Kernel* kernel) {
  const DType dtype = request.node->outputs[0].dtype;
  const double end = lowest ? LowestValue(dtype) : HighestValue(dtype);
  DispatchComputed(request.outputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    runtime::OverRows(
        {.count = request.outputs[0].num_elements(), .cost = 1},
        [element = Convert<T>(end)](const KernelArgs& args, int64_t begin, int64_t to) {
          std::fill(args.out<T>(0) + begin, args.out<T>(0) + to, element);
        },
        kernel);
  });
}

}  // namespace

template <Kind kind>
absl::Status MakeKernel(const runtime::KernelRequest& request, Kernel* kernel) {
  using Rule = typename RuleOf<kind>::type;
  const Dims& dims = request.inputs[0].dims;
  const std::vector<bool> reduced =
      ReducedAxes(request.attr<std::vector<int64_t>>("axes"), static_cast<int>(dims.size()));
  if ((kind == Kind::kMax || kind == Kind::kMin) && request.inputs[0].num_elements() == 0) {
    FillWithEnd(kind == Kind::kMax, request, kernel);
    return absl::OkStatus();
  }
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (kAccepts<kind, T>) {
      if (request.mode == runtime::KernelMode::kReference) {
        MakeReference<Rule, T>(dims, reduced, kernel);
      } else {
        MakeFast<Rule, T>(PlanReduction(dims, reduced), kernel);
      }
    }
  });
  return absl::OkStatus();
}

template absl::Status MakeKernel<Kind::kSum>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kMean>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kProd>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kMax>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kMin>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kAny>(const runtime::KernelRequest&, Kernel*);
template absl::Status MakeKernel<Kind::kAll>(const runtime::KernelRequest&, Kernel*);

}  // namespace dagrad::ops::reduce_internal
