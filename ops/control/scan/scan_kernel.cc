#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/scan/scan_internal.h"

namespace dagrad::ops::scan_internal {
namespace {

using runtime::KernelArgs;
using runtime::RegionRunner;

// Sizes of one loop, in bytes of one step.
struct Loop {
  size_t carried = 0;
  size_t scanned = 0;
  std::vector<size_t> operand_bytes;
  std::vector<size_t> output_bytes;
  std::vector<int64_t> kept;
  int64_t steps = 0;
  bool reverse = false;

  size_t outputs() const { return output_bytes.size() - kept.size(); }

  // Carried values stand in the outputs of the node from the beginning on.
  absl::Status Run(const KernelArgs& args, RegionRunner& regions) const {
    for (size_t i = 0; i < carried; ++i)
      CopyBytes(args.outputs[i], args.inputs[i], output_bytes[i]);
    for (int64_t step = 0; step < steps; ++step)
      DAGRAD_RETURN_IF_ERROR(Step(args, reverse ? steps - 1 - step : step, regions));
    return absl::OkStatus();
  }

  absl::Status Step(const KernelArgs& args, int64_t t, RegionRunner& regions) const {
    const absl::Span<const void*> operands = regions.operands(0);
    for (size_t i = 0; i < operands.size(); ++i) {
      const bool slice = i >= carried && i < carried + scanned;
      const auto* input = static_cast<const std::byte*>(args.inputs[i]);
      operands[i] = i < carried ? args.outputs[i] : input + (slice ? t * operand_bytes[i] : 0);
    }
    for (size_t k = 0; k < kept.size(); ++k) {
      const size_t out = outputs() + k;
      CopyBytes(At(args, out, t), args.outputs[kept[k]], output_bytes[out]);
    }
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const void* const> results, regions.Run(0));
    for (size_t i = 0; i < outputs(); ++i)
      CopyBytes(i < carried ? args.outputs[i] : At(args, i, t), results[i], output_bytes[i]);
    return absl::OkStatus();
  }

  void* At(const KernelArgs& args, size_t output, int64_t t) const {
    return args.out<std::byte>(static_cast<int>(output)) + t * output_bytes[output];
  }
};

runtime::TensorSpec Slice(const runtime::TensorSpec& spec) {
  return {spec.dtype, Dims(spec.dims.begin() + 1, spec.dims.end())};
}

// Of the operands that are scanned, or else of the attribute.
absl::StatusOr<int64_t> Steps(const runtime::KernelRequest& request, size_t carried,
                              size_t scanned) {
  if (scanned > 0) return request.inputs[carried].dims[0];
  DAGRAD_ASSIGN_OR_RETURN(const Dims length, request.attr<Shape>("length").Bind(*request.bindings));
  return length[0];
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  Loop loop;
  loop.carried = static_cast<size_t>(request.attr<int64_t>("num_carried"));
  loop.scanned = static_cast<size_t>(request.attr<int64_t>("num_scanned"));
  loop.kept = request.attr<std::vector<int64_t>>("kept");
  loop.reverse = request.attr<bool>("reverse");
  DAGRAD_ASSIGN_OR_RETURN(loop.steps, Steps(request, loop.carried, loop.scanned));
  std::vector<runtime::TensorSpec> operands(request.inputs.begin(), request.inputs.end());
  for (size_t i = loop.carried; i < loop.carried + loop.scanned; ++i)
    operands[i] = Slice(operands[i]);
  for (const runtime::TensorSpec& s : operands) loop.operand_bytes.push_back(s.byte_size());
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    const runtime::TensorSpec& s = request.outputs[i];
    loop.output_bytes.push_back(i < loop.carried ? s.byte_size() : Slice(s).byte_size());
  }
  kernel->implementation = "regions";
  kernel->regions.push_back(MakeRegion(request, "body", std::move(operands)));
  kernel->regions[0].first_invariant = loop.carried + loop.scanned;
  kernel->regions[0].runs = static_cast<double>(loop.steps);
  runtime::Drive([loop](const KernelArgs& args, RegionRunner& r) { return loop.Run(args, r); },
                 kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::scan_internal
