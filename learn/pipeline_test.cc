// Steps and models in one object.
#include "dagrad/learn/pipeline.h"

#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/learn.h"
#include "dagrad/learn/model_selection.h"
#include "dagrad/ops/table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::learn {
namespace {

using io::CsvEncoding;
using io::CsvFill;
using ::testing::HasSubstr;

// 24 people; some ages and ports are missing.
Table People() {
  std::string text = "age,sex,port,fare,survived\n";
  for (int i = 0; i < 24; ++i) {
    absl::StrAppend(&text, i % 5 == 3 ? "" : absl::StrCat(20 + i * i % 37), ",",
                    i % 3 == 0 ? "male" : "female", ",",
                    i % 7 == 2   ? ""
                    : i % 2 == 0 ? "C"
                                 : "S",
                    ",", i % 11 + 0.5, ",", i % 3 == 0 ? 0 : 1, "\n");
  }
  return Table(*io::ParseCsv(text));
}

Tensor Survived() { return *People().ToTensor("survived"); }

std::vector<io::CsvFeature> Columns() {
  return {{.column = "age", .fill = CsvFill::kKeep},
          {.column = "sex", .encoding = CsvEncoding::kOrdinal},
          {.column = "port", .encoding = CsvEncoding::kOneHot, .fill = CsvFill::kMostFrequent},
          {.column = "fare"}};
}

absl::StatusOr<Pipeline> Build() {
  keras::Sequential model("m", {.seed = 1});
  model.Add(keras::Dense(3, {.activation = "tanh", .input_shape = {5}}));
  model.Add(keras::Dense(1, {.activation = "sigmoid"}));
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = "accuracy"}));
  return Pipeline({EncoderStep(Columns()), ImputerStep({.strategy = "median"}),
                   StandardScalerStep(), MinMaxScalerStep()},
                  std::move(model));
}

