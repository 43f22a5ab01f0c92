#include "dagrad/keras/data/dataset.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/data/batching.h"
#include "dagrad/keras/data/guarded.h"

namespace dagrad::keras {
namespace {

using OptionalExample = std::optional<Example>;

absl::Status CheckPositive(const char* what, int64_t value) {
  if (value > 0) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("Dataset: ", what, " must be positive, not ", value));
}

// Row `row` of t.
Tensor RowOf(const Tensor& t, int64_t row) {
  Tensor part = Tensor::Full(t.dtype(), Dims(t.dims().begin() + 1, t.dims().end()), 0);
  if (part.byte_size() > 0) {
    std::memcpy(part.mutable_bytes(), static_cast<const char*>(t.bytes()) + row * part.byte_size(),
                part.byte_size());
  }
  tensor_internal::OwnTextOrDie(&part);
  return part;
}

class RowStream : public ExampleStream {
 public:
  RowStream(Data x, Data y) : x_(std::move(x)), y_(std::move(y)) {}
  absl::Status Begin(int64_t) override {
    row_ = 0;
    rows_ = -1;
    for (const Data* data : {&x_, &y_}) {
      for (const Tensor& t : data->tensors) {
        if (!t.defined() || t.rank() == 0)
          return InvalidArgumentError("Dataset: an array of examples has rows");
        if (rows_ >= 0 && t.dims()[0] != rows_) {
          return InvalidArgumentError(
              absl::StrCat("Dataset: arrays of ", rows_, " and of ", t.dims()[0], " examples"));
        }
        rows_ = t.dims()[0];
      }
    }
    return absl::OkStatus();
  }
  absl::StatusOr<OptionalExample> Next() override {
    if (row_ >= rows_) return std::nullopt;
    Example e;
    for (const Tensor& t : x_.tensors) e.x.tensors.push_back(RowOf(t, row_));
    for (const Tensor& t : y_.tensors) e.y.tensors.push_back(RowOf(t, row_));
    ++row_;
    return e;
  }

 private:
  Data x_, y_;
  int64_t row_ = 0, rows_ = 0;
};

class FunctionStream : public ExampleStream {
 public:
  explicit FunctionStream(Dataset::ExampleFunction make) : make_(std::move(make)) {}
  absl::Status Begin(int64_t epoch) override {
    epoch_ = epoch;
    number_ = 0;
    ended_ = false;
    if (make_) return absl::OkStatus();
    return InvalidArgumentError("Dataset: the function of the examples is null");
  }
  absl::StatusOr<OptionalExample> Next() override {
    if (ended_) return std::nullopt;
    DAGRAD_ASSIGN_OR_RETURN(OptionalExample e, make_(epoch_, number_++));
    ended_ = !e.has_value();
    return e;
  }

 private:
  Dataset::ExampleFunction make_;
  int64_t epoch_ = 0, number_ = 0;
  bool ended_ = false;
};

// A stage behind another one.
class Stage : public ExampleStream {
 public:
  explicit Stage(std::unique_ptr<ExampleStream> before) : before_(std::move(before)) {}

 protected:
  ExampleStream& before() { return *before_; }

 private:
  std::unique_ptr<ExampleStream> before_;
};

class ShuffleStage : public Stage {
 public:
  ShuffleStage(std::unique_ptr<ExampleStream> before, int64_t size, int64_t seed, bool reshuffles)
      : Stage(std::move(before)), size_(size), seed_(seed), reshuffles_(reshuffles) {}
  absl::Status Begin(int64_t epoch) override {
    DAGRAD_RETURN_IF_ERROR(CheckPositive("buffer_size of Shuffle", size_));
    buffer_.clear();
    const auto order = static_cast<uint64_t>(reshuffles_ ? epoch : 0);
    std::seed_seq seeds = {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32),
                           static_cast<uint32_t>(order), static_cast<uint32_t>(order >> 32)};
    random_.seed(seeds);
    return before().Begin(epoch);
  }
  absl::StatusOr<OptionalExample> Next() override {
    while (static_cast<int64_t>(buffer_.size()) < size_) {
      DAGRAD_ASSIGN_OR_RETURN(OptionalExample e, before().Next());
      if (!e.has_value()) break;
      buffer_.push_back(*std::move(e));
    }
    if (buffer_.empty()) return std::nullopt;
    // A remainder, not a distribution, whose numbers would be the library's own.
    std::swap(buffer_[random_() % buffer_.size()], buffer_.back());
    Example e = std::move(buffer_.back());
    buffer_.pop_back();
    return e;
  }

