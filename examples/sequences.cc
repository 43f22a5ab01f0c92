// Predicts the next value of a series, as in the deep-learning courses: from the last 24, in
// windows that are made as they are needed, by a SimpleRNN, an LSTM and a GRU; and from all before,
// by a stateful LSTM, which reads the series piece by piece; against the guess that nothing
// changes. Data: made up, 2,000 steps of a daily and a weekly wave with noise.
//
//   bazel run -c opt //examples:sequences [-- --epochs N] [--plots DIR] [--out DIR]

#include "dagrad/examples/example.h"

constexpr int64_t kSteps = 2000, kTraining = 1600, kWindow = 24;

Tensor Series() {
  Tensor series = Tensor::Full(DType::kFloat32, {kSteps, 1}, 0);
  learn::Random random(1);
  for (int t = 0; t < kSteps; ++t) {
    const double waves = std::sin(t / 24.0 * 2 * M_PI) + 0.5 * std::sin(t / 168.0 * 2 * M_PI);
    series.mutable_data<float>()[t] = static_cast<float>(waves + random.Normal(0, 0.1));
  }
  return series;
}

// Rows [first, first + kWindow * count) of the series as sequences: [count, kWindow, 1].
Tensor Pieces(const Tensor& series, int64_t first, int64_t count) {
  const Tensor rows = OrExit(learn::TakeRows(series, first, first + kWindow * count));
  return OrExit(rows.Reshaped({count, kWindow, 1}));
}

// Reads the series once in every epoch, each piece going on where the one before ended.
plot::Line Stateful(const Tensor& series, int64_t epochs) {
  constexpr int64_t kTrained = kTraining / kWindow + 1, kTested = (kSteps - 1) / kWindow - kTrained;
  keras::Sequential model("stateful");
  model.Add(keras::Input({kWindow, 1}, {.batch_size = 1}));
  model.Add(keras::LSTM(24, {.return_sequences = true, .stateful = true}));
  model.Add(keras::Dense(1));
  OrExit(model.Compile({.optimizer = keras::Adam(0.005), .loss = "mse"}));
  const keras::Callback anew = {
      .on_epoch_begin = [&](int64_t) { return model.ResetState(), absl::OkStatus(); }};
  const Tensor x = Pieces(series, 0, kTrained), y = Pieces(series, 1, kTrained);
  OrExit(model.Fit(
      x, y,
      {.batch_size = 1, .epochs = epochs, .verbose = 0, .shuffle = false, .callbacks = {anew}}));
  model.ResetState();
  OrExit(model.Predict(x, {.batch_size = 1}));  // up to the test's begin
  const Tensor x_test = Pieces(series, kWindow * kTrained, kTested);
  const Tensor y_test = Pieces(series, kWindow * kTrained + 1, kTested);
  const Tensor p = OrExit(model.Predict(x_test, {.batch_size = 1}));
  absl::PrintF("stateful LSTM: MSE %.4f\n", OrExit(learn::MeanSquaredError(y_test, p)));
  // The first of them is before the first window ends.
  const auto shown = p.data<float>().subspan(kTraining + kWindow - kWindow * kTrained - 1);
  return {.name = "stateful LSTM", .y = {shown.begin(), shown.end()}};
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"epochs", "20", "passes over the windows"},
                     {"out", "", "folder to save the models in"},
                     {"plots", "", "folder for pictures"}});
  const Tensor series = Series();
  const Tensor next = OrExit(learn::TakeRows(series, kWindow, kSteps));  // what follows each window
  const Tensor truth = OrExit(learn::TakeRows(series, kTraining + kWindow, kSteps));
  const Tensor last = OrExit(learn::TakeRows(series, kTraining + kWindow - 1, kSteps - 1));
  absl::PrintF("no change: MSE %.4f\n", OrExit(learn::MeanSquaredError(truth, last)));

  plot::Chart chart{.title = "Series", .x_label = "step"};
  chart.lines.push_back({.name = "true", .y = OrExit(learn::Column(truth, "truth"))});
  const auto test = OrExit(keras::TimeseriesDatasetFromArray(
      series, next, kWindow, {.batch_size = kSteps, .start_index = kTraining}));
  const auto training = OrExit(keras::TimeseriesDatasetFromArray(
      series, next, kWindow, {.batch_size = 64, .shuffle = true, .end_index = kTraining}));
  for (const keras::Layer& layer : {keras::SimpleRNN(24), keras::LSTM(24), keras::GRU(24)}) {
    const std::string name(layer->class_name());
    keras::Sequential model({layer, keras::Dense(1)}, {.name = name});
    OrExit(model.Compile({.optimizer = keras::Adam(0.005), .loss = "mse"}));
    OrExit(model.Fit(training, {.epochs = flags.Int("epochs"), .verbose = 0}));
    Save(flags, model, name);
    absl::PrintF("%s: MSE %.4f\n", name, OrExit(model.Evaluate(test, {.verbose = 0}))["loss"]);
    const Tensor p = OrExit(model.Predict(test));
    chart.lines.push_back({.name = name, .y = OrExit(learn::Column(p, name))});
  }
  chart.lines.push_back(Stateful(series, flags.Int("epochs")));
  Show(flags, "sequences", chart);
}
