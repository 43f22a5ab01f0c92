#include "dagrad/ops/nn/pool/pool2d.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/pool/pool2d_internal.h"

namespace dagrad {
namespace {

using ops::pool2d_internal::InferOutput;
using ops::pool2d_internal::Kind;
using ops::pool2d_internal::OptionsOf;
using ops::pool2d_internal::ReadSizes;
using ops::pool2d_internal::Sizes;

absl::Status Expect(absl::string_view label, const char* name, const Shape& shape,
                    const Shape& expected) {
  if (shape == expected) return absl::OkStatus();
  return InferContext::Fail(
      label, absl::StrCat(name, " is ", shape.ToString(), " instead of ", expected.ToString()));
}

absl::Status InferMax(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y, InferOutput(c, "max_pool2d", c.shape(0)));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status InferMaxGrad(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferOutput(c, "max_pool2d_grad", c.shape(0)));
  DAGRAD_RETURN_IF_ERROR(Expect("max_pool2d_grad_c6", "dy", c.shape(1), y));
  c.SetOutput(0, c.dtype(0), c.shape(0));
  return absl::OkStatus();
}

absl::Status InferMaxGather(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y, InferOutput(c, "max_pool2d_gather", c.shape(0)));
  DAGRAD_RETURN_IF_ERROR(Expect("max_pool2d_gather_c6", "u", c.shape(1), c.shape(0)));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status InferAvg(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y, InferOutput(c, "avg_pool2d", c.shape(0)));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status InferAvgGrad(InferContext& c) {
  const Shape& x = c.attr<Shape>("input_shape");
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferOutput(c, "avg_pool2d_grad", x));
  DAGRAD_RETURN_IF_ERROR(Expect("avg_pool2d_grad_c6", "dy", c.shape(0), y));
  c.SetOutput(0, c.dtype(0), x);
  return absl::OkStatus();
}

// With A(x) the matrix that picks the first maximum of each window: y = A(x) x, and A is constant
// in a neighbourhood of x wherever the maximum is unique, so x̄ = A(x)ᵀ ȳ.
absl::Status GradientOfMax(GradContext& c) {
  c.SetGrad(0, MaxPool2DGrad(c.input(0), c.cotangent(), OptionsOf(c)));
  return absl::OkStatus();
}

// dx = A(x)ᵀ dy: the cotangent of dy is A(x) u; none flows to x.
absl::Status GradientOfMaxGrad(GradContext& c) {
  if (c.needs_grad(1)) c.SetGrad(1, MaxPool2DGather(c.input(0), c.cotangent(), OptionsOf(c)));
  return absl::OkStatus();
}

// y = A(x) u: the cotangent of u is A(x)ᵀ ȳ; none flows to x.
absl::Status GradientOfMaxGather(GradContext& c) {
  if (c.needs_grad(1)) c.SetGrad(1, MaxPool2DGrad(c.input(0), c.cotangent(), OptionsOf(c)));
  return absl::OkStatus();
}

// Both averages are linear, and each the transpose of the other.
absl::Status GradientOfAvg(GradContext& c) {
  c.SetGrad(0, AvgPool2DGrad(c.cotangent(), Shape(c.input(0).shape()), OptionsOf(c)));
  return absl::OkStatus();
}

absl::Status GradientOfAvgGrad(GradContext& c) {
  c.SetGrad(0, AvgPool2D(c.cotangent(), OptionsOf(c)));
  return absl::OkStatus();
}

// The maxima are exact, so the loops for speed serve both dtypes; sums in another order than the
// reference's would not have its bits in float64.
template <typename T>
void MakeKernelOf(Kind kind, const Sizes& sizes, runtime::KernelMode mode,
                  runtime::Kernel* kernel) {
  const bool average = kind == Kind::kAvg || kind == Kind::kAvgGrad;
  if (mode == runtime::KernelMode::kReference || (average && std::is_same_v<T, double>)) {
    ops::pool2d_internal::MakeReferenceKernel<T>(kind, sizes, kernel);
  } else if (average) {
    ops::pool2d_internal::MakeAvgKernel(kind, sizes, kernel);
  } else {
    ops::pool2d_internal::MakeMaxKernel<T>(kind, sizes, kernel);
  }
}

bool GivesImage(Kind kind) { return kind == Kind::kMaxGrad || kind == Kind::kAvgGrad; }

