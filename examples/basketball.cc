// Predicts whether a shot at the basket is made, as in the deep-learning courses: one-hot targets,
// softmax, 21,502 parameters; saved, and with --load used again by another process.
// Data: a table with the columns of the courses' basketball_shot_log.csv, if --csv names one; else
// made up (made_up.h).
//
//   bazel run -c opt //examples:basketball [-- --csv FILE] [--epochs N] [--out DIR] [--load DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

keras::Model Train(const Tensor& x, const Tensor& y, int64_t epochs) {
  keras::Sequential model("basketball");
  model.Add(keras::BatchNormalization({.center = false, .scale = false, .input_shape = {10}}));
  for (int i = 0; i < 3; ++i) model.Add(keras::Dense(100, {.activation = "relu"}));
  model.Add(keras::Dense(2, {.activation = "softmax"}));
  OrExit(model.Compile(
      {.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = "accuracy"}));
  OrExit(model.Fit(x, OrExit(keras::ToCategorical(y)),
                   {.epochs = epochs,
                    .verbose = 2,
                    .validation_split = 0.3,
                    .callbacks = {keras::callbacks::EarlyStopping(
                        {.patience = 2, .restore_best_weights = true})}}));
  return model;
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"csv", "", "the CSV file; empty: a made-up table"},
                     {"epochs", "15", "passes over the data, at most"},
                     {"out", "/tmp/dagrad_basketball", "folder to save in"},
                     {"load", "", "folder of a saved model: no training"}});
  learn::Table table = ReadTable(flags, BasketballShots(6000, 1));
  table = OrExit(table.FillNa(io::CsvFill::kMean));
  table = OrExit(table.LabelEncode("shot_result", {"missed", "made"}));
  const auto [x, y] = OrExit(table.FeaturesAndTarget("shot_result"));
  const bool load = !flags.Get("load").empty();
  const keras::Model model =
      load ? OrExit(keras::Model::Load(flags.Get("load"))) : Train(x, y, flags.Int("epochs"));
  if (!load) OrExit(model.Save(flags.Get("out")));
  std::cout << model.Summary();

  const Tensor p = OrExit(model.Predict(x));
  for (int i = 0; i < 5; ++i)
    absl::PrintF("shot %d is made with probability %.9g\n", i + 1, p.data<float>()[2 * i + 1]);
  const Tensor predicted = OrExit(learn::PredictedClasses(p));
  absl::PrintF("Accuracy: %.4f\n", OrExit(learn::AccuracyScore(y, predicted)));
}
