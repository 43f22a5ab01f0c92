#ifndef DAGRAD_KERAS_DATA_BATCH_SOURCE_H_
#define DAGRAD_KERAS_DATA_BATCH_SOURCE_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

// Tensors for the inputs or outputs of a model, in their order. A single one stands for itself; two
// are {a, b}.
struct Data {
  std::vector<Tensor> tensors;
  Data() = default;
  Data(Tensor tensor) : tensors({std::move(tensor)}) {}  // NOLINT(google-explicit-constructor)
  Data(std::vector<Tensor> list)
      : tensors(std::move(list)) {}  // NOLINT(google-explicit-constructor)
  Data(std::initializer_list<Tensor> list) : tensors(list) {}
  bool empty() const { return tensors.empty(); }
  // Whether there is a tensor that is.
  bool defined() const;
};

// Some examples: the rows of each tensor.
struct Batch {
  Data x;
  Data y = {};  // none for Predict
  // As Fit takes them (FitOptions), or none: for all batches of a source alike.
  Data sample_weight = {};
};

// What Fit, Evaluate and Predict read, epoch by epoch and batch by batch: arrays, a function, or a
// reader of your own. Not thread-safe.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // Batches of an epoch, where that is known before they are read.
  virtual std::optional<int64_t> size() const { return std::nullopt; }
  // Goes to the first batch of epoch `epoch` (from 0). Behind Restore to a place in that epoch it
  // stays there, once.
  virtual absl::Status Begin(int64_t epoch) = 0;
  // The next batch of the epoch, valid until the next call of any function; null at its end.
  virtual absl::StatusOr<const Batch*> Next() = 0;
  // Where it stands, between two batches; and going there, in a source of the same data. What
  // follows is then the same, batch by batch.
  virtual Json Save() const = 0;
  virtual absl::Status Restore(const Json& position) = 0;
};
using BatchSourcePtr = std::shared_ptr<BatchSource>;

// Where a source stands whose batches are numbered: base of those below, and of your own.
class NumberedBatches : public BatchSource {
 public:
  absl::Status Begin(int64_t epoch) final;
  absl::StatusOr<const Batch*> Next() final;
  Json Save() const final;  // {"epoch": 3, "batch": 17}
  absl::Status Restore(const Json& position) final;

 protected:
  // Batch `batch` of epoch `epoch`, both from 0, or null behind the last; valid until the next
  // call.
  virtual absl::StatusOr<const Batch*> Get(int64_t epoch, int64_t batch) = 0;

 private:
  int64_t epoch_ = 0;
  int64_t batch_ = 0;  // the next one
  bool restored_ = false;
};

struct ArrayOptions {
  int64_t batch_size = 32;
  // The order of each epoch is a permutation made of the seed and the epoch's number, as Fit's.
  bool shuffle = true;
  int64_t seed = 0;
  Data sample_weight = {};  // as Batch has them
};
// The rows of arrays; the last batch may have fewer. All tensors must have as many rows:
// InvalidArgument.
absl::StatusOr<BatchSourcePtr> FromArrays(const Data& x, const Data& y,
                                          const ArrayOptions& options = {});

// What a function makes: batch `batch` of epoch `epoch`, both from 0, or nothing behind the last. A
// source that was restored asks for the same numbers again, so a function that depends on nothing
// else resumes exactly. `batches`: how many an epoch has, where that is known; the function is not
// asked for more.
using BatchFunction =
    std::function<absl::StatusOr<std::optional<Batch>>(int64_t epoch, int64_t batch)>;
BatchSourcePtr FromFunction(BatchFunction function, std::optional<int64_t> batches = {});

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_BATCH_SOURCE_H_
