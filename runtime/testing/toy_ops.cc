#include "dagrad/runtime/testing/toy_ops.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "dagrad/graph/error.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::testing {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr DTypeSet kF32 = {DType::kFloat32};
constexpr int kShards = 8;

absl::Status InferSame(InferContext& c) {
  for (int i = 1; i < c.num_inputs(); ++i) {
    if (!(c.shape(i) == c.shape(0))) return InferContext::Fail("toy_c1", "shapes differ");
  }
  c.SetOutput(0, DType::kFloat32, c.shape(0));
  return absl::OkStatus();
}

// out[i] = f(args, i), in kShards shards.
template <typename F>
void OverElements(const KernelRequest& request, F f, Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  kernel->phases.push_back({kShards, [n, f](const KernelArgs& args, int shard) {
                              const runtime::ShardRange r =
                                  runtime::RangeOfShard(n, kShards, shard);
                              for (int64_t i = r.begin; i < r.end; ++i)
                                args.out<float>(0)[i] = f(args, i);
                              return absl::OkStatus();
                            }});
}

absl::Status AddKernel(const KernelRequest& request, Kernel* kernel) {
  OverElements(
      request, [](const KernelArgs& a, int64_t i) { return a.in<float>(0)[i] + a.in<float>(1)[i]; },
      kernel);
  return absl::OkStatus();
}

absl::Status SubKernel(const KernelRequest& request, Kernel* kernel) {
  OverElements(
      request, [](const KernelArgs& a, int64_t i) { return a.in<float>(0)[i] - a.in<float>(1)[i]; },
      kernel);
  return absl::OkStatus();
}

absl::Status MulKernel(const KernelRequest& request, Kernel* kernel) {
  OverElements(
      request, [](const KernelArgs& a, int64_t i) { return a.in<float>(0)[i] * a.in<float>(1)[i]; },
      kernel);
  return absl::OkStatus();
}

absl::Status ScaleKernel(const KernelRequest& request, Kernel* kernel) {
  const float factor = static_cast<float>(request.attr<double>("factor"));
  OverElements(
      request, [factor](const KernelArgs& a, int64_t i) { return a.in<float>(0)[i] * factor; },
      kernel);
  return absl::OkStatus();
}

absl::Status ReverseKernel(const KernelRequest& request, Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  OverElements(
      request, [n](const KernelArgs& a, int64_t i) { return a.in<float>(0)[n - 1 - i]; }, kernel);
  return absl::OkStatus();
}

absl::Status SumKernel(const KernelRequest& request, Kernel* kernel) {
  const int64_t n = request.inputs[0].num_elements();
  kernel->scratch_bytes = kShards * sizeof(float);
  kernel->phases.push_back({kShards, [n](const KernelArgs& args, int shard) {
                              const runtime::ShardRange r =
                                  runtime::RangeOfShard(n, kShards, shard);
                              float sum = 0;
                              for (int64_t i = r.begin; i < r.end; ++i) sum += args.in<float>(0)[i];
                              reinterpret_cast<float*>(args.scratch)[shard] = sum;
                              return absl::OkStatus();
                            }});
  kernel->phases.push_back({1, [](const KernelArgs& args, int) {
                              float sum = 0;
                              for (int i = 0; i < kShards; ++i)
                                sum += reinterpret_cast<float*>(args.scratch)[i];
                              *args.out<float>(0) = sum;
                              return absl::OkStatus();
                            }});
  return absl::OkStatus();
}

absl::Status SplitSignKernel(const KernelRequest& request, Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  kernel->phases.push_back({1, [n](const KernelArgs& args, int) {
                              for (int64_t i = 0; i < n; ++i) {
                                const float x = args.in<float>(0)[i];
                                args.out<float>(0)[i] = std::max(x, 0.0f);
                                args.out<float>(1)[i] = std::min(x, 0.0f);
                              }
                              return absl::OkStatus();
                            }});
  return absl::OkStatus();
}

absl::Status FailKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.inputs[0].num_elements() == 1) return UnimplementedError("told not to start");
  const int64_t n = request.outputs[0].num_elements();
  kernel->phases.push_back(
      {kShards, [n](const KernelArgs& args, int shard) -> absl::Status {
         if (args.in<float>(0)[0] < 0 && shard >= 2) {
           return InternalError(shard == 2 ? "told to fail" : "another shard's error");
         }
         const runtime::ShardRange r = runtime::RangeOfShard(n, kShards, shard);
         std::copy(args.in<float>(0) + r.begin, args.in<float>(0) + r.end,
                   args.out<float>(0) + r.begin);
         return absl::OkStatus();
       }});
  return absl::OkStatus();
}

