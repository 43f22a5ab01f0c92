// Predicts the next value of a series, as in the deep-learning courses: from the last 24, in
// windows that are made as they are needed, by a SimpleRNN, an LSTM and a GRU; and from all before,
// by a stateful LSTM, which reads the series piece by piece; against the guess that nothing
// changes. Data: made up, 2,000 steps of a daily and a weekly wave with noise.
//
//   bazel run -c opt //examples:sequences [-- --epochs N] [--plots DIR] [--out DIR]

#include <cmath>
#include <vector>

#include "dagrad/examples/example.h"
#include "dagrad/keras/data/data.h"
#include "dagrad/ops/creation/random/normal.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::examples {
namespace {

constexpr int64_t kSteps = 2000, kTraining = 1600, kWindow = 24;

Tensor Series() {
  Tensor series = Tensor::Full(DType::kFloat32, {kSteps, 1}, 0);
  const random::ElementBits bits(1, 0, 0);
  for (int64_t i = 0; i < kSteps; ++i) {
    uint32_t word = 0;
    bits.High(i, 1, &word);
    const double t = static_cast<double>(i);
    series.mutable_data<float>()[i] =
        static_cast<float>(std::sin(t / 24 * 2 * M_PI) + 0.5 * std::sin(t / 168 * 2 * M_PI) +
                           0.1 * random::InverseNormalCdf((word + 0.5) * 0x1p-32));
  }
  return series;
}

// Rows [first, first + kWindow * pieces) of the series as sequences: [pieces, kWindow, 1].
absl::StatusOr<Tensor> Pieces(const Tensor& series, int64_t first, int64_t pieces) {
  return keras::Rows({series}, first, first + kWindow * pieces)[0].Reshaped({pieces, kWindow, 1});
}

// Reads the series once in every epoch, each piece going on where the one before ended.
absl::Status Stateful(int64_t epochs, const Tensor& series, plot::Chart* chart) {
  constexpr int64_t kPieces = kTraining / kWindow + 1, kTested = (kSteps - 1) / kWindow - kPieces;
  DAGRAD_ASSIGN_OR_RETURN(const Tensor x, Pieces(series, 0, kPieces));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y, Pieces(series, 1, kPieces));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor x_test, Pieces(series, kWindow * kPieces, kTested));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y_test, Pieces(series, kWindow * kPieces + 1, kTested));
  keras::Sequential model("stateful");
  model.Add(keras::Input({kWindow, 1}, {.batch_size = 1}));
  model.Add(keras::LSTM(24, {.return_sequences = true, .stateful = true}));
  model.Add(keras::Dense(1));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Adam(0.005), .loss = "mse"}));
  const keras::Callback anew = {
      .on_epoch_begin = [&](int64_t) { return model.ResetState(), absl::OkStatus(); }};
  DAGRAD_RETURN_IF_ERROR(model
                             .Fit(x, y,
                                  {.batch_size = 1,
                                   .epochs = epochs,
                                   .verbose = 0,
                                   .shuffle = false,
                                   .callbacks = {anew}})
                             .status());
  model.ResetState();
  DAGRAD_RETURN_IF_ERROR(model.Predict(x, {.batch_size = 1}).status());  // up to the test's begin
  DAGRAD_ASSIGN_OR_RETURN(Tensor p, model.Predict(x_test, {.batch_size = 1}));
  double squares = 0;
  for (int64_t i = 0; i < p.num_elements(); ++i)
    squares += std::pow(p.data<float>()[i] - y_test.data<float>()[i], 2);
  std::cout << absl::StrFormat("stateful LSTM: MSE %.4f\n",
                               squares / static_cast<double>(p.num_elements()));
  // The first of them is before the first window ends.
  const auto shown = p.data<float>().subspan(kTraining + kWindow - kWindow * kPieces - 1);
  chart->lines.push_back({.name = "stateful LSTM", .y = {shown.begin(), shown.end()}});
  return absl::OkStatus();
}

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  const Tensor series = Series();
  const Tensor next = keras::Rows({series}, kWindow, kSteps)[0];  // what follows each window
  const auto s = series.data<float>();
  double squares = 0;
  for (int64_t i = kTraining + kWindow; i < kSteps; ++i) squares += std::pow(s[i] - s[i - 1], 2);
  std::cout << absl::StrFormat("no change: MSE %.4f\n", squares / (kSteps - kTraining - kWindow));

  plot::Chart chart{.title = "Series", .x_label = "step"};
  chart.lines.push_back({.name = "true", .y = {s.begin() + kTraining + kWindow, s.end()}});
  DAGRAD_ASSIGN_OR_RETURN(
      auto test, keras::TimeseriesDatasetFromArray(
                     series, next, kWindow, {.batch_size = kSteps, .start_index = kTraining}));
  DAGRAD_RETURN_IF_ERROR(test->Begin(0));
  DAGRAD_ASSIGN_OR_RETURN(const keras::Batch* batch, test->Next());
  const keras::Data windows = batch->x, targets = batch->y;
  for (const auto& [name, layer] :
       std::vector<std::pair<std::string, keras::Layer>>{{"SimpleRNN", keras::SimpleRNN(24)},
                                                         {"LSTM", keras::LSTM(24)},
                                                         {"GRU", keras::GRU(24)}}) {
    keras::Sequential model(name);
    model.Add(keras::Input({kWindow, 1}));
    model.Add(layer);
    model.Add(keras::Dense(1));
    DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Adam(0.005), .loss = "mse"}));
    DAGRAD_ASSIGN_OR_RETURN(
        auto training,
        keras::TimeseriesDatasetFromArray(
            series, next, kWindow, {.batch_size = 64, .shuffle = true, .end_index = kTraining}));
    DAGRAD_RETURN_IF_ERROR(model.Fit(training, {.epochs = epochs, .verbose = 0}).status());
    DAGRAD_RETURN_IF_ERROR(Save(flags, model, name));
    DAGRAD_ASSIGN_OR_RETURN(keras::Logs logs, model.Evaluate(windows, targets, {.verbose = 0}));
    std::cout << absl::StrFormat("%s: MSE %.4f\n", name, logs["loss"]);
    DAGRAD_ASSIGN_OR_RETURN(Tensor p, model.Predict(windows));
    chart.lines.push_back({.name = name, .y = {p.data<float>().begin(), p.data<float>().end()}});
  }
  DAGRAD_RETURN_IF_ERROR(Stateful(epochs, series, &chart));
  return Show(flags, "sequences", chart);
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"epochs", "20", "passes over the windows"},
                                    {"out", "", "folder to save the models in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
