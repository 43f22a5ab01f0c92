#ifndef DAGRAD_KERAS_REGULARIZERS_REGULARIZERS_H_
#define DAGRAD_KERAS_REGULARIZERS_REGULARIZERS_H_

#include <memory>
#include <string>
#include <vector>

#include "dagrad/config/object_class.h"
#include "dagrad/config/object_option.h"
#include "dagrad/graph/builder.h"

namespace dagrad::keras {

// What a class of regularizers implements. One of your own derives from Configured<…,
// RegularizerImpl, …> (config/configured.h), is given as a shared pointer. Immutable; thread-safe.
class RegularizerImpl : public ConfiguredObject {
 public:
  using Kind = RegularizerImpl;
  static const Registry<RegularizerImpl>& All();

  // What is added to the loss for `w`, as nodes: a scalar of its dtype.
  virtual Value Penalty(Value w) const = 0;
};
using RegularizerPtr = std::shared_ptr<const RegularizerImpl>;
using RegularizerClass = ObjectClass<RegularizerImpl>;

// .kernel_regularizer = "l2", or regularizers::L2(0.1). The penalties of all trainable weights are
// part of the loss that is minimised and logged, in training and evaluation, as in Keras.
using Regularizer = ObjectOption<RegularizerImpl>;

// What files and names find.
const std::vector<RegularizerClass>& RegularizerClasses();

// Keras's regularizers. A factor that is negative or not finite is InvalidArgument when the layer
// is built. Source: Keras 3.
namespace regularizers {
// l1 Σ |w|. "l1", "L1"
Regularizer L1(double l1 = 0.01);
// l2 Σ w². "l2", "L2"
Regularizer L2(double l2 = 0.01);
// l1 Σ |w| + l2 Σ w². "l1l2", "l1_l2", "L1L2": by name it is nothing, as in Keras
Regularizer L1L2(double l1 = 0, double l2 = 0);
// Of a matrix [rows, columns]: factor times the mean of |cos| of the angles between every two rows,
// or with mode "columns" every two columns; lengths below 1e-6 count as that. 0 for less than two
// of them. "orthogonal_regularizer", "OrthogonalRegularizer"
Regularizer OrthogonalRegularizer(double factor = 0.01, const std::string& mode = "rows");
}  // namespace regularizers

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_REGULARIZERS_REGULARIZERS_H_
