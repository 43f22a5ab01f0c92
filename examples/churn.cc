// Predicts which customers leave a bank, as in the deep-learning courses: a pipeline of countries
// as one-hot columns, scaling and a network, fitted to the training part and saved in one; class
// weights for the few who leave, stratified cross-validation, a prediction for one customer.
// Data: a table with the columns of the courses' Churn_Modelling.csv, if --csv names one; else made
// up (made_up.h).
//
//   bazel run -c opt //examples:churn [-- --csv Churn_Modelling.csv] [--epochs N] [--out DIR]
//   [--plots DIR]

#include <vector>

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

namespace dagrad::examples {
namespace {

const std::vector<io::CsvFeature> kFeatures = {{"CreditScore"},
                                               {"Geography", io::CsvEncoding::kOneHot},
                                               {"Gender", io::CsvEncoding::kOrdinal},
                                               {"Age"},
                                               {"Tenure"},
                                               {"Balance"},
                                               {"NumOfProducts"},
                                               {"HasCrCard"},
                                               {"IsActiveMember"},
                                               {"EstimatedSalary"}};

absl::StatusOr<learn::Pipeline> Build() {
  keras::Sequential model("churn");
  model.Add(keras::Dense(6, {.activation = "relu"}));
  model.Add(keras::Dense(6, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = "accuracy"}));
  return learn::Pipeline({learn::EncoderStep(kFeatures), learn::StandardScalerStep()},
                         std::move(model));
}

absl::Status Main(const Flags& flags) {
  const int64_t epochs = flags.Int("epochs");
  DAGRAD_ASSIGN_OR_RETURN(learn::Table table, ReadTable(flags, BankCustomers(10000, 1)));
  DAGRAD_ASSIGN_OR_RETURN(Tensor exited, table.ToTensor("Exited"));
  DAGRAD_ASSIGN_OR_RETURN(auto parts, table.Split({.test_size = 0.2, .stratify = exited}));
  auto& [train, test] = parts;
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, train.ToTensor("Exited"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y_test, test.ToTensor("Exited"));

  keras::FitOptions fit = {
      .epochs = epochs / 3 + 1, .verbose = 0, .class_weight = {{0, 1}, {1, 2}}};
  DAGRAD_ASSIGN_OR_RETURN(auto folds, learn::StratifiedKFold(y, {.shuffle = true}));
  DAGRAD_ASSIGN_OR_RETURN(learn::Scores scores,
                          learn::CrossValScore(Build, train, y, {.splits = folds, .fit = fit}));
  for (size_t k = 0; k < folds.size(); ++k)
    std::cout << absl::StrFormat("fold %d: accuracy %.4f\n", k + 1, scores.test[k]);

  fit.epochs = epochs;
  DAGRAD_ASSIGN_OR_RETURN(learn::Pipeline pipeline, Build());
  DAGRAD_RETURN_IF_ERROR(pipeline.Fit(train, y, fit).status());
  DAGRAD_RETURN_IF_ERROR(pipeline.Save(flags.Get("out")));
  DAGRAD_ASSIGN_OR_RETURN(Tensor p, pipeline.Predict(test));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, learn::PredictedClasses(p));
  DAGRAD_ASSIGN_OR_RETURN(Tensor confusion, learn::ConfusionMatrix(y_test, predicted));
  DAGRAD_RETURN_IF_ERROR(
      Show(flags, "churn_confusion", plot::ConfusionMap(confusion, {"stays", "leaves"})));
  DAGRAD_ASSIGN_OR_RETURN(auto report, learn::ClassificationReport(y_test, predicted));
  DAGRAD_ASSIGN_OR_RETURN(const double auc, learn::RocAucScore(y_test, p));
  std::cout << "\n" << report << absl::StrFormat("Area under the ROC curve: %.4f\n", auc);

  DAGRAD_ASSIGN_OR_RETURN(auto saved, learn::Pipeline::Load(flags.Get("out")));
  DAGRAD_ASSIGN_OR_RETURN(
      auto customer,
      io::ParseCsv("CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,"
                   "IsActiveMember,EstimatedSalary\n600,France,Male,40,3,60000,2,1,1,50000\n"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor leaves, saved.Predict(customer));
  std::cout << absl::StrFormat(
      "A customer from France, 40 years old, leaves with probability %.3f\n",
      leaves.data<float>()[0]);
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::examples

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"csv", "", "the CSV file; empty: a made-up table"},
                                    {"epochs", "30", "passes over the data"},
                                    {"out", "/tmp/dagrad_churn", "folder to save the model in"},
                                    {"plots", "", "folder for pictures"}},
                                   dagrad::examples::Main);
}
