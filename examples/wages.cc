// Predicts hourly wages from nine properties of workers, as in the deep-learning courses: two
// hidden layers, Adam, mean squared error.
//
//   bazel run -c opt //examples:wages -- --data hourly_wages.csv [--epochs N] [--out DIR]

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>

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
                          dagrad::examples::ReadWages(flags.Get("data")));
  DAGRAD_ASSIGN_OR_RETURN(const int64_t epochs, flags.GetInt("epochs"));

  keras::Sequential model("wages");
  model.Add(keras::Dense(10, {.activation = "relu", .input_shape = {data.x.dims()[1]}}));
  model.Add(keras::Dense(5, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = "adam", .loss = "mean_squared_error", .metrics = "mae"}));
  std::cout << model.Summary();
  DAGRAD_RETURN_IF_ERROR(
      model.Fit(data.x, data.y, {.epochs = epochs, .validation_split = 0.3}).status());

  DAGRAD_ASSIGN_OR_RETURN(dagrad::Tensor predictions, model.Predict(data.x));
  for (int64_t i = 0; i < std::min<int64_t>(5, predictions.dims()[0]); ++i) {
    std::cout << absl::StrFormat("wage %6.2f, predicted %6.2f\n", data.y.data<float>()[i],
                                 predictions.data<float>()[i]);
  }
  if (!flags.Get("out").empty()) return model.Save(flags.Get("out"));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"data", "hourly_wages.csv", "the CSV file"},
                                    {"epochs", "20", "passes over the data"},
                                    {"out", "", "folder to save the model in"}},
                                   Main);
}
