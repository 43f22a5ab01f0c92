// Cross-validation, curves, searches.
#include <cmath>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/learn.h"
#include "dagrad/learn/search.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::learn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kRows = 40;

Tensor Inputs() {
  Tensor x = *Tensor::Allocate(DType::kFloat32, {kRows, 3});
  for (int64_t i = 0; i < 3 * kRows; ++i)
    x.mutable_data<float>()[i] = static_cast<float>(std::sin(1.3 * static_cast<double>(i)));
  return x;
}

Tensor Targets() {
  Tensor y = *Tensor::Allocate(DType::kFloat32, {kRows, 1});
  const Tensor x = Inputs();
  for (int64_t i = 0; i < kRows; ++i)
    y.mutable_data<float>()[i] = x.data<float>()[3 * i] - 2 * x.data<float>()[3 * i + 2] > 0;
  return y;
}

absl::StatusOr<keras::Sequential> Classifier(int64_t units, double rate) {
  keras::Sequential model("m", {.seed = 3});
  model.Add(keras::Dense(units, {.activation = "tanh", .input_shape = {3}}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(model.Compile({.optimizer = keras::Adam({.learning_rate = rate}),
                                        .loss = "binary_crossentropy",
                                        .metrics = "accuracy"}));
  return model;
}

absl::StatusOr<Pipeline> Build() {
  DAGRAD_ASSIGN_OR_RETURN(auto model, Classifier(4, 0.05));
  return Pipeline({StandardScalerStep()}, std::move(model));
}

TEST(CrossValScoreTest, IsTheLoopOverTheFolds) {
  const Tensor x = Inputs(), y = Targets();
  const std::vector<Split> folds = *StratifiedKFold(y, {.n_splits = 4, .shuffle = true});
  const keras::FitOptions fit = {.batch_size = 8, .epochs = 5};
  absl::StatusOr<Scores> scores = CrossValScore(Build, x, y, {.splits = folds, .fit = fit});
  ASSERT_TRUE(scores.ok()) << scores.status();
  EXPECT_EQ(scores->name, "accuracy");
  EXPECT_TRUE(scores->greater_is_better);
  ASSERT_EQ(scores->test.size(), 4u);
  double sum = 0;
  for (size_t k = 0; k < folds.size(); ++k) {
    const Scaler scaler = *StandardScaler(*TakeRows(x, folds[k].train));
    keras::Sequential model = *Classifier(4, 0.05);
    ASSERT_TRUE(model
                    .Fit(*scaler.Transform(*TakeRows(x, folds[k].train)),
                         *TakeRows(y, folds[k].train), {.batch_size = 8, .epochs = 5, .verbose = 0})
                    .ok());
    const keras::Logs logs =
        *model.Evaluate(*scaler.Transform(*TakeRows(x, folds[k].test)), *TakeRows(y, folds[k].test),
                        {.batch_size = 8, .verbose = 0});
    EXPECT_EQ(scores->test[k], logs["accuracy"]) << k;
    sum += logs["accuracy"];
  }
  EXPECT_DOUBLE_EQ(scores->Mean(), sum / 4);
  double squares = 0;
  for (const double s : scores->test) squares += (s - sum / 4) * (s - sum / 4);
  EXPECT_DOUBLE_EQ(scores->Std(), std::sqrt(squares / 4));
}

TEST(CrossValScoreTest, ScoresByLossAndByFunction) {
  const auto by = [](const Scoring& scoring) {
    return CrossValScore(Build, Inputs(), Targets(), {.scoring = scoring, .fit = {.epochs = 2}});
  };
  const absl::StatusOr<Scores> loss = by({.name = "loss"});
  ASSERT_TRUE(loss.ok()) << loss.status();
  EXPECT_FALSE(loss->greater_is_better);
  EXPECT_EQ(loss->test.size(), 5u);
  const absl::StatusOr<Scores> accuracy = by({.name = "accuracy"});
  const absl::StatusOr<Scores> function =
      by({.function = [](const Tensor& y, const Tensor& p) -> absl::StatusOr<double> {
        DAGRAD_ASSIGN_OR_RETURN(const Tensor classes, PredictedClasses(p));
        return AccuracyScore(y, classes);
      }});
  ASSERT_TRUE(accuracy.ok() && function.ok()) << accuracy.status() << function.status();
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(accuracy->test[i], function->test[i], 1e-6);
  EXPECT_THAT(std::string(by({.name = "acuracy"}).status().message()),
              HasSubstr("no metric \"acuracy\", perhaps \"accuracy\" was meant"));
}

TEST(CrossValScoreTest, RefusesWhatDoesNotFit) {
  const auto message = [](const Tensor& y, const ValidationOptions& options) {
    return std::string(CrossValScore(Build, Inputs(), y, options).status().message());
  };
  EXPECT_THAT(message(*TakeRows(Targets(), {{0, 1}}), {}), HasSubstr("x has 40 examples, and y"));
  EXPECT_THAT(message(Targets(), {.fit = {.sample_weight = Targets()}}),
              HasSubstr("sample_weight"));
  EXPECT_THAT(message(Targets(), {.splits = {{{0, 1}, {40}}}}), HasSubstr("row 40"));
}

// The sizes are those of sklearn.model_selection.learning_curve for 40 examples, 5 folds and the
// same shares.
TEST(LearningCurveTest, TrainsOnTheFirstExamplesOfEachFold) {
  absl::StatusOr<ScoreCurve> curve =
      LearningCurve(Build, Inputs(), Targets(), {.fit = {.epochs = 3}});
  ASSERT_TRUE(curve.ok()) << curve.status();
  EXPECT_THAT(curve->values, ElementsAre(3, 10, 17, 24, 32));
  const absl::StatusOr<Scores> whole =
      CrossValScore(Build, Inputs(), Targets(), {.fit = {.epochs = 3}});
  EXPECT_EQ(curve->scores.back().test, whole->test);
  EXPECT_NE(curve->scores[0].test, whole->test);
  EXPECT_EQ(curve->TestMeans().back(), whole->Mean());
  EXPECT_EQ(curve->TrainMeans().size(), 5u);
  for (const double share : {0.0, 1.5, 0.01, std::nan("")}) {
    EXPECT_THAT(
        std::string(LearningCurve(Build, Inputs(), Targets(), {}, {{share}}).status().message()),
        HasSubstr("shares are in (0, 1]"));
  }
}

TEST(ValidationCurveTest, BuildsWithEachValue) {
  std::vector<double> asked;
  absl::StatusOr<ScoreCurve> curve = ValidationCurve(
      [&](double units) -> absl::StatusOr<Pipeline> {
        asked.push_back(units);
        DAGRAD_ASSIGN_OR_RETURN(auto model, Classifier(static_cast<int64_t>(units), 0.05));
        return model;
      },
      {{1, 8}}, Inputs(), Targets(), {.splits = *KFold(kRows, {.n_splits = 2})});
  ASSERT_TRUE(curve.ok()) << curve.status();
  EXPECT_THAT(asked, ElementsAre(1, 1, 8, 8));
  EXPECT_THAT(curve->values, ElementsAre(1, 8));
}

using Kind = HyperParameters::Declared::Kind;

TEST(HyperParametersTest, GridsHaveTheirValues) {
  HyperParameters hp;
  EXPECT_EQ(hp.Int("units", 2, 8, {.step = 3}), 2);
  EXPECT_EQ(hp.Int("width", 1, 9, {.sampling = Sampling::kLog}), 1);
  EXPECT_EQ(hp.Float("dropout", 0, 0.5, {.step = 0.25}), 0);
  EXPECT_EQ(hp.Float("rate", 1e-4, 1e-1, {.step = 10, .sampling = Sampling::kLog}), 1e-4);
  EXPECT_EQ(hp.Float("decay", 1e-3, 1, {.sampling = Sampling::kLog}), 1e-3);
  EXPECT_EQ(hp.Choice("activation", {"relu", "tanh"}), "relu");
  EXPECT_EQ(hp.ChoiceOfInt("batch", {32, 8}), 32);
  EXPECT_FALSE(hp.Boolean("bias"));
  EXPECT_EQ(hp.Int("units", 2, 8, {.step = 3}), 2) << "asked for twice";
  ASSERT_TRUE(hp.status().ok()) << hp.status();
  ASSERT_EQ(hp.space().size(), 8u);
  std::vector<std::string> texts;
  for (const auto& d : hp.space()) {
    texts.push_back(d.name);
    for (const HyperValue& v : d.Values()) absl::StrAppend(&texts.back(), " ", HyperValueText(v));
  }
  EXPECT_THAT(texts,
              ElementsAre("units 2 5 8", "width 1 2 4 8", "dropout 0 0.25 0.5",
                          "rate 0.0001 0.001 0.01 0.1",
                          "decay 0.001 0.00215443 0.00464159 0.01 0.0215443 0.0464159 0.1 0.215443 "
                          "0.464159 1",
                          "activation relu tanh", "batch 32 8", "bias false true"));
}

TEST(HyperParametersTest, SharesAreSpreadOverTheRange) {
  HyperParameters hp;
  hp.Int("units", 1, 4);
  hp.Float("rate", 1e-4, 1e-2, {.sampling = Sampling::kLog});
  hp.Int("log", 1, 100, {.sampling = Sampling::kLog});
  const auto& space = hp.space();
  std::vector<int64_t> counts(5);
  int64_t small = 0;
  for (int i = 0; i < 1000; ++i) {
    ++counts[std::get<int64_t>(space[0].At(i / 1000.0))];
    small += std::get<double>(space[1].At(i / 1000.0)) < 1e-3 ? 1 : 0;
    const int64_t log = std::get<int64_t>(space[2].At(i / 1000.0));
    EXPECT_GE(log, 1);
    EXPECT_LE(log, 100);
  }
  EXPECT_THAT(counts, ElementsAre(0, 250, 250, 250, 250));
  EXPECT_NEAR(static_cast<double>(small), 500, 2);
}

TEST(HyperParametersTest, RefusesWhatIsNoRange) {
  const auto message = [](const std::function<void(HyperParameters&)>& ask) {
    HyperParameters hp;
    ask(hp);
    return std::string(hp.status().message());
  };
  EXPECT_THAT(message([](auto& hp) { hp.Int("a", 3, 2); }), HasSubstr("\"a\" is from 3 to 2"));
  EXPECT_THAT(message([](auto& hp) { hp.Float("a", 0, 1, {.sampling = Sampling::kLog}); }),
              HasSubstr("a logarithmic range is positive"));
  EXPECT_THAT(message([](auto& hp) { hp.Float("a", 0, 1, {.step = 0}); }), HasSubstr("steps of 0"));
  EXPECT_THAT(message([](auto& hp) { hp.Float("a", 0, INFINITY); }), HasSubstr("to inf"));
  EXPECT_THAT(message([](auto& hp) { hp.Choice("a", {}); }), HasSubstr("nothing to choose"));
  EXPECT_THAT(message([](auto& hp) {
                hp.Int("a", 1, 2);
                hp.Boolean("a");
              }),
              HasSubstr("\"a\" stands for two"));
  HyperParameters other({{"a", std::string("x")}});
  EXPECT_EQ(other.Int("a", 1, 2), 1);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("of another kind"));
}

int builds = 0;
absl::StatusOr<Pipeline> BuildAt(HyperParameters& hp) {
  ++builds;
  const int64_t units = hp.Int("units", 1, 3);
  const double rate = hp.Float("rate", 1e-3, 0.1, {.step = 10, .sampling = Sampling::kLog});
  DAGRAD_ASSIGN_OR_RETURN(auto model, Classifier(units, rate));
  return model;
}

SearchOptions Options(const std::string& file = "") {
  return {.validation = {.splits = *KFold(kRows, {.n_splits = 2}), .fit = {.epochs = 3}},
          .file = file,
          .verbose = 0};
}

TEST(SearchTest, GridHasEveryPointInOrder) {
  std::ostringstream out;
  SearchOptions options = Options();
  options.verbose = 2;
  options.out = &out;
  absl::StatusOr<SearchResults> results = GridSearch(BuildAt, Inputs(), Targets(), options);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->trials.size(), 9u);
  std::vector<std::string> points;
  for (const Trial& t : results->trials) {
    points.push_back(
        absl::StrCat(HyperValueText(t.point.at("units")), " ", HyperValueText(t.point.at("rate"))));
  }
  EXPECT_THAT(points, ElementsAre("1 0.001", "1 0.01", "1 0.1", "2 0.001", "2 0.01", "2 0.1",
                                  "3 0.001", "3 0.01", "3 0.1"));
  EXPECT_THAT(out.str(), HasSubstr("trial 2: units 1, rate 0.01; accuracy "));
  for (const Trial& t : results->trials) EXPECT_LE(t.scores.Mean(), results->Best().scores.Mean());
  const Table table = results->ToTable();
  EXPECT_THAT(table.names(),
              ElementsAre("rank", "trial", "units", "rate", "mean accuracy", "std", "train"));
  const std::vector<double> means = *table.Numbers("mean accuracy");
  EXPECT_TRUE(std::is_sorted(means.rbegin(), means.rend()));
  EXPECT_EQ(means[0], results->Best().scores.Mean());
  // The model of the best point is that of its trial.
  HyperParameters best(results->Best().point);
  absl::StatusOr<Scores> again =
      CrossValScore([&] { return BuildAt(best); }, Inputs(), Targets(), Options().validation);
  EXPECT_EQ(again->test, results->Best().scores.test);
}

