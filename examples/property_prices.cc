// Predicts the prices of flats and houses, a regression on numbers and categories with missing
// fields: what the table holds, prices by city, a pipeline with a network that predicts the price,
// and how far off it is on sales that it has not seen.
// Data: a table with the columns city, type, area, rooms, floor, year, lift, distance, price, if
// --csv names one; else made up (made_up.h).
//
//   bazel run -c opt //examples:property_prices [-- --csv FILE] [--epochs N] [--plots DIR]
//   [--out DIR]

#include <cmath>

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

namespace dagrad::examples {
namespace {

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  DAGRAD_ASSIGN_OR_RETURN(learn::Table table, ReadTable(flags, PropertySales(4000, 1)));
  DAGRAD_ASSIGN_OR_RETURN(auto cities, table.GroupBy("city"));
  std::cout << table.Head() << "\n" << table.Describe() << "\n" << cities.Mean() << "\n";
  DAGRAD_ASSIGN_OR_RETURN(Tensor correlations, table.Corr());
  DAGRAD_RETURN_IF_ERROR(Show(flags, "property_correlation",
                              plot::CorrelationMap(correlations, table.SelectNumbers().names())));

  DAGRAD_ASSIGN_OR_RETURN(table, table.FillNa("lift", "no"));
  DAGRAD_ASSIGN_OR_RETURN(auto parts, table.Split({.test_size = 0.25}));
  auto& [train, test] = parts;
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, train.ToTensor("price"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y_test, test.ToTensor("price"));
  DAGRAD_ASSIGN_OR_RETURN(const learn::Scaler scale, learn::StandardScaler(y));

  keras::Sequential model("prices", {.seed = 1});
  model.Add(keras::Dense(64, {.activation = "relu"}));
  model.Add(keras::Dense(32, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Adam(0.003), .loss = "mse"}));
  learn::Pipeline pipeline({learn::EncoderStep({{"city", io::CsvEncoding::kOneHot},
                                                {"type", io::CsvEncoding::kOneHot},
                                                {"lift", io::CsvEncoding::kOrdinal},
                                                {"area"},
                                                {"rooms"},
                                                {"floor"},
                                                {"year"},
                                                {"distance"}}),
                            learn::StandardScalerStep()},
                           std::move(model));
  DAGRAD_ASSIGN_OR_RETURN(Tensor scaled, scale.Transform(y));
  DAGRAD_ASSIGN_OR_RETURN(
      const keras::History history,
      pipeline.Fit(train, scaled, {.epochs = epochs, .verbose = 0, .validation_split = 0.2}));
  DAGRAD_RETURN_IF_ERROR(ShowHistory(flags, "property_history", history, "loss"));

  DAGRAD_RETURN_IF_ERROR(Save(flags, pipeline));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, pipeline.Predict(test));
  DAGRAD_ASSIGN_OR_RETURN(predicted, scale.InverseTransform(predicted));
  double off = 0;
  for (int64_t i = 0; i < test.num_rows(); ++i)
    off += std::abs(predicted.data<float>()[i] / y_test.data<float>()[i] - 1);
  std::cout << absl::StrFormat("Mean error on sales not seen: %.1f %%\n",
                               100 * off / static_cast<double>(test.num_rows()));
  for (int i = 0; i < 3; ++i) {
    std::cout << absl::StrFormat("price %.0f, predicted %.0f\n", y_test.data<float>()[i],
                                 predicted.data<float>()[i]);
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"csv", "", "the CSV file; empty: a made-up table"},
                                    {"epochs", "40", "passes over the data"},
                                    {"out", "", "folder to save the model in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
