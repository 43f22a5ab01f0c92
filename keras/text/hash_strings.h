#ifndef DAGRAD_KERAS_TEXT_HASH_STRINGS_H_
#define DAGRAD_KERAS_TEXT_HASH_STRINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

struct HashStringsOptions {
  std::optional<std::string> mask_value = {};  // is alone in bin 0, if there are several
  // None; or the key of another hash, one number twice or two.
  std::vector<int64_t> salt = {};
};

// What Keras's Hashing gives for strings: the bin of each by a hash of its bytes, int64[n] in
// 0 … num_bins - 1. Nothing has to be learned or kept. Integers have the layer Hashing.
// InvalidArgument for num_bins below 1, and more than two numbers of salt. Thread-safe.
//
//   DAGRAD_ASSIGN_OR_RETURN(Tensor x, HashStrings({"a", "b"}, 1000));
absl::StatusOr<Tensor> HashStrings(const std::vector<std::string>& strings, int64_t num_bins,
                                   const HashStringsOptions& options = {});

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_TEXT_HASH_STRINGS_H_
