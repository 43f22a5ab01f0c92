// Predicts whether a shot at the basket is made, as in the deep-learning courses: one-hot targets,
// softmax, 21,502 parameters; saved, and with --load used again by another process.
// Data: a table with the columns of the courses' basketball_shot_log.csv, if --csv names one; else
// made up (made_up.h).
//
//   bazel run -c opt //examples:basketball [-- --csv FILE] [--epochs N] [--out DIR] [--load DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

namespace dagrad::examples {
namespace {

absl::StatusOr<Tensor> Encode(const io::CsvTable& table, std::vector<io::CsvFeature> features) {
  DAGRAD_ASSIGN_OR_RETURN(auto encoder, io::CsvEncoder::Fit(table, std::move(features)));
  return encoder.Transform(table);
}

absl::StatusOr<keras::Model> Train(const Tensor& x, const Tensor& y, int64_t epochs) {
  keras::Sequential model("basketball");
  model.Add(keras::BatchNormalization({.center = false, .scale = false, .input_shape = {10}}));
  for (int i = 0; i < 3; ++i) model.Add(keras::Dense(100, {.activation = "relu"}));
  model.Add(keras::Dense(2, {.activation = "softmax"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile(
      {.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = "accuracy"}));
  DAGRAD_ASSIGN_OR_RETURN(Tensor one_hot, keras::ToCategorical(y));
  DAGRAD_RETURN_IF_ERROR(model
                             .Fit(x, one_hot,
                                  {.epochs = epochs,
                                   .verbose = 2,
                                   .validation_split = 0.3,
                                   .callbacks = {keras::callbacks::EarlyStopping(
                                       {.patience = 2, .restore_best_weights = true})}})
                             .status());
  return keras::Model(std::move(model));
}

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  DAGRAD_ASSIGN_OR_RETURN(io::CsvTable table, ReadTable(flags, BasketballShots(6000, 1)));
  std::vector<io::CsvFeature> features;
  for (const io::CsvColumn& c : table.columns) {
    if (c.name != "shot_result") features.push_back({.column = c.name, .fill = io::CsvFill::kMean});
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, Encode(table, features));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, Encode(table, {{.column = "shot_result",
                                                    .encoding = io::CsvEncoding::kOrdinal,
                                                    .categories = {"missed", "made"}}}));
  const bool load = !flags.Get("load").empty();
  DAGRAD_ASSIGN_OR_RETURN(keras::Model model,
                          load ? keras::Model::Load(flags.Get("load")) : Train(x, y, epochs));
  if (!load) DAGRAD_RETURN_IF_ERROR(model.Save(flags.Get("out")));
  std::cout << model.Summary();

  DAGRAD_ASSIGN_OR_RETURN(Tensor p, model.Predict(x));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, learn::PredictedClasses(p));
  DAGRAD_ASSIGN_OR_RETURN(const double accuracy, learn::AccuracyScore(y, predicted));
  for (int i = 0; i < 5; ++i)
    std::cout << absl::StrFormat("shot %d is made with probability %.9g\n", i + 1,
                                 p.data<float>()[2 * i + 1]);
  std::cout << absl::StrFormat("Accuracy: %.4f\n", accuracy);
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"csv", "", "the CSV file; empty: a made-up table"},
                                    {"epochs", "15", "passes over the data, at most"},
                                    {"out", "/tmp/dagrad_basketball", "folder to save in"},
                                    {"load", "", "folder of a saved model: no training"}},
                                   dagrad::examples::Main);
}
