#include "dagrad/io/model_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using dagrad::testing::FindTestOp;
using dagrad::testing::TestAdd;
using testing::ForEachDamage;
using testing::FreshDirectory;
using testing::Slurp;
using testing::Spill;

Model SmallModel() {
  GraphBuilder g("predict");
  Value w = g.State("w", DType::kFloat32, {2});
  g.Output("y", TestAdd(g.Input("x", DType::kFloat32, {"batch", 2}), w));
  Model model;
  model.name = "small";
  model.functions.push_back(*g.Build());
  model.states = {{"w", {DType::kFloat32, {2}}, true, ""},
                  {"step", {DType::kInt64, {}}, false, ""}};
  return model;
}

TensorMap SmallState(float first = 1) {
  return {{"w", Tensor::Of<float>({2}, {first, 2})}, {"step", Tensor::Scalar<int64_t>(7)}};
}

void ExpectLoads(const std::string& path, float first) {
  const absl::StatusOr<LoadedModel> loaded = LoadModel(path, FindTestOp);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const TensorMap expected = SmallState(first);
  ASSERT_EQ(loaded->state.size(), expected.size());
  for (const auto& [name, tensor] : expected) {
    EXPECT_TRUE(SameBits(loaded->state.at(name), tensor))
        << name << " " << loaded->state.at(name).ToString();
  }
  EXPECT_EQ(loaded->model.name, "small");
  EXPECT_FALSE(loaded->model.metadata.contains("dagrad.weights"));
}

int CountFiles(const std::string& directory) {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

TEST(ModelFileTest, NamesOfOtherFormatsAreNoDirectories) {
  const std::string dir = FreshDirectory();
  for (const char* name : {"m.keras", "m.txt", "m.h5", "m.json", "m.onnx", "m.PB", "a.b/m.keras"}) {
    std::filesystem::create_directories(dir + "a.b");
    const absl::Status s = SaveModel(dir + name, SmallModel(), SmallState());
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_TRUE(absl::StrContains(s.message(), "ends in .pb or .pbtxt")) << s;
    EXPECT_FALSE(std::filesystem::exists(dir + name));
  }
  for (const char* name :
       {"m", "v1.2", "m.whole", "m.", ".hidden", "m.keras/", "a.b/m", "m.pb", "m.pbtxt"}) {
    const absl::Status s = SaveModel(dir + name, SmallModel(), SmallState());
    EXPECT_TRUE(s.ok()) << name << ": " << s;
    ExpectLoads(dir + name, 1);
  }
  // A directory that is there is one.
  EXPECT_TRUE(SaveModel(dir + "m.keras", SmallModel(), SmallState(2)).ok());
  ExpectLoads(dir + "m.keras", 2);
}

TEST(ModelFileTest, TheModelAloneNeedsNoWeightsFile) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState()).ok());
  const absl::StatusOr<LoadedModel> whole = LoadModel(dir + "m", FindTestOp);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_TRUE(std::filesystem::remove(whole->weights_file));
  EXPECT_FALSE(LoadModel(dir + "m", FindTestOp).ok());
  const absl::StatusOr<LoadedModel> alone = LoadModel(dir + "m", FindTestOp, {.weights = false});
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_TRUE(alone->state.empty());
  EXPECT_EQ(alone->weights_file, whole->weights_file);
  EXPECT_EQ(alone->model.states.size(), 2u);
}

TEST(ModelFileTest, DirectoryBinaryAndTextComeBack) {
  const std::string dir = FreshDirectory();
  for (const char* name :
       {"titanic", "titanic/", "plain.pb", "plain.pbtxt", ".hidden.pb", "..hidden.pbtxt", ".pb"}) {
    ASSERT_TRUE(SaveModel(dir + name, SmallModel(), SmallState()).ok()) << name;
    ExpectLoads(dir + name, 1);
  }
  EXPECT_EQ(CountFiles(dir + "titanic"), 2);
  EXPECT_EQ(*FindModelFile(dir + "titanic"), dir + "titanic/model.pb");
}

TEST(ModelFileTest, SavingAgainReplacesBothAndLeavesNothing) {
  const std::string dir = FreshDirectory();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState(static_cast<float>(i))).ok());
    ExpectLoads(dir + "m", static_cast<float>(i));
    EXPECT_EQ(CountFiles(dir + "m"), 2);
  }
}

TEST(ModelFileTest, EqualModelsGiveEqualFiles) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "a", SmallModel(), SmallState()).ok());
  ASSERT_TRUE(SaveModel(dir + "b", SmallModel(), SmallState()).ok());
  for (const auto& entry : std::filesystem::directory_iterator(dir + "a")) {
    const std::string name = entry.path().filename().string();
    EXPECT_EQ(Slurp(dir + "a/" + name), Slurp(dir + "b/" + name)) << name;
  }
}

TEST(ModelFileTest, MappedWeightsMayBeWrittenWithoutChangingTheFile) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState()).ok());
  {
    LoadOptions mapped;
    mapped.map = true;
    absl::StatusOr<LoadedModel> loaded = LoadModel(dir + "m", FindTestOp, mapped);
    ASSERT_TRUE(loaded.ok());
    loaded->state["w"].mutable_data<float>()[0] = 99;
    EXPECT_EQ(loaded->state["w"].data<float>()[0], 99);
  }
  ExpectLoads(dir + "m", 1);
}

