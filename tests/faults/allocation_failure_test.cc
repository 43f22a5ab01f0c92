// Every allocation of a job fails once, and for ever from then on: the job ends with OK or
// ResourceExhausted, what it worked on can be used at once, and nothing is lost.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/io/gzip.h"
#include "dagrad/io/idx.h"
#include "dagrad/io/image.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/npz.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/runtime/testing/allocation_counter.h"
#include "gtest/gtest.h"

// Protocol buffers' own printer of text loses an entry of a map where its memory ends:
// ModelToText's metadata. It is the only leak that LeakSanitizer is told of.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:google::protobuf::internal::MapFieldPrinterHelper::SortMap\n";
}

namespace dagrad {
namespace {

using testing::AllocationCounter;
using testing::AllocationFailure;

// All allocations up to this one are failed; of later ones so many steps in every doubling.
constexpr int64_t kAll = 1000;
constexpr int64_t kSteps = 24;

int64_t After(int64_t n) { return n < kAll ? n + 1 : n + std::max<int64_t>(1, n / kSteps); }

// As Python and NumPy write them.
constexpr char kPickledLists[] =
    "gASVlAAAAAAAAACMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRhcn"
    "JheZSTlEsAhZRDAWKUh5RSlChLAUsChZRoA4wFZHR5cGWUk5SMAk84lImIh5RSlChLA4wBfJROTk5K/////0r/////"
    "Sz90lGKJXZQoXZQoSwFLAmVdlGV0lGIu";
constexpr char kNpz[] =
    "UEsDBC0AAAAIAAAAIQD3QBLq//////////8FABQAYS5ucHkBABAAmAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ"
    "6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GKGCE0kxQGgBQSwEC"
    "LQMtAAAACAAAACEA90AS6kwAAACYAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5ucHlQSwUGAAAAAAEAAQAzAAAAgwAAAA"
    "AA";

using Job = std::function<absl::Status()>;

// What is copied to be passed by value is the caller's, and may throw.
absl::Status Guarded(const Job& job) try { return job(); }
DAGRAD_CATCH_NO_MEMORY

// `job` with allocation `n` failing; false when it makes fewer.
bool FailOnce(const std::string& name, const Job& job, int64_t n, bool for_ever) {
  absl::Status status;
  bool happened = false;
  {
    const AllocationFailure failure(n, for_ever);
    status = Guarded(job);
    happened = failure.happened();
  }
  EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status))
      << name << ", allocation " << n << (for_ever ? " and all later ones" : "") << ": " << status;
  return happened;
}

// Walks over the allocations of `job`; in between it must succeed where nothing fails.
void FailEach(const std::string& name, const Job& job) {
  ASSERT_TRUE(job().ok()) << name;  // and what is made once is made
  int64_t failed = 0;
  for (const bool for_ever : {false, true}) {
    for (int64_t n = 1;; n = After(n)) {
      const bool happened = FailOnce(name, job, n, for_ever);
      if (!happened) break;
      ++failed;
      if (n % 16 != 0) continue;
      const absl::Status again = job();
      ASSERT_TRUE(again.ok()) << name << " after allocation " << n << ": " << again;
      // What is left over is left again if this is a leak.
      if (!AllocationCounter::Supported()) continue;
      for (int64_t left = 1, tries = 0; left > 0; ++tries) {
        const AllocationCounter counter;
        FailOnce(name, job, n, for_ever);
        left = counter.live();
        ASSERT_LT(tries, 3) << name << ", allocation " << n << " loses " << left << " blocks";
      }
    }
  }
  EXPECT_GE(failed, 4) << name << " hardly allocates";
  EXPECT_TRUE(job().ok()) << name << " at the end";
  ::testing::Test::RecordProperty(name, absl::StrCat(failed));
}

keras::Model MakeModel() {
  keras::KerasTensor input = keras::Input({3});
  keras::KerasTensor x = keras::Dense(4, {.activation = "relu"})(input);
  x = keras::BatchNormalization()(x);
  x = keras::Dropout(0.25)(x);
  return keras::Model(input, keras::Dense(1)(x), {.name = "small"});
}

const Tensor& X() {
  static const auto* const x =
      new Tensor(Tensor::Of<float>({6, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 5, 7, 9, 2, 4, 6, 8}));
  return *x;
}
const Tensor& Y() {
  static const auto* const y = new Tensor(Tensor::Of<float>({6, 1}, {1, 0, 1, 0, 1, 0}));
  return *y;
}

