#include "dagrad/ops/nn/roi_align/roi_align.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/nn/roi_align/roi_align_internal.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad {
namespace {

using ops::roi_align_internal::ReadSizes;
using ops::roi_align_internal::Sizes;
using runtime::Kernel;
using runtime::KernelMode;
using runtime::KernelRequest;

constexpr int64_t kMostCells = int64_t{1} << 31, kMostSamples = 1024;

absl::Status CheckNumbers(const InferContext& c, absl::string_view label) {
  const int64_t height = c.attr<int64_t>("height"), width = c.attr<int64_t>("width");
  const int64_t ratio = c.attr<int64_t>("sampling_ratio");
  const double scale = c.attr<double>("spatial_scale");
  const bool has_cells = height >= 1 && height <= kMostCells && width >= 1 && width <= kMostCells;
  if (has_cells && ratio >= 0 && ratio <= kMostSamples && scale > 0 && std::isfinite(scale))
    return absl::OkStatus();
  return InferContext::Fail(absl::StrCat(label, "_c2"),
                            absl::StrCat("height is ", height, ", width ", width,
                                         ", sampling_ratio ", ratio, ", spatial_scale ", scale));
}

// Checks c1 and c2 for images x and gives the shape of y.
absl::StatusOr<Shape> InferRegions(const InferContext& c, absl::string_view label, const Shape& x) {
  const Shape &rois = c.shape(1), &indices = c.shape(2);
  const bool fits = x.rank() == 4 && rois.rank() == 2 && rois.dim(1) == Dim(4) &&
                    indices.rank() == 1 && indices.dim(0) == rois.dim(0);
  if (!fits) {
    return InferContext::Fail(
        absl::StrCat(label, "_c1"),
        absl::StrCat("images ", x.ToString(), ", rois ", rois.ToString(), " and batch_indices ",
                     indices.ToString(), " must be [batch, height, width, channels], [m, 4], [m]"));
  }
  DAGRAD_RETURN_IF_ERROR(CheckNumbers(c, label));
  return Shape(
      {rois.dim(0), Dim(c.attr<int64_t>("height")), Dim(c.attr<int64_t>("width")), x.dim(3)});
}

absl::Status Infer(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(Shape y, InferRegions(c, "roi_align", c.shape(0)));
  const auto& mode = c.attr<std::string>("mode");
  if (mode != "avg" && mode != "max")
    return InferContext::Fail("roi_align_c3", absl::StrCat("mode is ", mode));
  c.SetOutput(0, c.dtype(0), std::move(y));
  return absl::OkStatus();
}

absl::Status InferGrad(InferContext& c) {
  const Shape& x = c.attr<Shape>("input_shape");
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferRegions(c, "roi_align_grad", x));
  if (!(c.shape(0) == y)) {
    return InferContext::Fail("roi_align_grad_c3", absl::StrCat("dy is ", c.shape(0).ToString(),
                                                                " instead of ", y.ToString()));
  }
  c.SetOutput(0, c.dtype(0), x);
  return absl::OkStatus();
}

absl::Status InferArg(InferContext& c) {
  DAGRAD_ASSIGN_OR_RETURN(const Shape y, InferRegions(c, "arg_roi_align", c.shape(0)));
  c.SetOutput(0, DType::kInt64, y);
  c.SetOutput(1, c.dtype(0), y);
  return absl::OkStatus();
}

RoiAlignOptions OptionsOf(const GradContext& c) {
  return {.height = c.attr<int64_t>("height"),
          .width = c.attr<int64_t>("width"),
          .sampling_ratio = c.attr<int64_t>("sampling_ratio"),
          .spatial_scale = c.attr<double>("spatial_scale"),
          .half_pixel = c.attr<bool>("half_pixel")};
}

// The means are linear in x. A maximum is a multiple of one element, the same in a neighbourhood of
// x wherever no other term is as large.
absl::Status Gradient(GradContext& c) {
  const Value x = c.input(0), rois = c.input(1), indices = c.input(2), dy = c.cotangent();
  const Shape shape = x.shape();
  if (c.attr<std::string>("mode") == "avg") {
    c.SetGrad(0, RoiAlignGrad(dy, rois, indices, shape, OptionsOf(c)));
    return absl::OkStatus();
  }
  const RoiMaxima largest = ArgRoiAlign(x, rois, indices, OptionsOf(c));
  const Shape terms({dy.shape().NumElements()});
  const Value sums =
      ScatterAdd(Reshape(largest.places, terms), Reshape(Mul(dy, largest.weights), terms),
                 Shape({shape.NumElements()}));
  c.SetGrad(0, Reshape(sums, shape));
  return absl::OkStatus();
}