TEST(ModelFileTest, LoadedWeightsOutliveTheirFile) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState()).ok());
  absl::StatusOr<LoadedModel> loaded = LoadModel(dir + "m", FindTestOp);
  ASSERT_TRUE(loaded.ok());
  ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState(5)).ok());
  std::filesystem::remove_all(dir + "m");
  EXPECT_EQ(loaded->state["w"].data<float>()[0], 1);
}

TEST(ModelFileTest, ModelsOfOneDirectoryKeepApart) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "a.pb", SmallModel(), SmallState(1)).ok());
  ASSERT_TRUE(SaveModel(dir + "b.pb", SmallModel(), SmallState(2)).ok());
  ASSERT_TRUE(SaveModel(dir + "a.pb", SmallModel(), SmallState(3)).ok());
  ExpectLoads(dir + "a.pb", 3);
  ExpectLoads(dir + "b.pb", 2);
}

TEST(ModelFileTest, WithoutWeights) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m.pb", SmallModel(), {}).ok());
  const absl::StatusOr<LoadedModel> loaded = LoadModel(dir + "m.pb", FindTestOp);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(loaded->state.empty());
}

TEST(ModelFileTest, StateMustBeWhatIsDeclared) {
  const std::string path = FreshDirectory() + "m";
  TensorMap state = SmallState();
  state["w"] = Tensor::Of<float>({3}, {1, 2, 3});
  EXPECT_EQ(
      SaveModel(path, SmallModel(), state),
      absl::InvalidArgumentError(absl::StrCat(
          "cannot save ", path, ": state \"w\" is float32[3]; the model declares float32[2]")));
  state = SmallState();
  state.erase("step");
  EXPECT_EQ(SaveModel(path, SmallModel(), state),
            absl::NotFoundError(
                absl::StrCat("cannot save ", path, ": state \"step\", int64[], is missing")));
  state = SmallState();
  state["q"] = Tensor::Scalar<bool>(true);
  EXPECT_EQ(SaveModel(path, SmallModel(), state),
            absl::InvalidArgumentError(absl::StrCat(
                "cannot save ", path, ": state \"q\", bool[], is not declared by the model")));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ModelFileTest, PathsThatCannotBe) {
  const std::string dir = FreshDirectory();
  EXPECT_EQ(
      LoadModel(dir + "none", FindTestOp).status(),
      absl::NotFoundError(absl::StrCat("cannot open ", dir, "none: No such file or directory")));
  EXPECT_EQ(LoadModel(dir, FindTestOp).status(),
            absl::NotFoundError(absl::StrCat(dir, " holds neither model.pb nor model.pbtxt")));
  EXPECT_EQ(SaveModel(dir + "no/such/m", SmallModel(), {}),
            absl::NotFoundError(absl::StrCat("cannot make the directory ", dir,
                                             "no/such/m: No such file or directory")));
  Spill(dir + "file", "");
  EXPECT_EQ(SaveModel(dir + "file", SmallModel(), {}),
            absl::InvalidArgumentError(
                absl::StrCat("cannot save ", dir,
                             "file: it is no directory; a path to a file ends in .pb or "
                             ".pbtxt")));
  EXPECT_EQ(
      LoadModel(dir + "file/m", FindTestOp).status(),
      absl::InvalidArgumentError(absl::StrCat("cannot open ", dir, "file/m: Not a directory")));
  EXPECT_EQ(SaveModel("", SmallModel(), {}).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ModelFileTest, WeightsThatAreGoneOrOthersAreNamed) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m.pb", SmallModel(), SmallState()).ok());
  std::string weights;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().extension() == ".safetensors") weights = entry.path();
  }
  ASSERT_TRUE(WriteSafetensors(weights, {{{"w", Tensor::Of<double>({2}, {1, 2})}}, {}}).ok());
  std::vector<absl::Status> errors;
  LoadOptions options;
  options.errors = &errors;
  EXPECT_FALSE(LoadModel(dir + "m.pb", FindTestOp, options).ok());
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].message(), "state \"w\" is float64[2]; the model declares float32[2]");
  EXPECT_EQ(errors[1].message(), "state \"step\", int64[], is missing");
  std::filesystem::remove(weights);
  EXPECT_EQ(
      LoadModel(dir + "m.pb", FindTestOp).status(),
      absl::NotFoundError(absl::StrCat("cannot open ", weights, ": No such file or directory")));
  std::filesystem::create_symlink("/etc/passwd", weights);
  EXPECT_EQ(LoadModel(dir + "m.pb", FindTestOp).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(ModelFileTest, WeightsElsewhereAreRefused) {
  const std::string dir = FreshDirectory();
  for (const char* name : {"../x", "/etc/passwd", "a/../../x", ".", "..", "", ".hidden"}) {
    Model model = SmallModel();
    model.metadata["dagrad.weights"] = name;
    ASSERT_TRUE(SaveModel(dir + "m.pb", model, {}).ok());
    const absl::Status s = LoadModel(dir + "m.pb", FindTestOp).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kPermissionDenied) << name << ": " << s;
  }
}

