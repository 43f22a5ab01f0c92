#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/data/array_source.h"
#include "dagrad/keras/data/class_weight.h"
#include "dagrad/keras/models/fit_loop.h"
#include "dagrad/keras/models/model_impl.h"

// Fit and Evaluate.
namespace dagrad::keras {
namespace {

// Training data, and what is kept for validation.
struct Split {
  std::vector<Tensor> train;  // inputs, targets, sample weights
  std::vector<Tensor> validation;
};

absl::StatusOr<Split> SplitRows(std::vector<Tensor> columns, double validation_split) {
  Split split;
  if (!(validation_split >= 0 && validation_split < 1)) {
    return InvalidArgumentError(
        absl::StrCat("validation_split must be in [0, 1), not ", validation_split));
  }
  if (validation_split == 0) {
    split.train = std::move(columns);
    return split;
  }
  DAGRAD_ASSIGN_OR_RETURN(const int64_t rows, RowsOfAll(columns));
  const auto kept =
      static_cast<int64_t>(std::floor(static_cast<double>(rows) * (1 - validation_split)));
  if (kept == 0 || kept == rows) {
    return InvalidArgumentError(
        absl::StrCat("validation_split ", validation_split, " of ", rows, " examples leaves ",
                     kept == 0 ? "nothing to train on" : "nothing to validate with"));
  }
  split.train = Rows(columns, 0, kept);
  split.validation = Rows(columns, kept, rows);
  return split;
}

absl::Status CheckSteps(const char* what, const std::optional<int64_t>& steps) {
  if (steps.value_or(1) > 0) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(what, " must be positive, not ", *steps));
}

absl::Status CheckFitOptions(const FitOptions& o) {
  if (o.epochs < 0 || o.initial_epoch < 0)
    return InvalidArgumentError("epochs and initial_epoch must not be negative");
  if (o.batch_size < 1)
    return InvalidArgumentError(absl::StrCat("batch_size must be positive, not ", o.batch_size));
  if (o.validation_freq < 1) return InvalidArgumentError("validation_freq must be positive");
  DAGRAD_RETURN_IF_ERROR(CheckSteps("steps_per_epoch", o.steps_per_epoch));
  DAGRAD_RETURN_IF_ERROR(CheckSteps("validation_steps", o.validation_steps));
  if (o.verbose < 0 || o.verbose > 2)
    return InvalidArgumentError(absl::StrCat("verbose is 0, 1 or 2, not ", o.verbose));
  return absl::OkStatus();
}

absl::StatusOr<Tensor> FitSampleWeight(const Tensor& weight, const ValueType& output) {
  return FitToType(weight, {output.dtype, Shape({Dim("batch")})}, "sample_weight");
}

// The rows of `columns`, inputs first, in the order of each epoch where there is a seed.
absl::StatusOr<Stream> StreamOf(const Model::Impl& model, std::vector<Tensor> columns,
                                size_t inputs, bool weighted, int64_t batch_size,
                                std::optional<int64_t> shuffle_seed) {
  DAGRAD_RETURN_IF_ERROR(model.CheckBatches(columns[0].dims()[0], batch_size));
  DAGRAD_ASSIGN_OR_RETURN(Batches batches, Batches::Make(std::move(columns), batch_size));
  Stream stream;
  stream.source = std::make_shared<ArraySource>(std::move(batches), inputs, weighted, shuffle_seed);
  stream.fitted = true;
  stream.weighted = weighted;
  return stream;
}

// Which values of the logs' `name` are the better ones.
Direction DirectionOf(const Model::Impl& model, absl::string_view name) {
  const Compiled& c = *model.compiled;
  // What a train_step logs is any number.
  if (c.spec.train_step && (name == "loss" || absl::EndsWith(name, "_loss")))
    return Direction::kDown;
  for (const auto* steps : {&c.train, &c.evaluate}) {
    if (steps->empty() || (c.spec.train_step && steps == &c.train)) continue;
    const Step& step = steps->begin()->second.step;
    if (absl::c_linear_search(step.losses, name)) return Direction::kDown;
    for (const Step::Slot& slot : step.slots) {
      if (slot.name == name) return slot.metric.impl()->direction();
    }
  }
  return Direction::kUnknown;
}

CallbackContext ContextOf(Model* handle, Model::Impl* model, const Stream& stream,
                          std::ostream* out, int64_t epochs) {
  return {.model = *handle,
          .epochs = epochs,
          .steps = stream.size(),
          .out = OutputStream(out),
          .direction = [model](absl::string_view name) { return DirectionOf(*model, name); }};
}

absl::Status CheckSourceOptions(const FitOptions& o) {
  if (o.validation_split == 0 && o.class_weight.empty() && !o.sample_weight.defined())
    return absl::OkStatus();
  return InvalidArgumentError(
      "validation_split, class_weight and sample_weight are for arrays; batches have their own "
      "weights, and validation_source or validation_data");
}

// In its lifetime the model is being fitted: Enter() refuses what would change what is trained.
class Fitting {
 public:
  explicit Fitting(Model::Impl* model) : model_(model) {
    model_->fitting = true;
    model_->stop_training = false;
  }
  ~Fitting() { model_->fitting = false; }
  Fitting(const Fitting&) = delete;
  Fitting& operator=(const Fitting&) = delete;