keras::CompileOptions Options() {
  keras::CompileOptions options;
  options.optimizer = "adam";
  options.loss = "mse";
  options.metrics = {keras::Metric("mae")};
  return options;
}

keras::FitOptions ThreeSteps() {
  keras::FitOptions options;
  options.batch_size = 2;
  options.verbose = 0;
  return options;
}

class AllocationFailureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!AllocationFailure::Supported()) GTEST_SKIP() << "the sanitizer has its own malloc";
    // In memory: every save is synced.
    directory_ = absl::StrCat("/dev/shm/dagrad_", getpid(), "/");
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  // A compiled model that has been trained and saved.
  keras::Model Trained() {
    keras::Model model = MakeModel();
    EXPECT_TRUE(model.Compile(Options()).ok());
    EXPECT_TRUE(model.Fit(X(), Y(), ThreeSteps()).ok());
    EXPECT_TRUE(model.Save(directory_ + "model").ok());
    return model;
  }
  std::string directory_;
};

TEST_F(AllocationFailureTest, KerasCompile) {
  keras::Model model = MakeModel();
  const keras::CompileOptions options = Options();
  FailEach("Compile", [&] { return model.Compile(options); });
  EXPECT_TRUE(model.Fit(X(), Y(), ThreeSteps()).ok());
}

TEST_F(AllocationFailureTest, KerasFit) {
  keras::Model model = Trained();
  const keras::FitOptions options = ThreeSteps();
  FailEach("Fit", [&] { return model.Fit(X(), Y(), options).status(); });
}

TEST_F(AllocationFailureTest, KerasEvaluateAndPredict) {
  keras::Model model = Trained();
  const Tensor expected = *model.Predict(X());
  keras::EvaluateOptions options;
  options.verbose = 0;
  FailEach("Evaluate", [&] { return model.Evaluate(X(), Y(), options).status(); });
  FailEach("Predict", [&] { return model.Predict(X()).status(); });
  EXPECT_TRUE(SameBits(expected, *model.Predict(X())));
}

TEST_F(AllocationFailureTest, KerasQueries) {
  keras::Model model = Trained();
  FailEach("Summary", [&] { return model.Summary().status(); });
  FailEach("Graph", [&] { return model.Graph().status(); });
  FailEach("GetWeights", [&] { return model.GetWeights().status(); });
  FailEach("GetState", [&] { return model.GetState().status(); });
  const keras::KerasTensor input = keras::Input({3});
  const keras::Layer dense = keras::Dense(4);
  FailEach("Layers", [&] { return keras::Model({input}, {dense(input)}, {}).status(); });
}

TEST_F(AllocationFailureTest, KerasSaveAndLoad) {
  keras::Model model = Trained();
  const std::string copy = directory_ + "copy";
  FailEach("Save", [&] { return model.Save(copy); });
  FailEach("Load", [&] { return keras::Model::Load(copy).status(); });
  absl::StatusOr<keras::Model> loaded = keras::Model::Load(copy);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_TRUE(SameBits(*model.Predict(X()), *loaded->Predict(X())));
  EXPECT_TRUE(loaded->Fit(X(), Y(), ThreeSteps()).ok());
}

// Options that make a layer of the class.
Json ConfigOf(const std::string& class_name) {
  const auto around = [](const char* inner) -> Json {
    const Json layer = {{"class_name", inner}, {"name", "in"}, {"config", {{"units", 2}}}};
    return {{"layer", layer}};
  };
  if (class_name == "Reshape") return {{"target_shape", {2, 2}}};
  if (class_name == "TimeDistributed") return around("Dense");
  if (class_name == "Bidirectional") return around("LSTM");
  if (class_name == "Lambda") return {{"function", "same"}};
  if (class_name == "Functional" || class_name == "Sequential")
    return (*MakeModel().AsLayer())->Config();
  return boost::json::object();
}

// `json` as text, and back.
absl::Status ThroughText(const Json& json) {
  const std::string text = JsonText(json);
  const absl::StatusOr<Json> read = ParseJson(text);
  if (read.ok() && JsonText(*read) != text) return InternalError(text);
  return read.status();
}

