// The examples as bazel run starts them: among their runfiles, with paths of where the user stands.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/test_files.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tools/drawn_values.h"
#include "dagrad/tools/tool_process.h"
#include "gtest/gtest.h"

namespace dagrad::examples {
namespace {

// Small tables of the columns of wages and titanic.
void SpillTables(const std::string& dir) {
  std::string wages = "wage_per_hour,union,age\n";
  std::string titanic = "Survived,Pclass,Sex,Age,SibSp,Parch,Fare,Embarked\n";
  for (int i = 0; i < 24; ++i) {
    absl::StrAppend(&wages, i, ",", i % 2, ",", i, "\n");
    absl::StrAppend(&titanic, i % 2, ",", 1 + i % 3, i % 2 == 0 ? ",male," : ",female,", i, ",",
                    i % 2, ",", i % 3, ",", i, i % 2 == 0 ? ",S\n" : ",C\n");
  }
  io::testing::Spill(dir + "wages.csv", wages);
  io::testing::Spill(dir + "titanic.csv", titanic);
}

TEST(ExamplesTest, ReadAndWriteWhereTheUserStands) {
  const std::string dir = io::testing::FreshDirectory();
  const std::string runfiles = dir + "example.runfiles/dagrad";
  std::filesystem::create_directories(runfiles);
  SpillTables(dir);
  struct Example {
    const char* program;
    std::vector<std::string> arguments;
    const char* saves;
  };
  const std::vector<Example> examples = {
      {"first_model", {}, "line"},
      {"wages", {"--data", "wages.csv", "--epochs", "1", "--out", "w"}, "w"},
      {"titanic", {"--data=titanic.csv", "--epochs=1", "--out=t"}, "t"},
  };
  for (const Example& e : examples) {
    const tools::Outcome o =
        tools::RunProgram(absl::StrCat("examples/", e.program), runfiles, e.arguments,
                          [&] { setenv("BUILD_WORKING_DIRECTORY", dir.c_str(), 1); });
    EXPECT_EQ(o.code, 0) << e.program << ": " << o.err;
    EXPECT_TRUE(std::filesystem::exists(dir + e.saves + "/model.pb")) << e.program;
  }
}

// Runs an example, and gives what it prints.
std::string Output(const std::string& program, const std::vector<std::string>& arguments) {
  const std::string dir = io::testing::FreshDirectory();
  const tools::Outcome o = tools::RunProgram("examples/" + program, dir, arguments);
  EXPECT_EQ(o.code, 0) << program << ": " << o.err;
  return o.out;
}

// The number behind a phrase.
double After(const std::string& text, const std::string& phrase) {
  const size_t at = text.find(phrase);
  EXPECT_NE(at, std::string::npos) << "\"" << phrase << "\" is not in\n" << text;
  return at == std::string::npos ? NAN : std::atof(text.c_str() + at + phrase.size());
}

std::string SeedData(const char* file) {
  const char* folder = std::getenv("DAGRAD_SEED_DATA");
  return folder == nullptr ? "" : std::string(folder) + "/" + file;
}

// The median of the training MSE after 10 epochs over many seeds. The losses are spread widely, in
// Keras as here (a quarter of them is above 38), so that of 60 seeds is known to a tenth only.
// Keras 3.15.1 (JAX, float32, the model 9-10-5-1 of benchmarks/oracles/wages.py) has 24.40 over 120
// seeds.
TEST(ExamplesQualityTest, WagesLearnAsInKeras) {
  const std::string data = SeedData("hourly_wages.csv");
  if (data.empty()) GTEST_SKIP() << "DAGRAD_SEED_DATA is not set";
  std::vector<double> losses;
  for (int seed = 1; seed <= 60; ++seed) {
    const std::string out = Output(
        "wages", {"--data", data, "--epochs", "10", "--seed", std::to_string(seed), "--out", "w"});
    losses.push_back(After(out.substr(out.find("9-10-5-1: ")), "training MSE "));
  }
  std::sort(losses.begin(), losses.end());
  constexpr double kKerasMedian = 24.40;
  EXPECT_NEAR((losses[29] + losses[30]) / 2, kKerasMedian, 0.1 * kKerasMedian);
}

TEST(ExamplesQualityTest, TitanicReachesWhatTheCoursesReach) {
  const std::string data = SeedData("titanictrain.csv");
  if (data.empty()) GTEST_SKIP() << "DAGRAD_SEED_DATA is not set";
  const std::string out = Output("titanic", {"--data", data, "--plots", "."});
  EXPECT_GE(After(out, "Best validation accuracy: model 1 "), 0.79);
  EXPECT_GE(After(out, "model 2 "), 0.80);
  for (const char* name : {"correlation", "validation", "history", "confusion", "roc"}) {
    const std::string svg = io::testing::Slurp(::testing::TempDir() +
                                               "/ExamplesQualityTest.TitanicReachesWhatTheCourses"
                                               "Reach/titanic_" +
                                               name + ".svg");
    EXPECT_NE(svg.find("</svg>"), std::string::npos) << name;
  }
}

TEST(ExamplesQualityTest, BankCustomersAreToldApart) {
  const std::string out = Output("churn", {"--out", "c"});
  EXPECT_GE(After(out, "Area under the ROC curve: "), 0.86);
  EXPECT_GE(After(out, "fold 5: accuracy "), 0.8);
}

TEST(ExamplesQualityTest, ShotsArePredictedAlikeInAnotherProcess) {
  const std::string dir = ::testing::TempDir() + "/shots";
  const std::string trained = Output("basketball", {"--out", dir});
  const std::string loaded = Output("basketball", {"--load", dir});
  EXPECT_GE(After(trained, "Accuracy: "), 0.78);
  EXPECT_NE(trained.find("21,502"), std::string::npos);
  EXPECT_EQ(trained.substr(trained.find("Model: ")), loaded.substr(loaded.find("Model: ")));
}

// Fewer words than by default, with which it is 92 and 94 %.
TEST(ExamplesQualityTest, LanguagesAreToldApart) {
  if (!std::filesystem::exists("/usr/share/dict/ngerman")) GTEST_SKIP() << "run tools/setup";
  const std::string out = Output("languages", {"--words", "4000", "--epochs", "4"});
  EXPECT_GE(After(out, "convolutional: accuracy on those not seen "), 0.86);
  EXPECT_GE(After(out, "recurrent: accuracy on those not seen "), 0.80);
}

TEST(ExamplesQualityTest, PricesOfPropertyAreNear) {
  const std::string out = Output("property_prices", {"--epochs=15"});
  EXPECT_NE(out.find("the table is made up"), std::string::npos) << out;
  EXPECT_LT(After(out, "Mean error on sales not seen: "), 12);
}

TEST(ExamplesQualityTest, FraudIsFound) {
  const std::string out = Output("transactions", {"--epochs=4"});
  EXPECT_GE(After(out, "Area under the ROC curve: "), 0.85);
}

// Guessing letters has a loss of 3.3.
TEST(ExamplesQualityTest, WordsAreMadeUp) {
  if (!std::filesystem::exists("/usr/share/dict/american-english")) GTEST_SKIP() << "tools/setup";
  const std::string out = Output("characters", {"--count=4000", "--epochs=4"});
  EXPECT_LT(After(out, "\nloss "), 2.6);
  EXPECT_GE(std::count(out.begin() + out.find("Made up:"), out.end(), ' '), 20);
}

// The second run only reads the results of the first.
TEST(ExamplesQualityTest, StudyGoesOnWhereItStopped) {
  const std::string dir = ::testing::TempDir() + "/study";
  std::filesystem::remove_all(dir);
  const std::vector<std::string> few = {"--epochs=5", "--trials=4", "--results=" + dir};
  const std::string first = Output("study", few);
  EXPECT_GE(After(first, "breast cancer: accuracy "), 0.85);
  const std::string grid = io::testing::Slurp(dir + "/grid.csv");
  EXPECT_EQ(std::count(grid.begin(), grid.end(), '\n'), 5) << grid;
  const std::string more = Output("study", {"--epochs=5", "--trials=6", "--results=" + dir});
  EXPECT_EQ(std::count(more.begin(), more.end(), '\n'),
            std::count(first.begin(), first.end(), '\n') + 3);
}

bool HasImages() {
  return std::getenv("DAGRAD_FASHION_MNIST") != nullptr ||
         std::filesystem::exists("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz");
}

// 5 epochs of 10,000 images reach more.
TEST(ExamplesQualityTest, ImagesAreSegmented) {
  if (!HasImages()) GTEST_SKIP() << "Fashion-MNIST is not there";
  const std::string out = Output("segmentation", {"--epochs=8", "--images=2000"});
  EXPECT_GE(After(out, "Mean IoU on images not seen: "), 0.8);
}

TEST(ExamplesQualityTest, AugmentedImagesAreLearned) {
  if (!HasImages()) GTEST_SKIP() << "Fashion-MNIST is not there";
  const std::string out = Output("augmentation", {"--epochs=8", "--images=500"});
  EXPECT_GE(After(out.substr(out.find("augmented: ")), "training images, "), 0.6);
}

// The noise alone is 0.01.
TEST(ExamplesQualityTest, SeriesArePredicted) {
  const std::string out = Output("sequences", {"--plots", "."});
  EXPECT_LT(After(out, "LSTM: MSE "), 0.03);
  EXPECT_LT(After(out, "GRU: MSE "), 0.03);
  EXPECT_GT(After(out, "no change: MSE "), 0.03);
}

TEST(ExamplesQualityTest, OptimizersAreInTheirOrder) {
  const std::string out = Output("optimizers", {"--plots", "."});
  EXPECT_LT(After(out, "Adam: loss "), 0.02);
  EXPECT_LT(After(out, "momentum: loss "), After(out, "SGD: loss "));
  EXPECT_LT(After(out, "stochastic: loss "), After(out, "mini-batch: loss "));
  EXPECT_LT(After(out, "mini-batch: loss "), After(out, "\nbatch: loss "));
}

TEST(ExamplesQualityTest, DescentFindsTheMinima) {
  const std::string out = Output("gradient_descent", {"--plots", "."});
  EXPECT_NEAR(After(out, "from 1.9: minimum "), -1.0702, 1e-4);
  EXPECT_NEAR(After(out, "from -1.9: minimum "), -3.5139, 1e-4);
  EXPECT_LT(After(out, "rate 0.09: "), 1e-4);
}

TEST(ExamplesQualityTest, ActivationsAreDrawn) {
  const std::string out = Output("activations", {"--plots", "."});
  EXPECT_NEAR(After(out, "softmax of 1, 2, 3: float64[1,3] {"), 0.09003057, 1e-6);
  EXPECT_NE(out.find("* f(x)   o f'(x)"), std::string::npos);
}

// An example and the folders of the models that it saves.
struct Saving {
  const char* program;
  std::vector<std::string> arguments;
  std::vector<std::string> folders;
  const char* needs = "/";  // a file or folder
};

constexpr char kImages[] = "/usr/share/datasets/fashion-mnist";
constexpr char kWords[] = "/usr/share/dict/ngerman";

std::vector<Saving> Savings() {
  return {
      {"augmentation", {"--epochs=1", "--images=64"}, {"out/plain", "out/augmented"}, kImages},
      {"basketball", {"--epochs=1"}, {"out"}},
      {"characters", {"--epochs=1", "--count=200"}, {"out"}, kWords},
      {"churn", {"--epochs=1"}, {"out"}},
      {"fashion_mnist", {"--epochs=1", "--batch_size=512"}, {"out"}, kImages},
      {"first_model", {}, {"line"}},
      {"languages", {"--epochs=1", "--words=100"}, {"out/convolutional", "out/recurrent"}, kWords},
      {"optimizers",
       {"--epochs=1"},
       {"out/SGD", "out/momentum", "out/Adagrad", "out/RMSprop", "out/Adam", "out/batch"}},
      {"property_prices", {"--epochs=1"}, {"out"}},
      {"segmentation", {"--epochs=1", "--images=64"}, {"out"}, kImages},
      {"sequences", {"--epochs=1"}, {"out/SimpleRNN", "out/LSTM", "out/GRU"}},
      {"titanic", {"--data=titanic.csv", "--epochs=1"}, {"out"}},
      {"transactions", {"--epochs=1"}, {"out"}},
      {"wages", {"--data=wages.csv", "--epochs=1"}, {"out"}},
  };
}

// What draws pictures, solves exercises and compares models that it throws away.
constexpr absl::string_view kSaveNothing[] = {"activations", "forward_propagation",
                                              "gradient_descent", "study"};

TEST(ExamplesTest, EveryExampleIsListed) {
  std::set<std::string> listed(std::begin(kSaveNothing), std::end(kSaveNothing));
  for (const Saving& e : Savings()) listed.insert(e.program);
  for (const auto& file : std::filesystem::directory_iterator("examples")) {
    const std::string name = file.path().filename();
    if (name.find("test") != std::string::npos) continue;
    EXPECT_TRUE(listed.contains(name)) << name << " is in none of the lists of this test";
  }
}

class ExamplesModelsTest : public testing::TestWithParam<Saving> {};

absl::StatusOr<runtime::TensorMap> Results(const Function& f, const runtime::TensorMap& feeds,
                                           const io::TensorMap& state) {
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f));
  StateStore store;
  for (const auto& [name, tensor] : state) store.Set(name, tensor);
  return executable->Run(feeds, &store);
}