absl::Status ConstantKernel(const KernelRequest& request, Kernel* kernel) {
  const Tensor value = request.attr<Tensor>("value");
  OverElements(
      request, [value](const KernelArgs&, int64_t i) { return value.data<float>()[i]; }, kernel);
  return absl::OkStatus();
}

absl::Status InferScalar(InferContext& c) {
  c.SetOutput(0, DType::kFloat32, {});
  return absl::OkStatus();
}

absl::Status InferTwo(InferContext& c) {
  for (int i = 0; i < 2; ++i) c.SetOutput(i, DType::kFloat32, c.shape(0));
  return absl::OkStatus();
}

absl::Status InferReshape(InferContext& c) {
  c.SetOutput(0, DType::kFloat32, c.attr<Shape>("shape"));
  return absl::OkStatus();
}

absl::Status InferConstant(InferContext& c) {
  const Tensor& value = c.attr<Tensor>("value");
  c.SetOutput(0, value.dtype(), Shape(absl::MakeConstSpan(value.dims())));
  return absl::OkStatus();
}

using MakeKernelFunction = absl::Status (*)(const KernelRequest&, Kernel*);
using InferFunction = absl::Status (*)(InferContext&);

OpDef* Make(absl::string_view name, int inputs, uint32_t traits, InferFunction infer,
            MakeKernelFunction make) {
  auto* op = new OpDef();
  op->name = name;
  op->label = "toy";
  for (int i = 0; i < inputs; ++i) op->inputs.push_back({"x", kF32});
  op->outputs = {{"y", kF32}};
  op->traits = traits;
  op->infer = infer;
  op->make_kernel = make;
  return op;
}

OpDef* WithAttr(OpDef* op, absl::string_view name, AttrKind kind) {
  op->attrs = {{name, kind}};
  return op;
}

Value Add(const OpDef& op, std::initializer_list<Value> inputs, AttrMap attrs = {}) {
  return inputs.begin()->builder()->AddNode(op, inputs, std::move(attrs),
                                            SourceLocation::Current());
}

}  // namespace

const OpDef& ToyConstantOp() {
  static const OpDef* const op = WithAttr(Make("ToyConstant", 0, 0, InferConstant, ConstantKernel),
                                          "value", AttrKind::kTensor);
  return *op;
}

Value ToyConstant(GraphBuilder* g, Tensor value) {
  return g->AddNode(ToyConstantOp(), {}, {{"value", std::move(value)}}, SourceLocation::Current());
}

Value ToyAdd(Value a, Value b) {
  static const OpDef* const op =
      Make("ToyAdd", 2, kElementwise | kInPlace | kCommutative, InferSame, AddKernel);
  return Add(*op, {a, b});
}

Value ToyMul(Value a, Value b) {
  static const OpDef* const op =
      Make("ToyMul", 2, kElementwise | kInPlace | kCommutative, InferSame, MulKernel);
  return Add(*op, {a, b});
}

Value ToySub(Value a, Value b) {
  static const OpDef* const op = Make("ToySub", 2, kElementwise | kInPlace, InferSame, SubKernel);
  return Add(*op, {a, b});
}

Value ToyScale(Value x, double factor) {
  static const OpDef* const op =
      WithAttr(Make("ToyScale", 1, kElementwise | kInPlace, InferSame, ScaleKernel), "factor",
               AttrKind::kFloat);
  return Add(*op, {x}, {{"factor", factor}});
}

Value ToyReverse(Value x) {
  static const OpDef* const op = Make("ToyReverse", 1, 0, InferSame, ReverseKernel);
  return Add(*op, {x});
}

Value ToyReshape(Value x, Shape shape) {
  static const OpDef* const op =
      WithAttr(Make("ToyReshape", 1, kView, InferReshape, nullptr), "shape", AttrKind::kShape);
  return Add(*op, {x}, {{"shape", std::move(shape)}});
}

Value ToySum(Value x) {
  static const OpDef* const op = Make("ToySum", 1, 0, InferScalar, SumKernel);
  return Add(*op, {x});
}

std::vector<Value> ToySplitSign(Value x) {
  static const OpDef* const op = [] {
    OpDef* split = Make("ToySplitSign", 1, 0, InferTwo, SplitSignKernel);
    split->outputs[0].in_place_of = "x";
    split->outputs.push_back({"negative", kF32});
    return split;
  }();
  return x.builder()->Outputs(Add(*op, {x}), 2);
}

Value ToyFail(Value x) {
  static const OpDef* const op = Make("ToyFail", 1, 0, InferSame, FailKernel);
  return Add(*op, {x});
}

}  // namespace dagrad::testing