TEST(SearchTest, LossIsToBeLow) {
  SearchOptions options = Options();
  options.validation.scoring.name = "loss";
  absl::StatusOr<SearchResults> results = GridSearch(BuildAt, Inputs(), Targets(), options);
  ASSERT_TRUE(results.ok()) << results.status();
  for (const Trial& t : results->trials) EXPECT_GE(t.scores.Mean(), results->Best().scores.Mean());
}

TEST(SearchTest, RandomPointsAreDifferentOnesOfTheSeed) {
  const auto points = [](int64_t seed, int64_t trials) {
    SearchOptions options = Options();
    options.seed = seed;
    options.max_trials = trials;
    absl::StatusOr<SearchResults> results = RandomSearch(BuildAt, Inputs(), Targets(), options);
    EXPECT_TRUE(results.ok()) << results.status();
    std::vector<HyperPoint> points;
    for (const Trial& t : results->trials) points.push_back(t.point);
    return points;
  };
  const std::vector<HyperPoint> all = points(1, 100);
  EXPECT_EQ(std::set<HyperPoint>(all.begin(), all.end()).size(), 9u) << "the whole space";
  EXPECT_EQ(all.size(), 9u);
  EXPECT_EQ(points(1, 4), std::vector<HyperPoint>(all.begin(), all.begin() + 4));
  EXPECT_NE(points(2, 4), points(1, 4));
}

