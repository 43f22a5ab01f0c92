// A model of characters that makes up words: a GRU reads a word letter by letter and says what the
// next letter is likely to be; drawing letters by what it says makes words that sound like those
// that it has read.
// Data: a word list of Debian's package wamerican (tools/setup installs it), or any text file of
// one word a line with --words.
//
//   bazel run -c opt //examples:characters [-- --words FILE] [--count N] [--epochs N]
//   [--temperature T] [--out DIR]

#include <regex>

#include "dagrad/examples/example.h"

// Numbers of the characters: 0 ends a word and follows it, 1 to 26 are a to z, 27 is its begin.
constexpr int64_t kSteps = 12, kBegin = 27;

// The begin and the letters; and the letters and the end: what follows each.
std::pair<Tensor, Tensor> Sequences(const std::vector<std::string>& words) {
  std::vector<std::vector<int64_t>> before, after;
  for (const std::string& word : words) {
    before.push_back({kBegin});
    for (const char c : word) before.back().push_back(c - 'a' + 1);
    after.emplace_back(before.back().begin() + 1, before.back().end());
  }
  const keras::PadSequencesOptions pad = {.maxlen = kSteps, .padding = "post"};
  return {OrExit(keras::PadSequences(before, pad)), OrExit(keras::PadSequences(after, pad))};
}

// Letters are drawn by their probabilities to the power of 1 / temperature.
void MakeUpWords(const keras::Model& model, double temperature) {
  learn::Random random(1);
  std::vector<std::string> words(20);
  for (size_t t = 0; t < kSteps; ++t) {
    const Tensor p = OrExit(model.Predict(Sequences(words).first));
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i].size() < t) continue;  // has ended
      std::vector<double> weights;
      for (const float v : p.data<float>().subspan((i * kSteps + t) * 28, kBegin))
        weights.push_back(std::pow(v, 1 / temperature));
      const size_t drawn = random.Choice(weights);
      if (drawn > 0) words[i] += static_cast<char>('a' + drawn - 1);
    }
  }
  absl::PrintF("Made up: %s\n", absl::StrJoin(words, " "));
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"words", "/usr/share/dict/american-english", "file of one word a line"},
                     {"count", "20000", "words to learn from"},
                     {"epochs", "8", "passes over the words"},
                     {"out", "", "folder to save the model in"},
                     {"temperature", "0.7", "below 1: likelier letters, above: bolder ones"}});
  const double temperature = flags.Number("temperature");
  if (!(temperature > 0)) OrExit(absl::InvalidArgumentError("--temperature is a positive number"));
  const std::regex form("[a-z]{4,11}");
  std::vector<std::string> all = ReadLines(flags.Get("words"));
  std::erase_if(all, [&](const std::string& line) { return !std::regex_match(line, form); });
  std::vector<std::string> words(std::min<size_t>(flags.Int("count"), all.size()));
  for (size_t i = 0; i < words.size(); ++i) words[i] = all[i * all.size() / words.size()];
  const auto [x, y] = Sequences(words);

  keras::Sequential model("characters", {.seed = 1});
  model.Add(keras::Embedding(28, 32, {.mask_zero = true, .input_shape = {kSteps}}));
  model.Add(keras::GRU(128, {.return_sequences = true}));
  model.Add(keras::Dense(28, {.activation = "softmax"}));
  OrExit(
      model.Compile({.optimizer = keras::Adam(0.005), .loss = "sparse_categorical_crossentropy"}));
  const keras::History history =
      OrExit(model.Fit(x, y, {.batch_size = 128, .epochs = flags.Int("epochs"), .verbose = 2}));
  Save(flags, model);
  absl::PrintF("loss %.3f, of guesses %.3f\n", history["loss"].back(), std::log(27.0));
  MakeUpWords(model, temperature);
}
