#include "dagrad/ops/testing/run_kernel.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <thread>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/prepare_kernel.h"
#include "dagrad/runtime/string_heap.h"

namespace dagrad::ops {
namespace {

absl::Status RunConcurrently(const runtime::Phase& phase, const runtime::KernelArgs& args,
                             int threads) {
  std::atomic<int> next{phase.shards};
  std::vector<absl::Status> results(threads);
  std::vector<std::thread> team;
  for (int t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      for (int shard; (shard = --next) >= 0;) results[t].Update(phase.run(args, shard));
    });
  }
  for (std::thread& thread : team) thread.join();
  for (const absl::Status& s : results) DAGRAD_RETURN_IF_ERROR(s);
  return absl::OkStatus();
}

absl::Status RunPhase(const runtime::Phase& phase, const runtime::KernelArgs& args, int threads) {
  if (threads > 0) return RunConcurrently(phase, args, threads);
  for (int shard = 0; shard < phase.shards; ++shard) DAGRAD_RETURN_IF_ERROR(phase.run(args, shard));
  return absl::OkStatus();
}

absl::StatusOr<Tensor> AllocateFilled(DType dtype, absl::Span<const int64_t> dims) {
  DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Allocate(dtype, dims));
  if (t.byte_size() > 0) std::memset(t.mutable_bytes(), 0xff, t.byte_size());
  return t;
}

}  // namespace

absl::StatusOr<std::vector<Tensor>> RunPrepared(const runtime::Kernel& kernel,
                                                absl::Span<const Tensor> inputs,
                                                absl::Span<const runtime::TensorSpec> outputs,
                                                int threads) {
  std::vector<const void*> in;
  for (const Tensor& t : inputs) in.push_back(t.bytes());
  std::vector<Tensor> results;
  std::vector<void*> out;
  for (const runtime::TensorSpec& spec : outputs) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, AllocateFilled(spec.dtype, spec.dims));
    results.push_back(t);
    out.push_back(results.back().mutable_bytes());
  }
  DAGRAD_ASSIGN_OR_RETURN(
      Tensor memory,
      AllocateFilled(DType::kUInt8, {static_cast<int64_t>(runtime::PrivateBytes(kernel))}));
  runtime::StringHeap strings;
  runtime::KernelArgs args{.inputs = in.data(), .outputs = out.data(), .strings = &strings};
  runtime::PlacePrivate(kernel, static_cast<std::byte*>(memory.mutable_bytes()), &args);
  for (const runtime::Phase& phase : kernel.phases) {
    DAGRAD_RETURN_IF_ERROR(RunPhase(phase, args, threads));
  }
  for (Tensor& t : results) DAGRAD_RETURN_IF_ERROR(t.OwnText());
  return results;
}

absl::StatusOr<std::vector<Tensor>> RunKernel(const OpDef& op, absl::Span<const Tensor> inputs,
                                              AttrMap attrs, const RunOptions& options,
                                              std::string* implementation) {
  std::vector<ValueType> types;
  std::vector<runtime::TensorSpec> in, out;
  for (const Tensor& t : inputs) {
    types.push_back({t.dtype(), Shape(absl::MakeConstSpan(t.dims()))});
    in.push_back({t.dtype(), t.dims()});
  }
  Node node;
  node.op = &op;
  DAGRAD_ASSIGN_OR_RETURN(node.outputs, InferOp(op, types, &attrs));
  node.attrs = attrs;
  for (const ValueType& type : node.outputs) out.push_back({type.dtype, type.shape.ToDims()});
  const Bindings bindings;
  runtime::Kernel kernel;
  DAGRAD_RETURN_IF_ERROR(
      runtime::PrepareKernel({&node, in, out, &bindings, options.mode}, &kernel));
  if (implementation != nullptr) *implementation = kernel.implementation;
  return RunPrepared(kernel, inputs, out, options.threads);
}

Tensor RandomTensor(DType dtype, absl::Span<const int64_t> dims, std::mt19937* random) {
  Tensor t = *Tensor::Zeros(DType::kFloat64, dims);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (double& v : t.mutable_data<double>()) v = uniform(*random);
  return *t.Cast(dtype);
}

double MaxError(const Tensor& a, const Tensor& b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a.dims() != b.dims()) return kInfinity;
  const Tensor a64 = *a.Cast(DType::kFloat64), b64 = *b.Cast(DType::kFloat64);
  double worst = 0;
  for (int64_t i = 0; i < a.num_elements(); ++i) {
    const double x = a64.data<double>()[i], y = b64.data<double>()[i];
    if (std::isnan(x) && std::isnan(y)) continue;
    const double error = std::abs(x - y) / std::max(1.0, std::abs(y));
    if (!(error <= worst)) worst = std::isnan(error) ? kInfinity : error;
  }
  return worst;
}

}  // namespace dagrad::ops
