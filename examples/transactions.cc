// Finds the few transactions with bank cards that are fraud: classes of very different sizes, class
// weights, precision and recall instead of accuracy, and a threshold that is chosen by what a
// missed fraud costs and an alarm for nothing.
// Data: a table with the columns amount, hour, category, country, distance, online,
// days_since_last, fraud, if --csv names one; else made up (made_up.h).
//
//   bazel run -c opt //examples:transactions [-- --csv FILE] [--epochs N] [--plots DIR] [--out DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

namespace dagrad::examples {
namespace {

constexpr double kMissed = 100, kAlarm = 5;  // what it costs

absl::StatusOr<learn::Pipeline> Build() {
  keras::Sequential model("transactions", {.seed = 1});
  model.Add(keras::Dense(32, {.activation = "relu"}));
  model.Add(keras::Dropout(0.2));
  model.Add(keras::Dense(16, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile(
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

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  DAGRAD_ASSIGN_OR_RETURN(learn::Table table, ReadTable(flags, BankTransactions(20000, 1)));
  DAGRAD_ASSIGN_OR_RETURN(auto groups, table.GroupBy("fraud"));
  std::cout << groups.Mean() << groups.Count() << "\n";
  DAGRAD_ASSIGN_OR_RETURN(Tensor fraud, table.ToTensor("fraud"));
  DAGRAD_ASSIGN_OR_RETURN(auto parts, table.Split({.test_size = 0.3, .stratify = fraud}));
  auto& [train, test] = parts;
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, train.ToTensor("fraud"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y_test, test.ToTensor("fraud"));

  DAGRAD_ASSIGN_OR_RETURN(learn::Pipeline pipeline, Build());
  DAGRAD_RETURN_IF_ERROR(
      pipeline
          .Fit(
              train, y,
              {.batch_size = 64, .epochs = epochs, .verbose = 2, .class_weight = {{0, 1}, {1, 10}}})
          .status());
  DAGRAD_RETURN_IF_ERROR(Save(flags, pipeline));
  DAGRAD_ASSIGN_OR_RETURN(Tensor p, pipeline.Predict(test));
  DAGRAD_ASSIGN_OR_RETURN(learn::Roc roc, learn::RocCurve(y_test, p));
  DAGRAD_ASSIGN_OR_RETURN(const double auc, learn::RocAucScore(y_test, p));
  DAGRAD_RETURN_IF_ERROR(Show(flags, "transactions_roc", plot::RocChart(roc, auc)));

  double best = 0.5, least = 0;
  plot::Line costs;
  for (double threshold = 0.05; threshold < 1; threshold += 0.05) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor said, learn::PredictedClasses(p, threshold));
    DAGRAD_ASSIGN_OR_RETURN(Tensor matrix,
                            learn::ConfusionMatrix(y_test, said, {.labels = {0, 1}}));
    const auto counts = matrix.data<double>();
    const double cost = kMissed * counts[2] + kAlarm * counts[1];
    if (costs.y.empty() || cost < least) best = threshold, least = cost;
    costs.x.push_back(threshold), costs.y.push_back(cost);
  }
  DAGRAD_RETURN_IF_ERROR(Show(
      flags, "transactions_cost",
      plot::Chart{.title = "Cost", .x_label = "threshold", .y_label = "cost", .lines = {costs}}));
  DAGRAD_ASSIGN_OR_RETURN(Tensor said, learn::PredictedClasses(p, best));
  DAGRAD_ASSIGN_OR_RETURN(auto report, learn::ClassificationReport(
                                           y_test, said, {.target_names = {"genuine", "fraud"}}));
  std::cout << "\n" << report;
  std::cout << absl::StrFormat("Area under the ROC curve: %.4f\nBest threshold: %.2f, cost %.0f\n",
                               auc, best, least);
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"csv", "", "the CSV file; empty: a made-up table"},
                                    {"epochs", "10", "passes over the data"},
                                    {"out", "", "folder to save the model in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
