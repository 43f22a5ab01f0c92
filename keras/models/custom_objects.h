#ifndef DAGRAD_KERAS_MODELS_CUSTOM_OBJECTS_H_
#define DAGRAD_KERAS_MODELS_CUSTOM_OBJECTS_H_

#include <vector>

#include "dagrad/keras/constraints/constraints.h"
#include "dagrad/keras/initializers/initializers.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/losses/loss.h"
#include "dagrad/keras/metrics/metric.h"
#include "dagrad/keras/regularizers/regularizers.h"
#include "dagrad/optimizers/schedule.h"

namespace dagrad::keras {

// The classes of a program's own, by which Model::Load finds what a file names. One that a file
// names and that is neither dagrad's nor here is an error that says so. Of classes derived from
// Configured: {.losses = {MyLoss::Class()}}; of layers: {.layers = {{"MyLayer", MakeMyLayer}}}; of
// Lambda's functions: {.functions = {{"double", Double}}}.
struct CustomObjects {
  std::vector<LayerClass> layers = {};
  std::vector<LossClass> losses = {};
  std::vector<MetricClass> metrics = {};
  std::vector<LambdaFunction> functions = {};
  std::vector<ScheduleClass> schedules = {};
  std::vector<RegularizerClass> regularizers = {};
  std::vector<ConstraintClass> constraints = {};
  std::vector<InitializerClass> initializers = {};
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_CUSTOM_OBJECTS_H_
