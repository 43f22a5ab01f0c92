// Predicts who survived the Titanic, as in the deep-learning courses: correlations, two networks
// (the second with BatchNormalization and Dropout), their scores on passengers that they have not
// seen, and how wide a network should be.
// Data: titanictrain.csv of the courses, 891 passengers; missing ages are the mean, missing ports
// S.
//
//   bazel run -c opt //examples:titanic -- --data titanictrain.csv [--epochs N] [--out DIR] [--seed
//   N] [--plots DIR]

#include <algorithm>
#include <vector>

#include "dagrad/examples/example.h"

namespace dagrad::examples {
namespace {

keras::Sequential Plain(int64_t units, int64_t seed) {
  keras::Sequential model("plain", {.seed = seed});
  model.Add(keras::Dense(units, {.activation = "relu", .input_shape = {7}}));
  model.Add(keras::Dense(units, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  return model;
}

keras::Sequential Regularized(int64_t seed) {
  keras::Sequential model("regularized", {.seed = seed});
  model.Add(keras::Input({7}));
  for (const int64_t units : {64, 32}) {
    model.Add(keras::Dense(units, {.activation = "relu"}));
    model.Add(keras::BatchNormalization());
    model.Add(keras::Dropout(0.3));
  }
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  return model;
}

absl::StatusOr<keras::History> Train(keras::Model* model, const learn::TrainTest& d,
                                     int64_t epochs) {
  DAGRAD_RETURN_IF_ERROR(model->Compile(
      {.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy", "auc"}}));
  return model->Fit(d.x_train, d.y_train,
                    {.epochs = epochs, .verbose = 0, .validation_data = {d.x_test, d.y_test}});
}

double Best(const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); }

absl::Status Main(const Flags& flags) {
  DAGRAD_ASSIGN_OR_RETURN(auto data, ReadTitanic(flags.Get("data"), false));
  const int64_t epochs = flags.Int("epochs");
  const int64_t seed = flags.Int("seed");
  DAGRAD_ASSIGN_OR_RETURN(Tensor correlations, learn::CorrelationMatrix(data.x));
  DAGRAD_RETURN_IF_ERROR(
      Show(flags, "titanic_correlation", plot::CorrelationMap(correlations, data.names)));

  DAGRAD_ASSIGN_OR_RETURN(
      learn::TrainTest d,
      learn::TrainTestSplit(data.x, data.y,
                            {.test_size = 0.2, .random_state = seed, .stratify = data.y}));
  DAGRAD_ASSIGN_OR_RETURN(learn::Scaler scaler, learn::StandardScaler(d.x_train));
  DAGRAD_ASSIGN_OR_RETURN(d.x_train, scaler.Transform(d.x_train));
  DAGRAD_ASSIGN_OR_RETURN(d.x_test, scaler.Transform(d.x_test));

  std::vector<double> widths, training, validation;
  for (const int64_t units : {2, 8, 32, 100}) {
    keras::Sequential model = Plain(units, seed);
    DAGRAD_ASSIGN_OR_RETURN(keras::History history, Train(&model, d, epochs / 2 + 1));
    widths.push_back(static_cast<double>(units));
    training.push_back(history["accuracy"].back());
    validation.push_back(history["val_accuracy"].back());
  }
  DAGRAD_RETURN_IF_ERROR(Show(flags, "titanic_validation",
                              plot::ValidationCurve("units", widths, training, validation)));

  keras::Sequential plain = Plain(100, seed), model = Regularized(seed);
  DAGRAD_ASSIGN_OR_RETURN(keras::History first, Train(&plain, d, epochs));
  DAGRAD_ASSIGN_OR_RETURN(keras::History second, Train(&model, d, epochs));
  std::cout << model.Summary();
  DAGRAD_RETURN_IF_ERROR(ShowHistory(flags, "titanic_history", second, "loss"));
  std::cout << absl::StrFormat("Best validation accuracy: model 1 %.4f, model 2 %.4f\n",
                               Best(first["val_accuracy"]), Best(second["val_accuracy"]));

  DAGRAD_ASSIGN_OR_RETURN(Tensor scores, model.Predict(d.x_test));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, learn::PredictedClasses(scores));
  DAGRAD_ASSIGN_OR_RETURN(Tensor confusion, learn::ConfusionMatrix(d.y_test, predicted));
  DAGRAD_RETURN_IF_ERROR(
      Show(flags, "titanic_confusion", plot::ConfusionMap(confusion, {"died", "survived"})));
  DAGRAD_ASSIGN_OR_RETURN(
      auto report,
      learn::ClassificationReport(d.y_test, predicted, {.target_names = {"died", "survived"}}));
  std::cout << "\n" << report;
  DAGRAD_ASSIGN_OR_RETURN(learn::Roc roc, learn::RocCurve(d.y_test, scores));
  DAGRAD_ASSIGN_OR_RETURN(const double auc, learn::RocAucScore(d.y_test, scores));
  DAGRAD_RETURN_IF_ERROR(Show(flags, "titanic_roc", plot::RocChart(roc, auc)));
  return flags.Get("out").empty() ? absl::OkStatus() : model.Save(flags.Get("out"));
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"data", "titanictrain.csv", "the CSV file"},
                                    {"epochs", "100", "passes over the data"},
                                    {"seed", "1", "of the split, initial weights and order"},
                                    {"out", "", "folder to save the second model in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
