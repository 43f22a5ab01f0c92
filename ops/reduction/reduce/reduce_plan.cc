#include "dagrad/ops/reduction/reduce/reduce_plan.h"

#include <algorithm>

#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::reduce_internal {
namespace {

constexpr int64_t kPartElements = 8192;  // fewest elements of a task that is split off
constexpr int64_t kEnoughTasks = 8;      // are not split: whole ones can take rows as they come

struct Group {
  int64_t dim;
  int64_t stride;
  bool reduced;
};

std::vector<Group> AlternatingGroups(absl::Span<const int64_t> dims,
                                     const std::vector<bool>& reduced) {
  std::vector<Group> groups;  // innermost first
  int64_t stride = 1;
  for (size_t a = dims.size(); a-- > 0; stride *= dims[a]) {
    if (dims[a] == 1) continue;
    if (!groups.empty() && groups.back().reduced == reduced[a]) {
      groups.back().dim *= dims[a];
    } else {
      groups.push_back({dims[a], stride, reduced[a]});
    }
  }
  return groups;
}

void ChooseParts(ReducePlan* plan) {
  const int64_t elements = plan->outputs() * plan->total_rows();
  const int64_t wanted = runtime::ShardsFor(elements, 0.5);
  const int64_t tasks = std::max<int64_t>(plan->outer * plan->tiles, 1);
  if (tasks >= kEnoughTasks) return;
  const int64_t task_elements = plan->total_rows() * std::min(plan->inner, ReducePlan::kTile);
  const int64_t most = std::min(plan->total_rows(), task_elements / kPartElements);
  plan->parts = std::max<int64_t>(1, std::min((wanted + tasks - 1) / tasks, most));
}

}  // namespace

ReducePlan PlanReduction(absl::Span<const int64_t> dims, const std::vector<bool>& reduced) {
  ReducePlan plan;
  const std::vector<Group> groups = AlternatingGroups(dims, reduced);
  size_t g = 0;
  if (g < groups.size() && !groups[g].reduced) plan.inner = groups[g++].dim;
  if (g < groups.size()) plan.rows = groups[g++].dim;
  for (size_t i = groups.size(); i-- > g;) {
    (groups[i].reduced ? plan.reduced_dims : plan.kept_dims).push_back(groups[i].dim);
    (groups[i].reduced ? plan.reduced_strides : plan.kept_strides).push_back(groups[i].stride);
  }
  plan.outer = NumElements(plan.kept_dims);
  plan.blocks = NumElements(plan.reduced_dims);
  plan.tiles = (plan.inner + ReducePlan::kTile - 1) / ReducePlan::kTile;
  ChooseParts(&plan);
  return plan;
}

int64_t OffsetOf(int64_t index, const Dims& dims, const Dims& strides) {
  if (dims.size() == 1) return index * strides[0];
  int64_t offset = 0;
  for (size_t a = dims.size(); a-- > 0;) {
    offset += index % dims[a] * strides[a];
    index /= dims[a];
  }
  return offset;
}

}  // namespace dagrad::ops::reduce_internal
