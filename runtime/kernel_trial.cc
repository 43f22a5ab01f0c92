#include "dagrad/runtime/kernel_trial.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {
namespace {

constexpr int kRuns = 3;
constexpr double kHopeless = 3, kClearly = 0.95;
constexpr double kNever = std::numeric_limits<double>::infinity();

// The buffers of one request, for all of its kernels.
class Buffers {
 public:
  absl::Status Allocate(const KernelRequest& request, ByteSize private_memory) {
    for (const TensorSpec& spec : request.inputs) {
      DAGRAD_ASSIGN_OR_RETURN(tensors_.emplace_back(), Tensor::Zeros(spec.dtype, spec.dims));
      inputs_.push_back(tensors_.back().bytes());
    }
    for (const TensorSpec& spec : request.outputs) {
      DAGRAD_ASSIGN_OR_RETURN(tensors_.emplace_back(), Tensor::Allocate(spec.dtype, spec.dims));
      outputs_.push_back(tensors_.back().mutable_bytes());
    }
    const Dims size = {static_cast<int64_t>(private_memory.value())};
    DAGRAD_ASSIGN_OR_RETURN(private_, Tensor::Allocate(DType::kUInt8, size));
    return absl::OkStatus();
  }

  KernelArgs For(const Kernel& kernel) {
    KernelArgs args{inputs_.data(), outputs_.data()};
    PlacePrivate(kernel, static_cast<std::byte*>(private_.mutable_bytes()), &args);
    return args;
  }

 private:
  std::vector<Tensor> tensors_;
  std::vector<const void*> inputs_;
  std::vector<void*> outputs_;
  Tensor private_;
};

// What the phase left in the last run is still right in the next one.
bool Stays(const Phase& phase, const KernelRequest& request) {
  if (!phase.kept) return false;
  for (size_t i = 0; i < request.inputs.size(); ++i) {
    const bool fixed = i < 32 && (request.fixed_inputs >> i & 1) != 0;
    if (phase.Reads(i) && !fixed) return false;
  }
  return true;
}

// Seconds of the phases; kNever if one fails.
double Seconds(const Kernel& kernel, const KernelRequest& request, const KernelArgs& args,
               bool first) {
  using Clock = std::chrono::steady_clock;
  double seconds = 0;
  for (const Phase& phase : kernel.phases) {
    const bool stays = Stays(phase, request);
    if (stays && !first) continue;
    const Clock::time_point start = Clock::now();
    for (int shard = 0; shard < phase.shards; ++shard) {
      if (!phase.run(args, shard).ok()) return kNever;
    }
    if (!stays) seconds += std::chrono::duration<double>(Clock::now() - start).count();
  }
  return seconds;
}

// The best of the timed runs, or that which puts the kernel out.
double BestSeconds(const Kernel& kernel, const KernelRequest& request, const KernelArgs& args,
                   double first_kernel) {
  double best = Seconds(kernel, request, args, true);
  if (best > kHopeless * first_kernel) return best;
  best = kNever;
  for (int i = 0; i < kRuns; ++i) best = std::min(best, Seconds(kernel, request, args, false));
  return best;
}

}  // namespace

size_t FastestKernel(absl::Span<const Kernel> kernels, const KernelRequest& request) {
  ByteSize memory;
  for (const Kernel& k : kernels) memory = std::max(memory, ByteSize(PrivateBytes(k)));
  Buffers buffers;
  if (kernels.size() == 1 || !buffers.Allocate(request, memory).ok()) return 0;
  const double first = BestSeconds(kernels[0], request, buffers.For(kernels[0]), kNever);
  if (first == kNever) return 0;
  size_t fastest = 0;
  double least = kClearly * first;
  for (size_t i = 1; i < kernels.size(); ++i) {
    const double seconds = BestSeconds(kernels[i], request, buffers.For(kernels[i]), first);
    if (seconds >= least) continue;
    least = seconds;
    fastest = i;
  }
  return fastest;
}

}  // namespace dagrad::runtime
