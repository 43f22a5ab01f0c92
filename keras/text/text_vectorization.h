#ifndef DAGRAD_KERAS_TEXT_TEXT_VECTORIZATION_H_
#define DAGRAD_KERAS_TEXT_TEXT_VECTORIZATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/keras/text/string_lookup.h"

namespace dagrad::keras {

struct TextVectorizationOptions {
  std::optional<int64_t> max_tokens = {};  // of the vocabulary, special tokens included
  // Or "lower", "strip_punctuation", "": none. Letters of ASCII; !"#$%&()*+,-./:;<=>?@[\]^_`{|}~'
  // is taken out.
  std::string standardize = "lower_and_strip_punctuation";
  std::string split = "whitespace";  // or "character" (of UTF-8), "": none
  std::vector<int64_t> ngrams = {};  // of these lengths, joined by blanks; {1, 2} is Keras's 2
  std::string output_mode = "int";   // or "multi_hot", "count", "tf_idf"
  std::optional<int64_t> output_sequence_length = {};  // "int": cut, or 0 at the end
  bool pad_to_max_tokens = false;
  std::vector<std::string> vocabulary = {};  // instead of Adapt
  std::vector<double> idf_weights = {};      // of the vocabulary, with output_mode "tf_idf"
};

// Keras's TextVectorization: texts to numbers of their words. As StringLookup it works on the host:
// see there why, and for what the numbers are; 0 is padding and 1 what is not in the vocabulary
// ("int"), else 0 is the latter. Keras's callables are what a program does to its texts before.
// Methods that are const may be called from several threads at once. Source: Keras 3.
//
//   TextVectorization vectorize({.max_tokens = 10000, .output_sequence_length = 200});
//   DAGRAD_RETURN_IF_ERROR(vectorize.Adapt(texts));
//   DAGRAD_ASSIGN_OR_RETURN(Tensor x, vectorize.Transform(texts));  // int64[n, 200], for Embedding
//   DAGRAD_RETURN_IF_ERROR(vectorize.Save("model/words.json"));
class TextVectorization {
 public:
  explicit TextVectorization(TextVectorizationOptions options = {});

  // Each text is a document.
  absl::Status Adapt(const std::vector<std::string>& texts);
  // int64[n, output_sequence_length or the longest], int64[n] without split and ngrams, or
  // float32[n, size].
  absl::StatusOr<Tensor> Transform(const std::vector<std::string>& texts) const;
  // The tokens of one text, before they are looked up.
  std::vector<std::string> Tokenize(const std::string& text) const;

  std::vector<std::string> GetVocabulary(bool include_special_tokens = true) const {
    return lookup_.GetVocabulary(include_special_tokens);
  }
  int64_t vocabulary_size() const { return lookup_.vocabulary_size(); }

  // A file of JSON, which Load reads.
  absl::Status Save(const std::string& path) const;
  static absl::StatusOr<TextVectorization> Load(const std::string& path);

 private:
  absl::Status Check() const;
  TextVectorizationOptions options_;
  StringLookup lookup_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_TEXT_TEXT_VECTORIZATION_H_