template <Kind kind>
absl::Status MakeKernel(const runtime::KernelRequest& r, runtime::Kernel* kernel) {
  const Dims& x = GivesImage(kind) ? r.outputs[0].dims : r.inputs[0].dims;
  const Dims& y = GivesImage(kind) ? r.inputs.back().dims : r.outputs[0].dims;
  const Sizes sizes = ReadSizes(r.node->attrs, x, y);
  if (r.inputs[0].dtype == DType::kFloat32) {
    MakeKernelOf<float>(kind, sizes, r.mode, kernel);
  } else {
    MakeKernelOf<double>(kind, sizes, r.mode, kernel);
  }
  return absl::OkStatus();
}

// One operation for each element of each window.
template <Kind kind>
OpCost Cost(const CostContext& c) {
  const Dims& y = GivesImage(kind) ? c.inputs.back() : c.outputs[0];
  const auto& pool = c.attrs.Get<std::vector<int64_t>>("pool_size");
  double elements = static_cast<double>(NumElements(c.outputs[0]));
  for (const Dims& dims : c.inputs) elements += static_cast<double>(NumElements(dims));
  return {.flops = 1.0 * NumElements(y) * pool[0] * pool[1], .bytes = sizeof(float) * elements};
}

std::vector<Constraint> Constraints(std::vector<absl::string_view> labels) {
  static constexpr absl::string_view kTexts[] = {
      "an image has rank 4",
      "pool_size is two numbers, at least 1; strides too, or empty",
      "padding is \"valid\", \"same\" or \"explicit\"",
      "explicit_padding is four numbers, at least 0, all 0 unless padding is \"explicit\"",
      "the pool fits the padded image and is larger than explicit_padding",
      "the second image has the shape that it must have"};
  std::vector<Constraint> constraints;
  for (size_t i = 0; i < labels.size(); ++i) constraints.push_back({labels[i], kTexts[i]});
  return constraints;
}

template <Kind kind>
OpDef MakeShared(std::vector<PortSpec> inputs, const PortSpec& output) {
  return {.inputs = std::move(inputs),
          .outputs = {output},
          .attrs = ops::pool2d_internal::SharedAttrs(),
          .make_kernel = MakeKernel<kind>,
          .cost = Cost<kind>};
}

constexpr PortSpec Port(absl::string_view name, absl::string_view doc) {
  return {name, kFloatTypes, "T", doc};
}

constexpr PortSpec kImages = Port("x", "images [batch, height, width, channels]");
constexpr PortSpec kPooled = Port("y", "images [batch, out height, out width, channels]");
// Images of which only the places of the maxima matter: they do not change with them wherever there
// is a derivative.
constexpr PortSpec kChooser = {.name = "x",
                               .dtypes = kFloatTypes,
                               .type_variable = "T",
                               .doc = "images whose maxima choose the elements",
                               .differentiable = false};

OpDef MakeMax() {
  OpDef op = MakeShared<Kind::kMax>({kImages}, kPooled);
  op.name = "MaxPool2D";
  op.label = "max_pool2d";
  op.doc =
      "Largest element of each window of height and width, channels last; padding takes no part.\n"
      "A NaN in the window is its maximum; of nothing but padding it is -inf.";
  op.constraints = Constraints(
      {"max_pool2d_c1", "max_pool2d_c2", "max_pool2d_c3", "max_pool2d_c4", "max_pool2d_c5"});
  op.infer = InferMax;
  op.gradient = GradientOfMax;
  op.samples = ops::pool2d_internal::MakeMaxSamples;
  return op;
}

OpDef MakeMaxGrad() {
  OpDef op = MakeShared<Kind::kMaxGrad>({kChooser, Port("dy", "cotangent of MaxPool2D's y")},
                                        Port("dx", "cotangent of MaxPool2D's x"));
  op.name = "MaxPool2DGrad";
  op.label = "max_pool2d_grad";
  op.doc =
      "Gradient of MaxPool2D: dx[p] = Σ dy[o] over the windows o whose first maximum in x is p.";
  op.constraints = Constraints({"max_pool2d_grad_c1", "max_pool2d_grad_c2", "max_pool2d_grad_c3",
                                "max_pool2d_grad_c4", "max_pool2d_grad_c5", "max_pool2d_grad_c6"});
  op.infer = InferMaxGrad;
  op.gradient = GradientOfMaxGrad;
  op.samples = ops::pool2d_internal::MakeMaxGradSamples;
  return op;
}

