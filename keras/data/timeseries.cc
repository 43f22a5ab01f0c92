#include "dagrad/keras/data/timeseries.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::keras {
namespace {

// Copies rows of a tensor into those of another one.
class RowCopier {
 public:
  RowCopier(const Tensor& from, Tensor* to)
      : bytes_(from.byte_size() / from.dims()[0]),
        from_(static_cast<const char*>(from.bytes())),
        to_(static_cast<char*>(to->mutable_bytes())) {}
  void Append(int64_t row) {
    std::memcpy(to_, from_ + row * bytes_, bytes_);
    to_ += bytes_;
  }

 private:
  size_t bytes_;
  const char* from_;
  char* to_;
};

// [rows, …] with other dimensions in place of the first.
absl::StatusOr<Tensor> Like(const Tensor& t, const std::vector<int64_t>& first) {
  Dims dims(first.begin(), first.end());
  dims.insert(dims.end(), t.dims().begin() + 1, t.dims().end());
  return Tensor::Allocate(t.dtype(), dims);
}

class TimeseriesSource : public NumberedBatches {
 public:
  TimeseriesSource(Tensor data, Tensor targets, int64_t length, int64_t windows,
                   const TimeseriesOptions& options)
      : data_(std::move(data)),
        targets_(std::move(targets)),
        length_(length),
        options_(options),
        order_(windows) {
    std::iota(order_.begin(), order_.end(), 0);
  }
  std::optional<int64_t> size() const override {
    const int64_t windows = static_cast<int64_t>(order_.size());
    return (windows - 1) / options_.batch_size + 1;
  }

 protected:
  absl::StatusOr<const Batch*> Get(int64_t epoch, int64_t batch) override {
    const int64_t windows = static_cast<int64_t>(order_.size());
    if (batch >= *size()) return nullptr;
    if (options_.shuffle && ordered_for_ != epoch) {
      order_ = random::Permutation(options_.seed, epoch, windows);
      ordered_for_ = epoch;
    }
    const int64_t begin = batch * options_.batch_size;
    const int64_t count = std::min(options_.batch_size, windows - begin);
    DAGRAD_ASSIGN_OR_RETURN(Tensor x, Like(data_, {count, length_}));
    RowCopier copier(data_, &x);
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < length_; ++k)
        copier.Append(BeginOf(begin + i) + k * options_.sampling_rate);
    }
    batch_ = {.x = x};
    if (!targets_.defined()) return &batch_;
    DAGRAD_ASSIGN_OR_RETURN(Tensor y, Like(targets_, {count}));
    RowCopier targets(targets_, &y);
    for (int64_t i = 0; i < count; ++i) targets.Append(BeginOf(begin + i));
    batch_.y = y;
    return &batch_;
  }

 private:
  int64_t BeginOf(int64_t place) const {
    return options_.start_index + order_[place] * options_.sequence_stride;
  }

  Tensor data_, targets_;
  int64_t length_;
  TimeseriesOptions options_;
  std::vector<int64_t> order_;  // of the windows
  std::optional<int64_t> ordered_for_;
  Batch batch_;
};

absl::Status CheckRange(const char* name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(name, " must be in ", least, " … ", most, ", not ", value));
}

}  // namespace

absl::StatusOr<BatchSourcePtr> TimeseriesDatasetFromArray(const Tensor& data, const Tensor& targets,
                                                          int64_t sequence_length,
                                                          const TimeseriesOptions& options) {
  if (data.rank() < 1 || (targets.defined() && targets.rank() < 1))
    return InvalidArgumentError("a time series and its targets have a dimension of steps");
  if (data.dtype() == DType::kString || targets.dtype() == DType::kString)
    return InvalidArgumentError("a time series and its targets are numbers, not strings");
  const int64_t steps = data.dims()[0];
  const int64_t end = options.end_index.value_or(steps);
  DAGRAD_RETURN_IF_ERROR(CheckRange("start_index", options.start_index, 0, steps - 1));
  DAGRAD_RETURN_IF_ERROR(CheckRange("end_index", end, options.start_index + 1, steps));
  const int64_t used = end - options.start_index;
  DAGRAD_RETURN_IF_ERROR(CheckRange("sequence_length", sequence_length, 1, used));
  DAGRAD_RETURN_IF_ERROR(CheckRange("sequence_stride", options.sequence_stride, 1, steps));
  DAGRAD_RETURN_IF_ERROR(CheckRange("sampling_rate", options.sampling_rate, 1, steps));
  DAGRAD_RETURN_IF_ERROR(CheckRange("batch_size", options.batch_size, 1, int64_t{1} << 40));
  int64_t begins = used - (sequence_length - 1) * options.sampling_rate;
  if (targets.defined()) begins = std::min(begins, targets.dims()[0] - options.start_index);
  if (begins < 1) {
    return InvalidArgumentError(absl::StrCat(
        "there is no window of ", sequence_length, " elements, ", options.sampling_rate,
        " steps apart, with a target in steps ", options.start_index, " … ", end - 1));
  }
  const int64_t windows = (begins - 1) / options.sequence_stride + 1;
  return std::make_shared<TimeseriesSource>(data, targets, sequence_length, windows, options);
}

}  // namespace dagrad::keras
