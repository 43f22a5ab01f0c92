#include "dagrad/keras/data/batch_source.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/array_source.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::keras {

bool Data::defined() const {
  return std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.defined(); });
}

absl::Status NumberedBatches::Begin(int64_t epoch) {
  if (std::exchange(restored_, false) && epoch == epoch_) return absl::OkStatus();
  epoch_ = epoch;
  batch_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<const Batch*> NumberedBatches::Next() {
  if (size().has_value() && batch_ >= *size()) return static_cast<const Batch*>(nullptr);
  DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, Get(epoch_, batch_));
  if (batch != nullptr) ++batch_;
  return batch;
}

Json NumberedBatches::Save() const { return {{"epoch", epoch_}, {"batch", batch_}}; }

absl::Status NumberedBatches::Restore(const Json& position) {
  int64_t epoch = 0, batch = 0;
  if (!ReadJson(Member(position, "epoch"), &epoch) ||
      !ReadJson(Member(position, "batch"), &batch) || epoch < 0 || batch < 0) {
    return InvalidArgumentError("the position in the data is no epoch and batch");
  }
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the position in the data", position, {"epoch", "batch"}));
  epoch_ = epoch;
  batch_ = batch;
  restored_ = true;
  return absl::OkStatus();
}

ArraySource::ArraySource(Batches batches, size_t inputs, std::vector<bool> weights,
                         std::optional<int64_t> shuffle_seed)
    : batches_(std::move(batches)),
      inputs_(inputs),
      weights_(std::move(weights)),
      shuffle_seed_(shuffle_seed) {
  batch_.sample_weight.tensors.resize(weights_.size());
}

absl::StatusOr<const Batch*> ArraySource::Get(int64_t epoch, int64_t batch) {
  if (shuffle_seed_.has_value() && ordered_for_ != epoch) {
    batches_.SetOrder(random::Permutation(*shuffle_seed_, epoch, batches_.rows()));
    ordered_for_ = epoch;
  }
  DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const Tensor> columns, batches_.Get(batch));
  const size_t targets_end =
      columns.size() - static_cast<size_t>(std::count(weights_.begin(), weights_.end(), true));
  batch_.x.tensors.resize(inputs_);
  batch_.y.tensors.resize(targets_end - inputs_);
  for (size_t i = 0; i < targets_end; ++i)
    (i < inputs_ ? batch_.x.tensors[i] : batch_.y.tensors[i - inputs_]) = columns[i];
  size_t next = targets_end;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i]) batch_.sample_weight.tensors[i] = columns[next++];
  }
  return &batch_;
}

absl::StatusOr<BatchSourcePtr> FromArrays(const Data& x, const Data& y,
                                          const ArrayOptions& options) {
  std::vector<Tensor> columns = x.tensors;
  columns.insert(columns.end(), y.tensors.begin(), y.tensors.end());
  std::vector<bool> weights;
  for (const Tensor& w : options.sample_weight.tensors) {
    weights.push_back(w.defined());
    if (w.defined()) columns.push_back(w);
  }
  for (const Tensor& c : columns) {
    if (c.defined() && c.rank() > 0) continue;
    return InvalidArgumentError("an array of examples has rows; given: a scalar or nothing");
  }
  DAGRAD_ASSIGN_OR_RETURN(Batches batches, Batches::Make(std::move(columns), options.batch_size));
  return std::make_shared<ArraySource>(
      std::move(batches), x.tensors.size(), std::move(weights),
      options.shuffle ? std::optional<int64_t>(options.seed) : std::nullopt);
}

namespace {

class FunctionSource : public NumberedBatches {
 public:
  FunctionSource(BatchFunction function, std::optional<int64_t> batches)
      : function_(std::move(function)), batches_(batches) {}
  std::optional<int64_t> size() const override { return batches_; }

 protected:
  absl::StatusOr<const Batch*> Get(int64_t epoch, int64_t batch) override {
    if (!function_) return InvalidArgumentError("the function that makes batches is null");
    DAGRAD_ASSIGN_OR_RETURN(made_, function_(epoch, batch));
    return made_.has_value() ? &*made_ : nullptr;
  }

 private:
  BatchFunction function_;
  std::optional<int64_t> batches_;
  std::optional<Batch> made_;
};

}  // namespace

BatchSourcePtr FromFunction(BatchFunction function, std::optional<int64_t> batches) {
  return std::make_shared<FunctionSource>(std::move(function), batches);
}

}  // namespace dagrad::keras
