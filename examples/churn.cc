// Predicts which customers leave a bank, as in the deep-learning courses: countries as one-hot
// columns, scaling that is fitted to the training part and saved with the model, class weights for
// the few who leave, stratified cross-validation, a prediction for one customer.
// Data: a table with the columns of the courses' Churn_Modelling.csv, if --csv names one; else made
// up (made_up.h).
//
//   bazel run -c opt //examples:churn [-- --csv Churn_Modelling.csv] [--epochs N] [--out DIR]
//   [--plots DIR]

#include <vector>

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

namespace {

namespace io = dagrad::io;
namespace keras = dagrad::keras;
namespace learn = dagrad::learn;
using dagrad::Tensor;

std::vector<io::CsvFeature> Features() {
  return {{"CreditScore"},
          {"Geography", io::CsvEncoding::kOneHot},
          {"Gender", io::CsvEncoding::kOrdinal},
          {"Age"},
          {"Tenure"},
          {"Balance"},
          {"NumOfProducts"},
          {"HasCrCard"},
          {"IsActiveMember"},
          {"EstimatedSalary"}};
}

absl::StatusOr<keras::Sequential> Train(const Tensor& x, const Tensor& y, int64_t epochs) {
  keras::Sequential model("churn");
  model.Add(keras::Dense(6, {.activation = "relu", .input_shape = {x.dims()[1]}}));
  model.Add(keras::Dense(6, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = "accuracy"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Fit(x, y, {.epochs = epochs, .verbose = 0, .class_weight = {{0, 1}, {1, 2}}}).status());
  return model;
}

absl::Status Main(const dagrad::examples::Flags& flags) {
  DAGRAD_ASSIGN_OR_RETURN(const int64_t epochs, flags.GetInt("epochs"));
  const std::string out = flags.Get("out");
  DAGRAD_ASSIGN_OR_RETURN(
      io::CsvTable table,
      dagrad::examples::ReadTable(flags, dagrad::examples::BankCustomers(10000, 1)));
  DAGRAD_ASSIGN_OR_RETURN(auto encoder, io::CsvEncoder::Fit(table, Features()));
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, encoder.Transform(table));
  DAGRAD_ASSIGN_OR_RETURN(auto label, io::CsvEncoder::Fit(table, {{"Exited"}}));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y, label.Transform(table));

  DAGRAD_ASSIGN_OR_RETURN(auto d, learn::TrainTestSplit(x, y, {.test_size = 0.2, .stratify = y}));
  DAGRAD_ASSIGN_OR_RETURN(learn::Scaler scaler, learn::StandardScaler(d.x_train));
  DAGRAD_ASSIGN_OR_RETURN(d.x_train, scaler.Transform(d.x_train));
  DAGRAD_ASSIGN_OR_RETURN(d.x_test, scaler.Transform(d.x_test));

  DAGRAD_ASSIGN_OR_RETURN(auto folds, learn::StratifiedKFold(d.y_train, {.shuffle = true}));
  for (size_t k = 0; k < folds.size(); ++k) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor x_fold, learn::TakeRows(d.x_train, folds[k].train));
    DAGRAD_ASSIGN_OR_RETURN(Tensor y_fold, learn::TakeRows(d.y_train, folds[k].train));
    DAGRAD_ASSIGN_OR_RETURN(auto model, Train(x_fold, y_fold, epochs / 3 + 1));
    DAGRAD_ASSIGN_OR_RETURN(Tensor x_rest, learn::TakeRows(d.x_train, folds[k].test));
    DAGRAD_ASSIGN_OR_RETURN(Tensor y_rest, learn::TakeRows(d.y_train, folds[k].test));
    DAGRAD_ASSIGN_OR_RETURN(keras::Logs logs, model.Evaluate(x_rest, y_rest, {.verbose = 0}));
    std::cout << absl::StrFormat("fold %d: accuracy %.4f\n", k + 1, logs["accuracy"]);
  }

  DAGRAD_ASSIGN_OR_RETURN(auto model, Train(d.x_train, d.y_train, epochs));
  DAGRAD_RETURN_IF_ERROR(model.Save(out));
  DAGRAD_RETURN_IF_ERROR(scaler.Save(out + "/scaler.json"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor scores, model.Predict(d.x_test));
  DAGRAD_ASSIGN_OR_RETURN(Tensor predicted, learn::PredictedClasses(scores));
  DAGRAD_ASSIGN_OR_RETURN(Tensor confusion, learn::ConfusionMatrix(d.y_test, predicted));
  DAGRAD_RETURN_IF_ERROR(
      Show(flags, "churn_confusion", dagrad::plot::ConfusionMap(confusion, {"stays", "leaves"})));
  DAGRAD_ASSIGN_OR_RETURN(auto report, learn::ClassificationReport(d.y_test, predicted));
  DAGRAD_ASSIGN_OR_RETURN(const double auc, learn::RocAucScore(d.y_test, scores));
  std::cout << "\n" << report << absl::StrFormat("Area under the ROC curve: %.4f\n", auc);

  DAGRAD_ASSIGN_OR_RETURN(auto saved, keras::Model::Load(out));
  DAGRAD_ASSIGN_OR_RETURN(auto saved_scaler, learn::Scaler::Load(out + "/scaler.json"));
  DAGRAD_ASSIGN_OR_RETURN(
      io::CsvTable customer,
      io::ParseCsv("CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,"
                   "IsActiveMember,EstimatedSalary\n600,France,Male,40,3,60000,2,1,1,50000\n"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor one, encoder.Transform(customer));
  DAGRAD_ASSIGN_OR_RETURN(one, saved_scaler.Transform(one));
  DAGRAD_ASSIGN_OR_RETURN(Tensor leaves, saved.Predict(one));
  std::cout << absl::StrFormat(
      "A customer from France, 40 years old, leaves with probability %.3f\n",
      leaves.data<float>()[0]);
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return dagrad::examples::RunMain(argc, argv,
                                   {{"csv", "", "the CSV file; empty: a made-up table"},
                                    {"epochs", "30", "passes over the data"},
                                    {"out", "/tmp/dagrad_churn", "folder to save the model in"},
                                    {"plots", "", "folder for pictures"}},
                                   Main);
}
