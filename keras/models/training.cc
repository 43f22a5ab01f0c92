#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/keras/data/class_weight.h"
#include "dagrad/keras/models/model_impl.h"
#include "dagrad/ops/creation/random/philox.h"

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
  const int64_t rows = columns[0].dims()[0];
  for (const Tensor& c : columns) {
    if (c.dims()[0] != rows) {
      return InvalidArgumentError(absl::StrCat(
          "inputs and targets have different numbers of examples: ", rows, " and ", c.dims()[0]));
    }
  }
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

absl::Status CheckFitOptions(const FitOptions& o) {
  if (o.epochs < 0 || o.initial_epoch < 0)
    return InvalidArgumentError("epochs and initial_epoch must not be negative");
  if (o.batch_size < 1)
    return InvalidArgumentError(absl::StrCat("batch_size must be positive, not ", o.batch_size));
  if (o.validation_freq < 1) return InvalidArgumentError("validation_freq must be positive");
  if (o.verbose < 0 || o.verbose > 2)
    return InvalidArgumentError(absl::StrCat("verbose is 0, 1 or 2, not ", o.verbose));
  return absl::OkStatus();
}

absl::StatusOr<Tensor> FitSampleWeight(const Tensor& weight, const ValueType& output) {
  return FitToType(weight, {output.dtype, Shape({Dim("batch")})}, "sample_weight");
}

// One pass over the batches. `after` is called behind each, with its number and the logs so far,
// and says whether to go on.
template <typename After>
absl::StatusOr<Logs> RunBatches(const CompiledStep& step, Batches* batches, const Budget& budget,
                                After after) {
  LogAccumulator logs(&step.step);
  const RunOptions run = {budget};
  bool go_on = true;
  for (int64_t b = 0; b < batches->count() && go_on; ++b) {
    DAGRAD_ASSIGN_OR_RETURN(absl::Span<const Tensor> feeds, batches->Get(b));
    DAGRAD_RETURN_IF_ERROR(step.executable->Run(step.context.get(), feeds, run));
    logs.Add(step.context->outputs(), batches->RowsOf(b));
    DAGRAD_ASSIGN_OR_RETURN(go_on, after(b, logs));
  }
  return logs.Result();
}