absl::Status GradientOfGrad(GradContext& c) {
  if (c.needs_grad(0)) {
    c.SetGrad(0, RoiAlign(c.cotangent(), c.input(1), c.input(2), OptionsOf(c)));
  }
  return absl::OkStatus();
}

template <typename T>
void MakeKernelOf(const KernelRequest& r, const Sizes& sizes, Kernel* kernel) {
  if (r.attr<std::string>("mode") == "max") {
    ops::roi_align_internal::MakeMax<T>(sizes, /*gives_places=*/false, kernel);
  } else if (r.mode == KernelMode::kReference) {
    ops::roi_align_internal::MakeAverage<T, double>(sizes, kernel);
  } else {
    ops::roi_align_internal::MakeAverage<T, T>(sizes, kernel);
  }
}

absl::Status MakeKernel(const KernelRequest& r, Kernel* kernel) {
  const Sizes sizes = ReadSizes(r.node->attrs, r.inputs[0].dims, r.outputs[0].dims);
  if (r.inputs[0].dtype == DType::kFloat32) {
    MakeKernelOf<float>(r, sizes, kernel);
  } else {
    MakeKernelOf<double>(r, sizes, kernel);
  }
  return absl::OkStatus();
}

absl::Status MakeGradKernel(const KernelRequest& r, Kernel* kernel) {
  const Sizes sizes = ReadSizes(r.node->attrs, r.outputs[0].dims, r.inputs[0].dims);
  if (r.inputs[0].dtype == DType::kFloat32) {
    ops::roi_align_internal::MakeAverageGrad<float>(sizes, kernel);
  } else {
    ops::roi_align_internal::MakeAverageGrad<double>(sizes, kernel);
  }
  return absl::OkStatus();
}

absl::Status MakeArgKernel(const KernelRequest& r, Kernel* kernel) {
  const Sizes sizes = ReadSizes(r.node->attrs, r.inputs[0].dims, r.outputs[0].dims);
  if (r.inputs[0].dtype == DType::kFloat32) {
    ops::roi_align_internal::MakeMax<float>(sizes, /*gives_places=*/true, kernel);
  } else {
    ops::roi_align_internal::MakeMax<double>(sizes, /*gives_places=*/true, kernel);
  }
  return absl::OkStatus();
}

// Four multiplications and additions for each sample.
template <bool is_grad>
OpCost Cost(const CostContext& c) {
  const double ratio =
      std::max<double>(static_cast<double>(c.attrs.Get<int64_t>("sampling_ratio")), 2);
  const Dims& y = is_grad ? c.inputs[0] : c.outputs[0];
  return {.flops = 8 * ratio * ratio * static_cast<double>(NumElements(y)), .bytes = 0};
}

std::vector<AttrSpec> Attrs() {
  return {{"height", AttrKind::kInt, 1, "cells of a region, from above"},
          {"width", AttrKind::kInt, 1, "cells of a region, from the left"},
          {"sampling_ratio", AttrKind::kInt, 0,
           "samples of a cell along each axis; 0: as many as it has pixels, rounded up"},
          {"spatial_scale", AttrKind::kFloat, 1.0, "pixels of the images by unit of rois"},
          {"half_pixel", AttrKind::kBool, true,
           "pixel i is at i + 0.5; else at i, and a region at least a pixel wide"}};
}

constexpr PortSpec kRois = {.name = "rois",
                            .dtypes = kFloatTypes,
                            .type_variable = "T",
                            .doc = "[m, 4]: corners x1, y1, x2, y2",
                            .differentiable = false};
constexpr PortSpec kIndices = {.name = "batch_indices",
                               .dtypes = {DType::kInt64},
                               .doc = "[m]: the image of each region",
                               .differentiable = false};

constexpr absl::string_view kShapesFit =
    "images are [batch, height, width, channels], rois [m, 4], batch_indices [m]";
constexpr absl::string_view kNumbersFit =
    "height and width are in [1, 2^31], sampling_ratio in [0, 1024], spatial_scale above 0, finite";