 private:
  int64_t size_, seed_;
  bool reshuffles_;
  std::mt19937_64 random_;
  std::vector<Example> buffer_;
};

// Reads some examples, maps them on all threads, and gives them one by one.
class MapStage : public Stage {
 public:
  MapStage(std::unique_ptr<ExampleStream> before, Dataset::MapFunction f, int threads)
      : Stage(std::move(before)), f_(std::move(f)), threads_(threads) {}
  absl::Status Begin(int64_t epoch) override {
    DAGRAD_RETURN_IF_ERROR(CheckPositive("threads of Map", threads_));
    if (!f_) return InvalidArgumentError("Dataset: the function of Map is null");
    mapped_.clear();
    next_ = 0;
    return before().Begin(epoch);
  }
  absl::StatusOr<OptionalExample> Next() override {
    if (next_ == mapped_.size()) DAGRAD_RETURN_IF_ERROR(MapMore());
    if (mapped_.empty()) return std::nullopt;
    absl::StatusOr<Example> e = std::move(mapped_[next_++]);
    if (!e.ok()) return e.status();
    return OptionalExample(*std::move(e));
  }

 private:
  absl::Status MapMore() {
    constexpr size_t kPerThread = 32;
    const size_t wanted = threads_ == 1 ? 1 : kPerThread * threads_;
    std::vector<Example> given;
    while (given.size() < wanted) {
      DAGRAD_ASSIGN_OR_RETURN(OptionalExample e, before().Next());
      if (!e.has_value()) break;
      given.push_back(*std::move(e));
    }
    next_ = 0;
    mapped_.assign(given.size(), absl::StatusOr<Example>(Example()));
    std::atomic<size_t> taken = 0;
    const auto work = [&] {
      for (size_t i = taken++; i < given.size(); i = taken++)
        mapped_[i] = Guarded([&] { return f_(std::move(given[i])); });
    };
    std::vector<std::thread> others;
    // Where no more threads can be had, fewer do the work.
    Guarded([&] {
      for (int t = 1; t < threads_ && others.size() + 1 < given.size(); ++t)
        others.emplace_back(work);
      return absl::OkStatus();
    }).IgnoreError();
    work();
    for (std::thread& t : others) t.join();
    return absl::OkStatus();
  }

  Dataset::MapFunction f_;
  int threads_;
  std::vector<absl::StatusOr<Example>> mapped_;
  size_t next_ = 0;
};

// Examples [first, first + count) of an epoch.
class PartStage : public Stage {
 public:
  PartStage(std::unique_ptr<ExampleStream> before, int64_t first, std::optional<int64_t> count)
      : Stage(std::move(before)), first_(first), count_(count) {}
  absl::Status Begin(int64_t epoch) override {
    if (first_ < 0 || count_.value_or(0) < 0)
      return InvalidArgumentError("Dataset: count of Take or Skip is negative");
    given_ = 0;
    DAGRAD_RETURN_IF_ERROR(before().Begin(epoch));
    for (int64_t i = 0; i < first_; ++i) {
      DAGRAD_ASSIGN_OR_RETURN(const OptionalExample e, before().Next());
      if (!e.has_value()) break;
    }
    return absl::OkStatus();
  }
  absl::StatusOr<OptionalExample> Next() override {
    if (count_.has_value() && given_ >= *count_) return std::nullopt;
    ++given_;
    return before().Next();
  }