 private:
  Model::Impl* model_;
};

}  // namespace

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitTargets(const Data& y) const {
  const StepSpec& spec = compiled->spec;
  if (y.tensors.size() != spec.outputs.size()) {
    return InvalidArgumentError(absl::StrCat("model ", options.name, " is compiled for ",
                                             spec.outputs.size(),
                                             " targets; given: ", y.tensors.size()));
  }
  std::vector<Tensor> fitted;
  for (size_t i = 0; i < y.tensors.size(); ++i) {
    DAGRAD_ASSIGN_OR_RETURN(ValueType type,
                            TargetType(network->output_type(i), spec.outputs[i].loss));
    const std::string what = absl::StrCat("target of output \"", network->OutputName(i), "\"");
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, FitToType(y.tensors[i], type, what));
    fitted.push_back(std::move(t));
  }
  return fitted;
}

absl::StatusOr<Tensor> Model::Impl::WeightsOf(const std::map<int64_t, double>& classes,
                                              const Data& y, const Tensor& sample_weight) const {
  const std::vector<StepSpec::OutputSpec>& outputs = compiled->spec.outputs;
  const bool by_number = outputs.size() == 1 && outputs[0].loss.target_kind() != TargetKind::kDense;
  if (by_number && y.tensors.size() == 1 && y.tensors[0].rank() == 2 &&
      y.tensors[0].dims()[1] > 1) {
    return InvalidArgumentError(
        absl::StrCat("class_weight needs one class number for each example; the target has ",
                     DimsToString(y.tensors[0].dims()), ": give sample_weight instead"));
  }
  return ClassWeights(classes, y.tensors, sample_weight);
}

absl::StatusOr<std::vector<Tensor>> Model::Impl::FitColumns(const Data& x, const Data& y,
                                                            const Tensor& weight) const {
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns, FitInputs(x));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> targets, FitTargets(y));
  columns.insert(columns.end(), targets.begin(), targets.end());
  if (weight.defined()) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor fitted, FitSampleWeight(weight, network->output_type(0)));
    columns.push_back(std::move(fitted));
  }
  return columns;
}

absl::StatusOr<Logs> Model::EvaluateStream(const std::shared_ptr<Impl>& impl, Stream* stream,
                                           const EvaluateOptions& options) {
  DAGRAD_RETURN_IF_ERROR(CheckSteps("steps", options.steps));
  stream->steps = options.steps;
  Model handle(impl);
  const CallbackList callbacks(options.callbacks,
                               ContextOf(&handle, impl.get(), *stream, options.out, 0));
  const Running running(impl.get());
  absl::StatusOr<Logs> logs =
      RunEvaluation(impl.get(), stream, options.verbose, options.out, options.budget, callbacks);
  if (!logs.ok()) callbacks.Fail();
  return logs;
}

