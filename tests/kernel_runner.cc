#include "dagrad/tests/kernel_runner.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/prepare_kernel.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/string_heap.h"
#include "dagrad/tests/guarded_buffer.h"
#include "dagrad/tests/row_ranges.h"

namespace dagrad::tests {
namespace {

absl::Status RunPhase(const runtime::Phase& phase, const runtime::KernelArgs& args,
                      RunOptions::Order order) {
  if (order == RunOptions::Order::kThreads) {
    std::vector<absl::Status> statuses(phase.shards);
    std::atomic<int> next = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int shard; (shard = next++) < phase.shards;) statuses[shard] = phase.run(args, shard);
      });
    }
    for (std::thread& t : threads) t.join();
    for (const absl::Status& s : statuses) DAGRAD_RETURN_IF_ERROR(s);
    return absl::OkStatus();
  }
  for (int i = 0; i < phase.shards; ++i) {
    const int shard = order == RunOptions::Order::kReverse ? phase.shards - 1 - i : i;
    DAGRAD_RETURN_IF_ERROR(phase.run(args, shard));
  }
  return absl::OkStatus();
}

// Poisoned buffers in the place of those that a phase's mask leaves out.
class StandIns {
 public:
  StandIns(uint32_t mask, const std::vector<runtime::TensorSpec>& specs) {
    for (size_t i = 0; i < specs.size(); ++i) {
      if (i >= 32 || (mask >> i & 1) != 0) continue;
      buffers_.emplace_back(i, GuardedBuffer(specs[i].byte_size(), kPoison));
    }
  }

  template <typename Pointer>
  std::vector<Pointer> Replace(std::vector<Pointer> pointers) {
    for (auto& [i, buffer] : buffers_) pointers[i] = buffer.data();
    return pointers;
  }

  bool Intact() const {
    return std::all_of(buffers_.begin(), buffers_.end(),
                       [](const auto& b) { return b.second.Untouched(); });
  }

 private:
  static constexpr unsigned char kPoison = 0xFF;  // NaN
  std::vector<std::pair<size_t, GuardedBuffer>> buffers_;
};

// One run: buffers, kernel, and what is checked afterwards.
class Runner {
 public:
  Runner(const OpCase& c, const RunOptions& options) : case_(c), options_(options) {}

  absl::StatusOr<std::vector<Tensor>> Run(RunReport* report) {
    DAGRAD_ASSIGN_OR_RETURN(function_, MakeFunction(case_));
    const Node& node = function_.nodes.back();
    for (const Tensor& t : case_.inputs) {
      in_specs_.push_back({t.dtype(), t.dims()});
      in_buffers_.emplace_back(t.byte_size(), options_.poison);
      if (t.byte_size() > 0) std::memcpy(in_buffers_.back().data(), t.bytes(), t.byte_size());
      in_.push_back(in_buffers_.back().data());
    }
    for (const ValueType& type : node.outputs) {
      out_specs_.push_back({type.dtype, type.shape.ToDims()});
      out_buffers_.emplace_back(out_specs_.back().byte_size(), options_.poison);
      out_.push_back(out_buffers_.back().data());
    }
    if (options_.output_over_input >= 0) out_[0] = in_buffers_[options_.output_over_input].data();
    const Bindings bindings;
    runtime::Kernel kernel;
    DAGRAD_RETURN_IF_ERROR(
        runtime::PrepareKernel({&node, in_specs_, out_specs_, &bindings, options_.mode}, &kernel));
    Report(kernel, report);
    // In ranges, rows have their own scratch behind what is shared.
    const bool only_shared = options_.ranges != nullptr && report->row_phases > 0;
    scratch_bytes_ = only_shared ? kernel.shared_scratch_bytes : kernel.scratch_bytes;
    GuardedBuffer scratch(scratch_bytes_, options_.poison);
    GuardedBuffer kept(kernel.kept_bytes, options_.poison);
    const runtime::KernelArgs args{.inputs = in_.data(),
                                   .outputs = out_.data(),
                                   .scratch = scratch.data(),
                                   .kept = kept.data(),
                                   .strings = &strings_};
    DAGRAD_RETURN_IF_ERROR(RunAll(kernel, bindings, args));
    if (!scratch.GuardsHold() || !kept.GuardsHold())
      return absl::InternalError("the kernel wrote beside its scratch");
    DAGRAD_RETURN_IF_ERROR(CheckBuffers());
    return TakeOutputs();
  }

 private:
  static void Report(const runtime::Kernel& kernel, RunReport* report) {
    for (const runtime::Phase& phase : kernel.phases) {
      report->most_shards = std::max(report->most_shards, phase.shards);
      if (phase.rows == nullptr) continue;
      ++report->row_phases;
      report->aligned &= phase.rows->aligned;
    }
  }

