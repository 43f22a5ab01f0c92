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

#include <fstream>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "dagrad/examples/example.h"
#include "dagrad/graph/error.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::examples {
namespace {

constexpr int64_t kSteps = 20;  // bytes of a word that are looked at
const std::vector<std::string> kLanguages = {"english", "french", "german", "spanish"};
const std::vector<std::string> kFiles = {"american-english", "french", "ngerman", "spanish"};

// The bytes of the word's UTF-8 text.
std::vector<int64_t> BytesOf(const std::string& word) {
  return {reinterpret_cast<const unsigned char*>(word.data()),
          reinterpret_cast<const unsigned char*>(word.data()) + word.size()};
}

// Of each word in lower case the number of its language; -1 if it is in more than one list.
absl::StatusOr<std::map<std::string, int>> ReadWords(const std::string& folder) {
  std::map<std::string, int> language_of;
  for (size_t k = 0; k < kFiles.size(); ++k) {
    std::ifstream file(folder + "/" + kFiles[k]);
    if (!file.good()) return NotFoundError(folder + "/" + kFiles[k] + ": cannot be read");
    for (std::string word; std::getline(file, word);) {
      if (word.size() < 4 || absl::StrContains(word, "'")) continue;
      const int language = static_cast<int>(k);
      const auto [at, added] = language_of.emplace(absl::AsciiStrToLower(word), language);
      if (!added && at->second != language) at->second = -1;
    }
  }
  return language_of;
}

struct Words {
  Tensor x, y;  // int32 [words, kSteps]; class numbers
};

// `count` words of each language, drawn at random.
absl::StatusOr<Words> Draw(const std::map<std::string, int>& language_of, int64_t count) {
  std::vector<std::vector<std::string>> by_language(kFiles.size());
  for (const auto& [word, language] : language_of) {
    if (language >= 0) by_language[language].push_back(word);
  }
  std::vector<std::vector<int64_t>> sequences;
  std::vector<int64_t> labels;
  for (size_t k = 0; k < by_language.size(); ++k) {
    const std::vector<std::string>& words = by_language[k];
    auto order =
        random::Permutation(1, static_cast<int64_t>(k), static_cast<int64_t>(words.size()));
    order.resize(std::min<int64_t>(count, order.size()));
    for (const int64_t i : order) {
      sequences.push_back(BytesOf(words[i]));
      labels.push_back(static_cast<int64_t>(k));
    }
  }
  Words drawn;
  DAGRAD_ASSIGN_OR_RETURN(drawn.x,
                          keras::PadSequences(sequences, {.maxlen = kSteps, .padding = "post"}));
  drawn.y = Tensor::Of<int64_t>({static_cast<int64_t>(labels.size())}, absl::MakeConstSpan(labels));
  return drawn;
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
absl::Status Learn(const Flags& flags, keras::Sequential* model, const learn::TrainTest& d,
                   const std::vector<std::string>& names) {
  const int64_t epochs = flags.Int("epochs");
  DAGRAD_RETURN_IF_ERROR(model->Compile({.optimizer = keras::Adam(0.002),
                                         .loss = "sparse_categorical_crossentropy",
                                         .metrics = "accuracy"}));
  DAGRAD_RETURN_IF_ERROR(
      model->Fit(d.x_train, d.y_train, {.batch_size = 128, .epochs = epochs, .verbose = 2})
          .status());
  DAGRAD_RETURN_IF_ERROR(Save(flags, *model, model->name()));
  DAGRAD_ASSIGN_OR_RETURN(Tensor p, model->Predict(d.x_test, {.batch_size = 256}));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, learn::PredictedClasses(p));
  DAGRAD_ASSIGN_OR_RETURN(
      auto report, learn::ClassificationReport(d.y_test, predicted, {.target_names = names}));
  std::cout << report
            << absl::StrFormat("%s: accuracy on those not seen %.4f\n", model->name(),
                               report.accuracy);
  return absl::OkStatus();
}

// The exercise of the courses: 200 words of a review, of the 10,000 most frequent ones.
absl::Status Imdb(const Flags& flags) {
  constexpr int64_t kWords = 10000, kReviewSteps = 200;
  DAGRAD_ASSIGN_OR_RETURN(keras::LabeledTexts reviews,
                          keras::LoadImdb(flags.Get("imdb"), {.num_words = kWords}));
  learn::TrainTest d;
  d.y_train = reviews.y_train;
  d.y_test = reviews.y_test;
  DAGRAD_ASSIGN_OR_RETURN(d.x_train,
                          keras::PadSequences(reviews.x_train, {.maxlen = kReviewSteps}));
  DAGRAD_ASSIGN_OR_RETURN(d.x_test, keras::PadSequences(reviews.x_test, {.maxlen = kReviewSteps}));
  for (auto make : {Convolutional, Recurrent}) {
    keras::Sequential model = make(kWords, kReviewSteps, 2);
    DAGRAD_RETURN_IF_ERROR(Learn(flags, &model, d, {"negative", "positive"}));
  }
  return absl::OkStatus();
}

absl::Status Main(const Flags& flags) {
  if (!flags.Get("imdb").empty()) return Imdb(flags);
  const int64_t count = flags.Int("words");
  DAGRAD_ASSIGN_OR_RETURN(auto language_of, ReadWords(flags.Get("data")));
  DAGRAD_ASSIGN_OR_RETURN(Words words, Draw(language_of, count));
  DAGRAD_ASSIGN_OR_RETURN(
      auto d, learn::TrainTestSplit(words.x, words.y, {.test_size = 0.2, .stratify = words.y}));
  DAGRAD_ASSIGN_OR_RETURN(
      Tensor asked,
      keras::PadSequences(std::vector<std::vector<int64_t>>{BytesOf(flags.Get("word"))},
                          {.maxlen = kSteps, .padding = "post"}));
  for (auto make : {Convolutional, Recurrent}) {
    keras::Sequential model = make(256, kSteps, 4);
    DAGRAD_RETURN_IF_ERROR(Learn(flags, &model, d, kLanguages));
    DAGRAD_ASSIGN_OR_RETURN(Tensor guess, model.Predict(asked));
    DAGRAD_ASSIGN_OR_RETURN(Tensor language, learn::PredictedClasses(guess));
    std::cout << "\"" << flags.Get("word") << "\" is " << kLanguages[language.data<int64_t>()[0]]
              << "\n\n";
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"data", "/usr/share/dict", "folder of the word lists"},
                                    {"words", "25000", "words of each language"},
                                    {"epochs", "6", "passes over the data"},
                                    {"out", "", "folder to save the models in"},
                                    {"word", "schmetterling", "a word to tell the language of"},
                                    {"imdb", "", "Keras's imdb.npz, to tell moods of reviews"}},
                                   dagrad::examples::Main);
}