absl::StatusOr<Logs> Model::Evaluate(const Data& x, const Data& y, EvaluateOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Evaluate"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns,
                          impl->FitColumns(x, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(
      Stream stream, StreamOf(*impl, std::move(columns), x.tensors.size(),
                              options.sample_weight.defined(), options.batch_size, std::nullopt));
  return EvaluateStream(impl, &stream, options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Logs> Model::Evaluate(const BatchSourcePtr& batches, EvaluateOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Evaluate"));
  if (options.sample_weight.defined())
    return InvalidArgumentError("sample_weight is for arrays; batches have their own weights");
  DAGRAD_ASSIGN_OR_RETURN(Stream stream, Stream::Open(batches, 0));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(stream.first->x));
  return EvaluateStream(impl, &stream, options);
}
DAGRAD_CATCH_NO_MEMORY

void Model::StopTraining() {
  if (impl_ != nullptr) impl_->stop_training = true;
}

// The validation that the options give beside validation_split; none if they give none.
absl::StatusOr<std::optional<Stream>> Model::ValidationStream(Impl* impl, const FitOptions& options,
                                                              const Stream* train) {
  if (options.validation_source != nullptr) {
    if (options.validation_data.given() || options.validation_split != 0) {
      return InvalidArgumentError(
          "only one of validation_source, validation_data and validation_split may be given");
    }
    const bool is_trained_on = train != nullptr && options.validation_source == train->source;
    DAGRAD_ASSIGN_OR_RETURN(Stream stream, is_trained_on
                                               ? absl::StatusOr<Stream>(*train)
                                               : Stream::Open(options.validation_source, 0));
    stream.first = nullptr;  // every validation begins the source anew
    return std::optional<Stream>(std::move(stream));
  }
  if (!options.validation_data.given()) return std::optional<Stream>();
  const ValidationData& given = options.validation_data;
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns,
                          impl->FitColumns(given.x, given.y, given.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(
      Stream stream,
      StreamOf(*impl, std::move(columns), given.x.tensors.size(), given.sample_weight.defined(),
               options.validation_batch_size.value_or(options.batch_size), std::nullopt));
  return std::optional<Stream>(std::move(stream));
}

absl::StatusOr<History> Model::RunFit(const std::shared_ptr<Impl>& impl, Stream train,
                                      std::optional<Stream> validation, const FitOptions& options) {
  train.steps = options.steps_per_epoch;
  if (validation.has_value()) validation->steps = options.validation_steps;
  const Fitting fitting(impl.get());
  Model handle(impl);
  CallbackList callbacks(options.callbacks,
                         ContextOf(&handle, impl.get(), train, options.out, options.epochs));
  FitLoop loop(impl.get(), options, &callbacks);
  absl::StatusOr<History> history = loop.Run(std::move(train), std::move(validation));
  if (!history.ok()) callbacks.Fail();
  return history;
}

absl::StatusOr<History> Model::Fit(const Data& x, const Data& y, FitOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Fit", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(CheckFitOptions(options));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  Tensor weight = options.sample_weight;
  if (!options.class_weight.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(weight, impl->WeightsOf(options.class_weight, y, weight));
  }
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns, impl->FitColumns(x, y, weight));
  DAGRAD_ASSIGN_OR_RETURN(std::optional<Stream> validation,
                          ValidationStream(impl.get(), options, /*train=*/nullptr));
  Split split;
  if (validation.has_value()) {
    split.train = std::move(columns);
  } else {
    DAGRAD_ASSIGN_OR_RETURN(split, SplitRows(std::move(columns), options.validation_split));
  }
  const size_t inputs = x.tensors.size();
  if (!split.validation.empty()) {
    // Class weights are for training only.
    const bool weighted = options.sample_weight.defined();
    if (weight.defined()) split.validation.pop_back();
    if (weighted) {
      DAGRAD_ASSIGN_OR_RETURN(const Tensor given, FitSampleWeight(options.sample_weight,
                                                                  impl->network->output_type(0)));
      const int64_t rows = given.dims()[0];
      split.validation.push_back(Rows({given}, rows - split.validation[0].dims()[0], rows)[0]);
    }
    DAGRAD_ASSIGN_OR_RETURN(
        validation,
        StreamOf(*impl, std::move(split.validation), inputs, weighted,
                 options.validation_batch_size.value_or(options.batch_size), std::nullopt));
  }
  if (!split.train.empty() && split.train[0].dims()[0] == 0)
    return InvalidArgumentError("there are no examples to train on");
  const std::optional<int64_t> seed =
      options.shuffle ? std::optional<int64_t>(options.seed.value_or(impl->options.seed))
                      : std::nullopt;
  DAGRAD_ASSIGN_OR_RETURN(Stream train, StreamOf(*impl, std::move(split.train), inputs,
                                                 weight.defined(), options.batch_size, seed));
  return RunFit(impl, std::move(train), std::move(validation), options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<History> Model::Fit(const BatchSourcePtr& batches, FitOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Fit", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(CheckFitOptions(options));
  DAGRAD_RETURN_IF_ERROR(CheckSourceOptions(options));
  DAGRAD_ASSIGN_OR_RETURN(Stream train, Stream::Open(batches, options.initial_epoch));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(train.first->x));
  DAGRAD_ASSIGN_OR_RETURN(std::optional<Stream> validation,
                          ValidationStream(impl.get(), options, &train));
  return RunFit(impl, std::move(train), std::move(validation), options);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