OpDef Make() {
  OpDef op = {.name = "RoiAlign",
              .label = "roi_align",
              .doc =
                  "Regions of images, cut into cells: the mean or maximum of samples of each.\n"
                  "Samples are interpolated between four pixels; the maximum is that of the\n"
                  "four pixels times their weights, over all samples.",
              .inputs = {{"x", kFloatTypes, "T", "images [batch, height, width, channels]"},
                         kRois,
                         kIndices},
              .outputs = {{"y", kFloatTypes, "T", "[m, height, width, channels]"}},
              .attrs = Attrs(),
              .constraints = {{"roi_align_c1", kShapesFit},
                              {"roi_align_c2", kNumbersFit},
                              {"roi_align_c3", "mode is \"avg\" or \"max\""}},
              .infer = Infer,
              .gradient = Gradient,
              .make_kernel = MakeKernel,
              .cost = Cost<false>,
              .samples = ops::roi_align_internal::MakeSamples};
  op.attrs.push_back({"mode", AttrKind::kString, "avg", "avg or max"});
  return op;
}

OpDef MakeGrad() {
  OpDef op = {
      .name = "RoiAlignGrad",
      .label = "roi_align_grad",
      .doc = "Gradient of RoiAlign's means: the transpose of that linear map of the images.",
      .inputs = {{"dy", kFloatTypes, "T", "cotangent of RoiAlign's y"}, kRois, kIndices},
      .outputs = {{"dx", kFloatTypes, "T", "cotangent of RoiAlign's x"}},
      .attrs = Attrs(),
      .constraints = {{"roi_align_grad_c1", kShapesFit},
                      {"roi_align_grad_c2", kNumbersFit},
                      {"roi_align_grad_c3", "dy has the shape of y"}},
      .infer = InferGrad,
      .gradient = GradientOfGrad,
      .make_kernel = MakeGradKernel,
      .cost = Cost<true>,
      .samples = ops::roi_align_internal::MakeGradSamples};
  op.attrs.push_back({"input_shape", AttrKind::kShape, std::nullopt, "shape of x"});
  return op;
}

OpDef MakeArg() {
  return {.name = "ArgRoiAlign",
          .label = "arg_roi_align",
          .doc = "Where RoiAlign's maxima are: y = x[place] weight, the first of equal ones.",
          .inputs = {{.name = "x",
                      .dtypes = kFloatTypes,
                      .type_variable = "T",
                      .doc = "images [batch, height, width, channels]",
                      .differentiable = false},
                     kRois,
                     kIndices},
          .outputs = {{"places",
                       {DType::kInt64},
                       "",
                       "[m, height, width, channels]: numbers of elements through all of x"},
                      {"weights", kFloatTypes, "T", "of the same shape"}},
          .attrs = Attrs(),
          .constraints = {{"arg_roi_align_c1", kShapesFit}, {"arg_roi_align_c2", kNumbersFit}},
          .infer = InferArg,
          .make_kernel = MakeArgKernel,
          .cost = Cost<false>,
          .samples = ops::roi_align_internal::MakeArgSamples};
}

AttrMap ToAttrs(const RoiAlignOptions& o) {
  return {{"height", o.height},
          {"width", o.width},
          {"sampling_ratio", o.sampling_ratio},
          {"spatial_scale", o.spatial_scale},
          {"half_pixel", o.half_pixel}};
}

}  // namespace

namespace ops {
const OpDef& RoiAlignOp() { return Singleton<Make>(); }
const OpDef& RoiAlignGradOp() { return Singleton<MakeGrad>(); }
const OpDef& ArgRoiAlignOp() { return Singleton<MakeArg>(); }
}  // namespace ops

Value RoiAlign(Operand x, Operand rois, Operand batch_indices, const RoiAlignOptions& options) {
  AttrMap attrs = ToAttrs(options);
  attrs.Set("mode", options.mode);
  return AddNode(ops::RoiAlignOp(), {x, rois, batch_indices}, std::move(attrs));
}

Value RoiAlignGrad(Operand dy, Operand rois, Operand batch_indices, Shape input_shape,
                   const RoiAlignOptions& options) {
  AttrMap attrs = ToAttrs(options);
  attrs.Set("input_shape", std::move(input_shape));
  return AddNode(ops::RoiAlignGradOp(), {dy, rois, batch_indices}, std::move(attrs));
}

RoiMaxima ArgRoiAlign(Operand x, Operand rois, Operand batch_indices,
                      const RoiAlignOptions& options) {
  const Value node = AddNode(ops::ArgRoiAlignOp(), {x, rois, batch_indices}, ToAttrs(options));
  if (!node.valid()) return {};
  const std::vector<Value> outputs = node.builder()->Outputs(node, 2);
  return {outputs[0], outputs[1]};
}

}  // namespace dagrad