// Whatever a damaged file holds, loading gives a status, or a model that is sound.
TEST(ModelFileTest, EveryDamageIsSurvived) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m.pb", SmallModel(), {}).ok());
  int failed = 0;
  ForEachDamage(dir + "m.pb", Slurp(dir + "m.pb"), [&](const std::string&) {
    failed += LoadModel(dir + "m.pb", FindTestOp).ok() ? 0 : 1;
  });
  EXPECT_GT(failed, 500);
}

// Saves in a child that may write no more than `limit` bytes to a file: above that the system sends
// SIGXFSZ, which ends a process. 1 if the save failed with a status instead, and no trace of the
// signal is left.
int SaveWithLimit(const std::string& path, rlim_t limit) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit size = {limit, limit};
    setrlimit(RLIMIT_FSIZE, &size);
    Model model = SmallModel();
    model.metadata["note"] = std::string(2000, 'n');  // longer than the weights: both files are cut
    const absl::Status saved = SaveModel(path, model, SmallState(2));
    sigset_t pending, blocked;
    sigpending(&pending);
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    const bool clean = sigisemptyset(&pending) == 1 && sigisemptyset(&blocked) == 1;
    _exit(absl::IsResourceExhausted(saved) && clean ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(ModelFileTest, ALimitOfFileSizeIsAnErrorAndNoDeath) {
  const std::string dir = FreshDirectory();
  ASSERT_TRUE(SaveModel(dir + "m", SmallModel(), SmallState(1)).ok());
  for (rlim_t limit :
       {0, 1, 100, 300, 1000, 2000}) {  // within the weights or within the model file
    const int status = SaveWithLimit(dir + "m", limit);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << limit << ": " << status;
    ExpectLoads(dir + "m", 1);
    EXPECT_EQ(CountFiles(dir + "m"), 2);
  }
}

// A save removes no weights that another model file names, however that came to be.
TEST(ModelFileTest, CopiesKeepTheirWeights) {
  const std::string dir = FreshDirectory();
  for (const std::string stem : {"a",
                                 "m\xc3\xb6"
                                 "del",
                                 "q\"uo'te", "b.tmp.1"}) {
    for (const char* suffix : {".pb", ".pbtxt"}) {
      const std::string path = absl::StrCat(dir, stem, suffix);
      const std::string copy = absl::StrCat(dir, "copy of ", stem, suffix);
      ASSERT_TRUE(SaveModel(path, SmallModel(), SmallState(1)).ok()) << path;
      std::filesystem::copy_file(path, copy);
      ASSERT_TRUE(SaveModel(path, SmallModel(), SmallState(2)).ok());
      ASSERT_TRUE(SaveModel(path, SmallModel(), SmallState(3)).ok());
      ExpectLoads(copy, 1);
      ExpectLoads(path, 3);
      std::filesystem::remove(copy);
      ASSERT_TRUE(SaveModel(path, SmallModel(), SmallState(4)).ok());
    }
    EXPECT_EQ(CountFiles(dir), 3) << stem;  // two models and their weights
    ExpectLoads(absl::StrCat(dir, stem, ".pb"), 4);
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
      std::filesystem::remove(entry.path());
    }
  }
}

TEST(ModelFileTest, ALinkLeadsToTheModelAndToItsWeights) {
  const std::string dir = FreshDirectory();
  std::filesystem::create_directory(dir + "real");
  std::filesystem::create_symlink("real/m.pb", dir + "link.pb");
  for (const float value : {1.0F, 2.0F}) {
    ASSERT_TRUE(SaveModel(dir + "link.pb", SmallModel(), SmallState(value)).ok());
    ExpectLoads(dir + "link.pb", value);
    ExpectLoads(dir + "real/m.pb", value);
    EXPECT_TRUE(std::filesystem::is_symlink(dir + "link.pb"));
    EXPECT_EQ(CountFiles(dir), 2);
    EXPECT_EQ(CountFiles(dir + "real"), 2);
  }
}

// Weights beside a link to a model file elsewhere were found before links were followed.
TEST(ModelFileTest, WeightsBesideALinkAreFound) {
  const std::string dir = FreshDirectory();
  std::filesystem::create_directory(dir + "real");
  ASSERT_TRUE(SaveModel(dir + "m.pb", SmallModel(), SmallState(3)).ok());
  std::filesystem::rename(dir + "m.pb", dir + "real/m.pb");
  std::filesystem::create_symlink("real/m.pb", dir + "m.pb");
  ExpectLoads(dir + "m.pb", 3);
}

TEST(ModelFileTest, UnwritableDirectoryIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const std::string dir = FreshDirectory();
  chmod(dir.c_str(), 0555);
  EXPECT_EQ(
      SaveModel(dir + "m.pb", SmallModel(), {}),
      absl::PermissionDeniedError(absl::StrCat("cannot write ", dir, "m.pb: Permission denied")));
  chmod(dir.c_str(), 0755);
}

}  // namespace
}  // namespace dagrad::io
