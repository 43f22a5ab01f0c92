// A model of characters that makes up words: a GRU reads a word letter by letter and says what the
// next letter is likely to be; drawing letters by what it says makes words that sound like those
// that it has read.
// Data: a word list of Debian's package wamerican (tools/setup installs it), or any text file of
// one word a line with --words.
//
//   bazel run -c opt //examples:characters [-- --words FILE] [--count N] [--epochs N]
//   [--temperature T] [--out DIR]

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

#include "dagrad/examples/example.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::examples {
namespace {

// Numbers of the characters: 0 ends a word and follows it, 1 to 26 are a to z, 27 is its begin.
constexpr int64_t kSteps = 12, kBegin = 27;

bool IsWord(const std::string& s) {
  return s.size() >= 4 && s.size() < kSteps &&
         std::all_of(s.begin(), s.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

// `count` words of the file, spread over it.
absl::StatusOr<std::vector<std::string>> ReadWords(const std::string& path, size_t count) {
  std::ifstream file(path);
  if (!file.good()) return NotFoundError(path + ": cannot be read");
  std::vector<std::string> all, words;
  for (std::string word; std::getline(file, word);) {
    if (IsWord(word)) all.push_back(word);
  }
  for (size_t i = 0; i < std::min(count, all.size()); ++i)
    words.push_back(all[i * all.size() / std::min(count, all.size())]);
  return words;
}

// The begin and the letters; and the letters and the end: what follows each.
absl::StatusOr<std::pair<Tensor, Tensor>> Sequences(const std::vector<std::string>& words) {
  std::vector<std::vector<int64_t>> before, after;
  for (const std::string& word : words) {
    before.push_back({kBegin});
    after.emplace_back();
    for (const char c : word) {
      before.back().push_back(c - 'a' + 1);
      after.back().push_back(c - 'a' + 1);
    }
  }
  const keras::PadSequencesOptions options = {.maxlen = kSteps, .padding = "post"};
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, keras::PadSequences(before, options));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, keras::PadSequences(after, options));
  return std::pair(x, y);
}

// A number drawn by probabilities to the power of 1 / temperature; `share` in [0, 1) decides.
int64_t Draw(absl::Span<const float> p, double temperature, double share) {
  std::vector<double> sums;
  double sum = 0;
  for (const float v : p) sums.push_back(sum += std::pow(v, 1 / temperature));
  return std::upper_bound(sums.begin(), sums.end(), share * sum) - sums.begin();
}

absl::Status MakeUpWords(const keras::Model& model, double temperature) {
  constexpr int64_t kWords = 20, kClasses = 28;
  Tensor x = *Tensor::Zeros(DType::kInt32, {kWords, kSteps});
  std::vector<std::string> words(kWords);
  std::vector<uint32_t> chances(kWords * kSteps);
  random::ElementBits(1, 0, 0).High(0, kWords * kSteps, chances.data());
  for (int64_t i = 0; i < kWords; ++i) x.mutable_data<int32_t>()[i * kSteps] = kBegin;
  for (int64_t t = 0; t < kSteps; ++t) {
    DAGRAD_ASSIGN_OR_RETURN(const Tensor p, model.Predict(x));
    for (int64_t i = 0; i < kWords; ++i) {
      const bool ended = static_cast<int64_t>(words[i].size()) < t;
      const int64_t place = i * kSteps + t;
      const int64_t drawn = Draw(p.data<float>().subspan(place * kClasses, kBegin), temperature,
                                 chances[place] * 0x1p-32);
      if (ended || drawn == 0) continue;
      words[i] += static_cast<char>('a' + drawn - 1);
      if (t + 1 < kSteps) x.mutable_data<int32_t>()[place + 1] = static_cast<int32_t>(drawn);
    }
  }
  std::cout << "Made up:";
  for (const std::string& word : words) std::cout << " " << word;
  std::cout << "\n";
  return absl::OkStatus();
}

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  const int64_t count = flags.Int("count");
  const double temperature = flags.Number("temperature");
  if (!(temperature > 0)) return InvalidArgumentError("--temperature is a positive number");
  DAGRAD_ASSIGN_OR_RETURN(auto words, ReadWords(flags.Get("words"), count));
  DAGRAD_ASSIGN_OR_RETURN(auto sequences, Sequences(words));

  keras::Sequential model("characters", {.seed = 1});
  model.Add(keras::Embedding(28, 32, {.mask_zero = true, .input_shape = {kSteps}}));
  model.Add(keras::GRU(128, {.return_sequences = true}));
  model.Add(keras::Dense(28, {.activation = "softmax"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = keras::Adam(0.005), .loss = "sparse_categorical_crossentropy"}));
  DAGRAD_ASSIGN_OR_RETURN(const keras::History history,
                          model.Fit(sequences.first, sequences.second,
                                    {.batch_size = 128, .epochs = epochs, .verbose = 2}));
  DAGRAD_RETURN_IF_ERROR(Save(flags, model));
  std::cout << absl::StrFormat("loss %.3f, of guesses %.3f\n", history["loss"].back(),
                               std::log(27.0));
  return MakeUpWords(model, temperature);
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(
      argc, argv,
      {{"words", "/usr/share/dict/american-english", "file of one word a line"},
       {"count", "20000", "words to learn from"},
       {"epochs", "8", "passes over the words"},
       {"out", "", "folder to save the model in"},
       {"temperature", "0.7", "below 1: likelier letters, above: bolder ones"}},
      dagrad::examples::Main);
}
