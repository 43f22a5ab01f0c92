#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/keras/model_impl.h"
#include "dagrad/ops/table.h"

// Save and Load: a model file whose metadata entry "keras" describes layers and training, and the
// state as weights.
namespace dagrad::keras {
namespace {

constexpr const char* kMetadataKey = "keras";
// 2: results of layers by [call, port].
constexpr int kDescriptionVersion = 2;

absl::Status Bad(absl::string_view what) {
  return InvalidArgumentError(
      absl::StrCat("the file's description of the Keras model is damaged: ", what));
}

absl::Status CheckList(const nlohmann::json& json, const char* key) {
  if (json.contains(key) && json[key].is_array()) return absl::OkStatus();
  return Bad(absl::StrCat("\"", key, "\" is no list"));
}

absl::StatusOr<std::vector<Metric>> ReadMetrics(const nlohmann::json& json, const char* key) {
  DAGRAD_RETURN_IF_ERROR(CheckList(json, key));
  std::vector<Metric> metrics;
  for (const nlohmann::json& m : json[key]) {
    DAGRAD_ASSIGN_OR_RETURN(Metric metric, Metric::FromJson(m));
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

absl::StatusOr<CompileOptions> ReadCompile(const nlohmann::json& json) {
  CompileOptions options;
  if (!json.is_object() || !json.contains("optimizer")) return Bad("no optimizer");
  DAGRAD_RETURN_IF_ERROR(CheckKeys("\"compile\" of the file's description", json,
                                   {"optimizer", "loss", "loss_weights", "metrics",
                                    "weighted_metrics", "source_file", "source_line"}));
  DAGRAD_ASSIGN_OR_RETURN(OptimizerPtr optimizer, OptimizerFromJson(json["optimizer"]));
  options.optimizer = Optimizer(std::move(optimizer));
  DAGRAD_RETURN_IF_ERROR(CheckList(json, "loss"));
  for (const nlohmann::json& l : json["loss"]) {
    DAGRAD_ASSIGN_OR_RETURN(Loss loss, Loss::FromJson(l));
    options.loss.list.push_back(std::move(loss));
  }
  DAGRAD_RETURN_IF_ERROR(CheckList(json, "loss_weights"));
  for (const nlohmann::json& w : json["loss_weights"]) {
    if (!w.is_number()) return Bad("a loss weight is no number");
    options.loss_weights.push_back(w.get<double>());
  }
  DAGRAD_ASSIGN_OR_RETURN(options.metrics.list, ReadMetrics(json, "metrics"));
  DAGRAD_ASSIGN_OR_RETURN(options.weighted_metrics.list, ReadMetrics(json, "weighted_metrics"));
  return options;
}

nlohmann::json MetricsJson(const std::vector<Metric>& metrics) {
  nlohmann::json json = nlohmann::json::array();
  for (const Metric& m : metrics) json.push_back(m.ToJson());
  return json;
}

}  // namespace

nlohmann::json Model::Impl::CompileJson() const {
  if (!compiled.has_value()) return nlohmann::json();
  const CompileOptions& o = compiled->options;
  nlohmann::json losses = nlohmann::json::array();
  for (const Loss& l : o.loss.list) losses.push_back(l.ToJson());
  return {{"optimizer", o.optimizer.rule()->ToJson()},
          {"loss", losses},
          {"loss_weights", o.loss_weights},
          {"metrics", MetricsJson(o.metrics.list)},
          {"weighted_metrics", MetricsJson(o.weighted_metrics.list)},
          {"source_file", o.location.file},
          {"source_line", o.location.line}};
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

absl::Status Model::Save(const std::string& directory) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Save"));
  DAGRAD_ASSIGN_OR_RETURN(dagrad::Model model, impl->Graph());
  DAGRAD_RETURN_IF_ERROR(impl->network->CheckSaveable());
  const nlohmann::json description = {{"version", kDescriptionVersion},
                                      {"sequential", !impl->stack.empty()},
                                      {"seed", impl->options.seed},
                                      {"network", impl->network->ToJson()},
                                      {"compile", impl->CompileJson()}};
  model.metadata[kMetadataKey] =
      description.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  io::TensorMap state;
  for (const StateDecl& s : model.states) state[s.name] = impl->state.Get(s.name);
  return io::SaveModel(directory, model, state);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Model> Model::Load(const std::string& directory, const Budget& budget) try {
  io::LoadOptions options;
  options.limits.budget = budget;
  DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded, io::LoadModel(directory, ops::FindOp, options));
  auto text = loaded.model.metadata.find(kMetadataKey);
  if (text == loaded.model.metadata.end()) {
    return InvalidArgumentError(
        absl::StrCat(directory, ": the model was not saved by dagrad's Keras"));
  }
  absl::StatusOr<nlohmann::json> parsed = ParseJson(text->second);
  if (!parsed.ok()) return Bad(parsed.status().message());
  const nlohmann::json& json = *parsed;
  if (!json.is_object() || !json.contains("network") || !json.contains("seed") ||
      !json["seed"].is_number_integer() || !json.contains("version") ||
      !json["version"].is_number_integer()) {
    return Bad("it is no such JSON object");
  }
  if (json["version"].get<int>() > kDescriptionVersion) {
    return UnimplementedError(absl::StrCat("the Keras description is of version ",
                                           json["version"].get<int>(), "; this dagrad reads up to ",
                                           kDescriptionVersion));
  }
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the file's description of the Keras model", json,
                                   {"version", "sequential", "seed", "network", "compile"}));
  Model model;
  Impl& impl = *model.impl_;
  impl.options.name = loaded.model.name;
  impl.options.seed = json["seed"].get<int64_t>();
  impl.restored = std::move(loaded.state);
  DAGRAD_ASSIGN_OR_RETURN(Network network, Network::FromJson(json["network"]));
  DAGRAD_RETURN_IF_ERROR(impl.UseNetwork(std::move(network)));
  if (json.contains("sequential") && json["sequential"] == true) {
    for (const auto& layer : impl.network->layers()) {
      if (layer->class_name() != "InputLayer") impl.stack.emplace_back(layer);
    }
  }
  if (json.contains("compile") && !json["compile"].is_null()) {
    DAGRAD_ASSIGN_OR_RETURN(CompileOptions options, ReadCompile(json["compile"]));
    options.location = ReadLocation(json["compile"], &impl.compiled_in);
    DAGRAD_RETURN_IF_ERROR(impl.CompileSteps(std::move(options)));
  }
  impl.restored.reset();
  return model;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
