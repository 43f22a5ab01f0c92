#include "dagrad/keras/metrics/registry.h"

#include <string>
#include <utility>
#include <vector>

namespace dagrad::keras {
namespace {

std::vector<MetricClass> AllClasses() {
  std::vector<MetricClass> all;
  for (auto& family :
       {metrics_internal::AccuracyClasses(), metrics_internal::ConfusionMatrixClasses(),
        metrics_internal::CorrelationClasses(), metrics_internal::CurveClasses(),
        metrics_internal::ErrorClasses(), metrics_internal::OverlapClasses(),
        metrics_internal::ScoreClasses(), metrics_internal::ThresholdClasses()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

}  // namespace

const Registry<MetricImpl>& metrics_internal::Metrics() {
  static const auto* const metrics = new Registry<MetricImpl>("a metric", AllClasses());
  return *metrics;
}

std::vector<std::string> MetricNames() { return metrics_internal::Metrics().Names(); }
std::vector<std::string> MetricAliases() { return metrics_internal::Metrics().Aliases(); }
const std::vector<MetricClass>& MetricClasses() { return metrics_internal::Metrics().classes(); }

}  // namespace dagrad::keras
