#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/keras/models/model_impl.h"
#include "dagrad/ops/table.h"

// Save and Load: a model file whose metadata entry "keras" describes layers and training, and the
// state as weights.
namespace dagrad::keras {
namespace {

constexpr const char* kMetadataKey = "keras";
// 2: results of layers by [call, port]. 3: schedules as objects with Keras's options. 4: losses
// that are null, and metrics as a list for each output; what has neither is written as 3.
constexpr int kDescriptionVersion = 4;

absl::Status Bad(absl::string_view what) {
  return InvalidArgumentError(
      absl::StrCat("the file's description of the Keras model is damaged: ", what));
}

absl::StatusOr<const boost::json::array*> ArrayOf(const Json& json, const char* key) {
  const Json* const list = Member(json, key);
  if (list == nullptr || !list->is_array()) return Bad(absl::StrCat("\"", key, "\" is no list"));
  return &list->get_array();
}

absl::StatusOr<OutputLosses> ReadLosses(const Json& json, const CustomObjects& custom) {
  DAGRAD_ASSIGN_OR_RETURN(const boost::json::array* items, ArrayOf(json, "loss"));
  OutputLosses losses;
  for (const Json& item : *items) {
    losses.list.emplace_back();
    if (item.is_null()) continue;
    DAGRAD_ASSIGN_OR_RETURN(losses.list.back(), Loss::FromJson(item, custom.losses));
  }
  return losses;
}

absl::StatusOr<std::vector<Metric>> ReadMetricList(const boost::json::array& items,
                                                   const CustomObjects& custom) {
  std::vector<Metric> metrics;
  for (const Json& item : items) {
    DAGRAD_ASSIGN_OR_RETURN(Metric metric, Metric::FromJson(item, custom.metrics, custom.losses));
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

// Metrics of every output, or lists for each.
absl::StatusOr<OutputMetrics> ReadMetrics(const Json& json, const char* key,
                                          const CustomObjects& custom) {
  DAGRAD_ASSIGN_OR_RETURN(const boost::json::array* items, ArrayOf(json, key));
  OutputMetrics metrics;
  if (items->empty() || !items->front().is_array()) {
    DAGRAD_ASSIGN_OR_RETURN(metrics.list, ReadMetricList(*items, custom));
    return metrics;
  }
  for (const Json& item : *items) {
    if (!item.is_array()) return Bad(absl::StrCat("\"", key, "\" is not all lists"));
    DAGRAD_ASSIGN_OR_RETURN(std::vector<Metric> some, ReadMetricList(item.get_array(), custom));
    metrics.of_each.push_back(std::move(some));
  }
  return metrics;
}

absl::StatusOr<CompileOptions> ReadCompile(const Json& json, const CustomObjects& custom) {
  CompileOptions options;
  const Json* const rule = Member(json, "optimizer");
  if (rule == nullptr) return Bad("no optimizer");
  DAGRAD_RETURN_IF_ERROR(
      CheckKeys("\"compile\" of the file's description", json,
                {"optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "source_file",
                 "source_line", "trainable"}));
  DAGRAD_ASSIGN_OR_RETURN(OptimizerPtr optimizer, OptimizerFromJson(*rule, custom.schedules));
  options.optimizer = Optimizer(std::move(optimizer));
  DAGRAD_ASSIGN_OR_RETURN(options.loss, ReadLosses(json, custom));
  if (!ReadJson(Member(json, "loss_weights"), &options.loss_weights.list))
    return Bad("\"loss_weights\" is no list of numbers");
  DAGRAD_ASSIGN_OR_RETURN(options.metrics, ReadMetrics(json, "metrics", custom));
  DAGRAD_ASSIGN_OR_RETURN(options.weighted_metrics, ReadMetrics(json, "weighted_metrics", custom));
  return options;
}

// Empty where the layers' own flags are those at Compile.
absl::StatusOr<TrainableFlags> ReadTrainable(const Json& json, const Network& network) {
  TrainableFlags flags;
  const Json* const given = Member(json, "trainable");
  if (given == nullptr) return flags;
  const TrainableFlags now = FlagsOf(network);
  const absl::Status bad = Bad("\"trainable\" is no list of the flags of each layer");
  if (!given->is_array() || given->get_array().size() != now.size()) return bad;
  for (size_t i = 0; i < now.size(); ++i) {
    const Json& of_layer = given->get_array()[i];
    if (!of_layer.is_array() || of_layer.get_array().size() != now[i].size()) return bad;
    flags.emplace_back();
    for (const Json& flag : of_layer.get_array()) {
      if (!flag.is_bool()) return bad;
      flags.back().push_back(flag.get_bool());
    }
  }
  return flags;
}

boost::json::array LossesJson(const OutputLosses& losses) {
  boost::json::array json;
  for (const std::optional<Loss>& loss : losses.list)
    json.push_back(loss.has_value() ? loss->ToJson() : Json());
  return json;
}

boost::json::array MetricListJson(const std::vector<Metric>& metrics) {
  boost::json::array json;
  for (const Metric& metric : metrics) json.push_back(metric.ToJson());
  return json;
}

boost::json::array MetricsJson(const OutputMetrics& metrics) {
  if (metrics.of_each.empty()) return MetricListJson(metrics.list);
  boost::json::array json;
  for (const std::vector<Metric>& some : metrics.of_each) json.push_back(MetricListJson(some));
  return json;
}

// The first version that has what `options` say.
int VersionFor(const std::optional<Compiled>& compiled) {
  if (!compiled.has_value()) return 3;
  const CompileOptions& o = compiled->options;
  const bool each = !o.metrics.of_each.empty() || !o.weighted_metrics.of_each.empty();
  return each || absl::c_linear_search(o.loss.list, std::nullopt) ? 4 : 3;
}

}  // namespace

Json Model::Impl::CompileJson() const {
  if (!compiled.has_value() || compiled->spec.train_step) return Json();
  const CompileOptions& o = compiled->options;
  Json json = {{"optimizer", o.optimizer.rule()->ToJson()},
               {"loss", LossesJson(o.loss)},
               {"loss_weights", JsonList(o.loss_weights.list)},
               {"metrics", MetricsJson(o.metrics)},
               {"weighted_metrics", MetricsJson(o.weighted_metrics)},
               {"source_file", o.location.file},
               {"source_line", o.location.line}};
  if (compiled->trainable != FlagsOf(*network)) {
    boost::json::array flags;
    for (const std::vector<bool>& of_layer : compiled->trainable)
      flags.push_back(JsonList(of_layer));
    json.get_object()["trainable"] = std::move(flags);
  }
  return json;
}

absl::StatusOr<Tensor> Model::Impl::TakeRestored(const StateDecl& decl) {
  auto it = restored->find(decl.name);
  if (it == restored->end())
    return NotFoundError(absl::StrCat("the file has no state \"", decl.name, "\""));
  Tensor& found = it->second;
  if (found.dtype() != decl.type.dtype || Shape(found.dims()) != decl.type.shape) {
    return InvalidArgumentError(absl::StrCat("state \"", decl.name, "\" is ", decl.type.ToString(),
                                             "; in the file: ", DTypeName(found.dtype()),
                                             DimsToString(found.dims())));
  }
  Tensor taken = std::move(found);
  restored->erase(it);
  return taken;
}

absl::Status Model::Save(const std::string& directory,
                         const std::map<std::string, std::string>& metadata) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Save"));
  DAGRAD_ASSIGN_OR_RETURN(dagrad::Model model, impl->Graph());
  DAGRAD_RETURN_IF_ERROR(impl->network->CheckSaveable());
  const Json description = {{"version", VersionFor(impl->compiled)},
                            {"sequential", !impl->stack.empty()},
                            {"seed", impl->options.seed},
                            {"network", impl->network->ToJson()},
                            {"compile", impl->CompileJson()}};
  model.metadata = metadata;
  model.metadata[kMetadataKey] = JsonText(description);
  io::TensorMap state;
  for (const StateDecl& s : model.states) state[s.name] = impl->state.Get(s.name);
  return io::SaveModel(directory, model, state);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Model> Model::Load(const std::string& directory, const LoadOptions& options) try {
  io::LoadOptions file_options;
  file_options.limits.budget = options.budget;
  DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded,
                          io::LoadModel(directory, ops::FindOp, file_options));
  auto text = loaded.model.metadata.find(kMetadataKey);
  if (text == loaded.model.metadata.end()) {
    return InvalidArgumentError(
        absl::StrCat(directory, ": the model was not saved by dagrad's Keras"));
  }
  absl::StatusOr<Json> parsed = ParseJson(text->second);
  if (!parsed.ok()) return Bad(parsed.status().message());
  const Json& json = *parsed;
  const Json* const described = Member(json, "network");
  int64_t seed = 0;
  int64_t version = 0;
  if (described == nullptr || !ReadJson(Member(json, "seed"), &seed) ||
      !ReadJson(Member(json, "version"), &version)) {
    return Bad("it is no such JSON object");
  }
  if (version > kDescriptionVersion) {
    return UnimplementedError(absl::StrCat("the Keras description is of version ", version,
                                           "; this dagrad reads up to ", kDescriptionVersion));
  }
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the file's description of the Keras model", json,
                                   {"version", "sequential", "seed", "network", "compile"}));
  Model model;
  Impl& impl = *model.impl_;
  impl.options.name = loaded.model.name;
  impl.options.seed = seed;
  impl.restored = std::move(loaded.state);
  DAGRAD_ASSIGN_OR_RETURN(Network network, Network::FromJson(*described, options.custom_objects));
  DAGRAD_RETURN_IF_ERROR(impl.UseNetwork(std::move(network)));
  bool sequential = false;
  if (ReadJson(Member(json, "sequential"), &sequential) && sequential) {
    for (const auto& layer : impl.network->layers()) {
      if (layer->class_name() != "InputLayer") impl.stack.emplace_back(layer);
    }
  }
  if (const Json* const compile = Member(json, "compile"); compile && !compile->is_null()) {
    DAGRAD_ASSIGN_OR_RETURN(CompileOptions read, ReadCompile(*compile, options.custom_objects));
    read.location = ReadLocation(*compile, &impl.compiled_in);
    DAGRAD_ASSIGN_OR_RETURN(TrainableFlags trainable, ReadTrainable(*compile, *impl.network));
    DAGRAD_RETURN_IF_ERROR(impl.CompileSteps(std::move(read), std::move(trainable)));
  }
  impl.restored.reset();
  loaded.model.metadata.erase(text);
  if (options.metadata != nullptr) *options.metadata = std::move(loaded.model.metadata);
  return model;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
