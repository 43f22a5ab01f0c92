#include "dagrad/keras/data/batching.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/guarded.h"

namespace dagrad::keras {
namespace {

// Copies the block `from`, of shape `dims`, into the corner of the block `to`, of shape `outer`,
// which is no smaller, axis by axis.
void CopyInto(const char* from, const Dims& dims, char* to, const Dims& outer, size_t axis,
              size_t element) {
  if (axis == dims.size()) {
    std::memcpy(to, from, element);
    return;
  }
  size_t step_from = element, step_to = element;
  bool rows = true;  // of the axes behind, each as large as there is room
  for (size_t i = axis + 1; i < dims.size(); ++i) {
    step_from *= dims[i];
    step_to *= outer[i];
    rows = rows && dims[i] == outer[i];
  }
  if (rows) {
    if (dims[axis] > 0) std::memcpy(to, from, dims[axis] * step_from);
    return;
  }
  for (int64_t i = 0; i < dims[axis]; ++i)
    CopyInto(from + i * step_from, dims, to + i * step_to, outer, axis + 1, element);
}

// The tensors, one of each example, along a new first axis.
absl::StatusOr<Tensor> Stack(const std::vector<const Tensor*>& tensors, bool padded, double value) {
  const Tensor& first = *tensors[0];
  if (!first.defined())
    return InvalidArgumentError("Dataset: an example has a tensor that is none");
  Dims largest = first.dims();
  for (const Tensor* t : tensors) {
    if (!t->defined() || t->dtype() != first.dtype() || t->dims().size() != largest.size() ||
        (!padded && t->dims() != largest)) {
      return InvalidArgumentError(absl::StrCat(
          "Dataset: examples of one batch are ", DTypeName(first.dtype()),
          DimsToString(first.dims()), " and ",
          t->defined() ? absl::StrCat(DTypeName(t->dtype()), DimsToString(t->dims())) : "none",
          padded ? "" : ": PaddedBatch takes other sizes"));
    }
    for (size_t i = 0; i < largest.size(); ++i) largest[i] = std::max(largest[i], t->dims()[i]);
  }
  Dims dims = largest;
  dims.insert(dims.begin(), static_cast<int64_t>(tensors.size()));
  Tensor all = Tensor::Full(first.dtype(), dims, padded ? value : 0);
  if (all.byte_size() == 0) return all;
  char* to = static_cast<char*>(all.mutable_bytes());
  const size_t step = all.byte_size() / tensors.size();
  for (const Tensor* t : tensors) {
    CopyInto(static_cast<const char*>(t->bytes()), t->dims(), to, largest, 0,
             DTypeSize(first.dtype()));
    to += step;
  }
  DAGRAD_RETURN_IF_ERROR(all.OwnText());
  return all;
}

// Which of the weights there are; none at all are none of each.
std::vector<bool> Given(const Data& weights) {
  std::vector<bool> given;
  for (const Tensor& w : weights.tensors) given.push_back(w.defined());
  return weights.defined() ? given : std::vector<bool>();
}

}  // namespace

absl::Status ExampleBatches::Begin(int64_t epoch) {
  if (o_.size < 1)
    return InvalidArgumentError(absl::StrCat("Dataset: a batch of ", o_.size, " examples"));
  if (examples_ == nullptr) return InvalidArgumentError("Dataset: the stream of examples is null");
  return examples_->Begin(epoch);
}

absl::StatusOr<std::optional<Batch>> ExampleBatches::Next() {
  std::vector<Example> examples;
  while (static_cast<int64_t>(examples.size()) < o_.size) {
    DAGRAD_ASSIGN_OR_RETURN(std::optional<Example> e, examples_->Next());
    if (!e.has_value()) break;
    examples.push_back(*std::move(e));
  }
  const bool whole = static_cast<int64_t>(examples.size()) == o_.size;
  if (examples.empty() || (o_.drop_remainder && !whole)) return std::nullopt;
  DAGRAD_ASSIGN_OR_RETURN(Batch batch, Stacked(examples));
  return batch;
}

absl::StatusOr<Tensor> ExampleBatches::StackedColumn(const std::vector<Example>& examples,
                                                     Data Example::*data, size_t i) const {
  std::vector<const Tensor*> column;
  for (const Example& e : examples) column.push_back(&(e.*data).tensors[i]);
  return Stack(column, o_.padded, data == &Example::sample_weight ? 0 : o_.value);
}

absl::StatusOr<Batch> ExampleBatches::Stacked(const std::vector<Example>& examples) const {
  const Example& first = examples[0];
  Batch batch;
  for (Data Batch::*data : {&Batch::x, &Batch::y}) {
    for (const Example& e : examples) {
      if ((e.*data).tensors.size() != (first.*data).tensors.size())
        return InvalidArgumentError("Dataset: examples of one batch have other numbers of tensors");
    }
    for (size_t i = 0; i < (first.*data).tensors.size(); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(Tensor all, StackedColumn(examples, data, i));
      (batch.*data).tensors.push_back(std::move(all));
    }
  }
  for (const Example& e : examples) {
    if (Given(e.sample_weight) != Given(first.sample_weight))
      return InvalidArgumentError("Dataset: some examples have a sample_weight and others none");
  }
  const std::vector<bool> given = Given(first.sample_weight);
  batch.sample_weight.tensors.resize(given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) continue;
    DAGRAD_ASSIGN_OR_RETURN(batch.sample_weight.tensors[i],
                            StackedColumn(examples, &Batch::sample_weight, i));
  }
  return batch;
}

