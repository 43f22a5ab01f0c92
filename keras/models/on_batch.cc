#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// One step on one batch, for loops of one's own.
namespace dagrad::keras {
namespace {

// Runs `step` on the columns, which are those of the model, as one batch.
absl::StatusOr<Logs> RunStep(Model::Impl* impl, const CompiledStep& step,
                             const std::vector<Tensor>& columns, const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(const int64_t examples, RowsOfAll(columns));
  if (examples == 0) return InvalidArgumentError("there are no examples in the batch");
  DAGRAD_RETURN_IF_ERROR(impl->CheckBatches(examples, examples));
  DAGRAD_RETURN_IF_ERROR(step.executable->Run(step.context.get(), columns, {budget}));
  LogAccumulator logs(&step.step);
  logs.Add(step.context->outputs(), examples);
  return logs.Result();
}

}  // namespace

absl::StatusOr<Logs> Model::TrainOnBatch(const Data& x, const Data& y, OnBatchOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("TrainOnBatch", true));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  DAGRAD_ASSIGN_OR_RETURN(const Data weights,
                          impl->WeightsOf(options.class_weight, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(const Columns columns, impl->FitColumns(x, y, weights));
  DAGRAD_ASSIGN_OR_RETURN(CompiledStep * step, impl->TrainStep(columns.weights));
  return RunStep(impl.get(), *step, columns.tensors, options.budget);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Logs> Model::TestOnBatch(const Data& x, const Data& y, OnBatchOptions options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("TestOnBatch"));
  if (!options.class_weight.empty())
    return InvalidArgumentError("class_weight is for training only");
  DAGRAD_RETURN_IF_ERROR(impl->EnsureCompiled(x));
  DAGRAD_ASSIGN_OR_RETURN(const Columns columns, impl->FitColumns(x, y, options.sample_weight));
  DAGRAD_ASSIGN_OR_RETURN(CompiledStep * step, impl->EvaluateStep(columns.weights));
  return RunStep(impl.get(), *step, columns.tensors, options.budget);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> Model::PredictOnBatch(const Data& x, PredictOptions options) const {
  const bool has_rows = !x.empty() && x.tensors[0].rank() > 0;
  options.batch_size = has_rows ? std::max<int64_t>(x.tensors[0].dims()[0], 1) : 1;
  return Predict(x, std::move(options));
}

}  // namespace dagrad::keras
