#ifndef DAGRAD_KERAS_LAYERS_VOCABULARY_H_
#define DAGRAD_KERAS_LAYERS_VOCABULARY_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"

// What is learned of tokens, integers or strings.
namespace dagrad::keras::layers_internal {

// Numbers for what is in no vocabulary; they may come from a file.
inline absl::Status CheckOovIndices(int64_t count) {
  constexpr int64_t kMost = int64_t{1} << 20;
  if (count >= 0 && count <= kMost) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("num_oov_indices must be between 0 and ", kMost, ", not ", count));
}

template <typename Token>
struct Vocabulary {
  std::vector<Token> tokens;
  std::vector<double> idf;  // log(1 + documents / (1 + those that have the token))
};

// The most frequent tokens of the documents, of equals the greater first, without those of
// `others`; at most `most`.
template <typename Token>
Vocabulary<Token> LearnVocabulary(const std::vector<std::vector<Token>>& documents,
                                  const std::vector<Token>& others, size_t most) {
  struct Counts {
    int64_t all = 0, documents = 0;
    size_t last = SIZE_MAX;  // the document that had it last
  };
  std::map<Token, Counts> counts;
  for (size_t d = 0; d < documents.size(); ++d) {
    for (const Token& token : documents[d]) {
      Counts& c = counts[token];
      ++c.all;
      if (std::exchange(c.last, d) != d) ++c.documents;
    }
  }
  for (const Token& token : others) counts.erase(token);
  std::vector<std::pair<int64_t, Token>> order;
  for (const auto& [token, c] : counts) order.emplace_back(c.all, token);
  std::sort(order.rbegin(), order.rend());
  if (order.size() > most) order.resize(most);
  Vocabulary<Token> v;
  for (const auto& [count, token] : order) {
    const double all = static_cast<double>(documents.size());
    v.tokens.push_back(token);
    v.idf.push_back(std::log(1 + all / (1 + static_cast<double>(counts[token].documents))));
  }
  return v;
}

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_VOCABULARY_H_
