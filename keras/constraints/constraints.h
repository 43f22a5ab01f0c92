#ifndef DAGRAD_KERAS_CONSTRAINTS_CONSTRAINTS_H_
#define DAGRAD_KERAS_CONSTRAINTS_CONSTRAINTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "dagrad/config/object_class.h"
#include "dagrad/config/object_option.h"
#include "dagrad/graph/builder.h"

namespace dagrad::keras {

// What a class of constraints implements. One of your own derives from Configured<…,
// ConstraintImpl, …> (config/configured.h), is given as a shared pointer. Immutable; thread-safe.
class ConstraintImpl : public ConfiguredObject {
 public:
  using Kind = ConstraintImpl;
  static const Registry<ConstraintImpl>& All();

  // What `w` becomes, as nodes: its dtype and shape.
  virtual Value Apply(Value w) const = 0;
};
using ConstraintPtr = std::shared_ptr<const ConstraintImpl>;
using ConstraintClass = ObjectClass<ConstraintImpl>;

// .kernel_constraint = "non_neg", or constraints::MaxNorm(2). A trainable weight is made to fulfil
// it after every step of the optimizer; the first value is taken as it is, as in Keras.
using Constraint = ObjectOption<ConstraintImpl>;

// What files and names find.
const std::vector<ConstraintClass>& ConstraintClasses();

// Keras's constraints. ‖w‖ is the norm over the axes `axis` (negative ones count from the end): of
// a Dense kernel, axis 0, the norm of what goes into each unit; of a Conv2D kernel axes 0, 1 and 2.
// InvalidArgument when the layer is built for an option out of range; when the model is compiled
// for an axis that the weight does not have. Source: Keras 3.
namespace constraints {
// w min(‖w‖, max_value) / (1e-7 + ‖w‖). max_value is not negative. "max_norm", "MaxNorm"
Constraint MaxNorm(double max_value = 2, std::vector<int64_t> axis = {0});
// max(w, 0). "non_neg", "NonNeg"
Constraint NonNeg();
// w / (1e-7 + ‖w‖). "unit_norm", "UnitNorm"
Constraint UnitNorm(std::vector<int64_t> axis = {0});

struct MinMaxNormOptions {
  double min_value = 0;  // not negative, at most max_value
  double max_value = 1;
  double rate = 1;  // in [0, 1]: 1 enforces it at once
  std::vector<int64_t> axis = {0};
};
// w (rate clip(‖w‖, min_value, max_value) + (1 - rate) ‖w‖) / (1e-7 + ‖w‖). "min_max_norm",
// "MinMaxNorm"
Constraint MinMaxNorm(const MinMaxNormOptions& options = {});
}  // namespace constraints

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_CONSTRAINTS_CONSTRAINTS_H_