// import(export(m)) of a model, on drawn inputs: the same bits.
absl::Status ComparesAsOnnx(const std::string& folder) {
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel saved, io::LoadModel(folder, ops::FindOp));
  const Function& f = *saved.model.FindFunction("predict");
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, tools::DrawInputs(f, {{"batch", 3}}));
  runtime::TensorMap feeds;
  for (size_t i = 0; i < inputs.size(); ++i) feeds[f.nodes[f.inputs[i]].name] = inputs[i];
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model written, io::ToOnnx(saved.model, saved.state));
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel read, io::ImportOnnx(written, ""));
  DAGRAD_ASSIGN_OR_RETURN(const auto expected, Results(f, feeds, saved.state));
  DAGRAD_ASSIGN_OR_RETURN(const auto found, Results(read.model.functions[0], feeds, read.state));
  for (const auto& [name, tensor] : expected)
    EXPECT_TRUE(SameBits(found.at(name), tensor)) << folder << ", output " << name;
  return absl::OkStatus();
}

TEST_P(ExamplesModelsTest, AreTheSameAsOnnx) {
  const Saving& e = GetParam();
  if (!std::filesystem::exists(e.needs)) GTEST_SKIP() << e.needs << " is not there";
  const std::string dir = io::testing::FreshDirectory();
  SpillTables(dir);
  std::vector<std::string> arguments = e.arguments;
  if (absl::string_view(e.program) != "first_model") arguments.push_back("--out=out");
  const tools::Outcome o = tools::RunProgram(absl::StrCat("examples/", e.program), dir, arguments);
  ASSERT_EQ(o.code, 0) << o.err;
  for (const std::string& folder : e.folders) {
    const absl::Status status = ComparesAsOnnx(dir + folder);
    EXPECT_TRUE(status.ok()) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExamplesModelsTest, testing::ValuesIn(Savings()),
                         [](const auto& info) { return std::string(info.param.program); });

}  // namespace
}  // namespace dagrad::examples