// Of everything that a Keras model's file describes.
TEST_F(AllocationFailureTest, KerasDescriptions) {
  const keras::CustomObjects custom = {
      .functions = {{"same", [](absl::Span<const Value> x, bool) { return x[0]; }}}};
  for (const std::string& name : keras::LayerClassNames()) {
    const Json config = ConfigOf(name);
    FailEach(name, [&] {
      const absl::StatusOr<keras::Layer> layer =
          keras::LayerFromConfig(name, "layer", config, custom);
      return layer.ok() ? ThroughText((*layer)->Config()) : layer.status();
    });
  }
  for (const std::string& name : OptimizerNames()) {
    FailEach(name, [&] {
      const absl::StatusOr<OptimizerPtr> rule = OptimizerFromJson({{"name", name}});
      return rule.ok() ? ThroughText((*rule)->ToJson()) : rule.status();
    });
  }
  for (const std::string& name : keras::LossNames()) {
    const Json json = keras::Loss(name).ToJson();
    FailEach(name, [&] {
      const absl::StatusOr<keras::Loss> loss = keras::Loss::FromJson(json);
      return loss.ok() ? ThroughText(loss->ToJson()) : loss.status();
    });
  }
  for (const std::string& name : keras::MetricNames()) {
    Json json = keras::Metric(name).ToJson();
    if (!keras::Metric::FromJson(json).ok()) json.as_object()["num_classes"] = 3;
    FailEach(name, [&] {
      const absl::StatusOr<keras::Metric> metric = keras::Metric::FromJson(json);
      return metric.ok() ? ThroughText(metric->ToJson()) : metric.status();
    });
  }
  const Json schedule = LearningRate::PiecewiseConstant({1, 2}, {1, 0.1, 0.01}).ToJson();
  FailEach("LearningRate", [&] {
    const absl::StatusOr<LearningRate> rate = LearningRate::FromJson(schedule);
    return rate.ok() ? ThroughText(rate->ToJson()) : rate.status();
  });
  const Json blocks = keras::Initializer::Blocks({"zeros", "he_normal"}).ToJson();
  FailEach("Initializer", [&] {
    const absl::StatusOr<keras::Initializer> read = keras::Initializer::FromJson(blocks);
    return read.ok() ? ThroughText(read->ToJson()) : read.status();
  });
}

TEST_F(AllocationFailureTest, ModelFiles) {
  Trained();
  const std::string path = directory_ + "model";
  const io::LoadedModel loaded = *io::LoadModel(path, ops::FindOp);
  const std::string bytes = *SerializeModel(loaded.model);
  const std::string text = *ModelToText(loaded.model);
  FailEach("LoadModel", [&] { return io::LoadModel(path, ops::FindOp).status(); });
  FailEach("SaveModel",
           [&] { return io::SaveModel(directory_ + "copy", loaded.model, loaded.state); });
  FailEach("ParseModel", [&] { return ParseModel(bytes, ops::FindOp).status(); });
  FailEach("ParseModelText", [&] { return ParseModelText(text, ops::FindOp).status(); });
  FailEach("SerializeModel", [&] { return SerializeModel(loaded.model).status(); });
  FailEach("ModelToText", [&] { return ModelToText(loaded.model).status(); });
}

TEST_F(AllocationFailureTest, Executables) {
  Trained();
  io::LoadedModel loaded = *io::LoadModel(directory_ + "model", ops::FindOp);
  const Function& predict = *loaded.model.FindFunction("predict");
  StateStore store;
  for (const auto& [name, tensor] : loaded.state) store.Set(name, tensor);
  FailEach("Compile", [&] { return Executable::Compile(predict).status(); });
  const std::unique_ptr<Executable> executable = *Executable::Compile(predict);
  FailEach("NewContext", [&] { return executable->NewContext(&store).status(); });
  const std::unique_ptr<RunContext> context = *executable->NewContext(&store);
  // Other sizes in turn, so that contexts are bound anew and plans are made.
  int64_t rows = 1;
  FailEach("Run", [&] {
    rows = rows % 200 + 1;
    const absl::StatusOr<Tensor> x = Tensor::Zeros(DType::kFloat32, {rows, 3});
    return x.ok() ? executable->Run(context.get(), {*x}) : x.status();
  });
  FailEach("Plan", [&] {
    rows = rows % 200 + 1;
    return executable->Plan({{rows, 3}}).status();
  });
  const Tensor x = *Tensor::Zeros(DType::kFloat32, {2, 3});
  FailEach("Profile", [&] { return executable->Profile(context.get(), {x}, 1).status(); });
  FailEach("EvaluateFunction", [&] {
    return runtime::EvaluateFunction(predict, {{predict.nodes[predict.inputs[0]].name, x}},
                                     loaded.state)
        .status();
  });
}

