// Predicts who survived the Titanic, as in the deep-learning courses: two hidden layers of 100,
// binary cross-entropy.
//
//   bazel run -c opt //examples:titanic -- --data titanictrain.csv [--epochs N] [--out DIR]

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "dagrad/examples/course_data.h"
#include "dagrad/examples/flags.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"

namespace {

namespace keras = dagrad::keras;

absl::Status Main(const dagrad::examples::Flags& flags) {
  DAGRAD_ASSIGN_OR_RETURN(dagrad::examples::CourseData data,
                          dagrad::examples::ReadTitanic(flags.Get("data")));
  DAGRAD_ASSIGN_OR_RETURN(const int64_t epochs, flags.GetInt("epochs"));

  keras::Sequential model("titanic");
  model.Add(keras::Dense(100, {.activation = "relu", .input_shape = {7}}));
  model.Add(keras::Dense(100, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile(
      {.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy", "auc"}}));
  std::cout << model.Summary();
  DAGRAD_ASSIGN_OR_RETURN(keras::History history,
                          model.Fit(data.x, data.y, {.epochs = epochs, .validation_split = 0.1}));
  const std::vector<double> accuracy = history["val_accuracy"];
  if (!accuracy.empty()) {
    std::cout << absl::StrFormat("Best validation accuracy: %.4f\n",
                                 *std::max_element(accuracy.begin(), accuracy.end()));
  }
  if (!flags.Get("out").empty()) return model.Save(flags.Get("out"));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"data", "titanictrain.csv", "the CSV file"},
                                    {"epochs", "100", "passes over the data"},
                                    {"out", "", "folder to save the model in"}},
                                   Main);
}
