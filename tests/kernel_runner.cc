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

namespace dagrad::tests {
namespace {

// Bytes between two guards, all filled with `poison`.
class GuardedBuffer {
 public:
  GuardedBuffer(size_t size, unsigned char poison)
      : size_(size),
        poison_(poison),
        bytes_(Tensor::Full(DType::kUInt8, {static_cast<int64_t>(size + 2 * kGuard)}, poison)) {}

  std::byte* data() { return static_cast<std::byte*>(bytes_.mutable_bytes()) + kGuard; }

  bool GuardsHold() const {
    const auto all = bytes_.data<uint8_t>();
    auto intact = [&](uint8_t b) { return b == poison_; };
    return std::all_of(all.begin(), all.begin() + kGuard, intact) &&
           std::all_of(all.begin() + kGuard + size_, all.end(), intact);
  }

 private:
  static constexpr size_t kGuard = 4 * kTensorAlignment;
  size_t size_;
  unsigned char poison_;
  Tensor bytes_;
};

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

// One run: buffers, kernel, and what is checked afterwards.
class Runner {
 public:
  Runner(const OpCase& c, const RunOptions& options) : case_(c), options_(options) {}

  absl::StatusOr<std::vector<Tensor>> Run(int* shards) {
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
        node.op->make_kernel({&node, in_specs_, out_specs_, &bindings, options_.mode}, &kernel));
    GuardedBuffer scratch(kernel.scratch_bytes, options_.poison);
    const runtime::KernelArgs args{in_.data(), out_.data(), scratch.data()};
    for (const runtime::Phase& phase : kernel.phases) {
      DAGRAD_RETURN_IF_ERROR(RunPhase(phase, args, options_.order));
      if (shards != nullptr) *shards = std::max(*shards, phase.shards);
    }
    if (!scratch.GuardsHold()) return absl::InternalError("the kernel wrote beside its scratch");
    DAGRAD_RETURN_IF_ERROR(CheckBuffers());
    return TakeOutputs();
  }

 private:
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
      outputs.push_back(std::move(t));
    }
    return outputs;
  }

  const OpCase& case_;
  const RunOptions& options_;
  Function function_;
  std::vector<runtime::TensorSpec> in_specs_, out_specs_;
  std::vector<GuardedBuffer> in_buffers_, out_buffers_;
  std::vector<const void*> in_;
  std::vector<void*> out_;
};

}  // namespace

absl::StatusOr<std::vector<Tensor>> RunKernel(const OpCase& c, const RunOptions& options,
                                              int* shards) {
  if (c.op->make_kernel == nullptr) return absl::UnimplementedError("the op has no kernel");
  return Runner(c, options).Run(shards);
}

}  // namespace dagrad::tests
