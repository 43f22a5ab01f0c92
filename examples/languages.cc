// Tells the language of a word by its letters, as the IMDB exercise of the courses tells the mood
// of a review: padded sequences, an embedding, a convolution over time and its greatest values; and
// once more with a bidirectional LSTM over masked sequences.
// Data: the word lists of Debian's packages wamerican, wfrench, wngerman and wspanish (tools/setup
// installs them); words of four letters or more that are in one of the lists only. With --imdb it
// tells moods: the file is Keras's imdb.npz
// (storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz), 25,000 reviews to learn from.
//
//   bazel run -c opt //examples:languages [-- --data DIR] [--words N] [--epochs N] [--word WORD]
//   [--out DIR]
//   bazel run -c opt //examples:languages -- --imdb imdb.npz [--epochs N]

#include "absl/strings/ascii.h"
#include "dagrad/examples/example.h"

const std::vector<std::string> kLanguages = {"english", "french", "german", "spanish"};
const std::vector<std::string> kFiles = {"american-english", "french", "ngerman", "spanish"};
// The bytes of a word that are looked at.
const keras::PadSequencesOptions kPad = {.maxlen = 20, .padding = "post"};

// `count` words of each language, drawn at random from those in one list only: their bytes, and the
// numbers of their languages.
std::pair<Tensor, Tensor> ReadWords(const std::string& folder, int64_t count) {
  std::map<std::string, int64_t> language_of;  // -1 where it is in several lists
  for (int64_t k = 0; k < 4; ++k) {
    for (const std::string& word : ReadLines(folder + "/" + kFiles[k])) {
      if (word.size() < 4 || word.find('\'') != std::string::npos) continue;
      int64_t& language = language_of.emplace(absl::AsciiStrToLower(word), k).first->second;
      if (language != k) language = -1;
    }
  }
  const std::vector<std::pair<std::string, int64_t>> all(language_of.begin(), language_of.end());
  std::vector<std::string> words;
  std::vector<int64_t> labels, drawn(4);
  for (const int64_t i : learn::Random(1).Permutation(static_cast<int64_t>(all.size()))) {
    const auto& [word, language] = all[i];
    if (language < 0 || drawn[language]++ >= count) continue;
    words.push_back(word);
    labels.push_back(language);
  }
  return {OrExit(keras::PadSequences(words, kPad)), learn::ToTensor(labels)};
}

keras::Sequential Convolutional(int64_t symbols, int64_t steps, int64_t classes) {
  keras::Sequential model("convolutional");
  model.Add(keras::Embedding(symbols, 24, {.input_shape = {steps}}));
  model.Add(keras::Conv1D(128, 4, {.padding = "same", .activation = "relu"}));
  model.Add(keras::GlobalMaxPooling1D());
  model.Add(keras::Dropout(0.2));
  model.Add(keras::Dense(64, {.activation = "relu"}));
  model.Add(keras::Dense(classes, {.activation = "softmax"}));
  return model;
}

keras::Sequential Recurrent(int64_t symbols, int64_t steps, int64_t classes) {
  keras::Sequential model("recurrent");
  model.Add(keras::Embedding(symbols, 24, {.mask_zero = true, .input_shape = {steps}}));
  model.Add(keras::Bidirectional(keras::LSTM(48)));
  model.Add(keras::Dropout(0.2));
  model.Add(keras::Dense(classes, {.activation = "softmax"}));
  return model;
}

// Trains the model, saves it, and says how it does on what it has not seen.
void Learn(const Flags& flags, keras::Model* model, const learn::TrainTest& d,
           const std::vector<std::string>& names) {
  OrExit(model->Compile({.optimizer = keras::Adam(0.002),
                         .loss = "sparse_categorical_crossentropy",
                         .metrics = "accuracy"}));
  OrExit(model->Fit(d.x_train, d.y_train,
                    {.batch_size = 128, .epochs = flags.Int("epochs"), .verbose = 2}));
  Save(flags, *model, model->name());
  const Tensor p = OrExit(model->Predict(d.x_test, {.batch_size = 256}));
  const learn::Report report = OrExit(learn::ClassificationReport(
      d.y_test, OrExit(learn::PredictedClasses(p)), {.target_names = names}));
  std::cout << report;
  absl::PrintF("%s: accuracy on those not seen %.4f\n", model->name(), report.accuracy);
}

// The exercise of the courses: 200 words of a review, of the 10,000 most frequent ones.
int Imdb(const Flags& flags) {
  const auto reviews = OrExit(keras::LoadImdb(flags.Get("imdb"), {.num_words = 10000}));
  const learn::TrainTest d = {OrExit(keras::PadSequences(reviews.x_train, {.maxlen = 200})),
                              OrExit(keras::PadSequences(reviews.x_test, {.maxlen = 200})),
                              reviews.y_train, reviews.y_test};
  for (auto make : {Convolutional, Recurrent}) {
    keras::Model model = make(10000, 200, 2);
    Learn(flags, &model, d, {"negative", "positive"});
  }
  return 0;
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"data", "/usr/share/dict", "folder of the word lists"},
                     {"words", "25000", "words of each language"},
                     {"epochs", "6", "passes over the data"},
                     {"out", "", "folder to save the models in"},
                     {"word", "schmetterling", "a word to tell the language of"},
                     {"imdb", "", "Keras's imdb.npz, to tell moods of reviews"}});
  if (!flags.Get("imdb").empty()) return Imdb(flags);
  const auto [x, y] = ReadWords(flags.Get("data"), flags.Int("words"));
  const auto d = OrExit(learn::TrainTestSplit(x, y, {.test_size = 0.2, .stratify = y}));
  for (auto make : {Convolutional, Recurrent}) {
    keras::Model model = make(256, kPad.maxlen, 4);
    Learn(flags, &model, d, kLanguages);
    const Tensor p = OrExit(model.Predict(OrExit(keras::PadSequences({flags.Get("word")}, kPad))));
    const int64_t language = OrExit(learn::PredictedClasses(p)).data<int64_t>()[0];
    absl::PrintF("\"%s\" is %s\n\n", flags.Get("word"), kLanguages[language]);
  }
}