TEST_F(AllocationFailureTest, GradientsAndBuild) {
  FailEach("Gradients", []() -> absl::Status {
    GraphBuilder g("f");
    Value x = g.Input("x", DType::kFloat32, {"n", 3});
    Value y = Tanh(x * x) + x;
    const auto gradients = Gradients({&y, 1}, {&x, 1});
    if (!gradients.ok()) return gradients.status();
    g.Output("dx", (*gradients)[0]);
    return g.Build().status();
  });
}

TEST_F(AllocationFailureTest, Readers) {
  const Tensor t = Tensor::Of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::string npy = directory_ + "t.npy";
  std::string pickle;  // of the lists {1, 2} and {}
  ASSERT_TRUE(absl::Base64Unescape(kPickledLists, &pickle));
  FailEach("ParsePickledLists", [&] { return io::ParsePickledLists(pickle, 2, 1 << 20).status(); });
  std::string npz;
  ASSERT_TRUE(absl::Base64Unescape(kNpz, &npz));
  FailEach("ParseNpz", [&] { return io::ParseNpz(npz).status(); });
  const std::string weights = directory_ + "t.safetensors";
  const io::Safetensors contents{{{"a", t}, {"b", t}}, {{"key", "value"}}};
  FailEach("WriteNpy", [&] { return io::WriteNpy(npy, t); });
  FailEach("ReadNpy", [&] { return io::ReadNpy(npy).status(); });
  FailEach("WriteSafetensors", [&] { return io::WriteSafetensors(weights, contents); });
  FailEach("ReadSafetensors", [&] { return io::ReadSafetensors(weights).status(); });
  const Tensor pixels = *Tensor::Zeros(DType::kUInt8, {3, 2, 3});
  FailEach("WritePng", [&] { return io::WritePng(directory_ + "t.png", pixels); });
  FailEach("ReadImage", [&] { return io::ReadImage(directory_ + "t.png").status(); });
  std::string jpeg;  // of 2 x 2 gray pixels
  ASSERT_TRUE(absl::Base64Unescape(
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////////////////"
      "////////////////////////////wAALCAACAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//"
      "EABQQAQAAAAAAAAAAAA"
      "AAAAAAAAD/2gAIAQEAAD8AF//Z",
      &jpeg));
  FailEach("ParseImage and EncodePng", [&] {
    const absl::StatusOr<Tensor> image = io::ParseImage(jpeg);
    return image.ok() ? io::EncodePng(*image).status() : image.status();
  });
  io::testing::Spill(directory_ + "t.idx", std::string("\0\0\x0C\1\0\0\0\2\0\0\0\1\0\0\0\2", 16));
  io::testing::Spill(directory_ + "t.csv", "a,b,c\n1,2.5,north of the river\n3,,south of it\n");
  FailEach("ReadCsv", [&] { return io::ReadCsv(directory_ + "t.csv").status(); });
  const io::CsvTable table = *io::ReadCsv(directory_ + "t.csv");
  const std::vector<io::CsvFeature> features = {
      {.column = "b", .fill = io::CsvFill::kMean},
      {.column = "c", .encoding = io::CsvEncoding::kOneHot}};
  FailEach("Fit", [&] { return io::CsvEncoder::Fit(table, features).status(); });
  const io::CsvEncoder encoder = *io::CsvEncoder::Fit(table, features);
  FailEach("Transform", [&] { return encoder.Transform(table).status(); });
  const std::string saved = directory_ + "encoder.json";
  FailEach("CsvEncoder::Save", [&] { return encoder.Save(saved); });
  FailEach("CsvEncoder::Load", [&] { return io::CsvEncoder::Load(saved).status(); });
  const unsigned char gzip[] = {0x1f, 0x8b, 8,    0,    0,    0,    0, 0, 2, 0xff, 0x4b,
                                4,    0,    0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0};  // "a"
  io::testing::Spill(directory_ + "t.gz",
                     absl::string_view(reinterpret_cast<const char*>(gzip), sizeof gzip));
  FailEach("ReadGzip", [&] { return io::ReadGzip(directory_ + "t.gz", 1 << 20).status(); });
  FailEach("ReadIdx", [&] { return io::ReadIdx(directory_ + "t.idx").status(); });
}

}  // namespace
}  // namespace dagrad
