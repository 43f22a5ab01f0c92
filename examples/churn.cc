// Predicts which customers leave a bank, as in the deep-learning courses: a pipeline of countries
// as one-hot columns, scaling and a network, fitted to the training part and saved in one; class
// weights for the few who leave, stratified cross-validation, a prediction for one customer.
// Data: a table with the columns of the courses' Churn_Modelling.csv, if --csv names one; else made
// up (made_up.h).
//
//   bazel run -c opt //examples:churn [-- --csv Churn_Modelling.csv] [--epochs N] [--out DIR]
//   [--plots DIR]

#include "dagrad/examples/example.h"
#include "dagrad/examples/made_up.h"

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

learn::Pipeline Build() {
  keras::Sequential model("churn");
  model.Add(keras::Dense(6, {.activation = "relu"}));
  model.Add(keras::Dense(6, {.activation = "relu"}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  OrExit(
      model.Compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = "accuracy"}));
  return learn::Pipeline({learn::EncoderStep(kFeatures), learn::StandardScalerStep()},
                         std::move(model));
}

int main(int argc, char** argv) {
  const Flags flags(argc, argv,
                    {{"csv", "", "the CSV file; empty: a made-up table"},
                     {"epochs", "30", "passes over the data"},
                     {"out", "/tmp/dagrad_churn", "folder to save the model in"},
                     {"plots", "", "folder for pictures"}});
  const learn::Table table = ReadTable(flags, BankCustomers(10000, 1));
  const Tensor exited = OrExit(table.ToTensor("Exited"));
  const auto [train, test] = OrExit(table.Split({.test_size = 0.2, .stratify = exited}));
  const Tensor y = OrExit(train.ToTensor("Exited")), y_test = OrExit(test.ToTensor("Exited"));

  keras::FitOptions fit = {
      .epochs = flags.Int("epochs") / 3 + 1, .verbose = 0, .class_weight = {{0, 1}, {1, 2}}};
  const auto folds = OrExit(learn::StratifiedKFold(y, {.shuffle = true}));
  const learn::Scores scores =
      OrExit(learn::CrossValScore(Build, train, y, {.splits = folds, .fit = fit}));
  for (size_t k = 0; k < folds.size(); ++k)
    absl::PrintF("fold %d: accuracy %.4f\n", k + 1, scores.test[k]);

  fit.epochs = flags.Int("epochs");
  learn::Pipeline pipeline = Build();
  OrExit(pipeline.Fit(train, y, fit));
  OrExit(pipeline.Save(flags.Get("out")));
  const Tensor p = OrExit(pipeline.Predict(test));
  const Tensor predicted = OrExit(learn::PredictedClasses(p));
  const Tensor confusion = OrExit(learn::ConfusionMatrix(y_test, predicted));
  Show(flags, "churn_confusion", plot::ConfusionMap(confusion, {"stays", "leaves"}));
  std::cout << "\n" << OrExit(learn::ClassificationReport(y_test, predicted));
  absl::PrintF("Area under the ROC curve: %.4f\n", OrExit(learn::RocAucScore(y_test, p)));

  const learn::Pipeline saved = OrExit(learn::Pipeline::Load(flags.Get("out")));
  const io::CsvTable customer = OrExit(
      io::ParseCsv("CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,"
                   "IsActiveMember,EstimatedSalary\n600,France,Male,40,3,60000,2,1,1,50000\n"));
  absl::PrintF("A customer from France, 40 years old, leaves with probability %.3f\n",
               OrExit(saved.Predict(customer)).data<float>()[0]);
}