OpDef MakeMaxGather() {
  OpDef op = MakeShared<Kind::kMaxGather>({kChooser, Port("u", "what to take from, of x's shape")},
                                          kPooled);
  op.name = "MaxPool2DGather";
  op.label = "max_pool2d_gather";
  op.doc =
      "Takes from u where x has its maxima: y[o] = u[p] for the first maximum p of window o in x.\n"
      "The transpose of MaxPool2DGrad.";
  op.constraints =
      Constraints({"max_pool2d_gather_c1", "max_pool2d_gather_c2", "max_pool2d_gather_c3",
                   "max_pool2d_gather_c4", "max_pool2d_gather_c5", "max_pool2d_gather_c6"});
  op.infer = InferMaxGather;
  op.gradient = GradientOfMaxGather;
  op.samples = ops::pool2d_internal::MakeMaxGatherSamples;
  return op;
}

OpDef MakeAvg() {
  OpDef op = MakeShared<Kind::kAvg>({kImages}, kPooled);
  op.name = "AvgPool2D";
  op.label = "avg_pool2d";
  op.doc =
      "Mean of each window of height and width, channels last; padding takes no part.\n"
      "Of nothing but padding it is 0.";
  op.constraints = Constraints(
      {"avg_pool2d_c1", "avg_pool2d_c2", "avg_pool2d_c3", "avg_pool2d_c4", "avg_pool2d_c5"});
  op.infer = InferAvg;
  op.gradient = GradientOfAvg;
  op.samples = ops::pool2d_internal::MakeAvgSamples;
  return op;
}

OpDef MakeAvgGrad() {
  OpDef op = MakeShared<Kind::kAvgGrad>({Port("dy", "cotangent of AvgPool2D's y")},
                                        Port("dx", "cotangent of AvgPool2D's x"));
  op.name = "AvgPool2DGrad";
  op.label = "avg_pool2d_grad";
  op.doc = "Gradient of AvgPool2D: dx[p] = Σ dy[o] / count(o) over the windows o that hold p.";
  op.attrs.push_back({"input_shape", AttrKind::kShape, std::nullopt, "shape of x"});
  op.constraints = Constraints({"avg_pool2d_grad_c1", "avg_pool2d_grad_c2", "avg_pool2d_grad_c3",
                                "avg_pool2d_grad_c4", "avg_pool2d_grad_c5", "avg_pool2d_grad_c6"});
  op.infer = InferAvgGrad;
  op.gradient = GradientOfAvgGrad;
  op.samples = ops::pool2d_internal::MakeAvgGradSamples;
  return op;
}

Value Add(const OpDef& op, const Operand& first, absl::Span<const Value> inputs, AttrMap attrs) {
  if (first.builder() == nullptr) return Value();
  return first.builder()->AddNode(op, inputs, std::move(attrs), first.location());
}

}  // namespace

namespace ops {
const OpDef& MaxPool2DOp() { return Singleton<MakeMax>(); }
const OpDef& MaxPool2DGradOp() { return Singleton<MakeMaxGrad>(); }
const OpDef& MaxPool2DGatherOp() { return Singleton<MakeMaxGather>(); }
const OpDef& AvgPool2DOp() { return Singleton<MakeAvg>(); }
const OpDef& AvgPool2DGradOp() { return Singleton<MakeAvgGrad>(); }
}  // namespace ops

Value MaxPool2D(Operand x, const Pool2DOptions& options) {
  return Add(ops::MaxPool2DOp(), x, {x.value()}, ops::pool2d_internal::ToAttrs(options));
}

Value AvgPool2D(Operand x, const Pool2DOptions& options) {
  return Add(ops::AvgPool2DOp(), x, {x.value()}, ops::pool2d_internal::ToAttrs(options));
}

Value MaxPool2DGrad(Operand x, Operand dy, const Pool2DOptions& options) {
  return Add(ops::MaxPool2DGradOp(), x, {x.value(), dy.value()},
             ops::pool2d_internal::ToAttrs(options));
}

Value MaxPool2DGather(Operand x, Operand u, const Pool2DOptions& options) {
  return Add(ops::MaxPool2DGatherOp(), x, {x.value(), u.value()},
             ops::pool2d_internal::ToAttrs(options));
}

Value AvgPool2DGrad(Operand dy, Shape input_shape, const Pool2DOptions& options) {
  AttrMap attrs = ops::pool2d_internal::ToAttrs(options);
  attrs.Set("input_shape", std::move(input_shape));
  return Add(ops::AvgPool2DGradOp(), dy, {dy.value()}, std::move(attrs));
}

}  // namespace dagrad
