#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// What the options of Compile mean for each output.
namespace dagrad::keras {
namespace {

// "a", "b"
std::string OutputNames(const Network& network) {
  std::vector<std::string> names;
  for (size_t i = 0; i < network.outputs().size(); ++i)
    names.push_back(absl::StrCat("\"", network.OutputName(i), "\""));
  return absl::StrJoin(names, ", ");
}

// The entry of each output, null where it has none; those of `option` are by the outputs' names or
// those of their layers.
template <typename T>
absl::StatusOr<std::vector<const T*>> InOrder(const Network& network, const char* option,
                                              const std::map<std::string, T>& by_name) {
  std::vector<const T*> entries(network.outputs().size());
  for (const auto& [name, entry] : by_name) {
    bool found = false;
    for (size_t i = 0; i < entries.size(); ++i) {
      const bool own = network.OutputName(i) == name;
      if (!own && LogName(network, i) != name) continue;
      found = true;
      if (own || entries[i] == nullptr) entries[i] = &entry;
    }
    if (found) continue;
    return InvalidArgumentError(absl::StrCat(option, " has an entry \"", Printable(name),
                                             "\", which is no output; there are ",
                                             OutputNames(network)));
  }
  return entries;
}

absl::Status CheckCount(const Network& network, const char* option, const char* entry,
                        size_t count) {
  if (count == network.outputs().size()) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(option, " needs one ", entry, " for each output (",
                                           OutputNames(network), "); given: ", count));
}

const std::optional<Loss>& LossOf(const CompileOptions& options, size_t output) {
  const std::vector<std::optional<Loss>>& losses = options.loss.list;
  return losses[losses.size() == 1 ? 0 : output];
}

// The losses by name as a list; each output has an entry.
absl::Status ListLosses(const Network& network, OutputLosses* losses) {
  if (losses->by_name.empty()) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const auto entries, InOrder(network, "loss", losses->by_name));
  std::vector<std::optional<Loss>> list;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i] == nullptr) {
      return InvalidArgumentError(absl::StrCat("loss has no entry for output \"",
                                               network.OutputName(i),
                                               "\"; std::nullopt says that it has no loss"));
    }
    list.push_back(*entries[i]);
  }
  *losses = OutputLosses();
  losses->list = std::move(list);
  return absl::OkStatus();
}

// The same of their weights, for which the losses must be a list.
absl::Status ListLossWeights(const Network& network, CompileOptions* options) {
  if (options->loss_weights.by_name.empty()) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const auto entries,
                          InOrder(network, "loss_weights", options->loss_weights.by_name));
  std::vector<double> list;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i] == nullptr && !options->loss.list.empty() && LossOf(*options, i).has_value()) {
      return InvalidArgumentError(absl::StrCat("loss_weights has no entry for output \"",
                                               network.OutputName(i), "\", which has a loss"));
    }
    list.push_back(entries[i] == nullptr ? 1 : *entries[i]);
  }
  options->loss_weights = list;
  return absl::OkStatus();
}

absl::Status ListMetrics(const Network& network, const char* option, OutputMetrics* metrics) {
  if (metrics->by_name.empty()) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const auto entries, InOrder(network, option, metrics->by_name));
  std::vector<std::vector<Metric>> lists;
  for (const OneOrMore<Metric>* entry : entries)
    lists.push_back(entry == nullptr ? std::vector<Metric>() : entry->list);
  *metrics = OutputMetrics(std::move(lists));
  return absl::OkStatus();
}

absl::Status CheckCounts(const Network& network, const CompileOptions& options) {
  const auto& losses = options.loss.list;
  if (losses.size() != 1 && !losses.empty())
    DAGRAD_RETURN_IF_ERROR(CheckCount(network, "loss", "entry", losses.size()));
  if (!options.loss_weights.list.empty()) {
    DAGRAD_RETURN_IF_ERROR(
        CheckCount(network, "loss_weights", "entry", options.loss_weights.list.size()));
  }
  // With one output, all lists are of it, as in Keras.
  if (network.outputs().size() == 1) return absl::OkStatus();
  if (const auto& lists = options.metrics.of_each; !lists.empty())
    DAGRAD_RETURN_IF_ERROR(CheckCount(network, "metrics", "list", lists.size()));
  if (const auto& lists = options.weighted_metrics.of_each; !lists.empty())
    DAGRAD_RETURN_IF_ERROR(CheckCount(network, "weighted_metrics", "list", lists.size()));
  return absl::OkStatus();
}

