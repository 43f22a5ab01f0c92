#include "dagrad/keras/data/imdb.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/npz.h"

namespace dagrad::keras {
namespace {

struct Texts {
  io::IntegerLists x;
  std::vector<int64_t> y;
};

absl::Status CheckOptions(const LoadImdbOptions& o) {
  for (const auto& [name, value] :
       {std::pair("num_words", o.num_words.value_or(0)), std::pair("skip_top", o.skip_top),
        std::pair("maxlen", o.maxlen.value_or(0)), std::pair("index_from", o.index_from)}) {
    if (value >= 0 && value <= int64_t{1} << 32) continue;
    return InvalidArgumentError(absl::StrCat(name, " is from 0 to 2^32, not ", value));
  }
  return absl::OkStatus();
}

// x_train and y_train, or those of "test".
absl::StatusOr<Texts> Take(io::Npz* arrays, const std::string& part) {
  Texts texts;
  const auto x = arrays->find("x_" + part), y = arrays->find("y_" + part);
  if (x == arrays->end() || y == arrays->end()) {
    return InvalidArgumentError(
        absl::StrCat("has no arrays \"x_", part, "\" and \"y_", part, "\", as Keras's imdb.npz"));
  }
  if (x->second.tensor.defined())
    return InvalidArgumentError(absl::StrCat("\"x_", part, "\" is no array of lists"));
  texts.x = std::move(x->second.lists);
  const Tensor& labels = y->second.tensor;
  if (!labels.defined() || labels.dims() != Dims{static_cast<int64_t>(texts.x.size())}) {
    return InvalidArgumentError(absl::StrCat(
        "\"y_", part, "\" is no array of numbers, one for each of ", texts.x.size(), " texts"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Tensor whole, labels.Cast(DType::kInt64));
  texts.y.assign(whole.data<int64_t>().begin(), whole.data<int64_t>().end());
  return texts;
}

// The order that the shuffle of a numpy.random.RandomState makes of 0 … n-1: Fisher and Yates's,
// whose numbers up to i are those of MT19937, cut to as many bits, that are not above.
std::vector<size_t> ShuffledOrder(size_t n, std::mt19937* random) {
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  for (size_t i = n; i-- > 1;) {
    uint32_t mask = static_cast<uint32_t>(i);
    for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    uint32_t j = 0;
    do j = (*random)() & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

// In another order, with start_char, without those that maxlen leaves out.
Texts Ordered(Texts texts, const LoadImdbOptions& o, std::mt19937* random) {
  Texts ordered;
  for (const size_t i : ShuffledOrder(texts.x.size(), random)) {
    std::vector<int64_t> words = std::move(texts.x[i]);
    for (int64_t& w : words) w += o.index_from;
    if (o.start_char.has_value()) words.insert(words.begin(), *o.start_char);
    if (o.maxlen.value_or(0) > 0 && static_cast<int64_t>(words.size()) >= *o.maxlen) continue;
    ordered.x.push_back(std::move(words));
    ordered.y.push_back(texts.y[i]);
  }
  return ordered;
}

void KeepWords(int64_t num_words, const LoadImdbOptions& o, std::vector<int64_t>* words) {
  const auto kept = [&](int64_t w) { return o.skip_top <= w && w < num_words; };
  if (o.oov_char.has_value()) {
    std::replace_if(
        words->begin(), words->end(), [&](int64_t w) { return !kept(w); }, *o.oov_char);
  } else {
    words->erase(std::remove_if(words->begin(), words->end(), [&](int64_t w) { return !kept(w); }),
                 words->end());
  }
}

absl::StatusOr<LabeledTexts> Load(const std::string& path, const LoadImdbOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(io::Npz arrays, io::ReadNpz(path, {.budget = options.budget}));
  Texts parts[2];
  int64_t greatest = 0;
  std::mt19937 random(static_cast<uint32_t>(options.seed));  // of both parts, one after the other
  for (const int k : {0, 1}) {
    absl::StatusOr<Texts> texts = Take(&arrays, k == 0 ? "train" : "test");
    if (!texts.ok()) return Prefixed(Printable(path, 1024), texts.status());
    for (const auto& words : texts->x) {
      for (const int64_t w : words) {
        if (w >= 0 && w <= int64_t{1} << 32) continue;
        return InvalidArgumentError(
            absl::StrCat(Printable(path, 1024), ": word ", w, " is not from 0 to 2^32"));
      }
    }
    parts[k] = Ordered(*std::move(texts), options, &random);
    if (parts[k].x.empty()) {
      return InvalidArgumentError(absl::StrCat(Printable(path, 1024), ": no text has fewer than ",
                                               options.maxlen.value_or(0), " words"));
    }
    for (const auto& words : parts[k].x) {
      for (const int64_t w : words) greatest = std::max(greatest, w);
    }
  }
  const int64_t asked = options.num_words.value_or(0);
  for (Texts& part : parts) {
    for (auto& words : part.x) KeepWords(asked > 0 ? asked : greatest, options, &words);
  }
  const auto labels = [](const Texts& part) {
    return Tensor::Of<int64_t>({static_cast<int64_t>(part.y.size())}, absl::MakeConstSpan(part.y));
  };
  LabeledTexts result;
  result.y_train = labels(parts[0]);
  result.y_test = labels(parts[1]);
  result.x_train = std::move(parts[0].x);
  result.x_test = std::move(parts[1].x);
  return result;
}

}  // namespace

absl::StatusOr<LabeledTexts> LoadImdb(const std::string& path, const LoadImdbOptions& options) try {
  DAGRAD_RETURN_IF_ERROR(CheckOptions(options));
  return Load(path, options);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
