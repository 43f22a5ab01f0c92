#include <algorithm>
#include <cstring>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/while/while_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::while_internal {
namespace {

using runtime::ByteSize;
using runtime::KernelArgs;
using runtime::RegionRunner;

enum : int { kCondition, kBody };

struct Loop {
  size_t carried = 0;
  size_t operands = 0;
  std::vector<size_t> carried_bytes;
  std::vector<int64_t> kept;
  int64_t max_iterations = 0;

  // Carried values stand in the outputs of the node from the beginning on.
  absl::Status Run(const KernelArgs& args, RegionRunner& regions) const {
    for (size_t i = 0; i < carried; ++i)
      CopyBytes(args.outputs[i], args.inputs[i], carried_bytes[i]);
    int64_t steps = 0;
    while (max_iterations == 0 || steps < max_iterations) {
      DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const void* const> holds,
                              RunRegion(kCondition, args, regions));
      if (!*static_cast<const bool*>(holds[0])) break;
      Keep(args, steps++);
      DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const void* const> next,
                              RunRegion(kBody, args, regions));
      for (size_t i = 0; i < carried; ++i) CopyBytes(args.outputs[i], next[i], carried_bytes[i]);
    }
    *args.out<int64_t>(static_cast<int>(carried)) = steps;
    for (size_t k = 0; k < kept.size(); ++k) {
      const ByteSize rest = ByteSize(carried_bytes[kept[k]]) * (max_iterations - steps);
      if (rest > ByteSize()) std::memset(At(args, k, steps), 0, rest.value());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<absl::Span<const void* const>> RunRegion(int region, const KernelArgs& args,
                                                          RegionRunner& regions) const {
    const absl::Span<const void*> in = regions.operands(region);
    for (size_t i = 0; i < operands; ++i) in[i] = i < carried ? args.outputs[i] : args.inputs[i];
    return regions.Run(region);
  }

  void Keep(const KernelArgs& args, int64_t step) const {
    for (size_t k = 0; k < kept.size(); ++k)
      CopyBytes(At(args, k, step), args.outputs[kept[k]], carried_bytes[kept[k]]);
  }

  std::byte* At(const KernelArgs& args, size_t k, int64_t step) const {
    return args.out<std::byte>(static_cast<int>(carried + 1 + k)) + step * carried_bytes[kept[k]];
  }
};

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  constexpr double kGuessedSteps = 10;
  Loop loop;
  loop.carried = request.attr<BodyPtr>("body")->function().outputs.size();
  loop.operands = request.inputs.size();
  loop.kept = request.attr<std::vector<int64_t>>("kept");
  loop.max_iterations = request.attr<int64_t>("max_iterations");
  for (size_t i = 0; i < loop.carried; ++i)
    loop.carried_bytes.push_back(request.inputs[i].byte_size());
  kernel->implementation = "regions";
  kernel->endless = loop.max_iterations == 0;
  for (absl::string_view attribute : {"condition", "body"}) {
    kernel->regions.push_back(
        MakeRegion(request, attribute, {request.inputs.begin(), request.inputs.end()}));
    runtime::Region& region = kernel->regions.back();
    region.first_invariant = loop.carried;
    region.place = static_cast<int>(kernel->regions.size()) - 1;
    region.runs = loop.max_iterations > 0
                      ? std::min(static_cast<double>(loop.max_iterations), kGuessedSteps)
                      : kGuessedSteps;
  }
  runtime::Drive([loop](const KernelArgs& args, RegionRunner& r) { return loop.Run(args, r); },
                 kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::while_internal
