#ifndef DAGRAD_AUTODIFF_UNBROADCAST_H_
#define DAGRAD_AUTODIFF_UNBROADCAST_H_

#include "absl/status/statusor.h"
#include "dagrad/graph/builder.h"

namespace dagrad {

// The transpose of broadcasting `shape` to the shape of `grad`: `grad` summed over the leading axes
// that `shape` does not have and over the axes where `shape` has the number 1 and `grad` something
// else. Adds no node if the shapes are equal. Internal, with both shapes, if broadcasting does not
// lead from one to the other.
absl::StatusOr<Value> Unbroadcast(Value grad, const Shape& shape);

}  // namespace dagrad

#endif  // DAGRAD_AUTODIFF_UNBROADCAST_H_
