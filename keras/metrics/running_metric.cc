#include "dagrad/keras/metrics/running_metric.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/keras/losses/losses.h"

namespace dagrad::keras {
namespace {

// [batch, …] of a tensor's further sizes.
ValueType BatchOf(DType dtype, absl::Span<const int64_t> sizes) {
  std::vector<Dim> dims = {Dim("batch")};
  for (const int64_t size : sizes) dims.emplace_back(size);
  return {dtype, Shape(absl::MakeConstSpan(dims))};
}

// By which "accuracy" becomes definite.
Loss LossOf(const ValueType& prediction, TargetKind kind) {
  if (kind == TargetKind::kSparse) return "sparse_categorical_crossentropy";
  return prediction.shape.dim(-1) == Dim(1) ? "binary_crossentropy" : "categorical_crossentropy";
}

void AddTo(std::vector<Tensor>* sums, std::vector<Tensor> batch) {
  if (sums->empty()) {
    *sums = std::move(batch);
    return;
  }
  for (size_t i = 0; i < sums->size(); ++i) {
    const absl::Span<double> to = (*sums)[i].mutable_data<double>();
    const absl::Span<const double> from = batch[i].data<double>();
    for (size_t k = 0; k < to.size(); ++k) to[k] += from[k];
  }
}

}  // namespace

absl::StatusOr<RunningMetric::Types> RunningMetric::TypesOf(const Tensor& y_true,
                                                            const Tensor& y_pred) const {
  DAGRAD_RETURN_IF_ERROR(metric_.Validate());
  for (const auto& [name, t] : {std::pair("y_true", &y_true), std::pair("y_pred", &y_pred)}) {
    if (!t->defined() || t->rank() == 0 || t->dims()[0] == 0) {
      return InvalidArgumentError(absl::StrCat(name, " is ",
                                               t->defined() ? t->ToString(0) : "undefined",
                                               "; a batch is [batch, …] of one example at least"));
    }
  }
  const DType dtype = y_pred.dtype() == DType::kFloat64 ? DType::kFloat64 : DType::kFloat32;
  Types types;
  const bool column = y_pred.rank() == 1;
  types.prediction =
      BatchOf(dtype, column ? Dims{1} : Dims(y_pred.dims().begin() + 1, y_pred.dims().end()));
  types.weight = BatchOf(dtype, {});
  const bool dense = y_true.dims() == y_pred.dims() || types.prediction.shape.dim(-1) == Dim(1);
  const TargetKind kind = dense ? TargetKind::kDense : TargetKind::kSparse;
  DAGRAD_RETURN_IF_ERROR(metric_.CheckTarget(types.prediction, kind));
  types.target = types.prediction;
  if (!dense) {
    const Dims sizes(y_pred.dims().begin() + 1, y_pred.dims().end() - 1);
    types.target = BatchOf(DType::kInt64, sizes);
  }
  return types;
}

absl::StatusOr<const Executable*> RunningMetric::SumsOfBatch(const Types& types, bool weighted) {
  std::unique_ptr<Executable>& made = sums_of_batch_[weighted];
  if (made != nullptr) return made.get();
  GraphBuilder g("metric");
  const Value target = g.Input("y_true", types.target.dtype, types.target.shape);
  const Value prediction = g.Input("y_pred", types.prediction.dtype, types.prediction.shape);
  const Value weights =
      weighted ? g.Input("sample_weight", types.weight.dtype, types.weight.shape) : Value();
  const bool sparse = target.rank() < prediction.rank();
  const Metric definite =
      metric_.Resolve(types.prediction,
                      LossOf(types.prediction, sparse ? TargetKind::kSparse : TargetKind::kDense));
  const std::vector<Value> sums = definite.Accumulate(target, prediction, weights);
  for (size_t i = 0; i < sums.size(); ++i) g.Output(absl::StrCat(i), sums[i]);
  DAGRAD_ASSIGN_OR_RETURN(const Function f, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(made, Executable::Compile(f));
  return made.get();
}

absl::Status RunningMetric::UpdateState(const Tensor& y_true, const Tensor& y_pred,
                                        const Tensor& sample_weight) try {
  Types types;
  if (types_.has_value()) {
    types = *types_;
  } else {
    sums_of_batch_.clear();  // of a first batch that failed
    DAGRAD_ASSIGN_OR_RETURN(types, TypesOf(y_true, y_pred));
  }
  const bool weighted = sample_weight.defined();
  std::map<std::string, Tensor> feeds;
  DAGRAD_ASSIGN_OR_RETURN(feeds["y_true"], FitToType(y_true, types.target, "y_true"));
  DAGRAD_ASSIGN_OR_RETURN(feeds["y_pred"], FitToType(y_pred, types.prediction, "y_pred"));
  if (weighted) {
    DAGRAD_ASSIGN_OR_RETURN(feeds["sample_weight"],
                            FitToType(sample_weight, types.weight, "sample_weight"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Executable* const executable, SumsOfBatch(types, weighted));
  DAGRAD_ASSIGN_OR_RETURN(const auto outputs, executable->Run(feeds));
  std::vector<Tensor> sums;
  for (size_t i = 0; i < outputs.size(); ++i) {
    DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, outputs.at(absl::StrCat(i)).Cast(DType::kFloat64));
    DAGRAD_ASSIGN_OR_RETURN(sums.emplace_back(), wide.Clone());
  }
  types_ = std::move(types);
  AddTo(&sums_, std::move(sums));
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> RunningMetric::Result() const try {
  DAGRAD_RETURN_IF_ERROR(metric_.Validate());
  if (sums_.empty()) return FailedPreconditionError("the metric has no batch yet");
  return metric_.Result(sums_).Clone();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
