// Finds the few transactions with bank cards that are fraud: classes of very different sizes, class
// weights, precision and recall instead of accuracy, and a threshold that is chosen by what a
// missed fraud costs and an alarm for nothing.
// Data: a table with the columns amount, hour, category, country, distance, online,
// days_since_last, fraud, if --csv names one; else made up (made_up.h).
//
//   bazel run -c opt //examples:transactions [-- --csv FILE] [--epochs N] [--plots DIR] [--out DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

constexpr double kMissed = 100, kAlarm = 5;  // what it costs

learn::Pipeline Build() {
  keras::Sequential model("transactions", {.seed = 1});
  model.Add(keras::Dense(32, {.activation = "relu"}));
  model.Add(keras::Dropout(0.2));
  model.Add(keras::Dense(16, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  OrExit(model.Compile(
      {.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"auc", "recall"}}));
  return learn::Pipeline({learn::EncoderStep({{"amount"},
                                              {"hour", io::CsvEncoding::kOneHot},
                                              {"category", io::CsvEncoding::kOneHot},
                                              {"country", io::CsvEncoding::kOneHot},
                                              {"distance"},
                                              {"online"},
                                              {"days_since_last"}}),
                          learn::StandardScalerStep()},
                         std::move(model));
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"csv", "", "the CSV file; empty: a made-up table"},
                     {"epochs", "10", "passes over the data"},
                     {"out", "", "folder to save the model in"},
                     {"plots", "", "folder for pictures"}});
  const learn::Table table = ReadTable(flags, BankTransactions(20000, 1));
  const learn::GroupedTable groups = OrExit(table.GroupBy("fraud"));
  std::cout << groups.Mean() << groups.Count() << "\n";
  const Tensor fraud = OrExit(table.ToTensor("fraud"));
  const auto [train, test] = OrExit(table.Split({.test_size = 0.3, .stratify = fraud}));
  const Tensor y = OrExit(train.ToTensor("fraud")), y_test = OrExit(test.ToTensor("fraud"));

  learn::Pipeline pipeline = Build();
  OrExit(pipeline.Fit(train, y,
                      {.batch_size = 64,
                       .epochs = flags.Int("epochs"),
                       .verbose = 2,
                       .class_weight = {{0, 1}, {1, 10}}}));
  Save(flags, pipeline);
  const Tensor p = OrExit(pipeline.Predict(test));
  const double auc = OrExit(learn::RocAucScore(y_test, p));
  Show(flags, "transactions_roc", plot::RocChart(OrExit(learn::RocCurve(y_test, p)), auc));

  double best = 0.5, least = 0;
  plot::Line costs;
  for (double threshold = 0.05; threshold < 1; threshold += 0.05) {
    const Tensor said = OrExit(learn::PredictedClasses(p, threshold));
    const Tensor counts = OrExit(learn::ConfusionMatrix(y_test, said, {.labels = {0, 1}}));
    const double cost = kMissed * counts.data<double>()[2] + kAlarm * counts.data<double>()[1];
    if (costs.y.empty() || cost < least) best = threshold, least = cost;
    costs.x.push_back(threshold), costs.y.push_back(cost);
  }
  Show(flags, "transactions_cost",
       plot::Chart{.title = "Cost", .x_label = "threshold", .y_label = "cost", .lines = {costs}});
  const Tensor said = OrExit(learn::PredictedClasses(p, best));
  std::cout << "\n"
            << OrExit(learn::ClassificationReport(y_test, said,
                                                  {.target_names = {"genuine", "fraud"}}));
  absl::PrintF("Area under the ROC curve: %.4f\nBest threshold: %.2f, cost %.0f\n", auc, best,
               least);
}
