#ifndef DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_H_
#define DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_H_

#include <cstdint>
#include <optional>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

struct NonMaxSuppressionOptions {
  int64_t max_output_per_class = 0;  // boxes that are kept at most, of each class of each image
  double iou_threshold = 0;          // from 0 to 1
  std::optional<double> score_threshold = std::nullopt;  // none: all scores
  // false: a box is two opposite corners, y1, x1, y2, x2, in any order. true: its centre, width and
  // height, x, y, w, h.
  bool center_point_box = false;
};

// Of each class of each image, boxes by falling score (of equal ones the smaller index first),
// without those whose score is not above score_threshold, and without those whose intersection over
// union with one that is kept is above iou_threshold. boxes [batch, n, 4], scores [batch, classes,
// n], of one float dtype. Gives int64 [m, 3]: image, class, box; m is known in a run only
// (BindDim). ONNX's NonMaxSuppression. Errors: non_max_suppression_c1 for shapes that do not fit,
// non_max_suppression_c2 for a threshold outside of [0, 1] or a negative max_output_per_class. Not
// differentiable.
Value NonMaxSuppression(Operand boxes, Operand scores, const NonMaxSuppressionOptions& options);

namespace ops {
// "NonMaxSuppression": outputs indices [batch * classes * n, 3], zeros
// beyond those that are kept, and how many these are, a scalar. Attributes max_output_per_class,
// iou_threshold, score_threshold (-inf: none), center_point_box.
const OpDef& NonMaxSuppressionOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_NN_NON_MAX_SUPPRESSION_NON_MAX_SUPPRESSION_H_
