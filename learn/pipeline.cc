#include "dagrad/learn/pipeline.h"

#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/file_system.h"
#include "dagrad/learn/rows.h"

namespace dagrad::learn {
namespace {

constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr char kMetadataKey[] = "pipeline";   // of the model file, with the steps as JSON
constexpr char kOlderFile[] = "/steps.json";  // which had them before, beside the model

absl::StatusOr<Features> Apply(const std::vector<StepPtr>& steps, Features x) {
  for (const StepPtr& step : steps) {
    DAGRAD_ASSIGN_OR_RETURN(x, step->Transform(x));
  }
  return x;
}

// The examples that are not kept for validation: the first ones, as Model::Fit divides them.
absl::StatusOr<Features> TrainingPart(const Features& x, double validation_split) {
  if (validation_split == 0) return x;
  if (!(validation_split > 0 && validation_split < 1)) {
    return InvalidArgumentError(
        absl::StrCat("validation_split is a share in [0, 1), not ", validation_split));
  }
  std::vector<int64_t> rows(
      static_cast<size_t>(std::floor(static_cast<double>(x.rows()) * (1 - validation_split))));
  std::iota(rows.begin(), rows.end(), 0);
  return x.TakeRows(rows);
}

absl::StatusOr<std::vector<StepPtr>> FitSteps(const std::vector<StepPtr>& steps, Features x) {
  std::vector<StepPtr> fitted;
  for (const StepPtr& step : steps) {
    if (step == nullptr) return InvalidArgumentError("a step of the pipeline is null");
    DAGRAD_ASSIGN_OR_RETURN(fitted.emplace_back(), step->Fit(x));
    DAGRAD_ASSIGN_OR_RETURN(x, fitted.back()->Transform(x));
  }
  return fitted;
}

absl::StatusOr<std::vector<StepPtr>> StepsOf(const std::string& text) {
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  DAGRAD_RETURN_IF_ERROR(CheckKeys("a pipeline", json, {{"steps"}}));
  const Json* list = Member(json, "steps");
  if (list == nullptr || !list->is_array())
    return InvalidArgumentError("a pipeline has a list of steps");
  std::vector<StepPtr> steps;
  for (const Json& item : list->get_array()) {
    DAGRAD_ASSIGN_OR_RETURN(steps.emplace_back(), internal::StepFromJson(item));
  }
  return steps;
}

// The steps of the model in `directory`, whose file has the entries `metadata`.
absl::StatusOr<std::vector<StepPtr>> LoadSteps(const std::string& directory,
                                               const std::map<std::string, std::string>& metadata) {
  const auto entry = metadata.find(kMetadataKey);
  const bool older = entry == metadata.end();
  const std::string path = older ? directory + kOlderFile : directory;
  absl::StatusOr<std::string> text = older ? io::ReadFile(path, kMaxBytes) : entry->second;
  if (absl::IsNotFound(text.status())) {
    return NotFoundError(
        absl::StrCat(Printable(directory, 1024), ": the model was saved without a pipeline"));
  }
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<StepPtr>> steps = StepsOf(*text);
  if (steps.ok()) return steps;
  return Prefixed(Printable(path, 1024), steps.status());
}

}  // namespace

const Table* Features::table() const {
  const auto* table = std::get_if<std::shared_ptr<const Table>>(&value_);
  return table == nullptr ? nullptr : table->get();
}

int64_t Features::rows() const {
  if (table() != nullptr) return table()->num_rows();
  return tensor()->defined() && tensor()->rank() > 0 ? tensor()->dims()[0] : 0;
}

absl::StatusOr<Features> Features::TakeRows(absl::Span<const int64_t> rows) const {
  if (table() != nullptr) {
    DAGRAD_ASSIGN_OR_RETURN(Table taken, table()->TakeRows(rows));
    return Features(std::move(taken));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor taken, learn::TakeRows(*tensor(), rows));
  return Features(std::move(taken));
}

absl::StatusOr<keras::History> Pipeline::Fit(const Features& x, const Tensor& y,
                                             keras::FitOptions options) {
  if (options.validation_source != nullptr)
    return InvalidArgumentError("a pipeline takes no validation_source, but validation_data");
  DAGRAD_ASSIGN_OR_RETURN(const Features train, TrainingPart(x, options.validation_split));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<StepPtr> steps, FitSteps(steps_, train));
  DAGRAD_ASSIGN_OR_RETURN(const Features all, Apply(steps, x));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor inputs, internal::TensorOf(all));
  for (Tensor& t : options.validation_data.x.tensors) {
    DAGRAD_ASSIGN_OR_RETURN(const Features validation, Apply(steps, t));
    DAGRAD_ASSIGN_OR_RETURN(t, internal::TensorOf(validation));
  }
  steps_ = std::move(steps);
  return model_.Fit(inputs, y, std::move(options));
}

absl::StatusOr<Tensor> Pipeline::Transform(const Features& x) const {
  DAGRAD_ASSIGN_OR_RETURN(const Features given, Apply(steps_, x));
  return internal::TensorOf(given);
}

absl::StatusOr<Tensor> Pipeline::Predict(const Features& x,
                                         const keras::PredictOptions& options) const {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor inputs, Transform(x));
  return model_.Predict(inputs, options);
}

absl::StatusOr<keras::Logs> Pipeline::Evaluate(const Features& x, const Tensor& y,
                                               const keras::EvaluateOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor inputs, Transform(x));
  return model_.Evaluate(inputs, y, options);
}

absl::Status Pipeline::Save(const std::string& directory) const {
  boost::json::array steps;
  for (const StepPtr& step : steps_) {
    DAGRAD_ASSIGN_OR_RETURN(Json json, step->ToJson());
    steps.push_back(std::move(json));
  }
  Json json = boost::json::object();
  json.get_object()["steps"] = std::move(steps);
  // In one file with the model, so that a crash leaves no mixture of two saves.
  DAGRAD_RETURN_IF_ERROR(model_.Save(directory, {{kMetadataKey, JsonText(json)}}));
  io::FileSystem::Posix().Remove(directory + kOlderFile);  // of an older save, if it is there
  return absl::OkStatus();
}

absl::StatusOr<Pipeline> Pipeline::Load(const std::string& directory,
                                        const keras::LoadOptions& options) {
  std::map<std::string, std::string> metadata;
  keras::LoadOptions reading = options;
  if (reading.metadata == nullptr) reading.metadata = &metadata;
  DAGRAD_ASSIGN_OR_RETURN(keras::Model model, keras::Model::Load(directory, reading));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<StepPtr> steps, LoadSteps(directory, *reading.metadata));
  return Pipeline(std::move(steps), std::move(model));
}

}  // namespace dagrad::learn