// A search that is broken off after any trial ends with the same results as one that is not.
TEST(SearchTest, GoesOnWhereItWasKilled) {
  const std::string file = io::testing::FreshDirectory() + "trials.json";
  builds = 0;
  const SearchResults whole = *GridSearch(BuildAt, Inputs(), Targets(), Options(file));
  const int of_all = builds;
  const std::string text = io::testing::Slurp(file);
  for (int64_t killed_after = 1; killed_after < 9; killed_after += 3) {
    std::filesystem::remove(file);
    SearchOptions part = Options(file);
    int64_t trials = 0;
    const auto dies = [&](HyperParameters& hp) -> absl::StatusOr<Pipeline> {
      if (++trials > 1 + 2 * killed_after) return absl::CancelledError("killed");
      return BuildAt(hp);
    };
    EXPECT_EQ(GridSearch(dies, Inputs(), Targets(), part).status().code(),
              absl::StatusCode::kCancelled);
    builds = 0;
    absl::StatusOr<SearchResults> rest = GridSearch(BuildAt, Inputs(), Targets(), Options(file));
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_EQ(builds, of_all - 2 * killed_after);
    EXPECT_EQ(rest->ToTable().ToString(), whole.ToTable().ToString());
    EXPECT_EQ(io::testing::Slurp(file), text);
  }
}

