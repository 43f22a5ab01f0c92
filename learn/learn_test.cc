// Splits, scalers and scores against those of scikit-learn and pandas.
#include "dagrad/learn/learn.h"

#include <cmath>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/io/test_files.h"
#include "dagrad/learn/golden.h"
#include "gtest/gtest.h"

namespace dagrad::learn {
namespace {

using golden::kBinary;
using golden::kClasses;
using golden::kHoles;
using golden::kNever;
using golden::kPredicted;
using golden::kScores;
using golden::kTable;
using golden::kWeights;
using Numbers = std::vector<double>;

Tensor Vector(const Numbers& v) {
  return Tensor::Of<double>({static_cast<int64_t>(v.size())}, absl::MakeConstSpan(v));
}

Tensor Table(const Numbers& v) {
  return Tensor::Of<double>({static_cast<int64_t>(v.size()) / 4, 4}, absl::MakeConstSpan(v));
}

// Equal to about `tolerance`, NaN where the golden value is.
void ExpectNear(absl::Span<const double> got, const Numbers& want, double tolerance,
                const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(std::isnan(got[i]), std::isnan(want[i])) << what << " " << i;
    if (!std::isfinite(want[i])) continue;
    EXPECT_NEAR(got[i], want[i], tolerance * (1 + std::abs(want[i]))) << what << " " << i;
  }
}

void ExpectTensor(const absl::StatusOr<Tensor>& got, const Numbers& want, const std::string& what) {
  ASSERT_TRUE(got.ok()) << what << ": " << got.status();
  ExpectNear(got->data<double>(), want, 1e-14, what);
}

void ExpectRows(const std::vector<int64_t>& got, const Numbers& want, const std::string& what) {
  EXPECT_EQ(Numbers(got.begin(), got.end()), want) << what;
}

TEST(SplitTest, FoldsAreScikitLearns) {
  const auto expect = [](const absl::StatusOr<std::vector<Split>>& got, const auto& want,
                         const std::string& what) {
    ASSERT_TRUE(got.ok()) << got.status();
    ASSERT_EQ(got->size(), want.size()) << what;
    for (size_t k = 0; k < want.size(); ++k) {
      ExpectRows((*got)[k].train, want[k].first, what + " train");
      ExpectRows((*got)[k].test, want[k].second, what + " test");
    }
  };
  expect(KFold(23), golden::kKFold5, "KFold");
  expect(StratifiedKFold(Vector(kClasses), {.n_splits = 3}), golden::kStratifiedKFold3, "3 folds");
  expect(StratifiedKFold(Vector(golden::kShifted), {.n_splits = 4}),
         golden::kStratifiedKFoldShifted, "classes from 4");
}

TEST(SplitTest, PartsInOrderAreScikitLearns) {
  const std::vector<std::pair<SplitOptions, decltype(golden::kSplitTest)>> cases = {
      {{.shuffle = false}, golden::kSplitDefault},
      {{.test_size = 0.3, .shuffle = false}, golden::kSplitTest},
      {{.train_size = 0.55, .shuffle = false}, golden::kSplitTrain},
      {{.test_size = 0.21, .train_size = 0.4, .shuffle = false}, golden::kSplitBoth},
  };
  for (const auto& [options, want] : cases) {
    const auto split = SplitRows(23, options);
    ASSERT_TRUE(split.ok()) << split.status();
    ExpectRows(split->train, want[0].first, "train");
    ExpectRows(split->test, want[0].second, "test");
  }
}

// Every row is in one of the parts, once.
void ExpectPartition(const Split& split, int64_t n) {
  std::set<int64_t> all(split.train.begin(), split.train.end());
  all.insert(split.test.begin(), split.test.end());
  EXPECT_EQ(static_cast<int64_t>(all.size()), n);
  EXPECT_EQ(static_cast<int64_t>(split.train.size() + split.test.size()), n);
}

TEST(SplitTest, ShufflesArePermutationsOfTheRandomState) {
  const auto a = SplitRows(23, {.test_size = 0.3, .random_state = 5});
  const auto b = SplitRows(23, {.test_size = 0.3, .random_state = 5});
  const auto c = SplitRows(23, {.test_size = 0.3, .random_state = 6});
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_EQ(a->test.size(), 7u);
  ExpectPartition(*a, 23);
  EXPECT_EQ(a->test, b->test);
  EXPECT_NE(a->test, c->test);
  const auto folds = KFold(23, {.shuffle = true, .random_state = 3});
  ASSERT_TRUE(folds.ok());
  std::set<int64_t> tested;
  for (const Split& fold : *folds) {
    ExpectPartition(fold, 23);
    tested.insert(fold.test.begin(), fold.test.end());
  }
  EXPECT_EQ(tested.size(), 23u);
  EXPECT_NE((*folds)[0].test, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST(SplitTest, StratifiedPartsKeepTheShares) {
  const auto parts = TrainTestSplit(Table(kTable), Vector(kClasses),
                                    {.test_size = 0.4, .stratify = Vector(kClasses)});
  ASSERT_TRUE(parts.ok()) << parts.status();
  const auto counts = [](const Tensor& y) {
    Numbers counts(3);
    for (const double v : y.data<double>()) ++counts[static_cast<size_t>(v)];
    return counts;
  };
  EXPECT_EQ(counts(parts->y_train), golden::kStratifiedTrainCounts);
  EXPECT_EQ(counts(parts->y_test), golden::kStratifiedTestCounts);
  EXPECT_EQ(parts->x_test.dims(), (Dims{10, 4}));
  const auto shuffled =
      StratifiedKFold(Vector(kClasses), {.n_splits = 3, .shuffle = true, .random_state = 2});
  ASSERT_TRUE(shuffled.ok());
  const auto plain = StratifiedKFold(Vector(kClasses), {.n_splits = 3});
  ASSERT_TRUE(plain.ok());
  EXPECT_NE((*shuffled)[0].test, (*plain)[0].test);
  for (size_t k = 0; k < 3; ++k) {
    ExpectPartition((*shuffled)[k], 24);
    const auto taken = TakeRows(Vector(kClasses), (*shuffled)[k].test);
    const auto in_order = TakeRows(Vector(kClasses), (*plain)[k].test);
    ASSERT_TRUE(taken.ok() && in_order.ok());
    EXPECT_EQ(counts(*taken), counts(*in_order));
  }
}

TEST(ScalerTest, ScalesAsScikitLearn) {
  const Tensor holes = Table(kHoles);
  std::vector<int64_t> first(16);
  for (int64_t i = 0; i < 16; ++i) first[i] = i;
  const auto fitted_to = TakeRows(holes, first);
  ASSERT_TRUE(fitted_to.ok());
  const std::vector<std::tuple<std::string, absl::StatusOr<Scaler>, Numbers>> cases = {
      {"standard", StandardScaler(*fitted_to), golden::kStandard},
      {"mean", StandardScaler(*fitted_to, {.with_std = false}), golden::kStandardMean},
      {"std", StandardScaler(*fitted_to, {.with_mean = false}), golden::kStandardStd},
      {"min max", MinMaxScaler(*fitted_to), golden::kMinMax},
      {"range", MinMaxScaler(*fitted_to, {.feature_min = -1, .feature_max = 3}),
       golden::kMinMaxRange},
      {"clip", MinMaxScaler(*fitted_to, {.clip = true}), golden::kMinMaxClip},
  };
  const std::string path = io::testing::FreshDirectory() + "scaler.json";
  for (const auto& [name, scaler, want] : cases) {
    ASSERT_TRUE(scaler.ok()) << name << ": " << scaler.status();
    const auto scaled = scaler->Transform(holes);
    ASSERT_TRUE(scaled.ok()) << scaled.status();
    ExpectNear(scaled->data<double>(), want, 1e-13, name);
    // float32 stays float32.
    const auto narrow = scaler->Transform(*holes.Cast(DType::kFloat32));
    ASSERT_TRUE(narrow.ok());
    ExpectNear(narrow->Cast(DType::kFloat64)->data<double>(), want, 1e-5, name);
    if (name != "clip") {
      const auto back = scaler->InverseTransform(*scaled);
      ASSERT_TRUE(back.ok());
      ExpectNear(back->data<double>(), kHoles, 1e-14, name + " back");
    }
    // What was saved scales to the same bits.
    ASSERT_TRUE(scaler->Save(path).ok());
    const auto loaded = Scaler::Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_TRUE(SameBits(*loaded->Transform(holes), *scaled)) << name;
  }
}

TEST(ScoresTest, AreScikitLearns) {
  const Tensor classes = Vector(kClasses), predicted = Vector(kPredicted), never = Vector(kNever);
  const Tensor weights = Vector(kWeights);
  ExpectTensor(ConfusionMatrix(classes, predicted), golden::kConfusion, "counts");
  ExpectTensor(ConfusionMatrix(classes, predicted, {.sample_weight = weights}),
               golden::kConfusionWeighted, "weights");
  ExpectTensor(ConfusionMatrix(classes, predicted, {.labels = {2, 0}}), golden::kConfusionLabels,
               "labels");
  ExpectTensor(ConfusionMatrix(classes, never, {.normalize = Normalize::kTrue}),
               golden::kConfusionTrue, "true");
  ExpectTensor(ConfusionMatrix(classes, never, {.normalize = Normalize::kPred}),
               golden::kConfusionPred, "pred");
  ExpectTensor(ConfusionMatrix(classes, never, {.normalize = Normalize::kAll}),
               golden::kConfusionAll, "all");
  EXPECT_EQ(*AccuracyScore(classes, predicted), golden::kAccuracy[0]);
  ExpectTensor(CorrelationMatrix(Table(kTable)), golden::kCorrelation, "correlation");
  ExpectTensor(CorrelationMatrix(Table(kHoles)), golden::kCorrelationHoles, "with holes");
  const double nan = std::nan("");
  ExpectTensor(CorrelationMatrix(Tensor::Of<double>({3, 2}, {0.1, 1, 0.1, 2, 0.1, 4})),
               {nan, nan, nan, 1}, "a constant column");
}

TEST(ScoresTest, ReportsReadAsScikitLearns) {
  const auto text = [](const absl::StatusOr<Report>& report) {
    std::ostringstream out;
    if (report.ok()) out << *report;
    return out.str();
  };
  EXPECT_EQ(text(ClassificationReport(Vector(kClasses), Vector(kPredicted))), golden::kReport);
  EXPECT_EQ(text(ClassificationReport(
                Vector(kClasses), Vector(kNever),
                {.target_names = {"Setosa", "a class of a long name", "c"}, .digits = 4})),
            golden::kReportNever);
  const auto predicted = PredictedClasses(Vector(kScores));
  ASSERT_TRUE(predicted.ok());
  EXPECT_EQ(text(ClassificationReport(Vector(kBinary), *predicted)), golden::kReportBinary);
  const std::string evil = text(
      ClassificationReport(Vector(kBinary), *predicted, {.target_names = {"a\x1b[2J", "b\xff"}}));
  EXPECT_TRUE(absl::StrContains(evil, "a\\x1b[2J ") && absl::StrContains(evil, "b\\xff ")) << evil;
  EXPECT_EQ(evil.find('\x1b'), std::string::npos);
}

TEST(ScoresTest, RocCurvesAreScikitLearns) {
  const Tensor y = Vector(kBinary), scores = Vector(kScores), weights = Vector(kWeights);
  const auto expect = [&](const RocOptions& options, const Numbers& fpr, const Numbers& tpr,
                          const Numbers& thresholds) {
    const auto roc = RocCurve(y, scores, options);
    ASSERT_TRUE(roc.ok()) << roc.status();
    ExpectNear(roc->fpr, fpr, 1e-14, "fpr");
    ExpectNear(roc->tpr, tpr, 1e-14, "tpr");
    EXPECT_EQ(roc->thresholds, thresholds);
  };
  expect({}, golden::kRocFpr, golden::kRocTpr, golden::kRocThresholds);
  expect({.drop_intermediate = false}, golden::kRocAllFpr, golden::kRocAllTpr,
         golden::kRocAllThresholds);
  expect({.sample_weight = weights}, golden::kRocWeightedFpr, golden::kRocWeightedTpr,
         golden::kRocWeightedThresholds);
  EXPECT_NEAR(*RocAucScore(y, scores), golden::kRocAuc[0], 1e-14);
  EXPECT_NEAR(*RocAucScore(y, scores, weights), golden::kRocAuc[1], 1e-14);
  EXPECT_EQ(*Auc({3, 2, 0}, {1, 1, 0}), 2);
}

TEST(ScoresTest, PredictedClassesAreOfColumnsOrOfAThreshold) {
  const Tensor rows = Tensor::Of<float>({3, 3}, {1, 3, 3, 9, 2, 1, 0, 0, 0.5});
  EXPECT_TRUE(SameBits(*PredictedClasses(rows), Tensor::Of<int64_t>({3}, {1, 0, 2})));
  const Tensor one = Tensor::Of<float>({3, 1}, {0.2f, 0.5f, 0.7f});
  EXPECT_TRUE(SameBits(*PredictedClasses(one), Tensor::Of<int64_t>({3}, {0, 0, 1})));
  EXPECT_TRUE(SameBits(*PredictedClasses(one, 0.1), Tensor::Of<int64_t>({3}, {1, 1, 1})));
}

TEST(RowsTest, AreTakenFromBeginToEnd) {
  const Tensor x = Tensor::Of<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(SameBits(*TakeRows(x, 1, 3), Tensor::Of<float>({2, 2}, {3, 4, 5, 6})));
  EXPECT_EQ(TakeRows(x, 3, 3)->dims(), (Dims{0, 2}));
  EXPECT_TRUE(SameBits(ToTensor<int64_t>({4, 5}), Tensor::Of<int64_t>({2}, {4, 5})));
  EXPECT_EQ(ToTensor(std::vector<float>()).dims(), (Dims{0}));
}

// Computed by hand, the last ones as scikit-learn has them; [n] and [n, 1] are alike.
TEST(RegressionTest, ScoresAreScikitLearns) {
  const Tensor y = Vector({1, 2, -4, 13});
  const Tensor p = Tensor::Of<float>({4, 1}, {1.5, 2, -3, 13});
  EXPECT_DOUBLE_EQ(*MeanSquaredError(y, p), 1.25 / 4);
  EXPECT_DOUBLE_EQ(*MeanAbsoluteError(y, p), 1.5 / 4);
  EXPECT_DOUBLE_EQ(*MeanAbsolutePercentageError(y, p), (0.5 + 0.25) / 4);
  EXPECT_DOUBLE_EQ(*R2Score(y, p), 1 - 1.25 / 154);
  EXPECT_DOUBLE_EQ(*MeanAbsolutePercentageError(Vector({0, 2}), Vector({0x1p-52, 2})), 0.5);
  EXPECT_EQ(*R2Score(Vector({2, 2}), Vector({2, 2})), 1);
  EXPECT_EQ(*R2Score(Vector({2, 2}), Vector({2, 3})), 0);
  // Of three times 0.1 the mean is another number.
  EXPECT_EQ(*R2Score(Vector({0.1, 0.1, 0.1}), Vector({0.1, 0.1, 0.2})), 0);
  EXPECT_TRUE(std::isnan(*R2Score(Vector({2}), Vector({2}))));
}

TEST(RandomTest, DrawsByItsSeed) {
  Random a(7), b(7), c(8);
  std::vector<double> counts(3);
  double sum = 0, squares = 0;
  std::set<int64_t> dice;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double v = a.Normal(3, 2);
    ASSERT_EQ(v, b.Normal(3, 2));
    sum += v / kDraws;
    squares += (v - 3) * (v - 3) / kDraws;
    dice.insert(c.Whole(1, 6));
    ++counts[c.Choice({1, 0, 3})];
  }
  EXPECT_NEAR(sum, 3, 0.06);
  EXPECT_NEAR(squares, 4, 0.15);
  EXPECT_EQ(dice, (std::set<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2] / kDraws, 0.75, 0.015);
  EXPECT_EQ(c.Choice({0, 0}), 1);
  std::set<std::vector<int64_t>> orders;
  for (int i = 0; i < 100; ++i) orders.insert(c.Permutation(3));
  EXPECT_EQ(orders.size(), 6);
  for (const std::vector<int64_t>& order : orders)
    EXPECT_EQ(Distinct(order), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(c.Permutation(0).empty() && c.Permutation(-1).empty());
  EXPECT_NE(Random(7).Uniform(), Random(8).Uniform());
  const double v = a.Uniform(-1, 1);
  EXPECT_TRUE(-1 < v && v < 1);
  EXPECT_TRUE(a.Chance(1) && !a.Chance(0));
}

// Each call is refused, and says what is wrong.
TEST(LearnErrorsTest, NameWhatIsWrong) {
  const Tensor y = Vector({0, 1, 1}), x = Tensor::Of<double>({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto scaler = StandardScaler(x);
  const std::string dir = io::testing::FreshDirectory();
  io::testing::Spill(dir + "short.json",
                     R"({"shift": [1, 2], "scale": [1], "offset": [0, 0], "limits": []})");
  io::testing::Spill(dir + "key.json", R"({"shift": [], "scales": []})");
  ASSERT_TRUE(scaler.ok());
  const double nan = std::nan("");
  const std::vector<std::pair<absl::Status, std::string>> cases = {
      {TakeRows(x, {3}).status(), "row 3 of [3,2]"},
      {TakeRows(Tensor::Scalar(1.0), {0}).status(), "a scalar has no rows"},
      {TakeRows(x, 2, 4).status(), "rows 2 to 4 of [3,2]"},
      {TakeRows(x, 2, 1).status(), "rows 2 to 1 of [3,2]"},
      {TakeRows(Tensor::Scalar(1.0), 0, 1).status(), "a scalar has no rows"},
      {MeanSquaredError(y, Vector({1})).status(), "y_true has 3 numbers and y_pred 1"},
      {R2Score(Vector({}), Vector({})).status(), "at least one"},
      {SplitRows(9, {.test_size = 1.5}).status(), "test_size is a share in (0, 1), not 1.5"},
      {SplitRows(9, {.train_size = 0}).status(), "train_size is a share in (0, 1), not 0"},
      {SplitRows(9, {.test_size = 0.6, .train_size = 0.6}).status(), "more than all of the 9"},
      {SplitRows(1).status(), "1 examples would be divided into 0 and 1"},
      {SplitRows(0).status(), "0 examples would be divided"},
      {SplitRows(3, {.shuffle = false, .stratify = y}).status(), "stratify needs shuffle"},
      {SplitRows(4, {.stratify = y}).status(), "3 class numbers for 4 examples"},
      {SplitRows(3, {.stratify = y}).status(), "class 0 has one example"},
      {TrainTestSplit(x, Vector({1})).status(), "as many rows"},
      {TrainTestSplit({}, y).status(), "as many rows"},
      {KFold(3, {.n_splits = 1}).status(), "n_splits must be in 2 … 3"},
      {KFold(3).status(), "the number of examples, not 5"},
      {StratifiedKFold(y).status(), "n_splits must be in 2 … 2"},
      {StandardScaler(Vector({nan, nan})).status(), "column 0 of x has no number"},
      {StandardScaler(Vector({1, INFINITY})).status(), "x has inf in row 1, column 0"},
      {StandardScaler({}).status(), "x is a table"},
      {MinMaxScaler(x, {.feature_min = 1}).status(), "feature_min must be below"},
      {scaler->Transform(y).status(), "fitted to 2 columns; given: [3]"},
      {Scaler::Load(dir + "short.json").status(), "short.json: a scaler has the lists"},
      {Scaler::Load(dir + "key.json").status(), "perhaps \"scale\" was meant"},
      {ConfusionMatrix(y, Vector({0})).status(), "different numbers of examples: 3, 1, 3"},
      {ConfusionMatrix(y, Vector({0, 1, 0.5})).status(), "row 2 has 0.5"},
      {ConfusionMatrix(y, Vector({0, 1, nan})).status(), "y_pred has class numbers"},
      {ConfusionMatrix(x, y).status(), "y_true has one number per example"},
      {ConfusionMatrix(y, y, {.labels = {1, 1}}).status(), "a class twice"},
      {ConfusionMatrix(Vector({}), Vector({})).status(), "y_true has no examples"},
      {ClassificationReport(y, y, {.target_names = {"a"}}).status(), "1 names for 2 classes"},
      {PredictedClasses(Tensor::Of<float>({2, 0}, {})).status(), "without columns"},
      {RocCurve(Vector({0, 2}), Vector({0, 1})).status(), "row 1 has 2"},
      {RocCurve(y, Vector({0, 1, nan})).status(), "y_score has nan in row 2"},
      {RocCurve(Vector({1, 1}), Vector({0, 1})).status(), "examples of both classes"},
      {RocCurve(y, Vector({1})).status(), "different numbers of examples"},
      {Auc({1}, {1}).status(), "two points or more"},
      {Auc({1, 3, 2}, {1, 1, 1}).status(), "neither rise nor fall"},
      {CorrelationMatrix({}).status(), "x is a table"},
  };
  for (const auto& [status, message] : cases) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status << " for " << message;
  }
}

}  // namespace
}  // namespace dagrad::learn
