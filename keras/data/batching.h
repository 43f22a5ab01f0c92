#ifndef DAGRAD_KERAS_DATA_BATCHING_H_
#define DAGRAD_KERAS_DATA_BATCHING_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/keras/data/dataset.h"

// The end of a Dataset's pipeline: examples become batches, and batches a source.
namespace dagrad::keras {

// Stacks the examples of a stream.
class ExampleBatches {
 public:
  struct Options {
    int64_t size;
    bool drop_remainder;
    bool padded;
    double value;
  };
  ExampleBatches(std::unique_ptr<ExampleStream> examples, const Options& options)
      : examples_(std::move(examples)), o_(options) {}
  absl::Status Begin(int64_t epoch);
  // None at the end of the epoch.
  absl::StatusOr<std::optional<Batch>> Next();

 private:
  absl::StatusOr<Batch> Stacked(const std::vector<Example>& examples) const;
  // Tensor i of `data` of each example.
  absl::StatusOr<Tensor> StackedColumn(const std::vector<Example>& examples, Data Example::*data,
                                       size_t i) const;

  std::unique_ptr<ExampleStream> examples_;
  Options o_;
};

// Batches as a source; with `prefetch` > 0 a thread reads so many ahead. Below 0: an error. Where
// none is ahead and the thread is not at one, which it may not be where other programs keep the
// processors busy, the caller reads the next one itself: so prefetching never waits for a turn.
// Behind the last batch the thread begins the epoch that is likely to be next, so that a buffer to
// shuffle is filled while the model is at its last batches or validates: the one behind, or again
// the same one, as of a validation.
class PipelineSource : public BatchSource {
 public:
  PipelineSource(std::unique_ptr<ExampleBatches> batches, int64_t prefetch)
      : batches_(std::move(batches)), prefetch_(prefetch) {}
  ~PipelineSource() override;
  absl::Status Begin(int64_t epoch) override;
  absl::StatusOr<const Batch*> Next() override;
  Json Save() const override;
  absl::Status Restore(const Json& position) override;

 private:
  using Read = absl::StatusOr<std::optional<Batch>>;
  // What was read of an epoch, and not given out.
  struct Ahead {
    int64_t epoch = 0;
    absl::Status begun;  // of its Begin
    std::deque<Read> batches;
    bool ended = false;  // the last one, or an error, is among them

    bool failed() const { return ended && !batches.back().ok(); }
  };
  absl::Status Start(int64_t epoch);
  void ReadAhead();
  bool HasWork() const;
  // These let go of the lock while they read. The first puts the next batch behind those that are
  // ahead.
  void ReadOne(Ahead* ahead, std::unique_lock<std::mutex>* lock);
  Ahead Begun(int64_t epoch, std::unique_lock<std::mutex>* lock);
  Read NextRead();

  std::unique_ptr<ExampleBatches> batches_;
  int64_t prefetch_;
  int64_t epoch_ = 0;
  int64_t likely_next_ = 0;
  int64_t given_ = 0;  // batches of the epoch
  bool begun_ = false;
  bool restored_ = false;
  Batch batch_;

  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Ahead now_;
  std::optional<Ahead> next_;
  bool reading_ = false;  // somebody is at the next one
  bool stopping_ = false;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_BATCHING_H_
