#ifndef DAGRAD_KERAS_LOSSES_REGISTRY_H_
#define DAGRAD_KERAS_LOSSES_REGISTRY_H_

#include <vector>

#include "dagrad/config/registry.h"
#include "dagrad/keras/losses/loss.h"

namespace dagrad::keras::losses_internal {

// Keras's backend epsilon.
inline constexpr double kEpsilon = 1e-7;

// The classes that each file of this folder defines; registry.cc lists them all.
std::vector<LossClass> CrossentropyClasses();
std::vector<LossClass> DivergenceClasses();
std::vector<LossClass> HingeClasses();
std::vector<LossClass> RegressionClasses();

const Registry<LossImpl>& Losses();

}  // namespace dagrad::keras::losses_internal

#endif  // DAGRAD_KERAS_LOSSES_REGISTRY_H_