TEST(SearchTest, RefusesTheFileOfAnotherSearch) {
  const std::string file = io::testing::FreshDirectory() + "trials.json";
  SearchOptions options = Options(file);
  options.max_trials = 2;
  ASSERT_TRUE(GridSearch(BuildAt, Inputs(), Targets(), options).ok());
  const auto other = [](HyperParameters& hp) -> absl::StatusOr<Pipeline> {
    DAGRAD_ASSIGN_OR_RETURN(auto model, Classifier(hp.Int("units", 1, 4), 0.1));
    return model;
  };
  EXPECT_THAT(std::string(GridSearch(other, Inputs(), Targets(), options).status().message()),
              HasSubstr("the results of another search: its space is"));
  EXPECT_THAT(std::string(RandomSearch(BuildAt, Inputs(), Targets(), options).status().message()),
              HasSubstr("its search is \"grid\", not \"random\""));
  options.validation.fit.epochs = 4;
  EXPECT_THAT(std::string(GridSearch(BuildAt, Inputs(), Targets(), options).status().message()),
              HasSubstr("its epochs is 3, not 4"));
  options = Options(file);
  const std::string text = io::testing::Slurp(file);
  // No damage of the file ends the process.
  for (size_t cut = 0; cut < text.size() - 1; cut += 37) {
    io::testing::Spill(file, text.substr(0, cut));
    const absl::Status s = GridSearch(BuildAt, Inputs(), Targets(), options).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << cut;
  }
}

TEST(SearchTest, SaysWhatIsWrongWithTheFunction) {
  const auto none = [](HyperParameters&) { return Build(); };
  EXPECT_THAT(std::string(GridSearch(none, Inputs(), Targets(), Options()).status().message()),
              HasSubstr("asks for no option"));
  const auto shifting = [](HyperParameters& hp) -> absl::StatusOr<Pipeline> {
    if (hp.Boolean("wide")) hp.Int("units", 1, 2);
    return Build();
  };
  EXPECT_THAT(std::string(GridSearch(shifting, Inputs(), Targets(), Options()).status().message()),
              HasSubstr("asks for other options at another point"));
  const auto huge = [](HyperParameters& hp) -> absl::StatusOr<Pipeline> {
    hp.Int("a", 1, 1000);
    hp.Int("b", 1, 1000);
    return Build();
  };
  EXPECT_THAT(std::string(GridSearch(huge, Inputs(), Targets(), Options()).status().message()),
              HasSubstr("the grid has 1e+06 points"));
}

}  // namespace
}  // namespace dagrad::learn