  absl::Status RunAll(const runtime::Kernel& kernel, const Bindings& bindings,
                      const runtime::KernelArgs& args) {
    if (kernel.drive != nullptr) return runtime::DriveAlone(kernel, args, bindings, options_.mode);
    for (const runtime::Phase& phase : kernel.phases)
      DAGRAD_RETURN_IF_ERROR(RunPhaseOnItsOwn(phase, args));
    return RunAgainWithWhatIsKept(kernel, args);
  }

  // Once more without the first phases that are kept, whose work must still be there.
  absl::Status RunAgainWithWhatIsKept(const runtime::Kernel& kernel,
                                      const runtime::KernelArgs& args) {
    size_t kept = 0;
    while (kept < kernel.phases.size() && kernel.phases[kept].kept) ++kept;
    if (kept == 0 || options_.output_over_input >= 0) return absl::OkStatus();
    // Other nodes have had the scratch meanwhile.
    std::memset(args.scratch, options_.poison, scratch_bytes_);
    for (size_t i = 0; i < out_.size(); ++i)
      std::memset(out_[i], options_.poison, out_specs_[i].byte_size());
    for (size_t p = kept; p < kernel.phases.size(); ++p)
      DAGRAD_RETURN_IF_ERROR(RunPhaseOnItsOwn(kernel.phases[p], args));
    return absl::OkStatus();
  }

  // Poison stands for the inputs and outputs that the phase says it does not touch; an error if it
  // writes there.
  absl::Status RunPhaseOnItsOwn(const runtime::Phase& phase, const runtime::KernelArgs& args) {
    StandIns inputs(phase.inputs, in_specs_), outputs(phase.outputs, out_specs_);
    const std::vector<const void*> in = inputs.Replace(in_);
    const std::vector<void*> out = outputs.Replace(out_);
    runtime::KernelArgs own = args;
    own.inputs = in.data();
    own.outputs = out.data();
    if (phase.kept) own.scratch = nullptr;
    if (options_.ranges == nullptr || phase.rows == nullptr) {
      DAGRAD_RETURN_IF_ERROR(RunPhase(phase, own, options_.order));
    } else {
      std::vector<size_t> in_bytes, out_bytes;
      for (const runtime::TensorSpec& s : in_specs_) in_bytes.push_back(s.byte_size());
      for (const runtime::TensorSpec& s : out_specs_) out_bytes.push_back(s.byte_size());
      DAGRAD_RETURN_IF_ERROR(RunInRanges(phase, {own, in_bytes, out_bytes}, options_.ranges));
    }
    if (inputs.Intact() && outputs.Intact()) return absl::OkStatus();
    return absl::InternalError("a phase wrote an output that it does not name");
  }

  absl::Status CheckBuffers() {
    for (size_t i = 0; i < in_buffers_.size(); ++i) {
      if (!in_buffers_[i].GuardsHold()) {
        return absl::InternalError(absl::StrCat("the kernel wrote beside input ", i));
      }
      const Tensor& t = case_.inputs[i];
      if (static_cast<int>(i) == options_.output_over_input || t.byte_size() == 0) continue;
      if (std::memcmp(t.bytes(), in_[i], t.byte_size()) == 0) continue;
      return absl::InternalError(absl::StrCat("the kernel changed input ", i));
    }
    for (size_t i = 0; i < out_buffers_.size(); ++i) {
      if (!out_buffers_[i].GuardsHold()) {
        return absl::InternalError(absl::StrCat("the kernel wrote beside output ", i));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Tensor>> TakeOutputs() {
    std::vector<Tensor> outputs;
    for (size_t i = 0; i < out_.size(); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Allocate(out_specs_[i].dtype, out_specs_[i].dims));
      if (t.byte_size() > 0) std::memcpy(t.mutable_bytes(), out_[i], t.byte_size());
      DAGRAD_RETURN_IF_ERROR(t.OwnText());
      outputs.push_back(std::move(t));
    }
    return outputs;
  }

  const OpCase& case_;
  const RunOptions& options_;
  Function function_;
  size_t scratch_bytes_ = 0;
  runtime::StringHeap strings_;
  std::vector<runtime::TensorSpec> in_specs_, out_specs_;
  std::vector<GuardedBuffer> in_buffers_, out_buffers_;
  std::vector<const void*> in_;
  std::vector<void*> out_;
};

}  // namespace

absl::StatusOr<std::vector<Tensor>> RunKernel(const OpCase& c, const RunOptions& options,
                                              RunReport* report) {
  if (c.op->make_kernel == nullptr) return absl::UnimplementedError("the op has no kernel");
  RunReport unused;
  return Runner(c, options).Run(report == nullptr ? &unused : report);
}

}  // namespace dagrad::tests