 private:
  int64_t first_;
  std::optional<int64_t> count_;
  int64_t given_ = 0;
};

class RepeatStage : public Stage {
 public:
  RepeatStage(std::unique_ptr<ExampleStream> before, int64_t count)
      : Stage(std::move(before)), count_(count) {}
  absl::Status Begin(int64_t epoch) override {
    DAGRAD_RETURN_IF_ERROR(CheckPositive("count of Repeat", count_));
    if (epoch < 0 || epoch > kMostPasses)
      return InvalidArgumentError(absl::StrCat("Dataset: Repeat in epoch ", epoch));
    // Of counts that stand for "for ever" an epoch is not read to its end.
    const int64_t passes = std::min(count_, kMostPasses);
    epoch_ = epoch * passes;
    last_ = epoch_ + passes - 1;
    empty_ = true;
    return before().Begin(epoch_);
  }
  absl::StatusOr<OptionalExample> Next() override {
    while (true) {
      DAGRAD_ASSIGN_OR_RETURN(OptionalExample e, before().Next());
      if (e.has_value()) empty_ = false;
      if (e.has_value() || epoch_ == last_ || empty_) return e;
      empty_ = true;
      DAGRAD_RETURN_IF_ERROR(before().Begin(++epoch_));
    }
  }

 private:
  static constexpr int64_t kMostPasses = int64_t{1} << 31;

  int64_t count_;
  int64_t epoch_ = 0, last_ = 0;
  bool empty_ = true;  // the pass has given no example
};

}  // namespace

Dataset Dataset::FromArrays(const Data& x, const Data& y) {
  return Dataset([x, y] { return std::make_unique<RowStream>(x, y); });
}

Dataset Dataset::FromFunction(ExampleFunction make) {
  return Dataset([make] { return std::make_unique<FunctionStream>(make); });
}

Dataset Dataset::FromStreams(std::function<std::unique_ptr<ExampleStream>()> make) {
  return Dataset(std::move(make));
}

Dataset Dataset::Shuffle(int64_t buffer_size, int64_t seed, bool reshuffle_each_iteration) const {
  return Dataset([before = make_, buffer_size, seed, reshuffle_each_iteration] {
    return std::make_unique<ShuffleStage>(before(), buffer_size, seed, reshuffle_each_iteration);
  });
}

Dataset Dataset::Map(MapFunction f, int threads) const {
  return Dataset(
      [before = make_, f, threads] { return std::make_unique<MapStage>(before(), f, threads); });
}

Dataset Dataset::Take(int64_t count) const {
  return Dataset(
      [before = make_, count] { return std::make_unique<PartStage>(before(), 0, count); });
}

Dataset Dataset::Skip(int64_t count) const {
  return Dataset([before = make_, count] {
    return std::make_unique<PartStage>(before(), count, std::nullopt);
  });
}

Dataset Dataset::Repeat(int64_t count) const {
  return Dataset(
      [before = make_, count] { return std::make_unique<RepeatStage>(before(), count); });
}

Dataset::Batches Dataset::Batch(int64_t size, bool drop_remainder) const {
  return Batches(make_, {size, drop_remainder, false, 0});
}

Dataset::Batches Dataset::PaddedBatch(int64_t size, double value, bool drop_remainder) const {
  return Batches(make_, {size, drop_remainder, true, value});
}

Dataset::Batches Dataset::Batches::Prefetch(int64_t batches) const {
  Batches more = *this;
  more.options_.prefetch = batches > 0 ? batches : -1;
  return more;
}

BatchSourcePtr Dataset::Batches::Source() const {
  auto batches = std::make_unique<ExampleBatches>(
      make_(), ExampleBatches::Options{options_.size, options_.drop_remainder, options_.padded,
                                       options_.value});
  return std::make_shared<PipelineSource>(std::move(batches), options_.prefetch);
}

}  // namespace dagrad::keras
