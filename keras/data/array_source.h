#ifndef DAGRAD_KERAS_DATA_ARRAY_SOURCE_H_
#define DAGRAD_KERAS_DATA_ARRAY_SOURCE_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/keras/data/batch_source.h"
#include "dagrad/keras/data/data.h"

namespace dagrad::keras {

// Rows of tensors: `inputs` of them are x, those behind them y, the last ones perhaps weights: one
// for each true in `weights`, which says of every output, or of all at once, whether it has some.
// The buffers of a batch are filled anew for the next one; a batch allocates nothing.
class ArraySource : public NumberedBatches {
 public:
  ArraySource(Batches batches, size_t inputs, std::vector<bool> weights,
              std::optional<int64_t> shuffle_seed);
  std::optional<int64_t> size() const override { return batches_.count(); }
  int64_t rows() const { return batches_.rows(); }

 protected:
  absl::StatusOr<const Batch*> Get(int64_t epoch, int64_t batch) override;

 private:
  Batches batches_;
  size_t inputs_;
  std::vector<bool> weights_;
  std::optional<int64_t> shuffle_seed_;
  std::optional<int64_t> ordered_for_;  // the epoch whose order the rows have
  Batch batch_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_ARRAY_SOURCE_H_
