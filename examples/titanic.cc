// Predicts who survived the Titanic, as in the deep-learning courses: correlations, two networks
// (the second with BatchNormalization and Dropout), their scores on passengers that they have not
// seen, and how wide a network should be.
// Data: titanictrain.csv of the courses, 891 passengers; missing ages are the mean, missing ports
// S.
//
//   bazel run -c opt //examples:titanic -- --data titanictrain.csv [--epochs N] [--out DIR] [--seed
//   N] [--plots DIR]

#include "dagrad/examples/example.h"

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

keras::History Train(keras::Model* model, const learn::TrainTest& d, int64_t epochs) {
  OrExit(model->Compile(
      {.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy", "auc"}}));
  return OrExit(
      model->Fit(d.x_train, d.y_train,
                 {.epochs = epochs, .verbose = 0, .validation_data = {d.x_test, d.y_test}}));
}

double Best(const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); }

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"data", "titanictrain.csv", "the CSV file"},
                     {"epochs", "100", "passes over the data"},
                     {"seed", "1", "of the split, initial weights and order"},
                     {"out", "", "folder to save the second model in"},
                     {"plots", "", "folder for pictures"}});
  const int64_t epochs = flags.Int("epochs"), seed = flags.Int("seed");
  const CourseData data = OrExit(ReadTitanic(flags.Get("data"), false));
  Show(flags, "titanic_correlation",
       plot::CorrelationMap(OrExit(learn::CorrelationMatrix(data.x)), data.names));

  learn::TrainTest d = OrExit(learn::TrainTestSplit(
      data.x, data.y, {.test_size = 0.2, .random_state = seed, .stratify = data.y}));
  const learn::Scaler scaler = OrExit(learn::StandardScaler(d.x_train));
  d.x_train = OrExit(scaler.Transform(d.x_train));
  d.x_test = OrExit(scaler.Transform(d.x_test));

  const std::vector<double> widths = {2, 8, 32, 100};
  std::vector<double> training, validation;
  for (const double units : widths) {
    keras::Model model = Plain(static_cast<int64_t>(units), seed);
    const keras::History history = Train(&model, d, epochs / 2 + 1);
    training.push_back(history["accuracy"].back());
    validation.push_back(history["val_accuracy"].back());
  }
  Show(flags, "titanic_validation", plot::ValidationCurve("units", widths, training, validation));

  keras::Model plain = Plain(100, seed), model = Regularized(seed);
  const keras::History first = Train(&plain, d, epochs), second = Train(&model, d, epochs);
  std::cout << model.Summary();
  ShowHistory(flags, "titanic_history", second, "loss");
  absl::PrintF("Best validation accuracy: model 1 %.4f, model 2 %.4f\n",
               Best(first["val_accuracy"]), Best(second["val_accuracy"]));

  const Tensor scores = OrExit(model.Predict(d.x_test));
  const Tensor predicted = OrExit(learn::PredictedClasses(scores));
  const std::vector<std::string> names = {"died", "survived"};
  const Tensor confusion = OrExit(learn::ConfusionMatrix(d.y_test, predicted));
  Show(flags, "titanic_confusion", plot::ConfusionMap(confusion, names));
  std::cout << "\n"
            << OrExit(learn::ClassificationReport(d.y_test, predicted, {.target_names = names}));
  Show(flags, "titanic_roc",
       plot::RocChart(OrExit(learn::RocCurve(d.y_test, scores)),
                      OrExit(learn::RocAucScore(d.y_test, scores))));
  Save(flags, model);
}
