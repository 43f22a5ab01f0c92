#ifndef DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_H_
#define DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_H_

#include <cstdint>
#include <string>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct RoiAlignOptions {
  int64_t height = 1, width = 1;  // cells of a region, at least 1
  std::string mode = "avg";       // of a cell's samples the mean, or "max"
  // Samples of a cell along each axis, at most 1024. 0: as many as a cell has pixels, rounded up.
  int64_t sampling_ratio = 0;
  double spatial_scale = 1;  // pixels of x by unit of rois: above 0, finite
  // Pixel i is at i + 0.5, else at i; then regions narrower than a pixel are a pixel wide.
  bool half_pixel = true;
};

// Regions of images as images of one size. x [batch, h, w, channels]; rois [m, 4], of x's float
// dtype, the corners x1, y1, x2, y2 of each region; batch_indices int64[m], the image of each.
// Gives [m, height, width, channels]. A region is cut into height x width equal cells, and each of
// these has sampling_ratio x sampling_ratio samples in the middles of as many equal parts. The
// sample at (py, px) of x is interpolated between four pixels, Σ w_k x_k, w = (1 - ty) (1 - tx), …;
// with -1 <= p <= 0 p is 0, and likewise at the other end; beyond that the sample is 0. The mean of
// the samples, or with "max" the largest of their terms w_k x_k (not of their sums), of which those
// with w = 0 are 0. A region of no samples is 0: one whose second corner is not behind the first
// (half_pixel, sampling_ratio 0), that has NaN or 2^52 samples by cell. ONNX's RoiAlign; source: He
// et al., "Mask R-CNN", 2017, arXiv:1703.06870, section 3. Errors: roi_align_c1 for shapes that do
// not fit, roi_align_c2 for numbers out of their ranges, roi_align_c3 for the mode; a batch index
// outside of [0, batch) is an InvalidArgument of the run. Gradient: that of x; none flows to rois.
Value RoiAlign(Operand x, Operand rois, Operand batch_indices, const RoiAlignOptions& options);

// The cotangent of x, of `input_shape`, from dy [m, height, width, channels], that of the means.
// Errors: roi_align_grad_c1, …, c3 for a dy of another shape.
Value RoiAlignGrad(Operand dy, Operand rois, Operand batch_indices, Shape input_shape,
                   const RoiAlignOptions& options);

// Where RoiAlign's maxima are: y = x[place] weight.
struct RoiMaxima {
  // int64 [m, height, width, channels]: numbers of elements through all of x.
  Value places;
  // Of the same shape and x's dtype; 0 where y is 0 by a sample outside of the image.
  Value weights;
};
// Of equal terms the first. Errors: arg_roi_align_c1 and c2. Not differentiable.
RoiMaxima ArgRoiAlign(Operand x, Operand rois, Operand batch_indices,
                      const RoiAlignOptions& options);

namespace ops {
// "RoiAlign": inputs x, rois, batch_indices; attributes height, width, mode, sampling_ratio,
// spatial_scale, half_pixel.
const OpDef& RoiAlignOp();
// "RoiAlignGrad": inputs dy, rois, batch_indices; attributes without mode, and input_shape.
const OpDef& RoiAlignGradOp();
// "ArgRoiAlign": as RoiAlign without mode; outputs places, weights.
const OpDef& ArgRoiAlignOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_ROI_ALIGN_ROI_ALIGN_H_