bool IsNan(const Tensor& scalar) {
  bool nan = false;
  DispatchDType(scalar.dtype(), [&](auto zero) {
    nan = std::isnan(static_cast<double>(scalar.data<decltype(zero)>()[0]));
  });
  return nan;
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
    return InvalidArgumentError(absl::StrCat("model ", options.name, " has ", spec.outputs.size(),
                                             " outputs; targets given: ", y.tensors.size()));
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

absl::StatusOr<Logs> Model::Impl::RunEvaluation(Batches* batches, bool sample_weight, int verbose,
                                                std::ostream* out, const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(CompiledStep * step, EvaluateStep(sample_weight));
  ProgressBar bar(batches->count(), verbose, IsTerminal(out), OutputStream(out));
  DAGRAD_ASSIGN_OR_RETURN(
      Logs logs, RunBatches(*step, batches, budget, [&](int64_t b, const LogAccumulator& sums) {
        if (bar.WantsUpdate()) bar.Update(b + 1, sums.Result());
        return absl::StatusOr<bool>(true);
      }));
  bar.Finish(batches->count(), logs);
  return logs;
}

absl::StatusOr<Logs> Model::Evaluate(const Data& x, const Data& y, EvaluateOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Evaluate"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns,
                          impl->FitColumns(x, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(Batches batches, Batches::Make(std::move(columns), options.batch_size));
  return impl->RunEvaluation(&batches, options.sample_weight.defined(), options.verbose,
                             options.out, options.budget);
}
DAGRAD_CATCH_NO_MEMORY

// One call of Fit.
class FitLoop {
 public:
  FitLoop(Model::Impl* model, const FitOptions& options, bool weighted)
      : model_(model), options_(options), weighted_(weighted) {}

  absl::Status Prepare(Split split) {
    DAGRAD_ASSIGN_OR_RETURN(step_, model_->TrainStep(weighted_));
    DAGRAD_ASSIGN_OR_RETURN(Batches train,
                            Batches::Make(std::move(split.train), options_.batch_size));
    if (train.rows() == 0) return InvalidArgumentError("there are no examples to train on");
    train_ = std::move(train);
    if (split.validation.empty()) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(
        Batches validation,
        Batches::Make(std::move(split.validation),
                      options_.validation_batch_size.value_or(options_.batch_size)));
    validation_ = std::move(validation);
    return absl::OkStatus();
  }

  absl::StatusOr<History> Run(bool validation_weighted) {
    History history;
    for (int64_t epoch = options_.initial_epoch; epoch < options_.epochs && !model_->stop_training;
         ++epoch) {
      const auto start = std::chrono::steady_clock::now();
      DAGRAD_ASSIGN_OR_RETURN(Logs logs, RunEpoch(epoch, validation_weighted, &history));
      history.epoch.push_back(epoch);
      history.logs.push_back(logs);
      history.seconds.push_back(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      for (const Callback& c : options_.callbacks) {
        if (c.on_epoch_end) DAGRAD_RETURN_IF_ERROR(c.on_epoch_end(epoch, logs));
      }
    }
    return history;
  }

 private:
  absl::StatusOr<Logs> RunEpoch(int64_t epoch, bool validation_weighted, History* history) {
    if (options_.shuffle) {
      train_->SetOrder(
          random::Permutation(options_.seed.value_or(model_->options.seed), epoch, train_->rows()));
    }
    if (options_.verbose > 0) {
      Print(OutputStream(options_.out),
            absl::StrCat("Epoch ", epoch + 1, "/", options_.epochs, "\n"));
    }
    ProgressBar bar(train_->count(), options_.verbose, IsTerminal(options_.out),
                    OutputStream(options_.out));
    const bool was_nan = history->first_nan.has_value();
    int64_t done = 0;
    DAGRAD_ASSIGN_OR_RETURN(
        Logs logs,
        RunBatches(*step_, &*train_, options_.budget, [&](int64_t b, const LogAccumulator& sums) {
          done = b + 1;
          if (!history->first_nan.has_value() && IsNan(step_->context->outputs()[0]))
            history->first_nan = {epoch, b};
          if (bar.WantsUpdate()) bar.Update(done, sums.Result());
          return AfterBatch(b, sums);
        }));
    const bool validates = validation_.has_value() && (epoch + 1) % options_.validation_freq == 0;
    if (validates) {
      DAGRAD_ASSIGN_OR_RETURN(Logs val, model_->RunEvaluation(&*validation_, validation_weighted, 0,
                                                              options_.out, options_.budget));
      for (const auto& [name, value] : val.entries()) logs.Set("val_" + name, value);
      for (const auto& [name, value] : val.tensors()) logs.Set("val_" + name, value);
    }
    bar.Finish(done, logs);
    if (!was_nan && history->first_nan.has_value() && options_.verbose > 0) {
      *OutputStream(options_.out) << "Epoch " << epoch + 1 << ": the loss is nan from batch "
                                  << history->first_nan->batch + 1 << " on\n";
    }
    return logs;
  }

  // Whether to go on.
  absl::StatusOr<bool> AfterBatch(int64_t batch, const LogAccumulator& sums) const {
    for (const Callback& c : options_.callbacks) {
      if (c.on_train_batch_end) DAGRAD_RETURN_IF_ERROR(c.on_train_batch_end(batch, sums.Result()));
    }
    return !model_->stop_training;
  }

  Model::Impl* model_;
  const FitOptions& options_;
  bool weighted_;
  CompiledStep* step_ = nullptr;
  std::optional<Batches> train_;
  std::optional<Batches> validation_;
};

void Model::StopTraining() {
  if (impl_ != nullptr) impl_->stop_training = true;
}

absl::StatusOr<History> Model::Fit(const Data& x, const Data& y, FitOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Fit", /*changes=*/true));
  DAGRAD_RETURN_IF_ERROR(CheckFitOptions(options));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  Tensor weight = options.sample_weight;
  if (!options.class_weight.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(weight, ClassWeights(options.class_weight, y.tensors, weight));
  }
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> columns, impl->FitColumns(x, y, weight));
  Split split;
  bool validation_weighted = weight.defined();
  if (options.validation_data.given()) {
    split.train = std::move(columns);
    const ValidationData& given = options.validation_data;
    DAGRAD_ASSIGN_OR_RETURN(split.validation,
                            impl->FitColumns(given.x, given.y, given.sample_weight));
    validation_weighted = given.sample_weight.defined();
  } else {
    DAGRAD_ASSIGN_OR_RETURN(split, SplitRows(std::move(columns), options.validation_split));
    // Class weights are for training only.
    if (validation_weighted && !options.sample_weight.defined() && !split.validation.empty()) {
      split.validation.pop_back();
      validation_weighted = false;
    }
  }
  const Fitting fitting(impl.get());
  FitLoop loop(impl.get(), options, weight.defined());
  DAGRAD_RETURN_IF_ERROR(loop.Prepare(std::move(split)));
  return loop.Run(validation_weighted);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
