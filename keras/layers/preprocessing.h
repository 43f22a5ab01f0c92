#ifndef DAGRAD_KERAS_LAYERS_PREPROCESSING_H_
#define DAGRAD_KERAS_LAYERS_PREPROCESSING_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/layers/layer.h"
#include "dagrad/keras/layers/layer_options.h"

// Layers that prepare numbers. They are nodes of the graph, so a saved model has them in it. Layers
// take no strings (DType::kString): what prepares these stands in keras/text. layers.h says what
// holds for all.
namespace dagrad::keras {

// One number or several: 0.5, or {1, 2, 3}.
struct Numbers {
  std::vector<double> values;
  Numbers(double one) : values({one}) {}                    // NOLINT(google-explicit-constructor)
  Numbers(int one) : values({static_cast<double>(one)}) {}  // NOLINT(google-explicit-constructor)
  Numbers(std::initializer_list<double> all) : values(all) {}
  Numbers(std::vector<double> all)  // NOLINT(google-explicit-constructor)
      : values(std::move(all)) {}
};

// Learns what the layer is to know of `data`, [examples, …]: Normalization, Discretization and
// IntegerLookup. InvalidArgument for other layers, for no examples, and where options say it
// already. Before the layer's first use, but for Normalization's, which may be adapted again.
absl::Status Adapt(const Layer& layer, const Tensor& data);

// y = x scale + offset; each one number, or one for each element of the last axis.
Layer Rescaling(Numbers scale, Numbers offset = 0.0, LayerOptions options = {},
                SourceLocation location = SourceLocation::Current());

struct NormalizationOptions {
  std::vector<int64_t> axis = {-1};  // of what there is a mean each; none: one for all
  // Given both, instead of adapting: one number for all, or one each for the last of `axis`, or for
  // all of `axis`, row-major.
  std::optional<Numbers> mean = {}, variance = {};
  bool invert = false;
  InputShape input_shape = {};
  std::string name = {};
};
// y = (x - mean) / max(√variance, 1e-7), or with invert x max(√variance, 1e-7) + mean. Adapted,
// mean and variance are weights that are not trained (and a count of 0, as Keras has it); before
// they are 0 and 1.
Layer Normalization(NormalizationOptions options = {},
                    SourceLocation location = SourceLocation::Current());

struct CategoryEncodingOptions {
  std::string output_mode = "multi_hot";  // or "one_hot", "count"
  InputShape input_shape = {};
  std::string name = {};
};
// Integers x in 0 … num_tokens - 1 (floats are rounded toward zero) as float32:
//   "one_hot":   [batch, …] to [batch, …, num_tokens]; a last axis of 1 is replaced
//   "multi_hot": [batch, n, …] to [batch, …, num_tokens]: 1 for what is there along axis 1
//   "count":     the same with how often; a second input of x's shape gives weights to be summed
// What is outside has no place, hence 0s; Keras refuses it.
Layer CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options = {},
                       SourceLocation location = SourceLocation::Current());

struct DiscretizationOptions {
  std::vector<double> bin_boundaries = {};  // rising; else
  std::optional<int64_t> num_bins = {};     // of Adapt: as many parts of as many examples each
  double epsilon = 0.01;                    // how exactly these are found
  std::string output_mode = "int";          // or one of CategoryEncoding's
  InputShape input_shape = {};
  std::string name = {};
};
// The number i of the bin that x is in: boundaries[i - 1] <= x < boundaries[i]. int32, or float32
// as CategoryEncoding has it.
Layer Discretization(DiscretizationOptions options = {},
                     SourceLocation location = SourceLocation::Current());

struct IntegerLookupOptions {
  std::optional<int64_t> max_tokens = {};  // of the vocabulary, those for others included
  int64_t num_oov_indices = 1;
  std::optional<int64_t> mask_token = {};
  int64_t oov_token = -1;
  std::vector<int64_t> vocabulary = {};  // instead of Adapt
  std::vector<double> idf_weights = {};  // of the vocabulary, with output_mode "tf_idf"
  bool invert = false;                   // numbers to integers; output_mode "int" only
  std::string output_mode = "int";       // or "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;
  InputShape input_shape = {};
  std::string name = {};
};
// The number of each integer in the vocabulary: first, with output_mode "int", comes mask_token if
// there is one, then num_oov_indices numbers for what is not in the vocabulary (x mod
// num_oov_indices says which; with 0 of them it gets -1, which Keras refuses), then the vocabulary
// in its order; Adapt takes the most frequent first, of equals the greater. With invert what has no
// token is oov_token. int64, or float32 as CategoryEncoding has it; "tf_idf" is "count" times the
// weight of each token, which for others is the mean. In the modes other than "int" a mask_token is
// in no column.
Layer IntegerLookup(IntegerLookupOptions options = {},
                    SourceLocation location = SourceLocation::Current());

struct HashingOptions {
  std::optional<int64_t> mask_value = {};  // is alone in bin 0, if there are several
  // None; or the key of another hash, one number twice or two: .salt = {1337}.
  std::vector<int64_t> salt = {};
  std::string output_mode = "int";  // or one of CategoryEncoding's
  InputShape input_shape = {};
  std::string name = {};
};
// The bin of each integer (floats are rounded toward zero), 0 … num_bins - 1, by a hash of its
// decimal text (HashBucket says which). int64, or float32 as CategoryEncoding has it. For strings:
// HashStrings (keras/text).
Layer Hashing(int64_t num_bins, HashingOptions options = {},
              SourceLocation location = SourceLocation::Current());

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_PREPROCESSING_H_
