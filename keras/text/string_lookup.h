#ifndef DAGRAD_KERAS_TEXT_STRING_LOOKUP_H_
#define DAGRAD_KERAS_TEXT_STRING_LOOKUP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::keras {

struct StringLookupOptions {
  std::optional<int64_t> max_tokens = {};  // of the vocabulary, those for others included
  int64_t num_oov_indices = 1;             // of several, a hash of the token says which
  std::optional<std::string> mask_token = {};
  std::string oov_token = "[UNK]";
  std::vector<std::string> vocabulary = {};  // instead of Adapt
  std::vector<double> idf_weights = {};      // of the vocabulary, with output_mode "tf_idf"
  std::string output_mode = "int";           // or "one_hot", "multi_hot", "count", "tf_idf"
  bool pad_to_max_tokens = false;
};

// Keras's StringLookup: the number of each token in a vocabulary. Layers take no strings, so it is
// no layer of a graph but works on the host, before the data become tensors; it is saved in a file
// of its own. First, with output_mode "int", comes mask_token if there is one, then num_oov_indices
// numbers for what is not in the vocabulary, then the vocabulary in its order; Adapt takes the most
// frequent first, of equals the greater (by bytes). Methods that are const may be called from
// several threads at once. Source: Keras 3.
//
//   StringLookup lookup;
//   DAGRAD_RETURN_IF_ERROR(lookup.Adapt({"a", "b", "a"}));
//   DAGRAD_ASSIGN_OR_RETURN(Tensor x, lookup.Transform({"b", "c"}));  // int64[2] {2, 0}
class StringLookup {
 public:
  using Tokens = std::vector<std::string>;
  static constexpr size_t kMostBytes = size_t{1} << 30;  // of a file that Load reads

  explicit StringLookup(StringLookupOptions options = {});

  // Each string, or each row of strings, is a document. FailedPrecondition if the vocabulary is
  // given; InvalidArgument for bad options and for no token.
  absl::Status Adapt(const Tokens& tokens);
  absl::Status AdaptDocuments(const std::vector<Tokens>& documents);

  // Of [n] strings: int64[n]; one_hot: float32[n, size]. In the modes other than "int" a mask_token
  // is in no column.
  absl::StatusOr<Tensor> Transform(const Tokens& tokens) const;
  // Of rows of strings: int64[rows, longest], the end of shorter ones 0; with multi_hot, count and
  // tf_idf float32[rows, size]. `length`: that many columns instead of the longest. A token that is
  // not in the vocabulary is InvalidArgument where num_oov_indices is 0.
  absl::StatusOr<Tensor> TransformRows(const std::vector<Tokens>& rows,
                                       std::optional<int64_t> length = {}) const;
  // The tokens of numbers, oov_token for those without (Keras's invert).
  absl::StatusOr<Tokens> Invert(const Tensor& numbers) const;

  // As Keras has it: with the special tokens number i is that of element i.
  Tokens GetVocabulary(bool include_special_tokens = true) const;
  int64_t vocabulary_size() const { return first_token() + static_cast<int64_t>(tokens_.size()); }

  // A file of JSON, which Load reads.
  absl::Status Save(const std::string& path) const;
  static absl::StatusOr<StringLookup> Load(const std::string& path);
  Json ToJson() const;
  static absl::StatusOr<StringLookup> FromJson(const Json& json);

 private:
  absl::Status Check() const;
  absl::Status SetTokens(Tokens tokens);
  bool has_mask() const { return options_.mask_token.has_value() && options_.output_mode == "int"; }
  int64_t first_token() const { return (has_mask() ? 1 : 0) + options_.num_oov_indices; }
  int64_t columns() const;
  absl::StatusOr<int64_t> NumberOf(const std::string& token) const;
  absl::StatusOr<Tensor> Encode(const std::vector<Tokens>& rows) const;

  StringLookupOptions options_;
  absl::Status status_;  // of the vocabulary that was given
  Tokens tokens_;
  std::vector<double> idf_;
  std::unordered_map<std::string, int64_t> numbers_;
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_TEXT_STRING_LOOKUP_H_
