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
#include "dagrad/keras/models/fit_loop.h"
#include "dagrad/keras/models/model_impl.h"

// Fit and Evaluate.
namespace dagrad::keras {
namespace {

// Training data, and what is kept for validation, which may be nothing.
struct Split {
  Columns train, validation;
};

absl::StatusOr<Split> SplitRows(Columns columns, double validation_split) {
  Split split;
  if (!(validation_split >= 0 && validation_split < 1)) {
    return InvalidArgumentError(
        absl::StrCat("validation_split must be in [0, 1), not ", validation_split));
  }
  if (validation_split == 0) {
    split.train = std::move(columns);
    return split;
  }
  DAGRAD_ASSIGN_OR_RETURN(const int64_t rows, RowsOfAll(columns.tensors));
  const auto kept =
      static_cast<int64_t>(std::floor(static_cast<double>(rows) * (1 - validation_split)));
  if (kept == 0 || kept == rows) {
    return InvalidArgumentError(
        absl::StrCat("validation_split ", validation_split, " of ", rows, " examples leaves ",
                     kept == 0 ? "nothing to train on" : "nothing to validate with"));
  }
  split.train = {Rows(columns.tensors, 0, kept), columns.inputs, columns.weights};
  split.validation = {Rows(columns.tensors, kept, rows), columns.inputs, columns.weights};
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
  DAGRAD_RETURN_IF_ERROR(o.validation_freq.Validate());
  DAGRAD_RETURN_IF_ERROR(CheckSteps("steps_per_epoch", o.steps_per_epoch));
  DAGRAD_RETURN_IF_ERROR(CheckSteps("validation_steps", o.validation_steps));
  if (o.verbose < 0 || o.verbose > 2)
    return InvalidArgumentError(absl::StrCat("verbose is 0, 1 or 2, not ", o.verbose));
  return absl::OkStatus();
}

// The rows of `columns` in the order of each epoch where there is a seed.
absl::StatusOr<Stream> StreamOf(const Model::Impl& model, Columns columns, int64_t batch_size,
                                std::optional<int64_t> shuffle_seed) {
  DAGRAD_RETURN_IF_ERROR(model.CheckBatches(columns.tensors[0].dims()[0], batch_size));
  DAGRAD_ASSIGN_OR_RETURN(Batches batches, Batches::Make(std::move(columns.tensors), batch_size));
  Stream stream;
  // The batches have what is fed only.
  const auto weights =
      static_cast<size_t>(absl::c_count_if(columns.weights, [](int r) { return r > 0; }));
  stream.source = std::make_shared<ArraySource>(std::move(batches), columns.inputs,
                                                std::vector<bool>(weights, true), shuffle_seed);
  stream.fitted = true;
  stream.weights = std::move(columns.weights);
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
  DAGRAD_ASSIGN_OR_RETURN(Columns columns, impl->FitColumns(x, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(Stream stream,
                          StreamOf(*impl, std::move(columns), options.batch_size, std::nullopt));
  return EvaluateStream(impl, &stream, options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Logs> Model::Evaluate(const BatchSourcePtr& batches, EvaluateOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Evaluate"));
  if (options.sample_weight.defined())
    return InvalidArgumentError("sample_weight is for arrays; batches have their own weights");
  DAGRAD_ASSIGN_OR_RETURN(Stream stream, Stream::Open(batches, 0));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(stream.first->x));
  stream.weights = impl->RanksOf(stream.first->sample_weight);
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
    if (stream.first != nullptr) stream.weights = impl->RanksOf(stream.first->sample_weight);
    stream.first = nullptr;  // every validation begins the source anew
    return std::optional<Stream>(std::move(stream));
  }
  if (!options.validation_data.given()) return std::optional<Stream>();
  const ValidationData& given = options.validation_data;
  DAGRAD_ASSIGN_OR_RETURN(Columns columns, impl->FitColumns(given.x, given.y, given.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(
      Stream stream,
      StreamOf(*impl, std::move(columns),
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

namespace {

// All columns to train on; or parts of them, where the options keep some for validation. Class
// weights are for training only.
absl::StatusOr<Split> SplitData(const Model::Impl& model, const Data& x, const Data& y,
                                const FitOptions& options, bool may_split) {
  DAGRAD_ASSIGN_OR_RETURN(const Data weights,
                          model.WeightsOf(options.class_weight, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(Columns columns, model.FitColumns(x, y, weights));
  const double part = may_split ? options.validation_split : 0;
  DAGRAD_ASSIGN_OR_RETURN(Split split, SplitRows(std::move(columns), part));
  if (split.validation.tensors.empty() || options.class_weight.empty()) return split;
  Columns& kept = split.validation;
  kept.tensors.pop_back();
  kept.weights = model.RanksOf(options.sample_weight);
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> fitted,
                          model.FitWeights(options.sample_weight, kept.weights));
  for (const Tensor& t : fitted) {
    const int64_t rows = t.dims()[0];
    kept.tensors.push_back(Rows({t}, rows - kept.tensors[0].dims()[0], rows)[0]);
  }
  return split;
}

}  // namespace

absl::StatusOr<History> Model::Fit(const Data& x, const Data& y, FitOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Fit", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(CheckFitOptions(options));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  DAGRAD_ASSIGN_OR_RETURN(std::optional<Stream> validation,
                          ValidationStream(impl.get(), options, /*train=*/nullptr));
  DAGRAD_ASSIGN_OR_RETURN(Split split, SplitData(*impl, x, y, options, !validation.has_value()));
  if (!split.validation.tensors.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(
        validation,
        StreamOf(*impl, std::move(split.validation),
                 options.validation_batch_size.value_or(options.batch_size), std::nullopt));
  }
  if (split.train.tensors[0].dims()[0] == 0)
    return InvalidArgumentError("there are no examples to train on");
  const std::optional<int64_t> seed =
      options.shuffle ? std::optional<int64_t>(options.seed.value_or(impl->options.seed))
                      : std::nullopt;
  DAGRAD_ASSIGN_OR_RETURN(Stream train,
                          StreamOf(*impl, std::move(split.train), options.batch_size, seed));
  return RunFit(impl, std::move(train), std::move(validation), options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<History> Model::Fit(const BatchSourcePtr& batches, FitOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Fit", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(CheckFitOptions(options));
  DAGRAD_RETURN_IF_ERROR(CheckSourceOptions(options));
  DAGRAD_ASSIGN_OR_RETURN(Stream train, Stream::Open(batches, options.initial_epoch));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(train.first->x));
  train.weights = impl->RanksOf(train.first->sample_weight);
  DAGRAD_ASSIGN_OR_RETURN(std::optional<Stream> validation,
                          ValidationStream(impl.get(), options, &train));
  return RunFit(impl, std::move(train), std::move(validation), options);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
