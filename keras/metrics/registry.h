#ifndef DAGRAD_KERAS_METRICS_REGISTRY_H_
#define DAGRAD_KERAS_METRICS_REGISTRY_H_

#include <vector>

#include "dagrad/config/registry.h"
#include "dagrad/keras/metrics/metric.h"

namespace dagrad::keras::metrics_internal {

// The classes that each file of this folder defines; registry.cc lists them all.
std::vector<MetricClass> AccuracyClasses();
std::vector<MetricClass> ConfusionMatrixClasses();
std::vector<MetricClass> CorrelationClasses();
std::vector<MetricClass> CurveClasses();
std::vector<MetricClass> ErrorClasses();
std::vector<MetricClass> OverlapClasses();
std::vector<MetricClass> ScoreClasses();
std::vector<MetricClass> ThresholdClasses();

const Registry<MetricImpl>& Metrics();

// The mean of a loss.
MetricPtr MeanOf(const Loss& loss);

}  // namespace dagrad::keras::metrics_internal

#endif  // DAGRAD_KERAS_METRICS_REGISTRY_H_
