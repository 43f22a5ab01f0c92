#ifndef DAGRAD_KERAS_DATA_IMDB_H_
#define DAGRAD_KERAS_DATA_IMDB_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/pickle.h"

namespace dagrad::keras {

struct LoadImdbOptions {
  // Words are numbered by how often they occur, the most frequent one 1; in a text they are their
  // number plus index_from. Those that are in [skip_top, num_words) then stay, others become
  // oov_char or, without one, are left out. Without num_words, or with 0, it is the greatest number
  // of all texts, which is left out with the others, as Keras has it.
  std::optional<int64_t> num_words = {};
  int64_t skip_top = 0;
  std::optional<int64_t> maxlen = {};     // texts that have as many words, or more, are left out
  int64_t seed = 113;                     // of the order: Keras's for the same seed
  std::optional<int64_t> start_char = 1;  // before each text; none
  std::optional<int64_t> oov_char = 2;
  int64_t index_from = 3;
  Budget budget = {};  // takes the file's arrays, which are more than what is given, for good
};

// Texts as the numbers of their words, and a label, int64 [texts], for each: in IMDB's reviews 1
// for those that praise a film, 0 for others. PadSequences makes a tensor of the texts.
struct LabeledTexts {
  io::IntegerLists x_train;
  Tensor y_train;
  io::IntegerLists x_test;
  Tensor y_test;
};

// Keras's imdb.npz, as keras.datasets.imdb.load_data(path, …), which fetches it from
// storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz; here the file must be there. Errors
// are those of io::ReadNpz; InvalidArgument where an array is missing or not of its kind, for
// options below 0, and where maxlen leaves no text. Thread-safe. Source: Keras 3.
absl::StatusOr<LabeledTexts> LoadImdb(const std::string& path, const LoadImdbOptions& options = {});

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_IMDB_H_