TEST(PipelineTest, IsItsStepsOneAfterTheOther) {
  absl::StatusOr<Pipeline> pipeline = Build();
  const absl::StatusOr<keras::History> history =
      pipeline->Fit(People(), Survived(), {.epochs = 2, .verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  const io::CsvTable table = People().csv();
  const Tensor encoded = *io::CsvEncoder::Fit(table, Columns())->Transform(table);
  const Tensor filled = *SimpleImputer(encoded, {.strategy = "median"})->Transform(encoded);
  const Tensor standard = *StandardScaler(filled)->Transform(filled);
  const Tensor wanted = *MinMaxScaler(standard)->Transform(standard);
  EXPECT_TRUE(SameBits(*pipeline->Transform(People()), wanted));
  EXPECT_TRUE(SameBits(*pipeline->Predict(People()), *pipeline->model().Predict(wanted)));
  EXPECT_EQ((*pipeline->Evaluate(People(), Survived(), {.verbose = 0}))["accuracy"],
            (*pipeline->model().Evaluate(wanted, Survived(), {.verbose = 0}))["accuracy"]);
}

// What is not trained on changes nothing of what the steps learn.
TEST(PipelineTest, LearnsFromTheTrainingPartAlone) {
  const Table people = People();
  std::vector<int64_t> first;
  for (int64_t i = 0; i < 18; ++i) first.push_back(i);
  const Table part = *people.TakeRows(first);
  absl::StatusOr<Pipeline> split = Build(), alone = Build();
  ASSERT_TRUE(split->Fit(people, Survived(), {.verbose = 0, .validation_split = 0.25}).ok());
  ASSERT_TRUE(alone->Fit(part, *TakeRows(Survived(), first), {.verbose = 0}).ok());
  EXPECT_TRUE(SameBits(*split->Predict(people), *alone->Predict(people)));
  absl::StatusOr<Pipeline> all = Build();
  ASSERT_TRUE(all->Fit(people, Survived(), {.verbose = 0}).ok());
  EXPECT_FALSE(SameBits(*split->Transform(people), *all->Transform(people)));
}

// Nor in cross-validation: whatever stands in the test row, the scores of the training rows are the
// same.
TEST(PipelineTest, CrossValidationLeaksNothing) {
  std::vector<int64_t> train;
  for (int64_t i = 0; i < 18; ++i) train.push_back(i);
  const auto scores = [&](double fare) {
    const Table last = *People().TakeRows({{23}});
    const double old = (*last.Numbers("fare"))[0];
    std::vector<int64_t> rows;  // without those of the last one's fare
    for (int64_t i = 0; i < 24; ++i) {
      if (i == 23 || (*People().Numbers("fare"))[i] != old) rows.push_back(i);
    }
    const Table t = *People().TakeRows(rows)->Replace("fare", old, fare);
    const int64_t test = static_cast<int64_t>(rows.size()) - 1;
    return CrossValScore(Build, t, *TakeRows(Survived(), rows), {.splits = {{train, {test}}}})
        ->train;
  };
  EXPECT_EQ(scores(5), scores(1e9));
}

TEST(PipelineTest, ValidationDataGoThroughTheSteps) {
  const Tensor x = *People().FillNa("age", 30)->ToTensor({"age", "fare"});
  const auto model = [] {
    keras::Sequential m("m", {.seed = 1});
    m.Add(keras::Dense(1, {.activation = "sigmoid", .input_shape = {2}}));
    EXPECT_TRUE(m.Compile({.optimizer = "sgd", .loss = "binary_crossentropy"}).ok());
    return m;
  };
  const auto fit = [](const Tensor& validation) -> keras::FitOptions {
    return {.verbose = 0, .validation_data = {validation, Survived()}};
  };
  Pipeline pipeline({StandardScalerStep()}, model());
  const absl::StatusOr<keras::History> got = pipeline.Fit(x, Survived(), fit(x));
  ASSERT_TRUE(got.ok()) << got.status();
  const Tensor scaled = *StandardScaler(x)->Transform(x);
  keras::Sequential plain = model();
  EXPECT_EQ((*got)["val_loss"], (*plain.Fit(scaled, Survived(), fit(scaled)))["val_loss"]);
}

TEST(PipelineTest, GivesTheSameBitsWhenLoaded) {
  const std::string dir = io::testing::FreshDirectory() + "saved";
  absl::StatusOr<Pipeline> pipeline = Build();
  ASSERT_TRUE(pipeline->Fit(People(), Survived(), {.epochs = 3, .verbose = 0}).ok());
  ASSERT_TRUE(pipeline->Save(dir).ok());
  absl::StatusOr<Pipeline> loaded = Pipeline::Load(dir);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(SameBits(*pipeline->Transform(People()), *loaded->Transform(People())));
  EXPECT_TRUE(SameBits(*pipeline->Predict(People()), *loaded->Predict(People())));
  EXPECT_THAT(std::string(loaded->Fit(People(), Survived()).status().message()),
              HasSubstr("the encoder was loaded fitted"));
}

// Writes `steps` into the model file in `dir`, or takes them out; gives those that were there.
std::string ReplaceSteps(const std::string& dir, const char* steps) {
  absl::StatusOr<io::LoadedModel> loaded = io::LoadModel(dir, ops::FindOp);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  std::map<std::string, std::string>& metadata = loaded->model.metadata;
  const std::string before = metadata["pipeline"];
  metadata.erase("pipeline");
  if (steps != nullptr) metadata["pipeline"] = steps;
  EXPECT_TRUE(io::SaveModel(dir, loaded->model, loaded->state).ok());
  return before;
}

// The model file names the steps that belong to it: no other file has a part in a save.
TEST(PipelineTest, StepsAndModelAreSavedInOneStep) {
  const std::string dir = io::testing::FreshDirectory() + "saved";
  absl::StatusOr<Pipeline> pipeline = Build();
  ASSERT_TRUE(pipeline->Fit(People(), Survived(), {.verbose = 0}).ok());
  ASSERT_TRUE(pipeline->Save(dir).ok());
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    const std::string kind = entry.path().extension();
    EXPECT_TRUE(kind == ".pb" || kind == ".safetensors") << entry.path();
  }
  ReplaceSteps(dir, R"({"steps": {}})");
  EXPECT_THAT(std::string(Pipeline::Load(dir).status().message()),
              HasSubstr("saved: a pipeline has a list of steps"));
  // A model in its place has no steps.
  ASSERT_TRUE(pipeline->Save(dir).ok());
  ASSERT_TRUE(pipeline->model().Save(dir).ok());
  const absl::Status alone = Pipeline::Load(dir).status();
  EXPECT_EQ(alone.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(alone.message()), HasSubstr("saved without a pipeline"));
}

TEST(PipelineTest, ReadsFoldersOfOlderVersions) {
  const std::string dir = io::testing::FreshDirectory() + "saved";
  absl::StatusOr<Pipeline> pipeline = Build();
  ASSERT_TRUE(pipeline->Fit(People(), Survived(), {.verbose = 0}).ok());
  ASSERT_TRUE(pipeline->Save(dir).ok());
  const std::string text = ReplaceSteps(dir, nullptr);
  io::testing::Spill(dir + "/steps.json", text);
  absl::StatusOr<Pipeline> loaded = Pipeline::Load(dir);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(SameBits(*pipeline->Predict(People()), *loaded->Predict(People())));
  for (size_t cut = 0; cut + 1 < text.size(); cut += 41) {
    io::testing::Spill(dir + "/steps.json", text.substr(0, cut));
    EXPECT_EQ(Pipeline::Load(dir).status().code(), absl::StatusCode::kInvalidArgument) << cut;
  }
  for (const char* wrong :
       {R"({"steps": [{"scalar": {}}]})", R"({"steps": [{}]})", R"({"steps": {}})",
        R"({"stages": []})", R"({"steps": [{"imputer": {"statistics": ["x"]}}]})"}) {
    io::testing::Spill(dir + "/steps.json", wrong);
    EXPECT_THAT(std::string(Pipeline::Load(dir).status().message()), HasSubstr("steps.json: "))
        << wrong;
  }
  ASSERT_TRUE(pipeline->Save(dir).ok());
  EXPECT_FALSE(std::filesystem::exists(dir + "/steps.json"));
}

TEST(PipelineTest, SaysWhatIsWrong) {
  absl::StatusOr<Pipeline> pipeline = Build();
  EXPECT_EQ(pipeline->Predict(People()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(pipeline->Save("nowhere").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(pipeline->Fit(Survived(), Survived()).status().message()),
              HasSubstr("an encoder is fitted to a table"));
  EXPECT_THAT(
      std::string(
          pipeline->Fit(People(), Survived(), {.validation_split = 1.5}).status().message()),
      HasSubstr("validation_split"));
  Pipeline null({nullptr}, keras::Sequential("m"));
  EXPECT_THAT(std::string(null.Fit(Survived(), Survived()).status().message()),
              HasSubstr("a step of the pipeline is null"));
}

// sklearn.impute.SimpleImputer of the same columns.
TEST(ImputerTest, FillsAsScikitLearn) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = Tensor::Of<double>({5, 2}, {1, none, 2, 8, none, 8, 2, -1, 5, 3});
  const std::vector<std::pair<SimpleImputerOptions, std::vector<double>>> cases = {
      {{.strategy = "mean"}, {2.5, 4.5}},
      {{.strategy = "median"}, {2, 5.5}},
      {{.strategy = "most_frequent"}, {2, 8}},
      {{.strategy = "constant", .fill_value = 9}, {9, 9}}};
  for (const auto& [options, want] : cases) {
    const absl::StatusOr<Imputer> imputer = SimpleImputer(x, options);
    ASSERT_TRUE(imputer.ok()) << imputer.status();
    EXPECT_EQ(imputer->statistics(), want) << options.strategy;
    const Tensor filled = *imputer->Transform(x);
    EXPECT_EQ(filled.data<double>()[1], want[1]);
    EXPECT_EQ(filled.data<double>()[4], want[0]);
    EXPECT_EQ(filled.data<double>()[2], 2);
  }
  EXPECT_THAT(std::string(SimpleImputer(x, {.strategy = "men"}).status().message()),
              HasSubstr("perhaps \"mean\" was meant"));
  EXPECT_THAT(std::string(SimpleImputer(Tensor::Of<double>({1, 1}, {none})).status().message()),
              HasSubstr("column 0 of x has no number"));
  EXPECT_THAT(
      std::string(
          SimpleImputer(x)->Transform(Tensor::Of<double>({1, 3}, {1, 2, 3})).status().message()),
      HasSubstr("fitted to 2 columns"));
}

}  // namespace
}  // namespace dagrad::learn