std::vector<Metric> MetricsOf(const Network& network, size_t output, const OutputMetrics& metrics) {
  if (metrics.of_each.empty()) return metrics.list;
  if (network.outputs().size() > 1) return metrics.of_each[output];
  std::vector<Metric> all;
  for (const std::vector<Metric>& some : metrics.of_each)
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

// An output's name among the metrics was meant to say whose they are.
absl::Status CheckMetric(const Network& network, const Metric& metric) {
  const absl::Status status = metric.Validate();
  for (size_t i = 0; i < network.outputs().size() && !status.ok(); ++i) {
    if (metric.name() != network.OutputName(i)) continue;
    return InvalidArgumentError(absl::StrCat(
        status.message(), "; metrics by the outputs' names are given as MetricsByName{…}"));
  }
  return status;
}

absl::Status ResolveMetrics(const Network& network, const ValueType& output, const Loss& loss,
                            std::vector<Metric>* metrics) {
  for (Metric& metric : *metrics) {
    DAGRAD_RETURN_IF_ERROR(CheckMetric(network, metric));
    metric = metric.Resolve(output, loss);
    DAGRAD_RETURN_IF_ERROR(metric.CheckTarget(output, loss.target_kind()));
  }
  return absl::OkStatus();
}

// What says the targets' kind where there is no loss: class numbers, where a metric needs them.
Loss StandIn(const StepSpec::OutputSpec& o) {
  for (const auto* metrics : {&o.metrics, &o.weighted_metrics}) {
    for (const Metric& metric : *metrics) {
      if (metric.impl() != nullptr && metric.impl()->target_kind() == TargetKind::kSparse)
        return "sparse_categorical_crossentropy";
    }
  }
  return "mse";
}

absl::StatusOr<StepSpec::OutputSpec> SpecOf(const Network& network, const CompileOptions& options,
                                            size_t i) {
  StepSpec::OutputSpec o;
  o.metrics = MetricsOf(network, i, options.metrics);
  o.weighted_metrics = MetricsOf(network, i, options.weighted_metrics);
  o.has_loss = LossOf(options, i).has_value();
  o.loss = o.has_loss ? *LossOf(options, i) : StandIn(o);
  DAGRAD_RETURN_IF_ERROR(o.loss.Validate());
  if (!options.loss_weights.list.empty()) o.weight = options.loss_weights.list[i];
  if (!std::isfinite(o.weight)) {
    return InvalidArgumentError(absl::StrCat("the loss weight of output \"", network.OutputName(i),
                                             "\" must be finite, not ", o.weight));
  }
  if (!o.has_target()) return o;
  const ValueType& type = network.output_type(i);
  DAGRAD_RETURN_IF_ERROR(Prefixed(absl::StrCat("output \"", network.OutputName(i), "\""),
                                  TargetType(type, o.loss).status()));
  const ValueType columns = WithColumns(type);
  DAGRAD_RETURN_IF_ERROR(ResolveMetrics(network, columns, o.loss, &o.metrics));
  DAGRAD_RETURN_IF_ERROR(ResolveMetrics(network, columns, o.loss, &o.weighted_metrics));
  return o;
}

}  // namespace

absl::StatusOr<StepSpec> MakeStepSpec(const Network& network, CompileOptions* options) {
  DAGRAD_RETURN_IF_ERROR(ListLosses(network, &options->loss));
  DAGRAD_RETURN_IF_ERROR(ListLossWeights(network, options));
  DAGRAD_RETURN_IF_ERROR(ListMetrics(network, "metrics", &options->metrics));
  DAGRAD_RETURN_IF_ERROR(ListMetrics(network, "weighted_metrics", &options->weighted_metrics));
  DAGRAD_RETURN_IF_ERROR(CheckCounts(network, *options));
  StepSpec spec;
  // Files before the line was kept have the layers' at most.
  spec.location =
      options->location.line > 0 ? options->location : network.layers().front()->location();
  spec.train_step = options->train_step;
  bool any_loss = false;
  for (size_t i = 0; i < network.outputs().size() && !options->loss.list.empty(); ++i) {
    DAGRAD_ASSIGN_OR_RETURN(StepSpec::OutputSpec o, SpecOf(network, *options, i));
    any_loss |= o.has_loss;
    spec.outputs.push_back(std::move(o));
  }
  if (any_loss) return spec;
  if (!options->train_step) return InvalidArgumentError("Compile needs a loss, or a train_step");
  spec.outputs.clear();
  return spec;
}

}  // namespace dagrad::keras
