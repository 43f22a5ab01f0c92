#ifndef DAGRAD_KERAS_DATA_ARRAYS_H_
#define DAGRAD_KERAS_DATA_ARRAYS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/tensor.h"

// What keras.utils makes arrays with. Thread-safe. Source of semantics and defaults: Keras 3.
namespace dagrad::keras {

// Class numbers of any shape and dtype as one-hot rows (float64): [n] or [n, 1] to [n,
// num_classes], 1 at the class and 0 elsewhere. num_classes 0: the greatest number plus one.
// InvalidArgument for what is no integer in [0, num_classes); Keras takes negative ones, and counts
// from the end.
absl::StatusOr<Tensor> ToCategorical(const Tensor& x, int64_t num_classes = 0);

struct PadSequencesOptions {
  int64_t maxlen = 0;  // steps of the result; 0: of the longest sequence
  DType dtype = DType::kInt32;
  std::string padding = "pre";     // or "post": where `value` is put in
  std::string truncating = "pre";  // or "post": where a sequence that is too long is cut
  double value = 0;
};
// Sequences of numbers as rows of one length: [sequences, maxlen]. InvalidArgument for another
// padding or truncating, a negative maxlen, no sequences.
absl::StatusOr<Tensor> PadSequences(const std::vector<std::vector<int64_t>>& sequences,
                                    const PadSequencesOptions& options = {});
absl::StatusOr<Tensor> PadSequences(const std::vector<std::vector<double>>& sequences,
                                    const PadSequencesOptions& options = {});
// Texts as the numbers of their bytes, 0 to 255 (in UTF-8 a letter may have several): what
// Embedding(256, …) takes.
absl::StatusOr<Tensor> PadSequences(const std::vector<std::string>& texts,
                                    const PadSequencesOptions& options = {});

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_ARRAYS_H_