absl::Status PipelineSource::Begin(int64_t epoch) {
  if (std::exchange(restored_, false) && epoch == epoch_) return absl::OkStatus();
  return Start(epoch);
}

PipelineSource::Ahead PipelineSource::Begun(int64_t epoch, std::unique_lock<std::mutex>* lock) {
  reading_ = true;
  lock->unlock();
  Ahead ahead{.epoch = epoch, .begun = Guarded([&] { return batches_->Begin(epoch); })};
  lock->lock();
  reading_ = false;
  ahead.ended = !ahead.begun.ok();
  if (ahead.ended) ahead.batches.emplace_back(ahead.begun);
  changed_.notify_all();
  return ahead;
}

// The thread lives as long as the source: to start one in each epoch, and to wait for its end,
// would take a turn of the processor each time.
absl::Status PipelineSource::Start(int64_t epoch) {
  if (prefetch_ < 0) return InvalidArgumentError("Dataset: Prefetch takes one batch or more");
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return !reading_; });
  likely_next_ = begun_ && epoch == epoch_ ? epoch : std::min(epoch, INT64_MAX - 1) + 1;
  epoch_ = epoch;
  given_ = 0;
  begun_ = true;
  std::optional<Ahead> read = std::exchange(next_, std::nullopt);
  now_ = read.has_value() && read->epoch == epoch ? *std::move(read) : Begun(epoch, &lock);
  if (prefetch_ > 0 && now_.begun.ok() && !reader_.joinable())
    reader_ = std::thread([this] { ReadAhead(); });
  changed_.notify_all();
  return now_.begun;
}

PipelineSource::~PipelineSource() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (reader_.joinable()) reader_.join();
}

void PipelineSource::ReadOne(Ahead* ahead, std::unique_lock<std::mutex>* lock) {
  reading_ = true;
  lock->unlock();
  Read read = Guarded([&] { return batches_->Next(); });
  lock->lock();
  reading_ = false;
  ahead->ended = !read.ok() || !read->has_value();
  ahead->batches.push_back(std::move(read));
  changed_.notify_all();
}

// Whether the thread may read something.
bool PipelineSource::HasWork() const {
  const auto room = [&](const Ahead& ahead) {
    return !ahead.ended && static_cast<int64_t>(ahead.batches.size()) < prefetch_;
  };
  if (!now_.ended) return room(now_);
  return !now_.failed() && (!next_.has_value() || room(*next_));
}

void PipelineSource::ReadAhead() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || (!reading_ && HasWork()); });
    if (stopping_) return;
    if (!now_.ended) {
      ReadOne(&now_, &lock);
    } else if (next_.has_value()) {
      ReadOne(&*next_, &lock);
    } else {
      next_ = Begun(likely_next_, &lock);
    }
  }
}

PipelineSource::Read PipelineSource::NextRead() {
  if (prefetch_ == 0) return Guarded([&] { return batches_->Next(); });
  std::unique_lock<std::mutex> lock(mutex_);
  std::deque<Read>& ahead = now_.batches;
  if (ahead.empty() && !reading_) ReadOne(&now_, &lock);
  changed_.wait(lock, [&] { return !ahead.empty(); });
  const bool last = !ahead.front().ok() || !ahead.front()->has_value();
  if (last) return ahead.front();  // stays: there is nothing behind it
  Read read = std::move(ahead.front());
  ahead.pop_front();
  // Half of them at a time: so the reader is woken less often.
  if (2 * static_cast<int64_t>(ahead.size()) <= prefetch_) changed_.notify_all();
  return read;
}

absl::StatusOr<const Batch*> PipelineSource::Next() {
  if (!begun_) DAGRAD_RETURN_IF_ERROR(Start(epoch_));
  DAGRAD_ASSIGN_OR_RETURN(std::optional<Batch> read, NextRead());
  if (!read.has_value()) return static_cast<const Batch*>(nullptr);
  batch_ = *std::move(read);
  ++given_;
  return &batch_;
}

Json PipelineSource::Save() const { return {{"epoch", epoch_}, {"batch", given_}}; }

absl::Status PipelineSource::Restore(const Json& position) {
  int64_t epoch = 0, batch = 0;
  if (!ReadJson(Member(position, "epoch"), &epoch) ||
      !ReadJson(Member(position, "batch"), &batch) || epoch < 0 || batch < 0) {
    return InvalidArgumentError("the position in the data is no epoch and batch");
  }
  DAGRAD_RETURN_IF_ERROR(CheckKeys("the position in the data", position, {"epoch", "batch"}));
  DAGRAD_RETURN_IF_ERROR(Start(epoch));
  for (int64_t i = 0; i < batch; ++i) {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* skipped, Next());
    if (skipped == nullptr)
      return InvalidArgumentError(absl::StrCat("epoch ", epoch, " has no batch ", batch));
  }
  restored_ = true;
  return absl::OkStatus();
}

}  // namespace dagrad::keras
