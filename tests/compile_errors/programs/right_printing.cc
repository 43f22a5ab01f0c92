// right
#include <iostream>

#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace keras = dagrad::keras;
using dagrad::Tensor;

absl::Status F(Tensor x) {
  keras::Sequential m;
  const keras::Layer layer = keras::Dense(3);
  std::cout << m << layer << layer(keras::Input({3})) << x << m.Summary() << m.Predict(x)
            << m.PredictAll(x) << m.Evaluate(x, x) << m.Fit(x, x) << m.GetWeights()
            << m.GetLayer("dense") << keras::Model::Load("m");
  DAGRAD_ASSIGN_OR_RETURN(keras::History h, m.Fit(x, x));
  DAGRAD_ASSIGN_OR_RETURN(keras::Logs l, m.Evaluate(x, x));
  DAGRAD_ASSIGN_OR_RETURN(std::string summary, m.Summary());
  std::cout << h << l << summary;
  return absl::OkStatus();
}
