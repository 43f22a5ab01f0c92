// Predicts the prices of flats and houses, a regression on numbers and categories with missing
// fields: what the table holds, prices by city, a pipeline with a network that predicts the price,
// and how far off it is on sales that it has not seen.
// Data: a table with the columns city, type, area, rooms, floor, year, lift, distance, price, if
// --csv names one; else made up (made_up.h).
//
//   bazel run -c opt //examples:property_prices [-- --csv FILE] [--epochs N] [--plots DIR]
//   [--out DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"csv", "", "the CSV file; empty: a made-up table"},
                     {"epochs", "40", "passes over the data"},
                     {"out", "", "folder to save the model in"},
                     {"plots", "", "folder for pictures"}});
  learn::Table table = ReadTable(flags, PropertySales(4000, 1));
  std::cout << table.Head() << "\n"
            << table.Describe() << "\n"
            << OrExit(table.GroupBy("city")).Mean() << "\n";
  Show(flags, "property_correlation",
       plot::CorrelationMap(OrExit(table.Corr()), table.SelectNumbers().names()));

  table = OrExit(table.FillNa("lift", "no"));
  const auto [train, test] = OrExit(table.Split({.test_size = 0.25}));
  const Tensor y = OrExit(train.ToTensor("price")), y_test = OrExit(test.ToTensor("price"));
  const learn::Scaler scale = OrExit(learn::StandardScaler(y));

  keras::Sequential model("prices", {.seed = 1});
  model.Add(keras::Dense(64, {.activation = "relu"}));
  model.Add(keras::Dense(32, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  OrExit(model.Compile({.optimizer = keras::Adam(0.003), .loss = "mse"}));
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
  const keras::History history =
      OrExit(pipeline.Fit(train, OrExit(scale.Transform(y)),
                          {.epochs = flags.Int("epochs"), .verbose = 0, .validation_split = 0.2}));
  ShowHistory(flags, "property_history", history, "loss");

  Save(flags, pipeline);
  const Tensor predicted = OrExit(scale.InverseTransform(OrExit(pipeline.Predict(test))));
  absl::PrintF("Mean error on sales not seen: %.1f %%\n",
               100 * OrExit(learn::MeanAbsolutePercentageError(y_test, predicted)));
  for (int i = 0; i < 3; ++i) {
    absl::PrintF("price %.0f, predicted %.0f\n", y_test.data<float>()[i],
                 predicted.data<float>()[i]);
  }
}
