#ifndef DAGRAD_KERAS_DATA_DATASET_H_
#define DAGRAD_KERAS_DATA_DATASET_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/keras/data/batch_source.h"

namespace dagrad::keras {

// One example: as a Batch, but its tensors have no axis of the batch; its weight, if any, is a
// scalar, or [steps].
using Example = Batch;

// Where the examples of a pipeline come from or go through, one after the other. Not thread-safe:
// one thread at a time calls it.
class ExampleStream {
 public:
  virtual ~ExampleStream() = default;
  // Goes to the first example of epoch `epoch`.
  virtual absl::Status Begin(int64_t epoch) = 0;
  // The next one; none at the end of the epoch, and from there on until Begin.
  virtual absl::StatusOr<std::optional<Example>> Next() = 0;
};

// A pipeline from examples to batches, as tf.data.Dataset. Each function gives a new pipeline, of
// the one that it is called on and one stage more; nothing is read before Source() is:
//
//   BatchSourcePtr batches = Dataset::FromArrays(x, y)
//                                .Shuffle(1000, /*seed=*/1)
//                                .Map(Augmented, /*threads=*/2)
//                                .Batch(32)
//                                .Prefetch(4);
//
// What comes out depends on data, seeds and the number of the epoch alone, never on threads: a Fit
// from a Dataset has the same bits for any number of them, and goes on with the same bits where a
// source was restored or BackupAndRestore begins. Errors of options come with the first Begin; what
// a function throws is an error where its example is read: ResourceExhausted for what could not be
// allocated, else Internal, with the exception's text.
// Immutable; a copy is the same pipeline. Source of the semantics: TensorFlow.
class Dataset {
 public:
  // The rows of arrays, all of as many rows: else the first Begin fails (InvalidArgument).
  static Dataset FromArrays(const Data& x, const Data& y = {});
  // What `make` gives for epoch 0, 1, … and example 0, 1, … of it; nothing behind the last.
  using ExampleFunction =
      std::function<absl::StatusOr<std::optional<Example>>(int64_t epoch, int64_t number)>;
  static Dataset FromFunction(ExampleFunction make);
  // Streams of your own: one for each Source().
  static Dataset FromStreams(std::function<std::unique_ptr<ExampleStream>()> make);

  // Keeps `buffer_size` examples (> 0) and gives a random one of them each time, in another order
  // in each epoch, or in the same one with reshuffle_each_iteration = false: a permutation, where
  // the buffer holds all. Take and Skip behind it, which part training from validation, need the
  // same order: or they come first.
  Dataset Shuffle(int64_t buffer_size, int64_t seed = 0,
                  bool reshuffle_each_iteration = true) const;
  // f of each example, on `threads` threads (> 0), in the order of the examples. f is called from
  // several threads at once.
  using MapFunction = std::function<absl::StatusOr<Example>(Example)>;
  Dataset Map(MapFunction f, int threads = 1) const;
  // Of each epoch the first `count` examples, or those behind them.
  Dataset Take(int64_t count) const;
  Dataset Skip(int64_t count) const;
  // Each epoch is `count` epochs of what comes before, one after the other, at most 2^31 of them;
  // it ends with one that gives no example.
  Dataset Repeat(int64_t count) const;

  // The pipeline's end: `size` examples (> 0) become a batch; the last one may have fewer, or is
  // dropped. Their tensors must be of one dtype and shape: InvalidArgument.
  class Batches;
  Batches Batch(int64_t size, bool drop_remainder = false) const;
  // The same for tensors of one dtype and rank: where one is smaller than the batch's largest along
  // an axis, `value` follows it; weights 0.
  Batches PaddedBatch(int64_t size, double value = 0, bool drop_remainder = false) const;

 private:
  using Maker = std::function<std::unique_ptr<ExampleStream>()>;
  explicit Dataset(Maker make) : make_(std::move(make)) {}
  Maker make_;
};

class Dataset::Batches {
 public:
  // A thread reads up to `batches` (> 0) ahead; and as many of the epoch that is likely to be next
  // (the one behind, or the same one where it was begun twice), which may never be asked for.
  Batches Prefetch(int64_t batches) const;
  // A source of these batches, for Fit, Evaluate and Predict. Its position is the numbers of epoch
  // and batch; to go there it reads the batches before.
  BatchSourcePtr Source() const;
  operator BatchSourcePtr() const {  // NOLINT(google-explicit-constructor)
    return Source();
  }

 private:
  friend class Dataset;
  struct Options {
    int64_t size;
    bool drop_remainder;
    bool padded;
    double value;
    int64_t prefetch = 0;
  };
  Batches(Maker make, const Options& options) : make_(std::move(make)), options_(options) {}
  Maker make_;
  Options options_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_DATASET_H_
