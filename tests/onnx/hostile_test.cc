// Files of ONNX that try to harm who imports them, each in a process of its own: each is refused
// with a status that its table accepts, within a second, or imported, compiled and run within a
// budget.
#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/io/onnx/read.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/test_files.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/hostile/child.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/under_sanitizer.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

namespace files = std::filesystem;
using tests::ChildReport;
using tests::RunInChild;

constexpr int64_t kBytes = int64_t{64} << 20;       // of an import, and of a run
constexpr int64_t kPeakBytes = int64_t{256} << 20;  // of the process
constexpr std::chrono::seconds kTime{2};            // of the budget
constexpr double kSecondsToRefuse = 1;
constexpr int64_t kMostFed = int64_t{1} << 20;  // elements of an input
constexpr int kSecondsOfWalk = 300;

Budget SmallBudget() { return Budget({.bytes = kBytes, .time = kTime}); }

io::ImportOnnxOptions Options() {
  return {.limits = {.nodes = 20'000, .memory = kBytes, .budget = SmallBudget()}};
}

absl::StatusOr<io::LoadedModel> Import(const std::string& bytes,
                                       const std::string& directory = "") {
  const io::ImportOnnxOptions options = Options();
  DAGRAD_ASSIGN_OR_RETURN(const proto::Model model, ParseModel(bytes, options.limits));
  return io::ImportOnnx(model, directory, options);
}

// Ones; all symbols are 2.
absl::StatusOr<TensorMap> Feeds(const Function& f) {
  Bindings bindings;
  TensorMap feeds;
  for (const NodeId id : f.inputs) {
    const ValueType& type = f.nodes[id].outputs[0];
    absl::btree_set<std::string> symbols;
    for (const Dim& d : type.shape.dims()) d.CollectSymbols(&symbols);
    for (const std::string& s : symbols) bindings[s] = 2;
    DAGRAD_ASSIGN_OR_RETURN(const Dims dims, type.shape.Bind(bindings));
    if (NumElements(dims) > kMostFed) return absl::ResourceExhaustedError("an input is too large");
    if (type.dtype == DType::kString) {
      DAGRAD_ASSIGN_OR_RETURN(feeds[f.nodes[id].name], Tensor::Zeros(type.dtype, dims));
    } else {
      feeds[f.nodes[id].name] = Tensor::Full(type.dtype, dims, 1);
    }
  }
  return feeds;
}

absl::Status Run(const io::LoadedModel& loaded) {
  const Function& f = loaded.model.functions[0];
  CompileOptions options;
  options.memory_limit_bytes = kBytes;
  options.budget = SmallBudget();
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f, options));
  StateStore state;
  for (const auto& [name, tensor] : loaded.state) state.Set(name, tensor);
  DAGRAD_ASSIGN_OR_RETURN(const TensorMap feeds, Feeds(f));
  return executable->Run(feeds, &state, {.budget = SmallBudget()}).status();
}

bool HasControlBytes(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// What the import says, or else the run. Internal where either says it without words or with bytes
// that a terminal would obey, and where it takes long to refuse.
absl::Status Answer(absl::FunctionRef<absl::StatusOr<io::LoadedModel>()> import) {
  const std::clock_t start = std::clock();
  const absl::StatusOr<io::LoadedModel> loaded = import();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double most = kSecondsToRefuse + (absl::IsDeadlineExceeded(loaded.status()) ? 2 : 0);
  if (!loaded.ok() && seconds > most && !tests::UnderSanitizer())
    return absl::InternalError(absl::StrCat("after ", seconds, " s: ", loaded.status().ToString()));
  const absl::Status status = loaded.ok() ? Run(*loaded) : loaded.status();
  if (status.ok() == status.message().empty() && !HasControlBytes(status.message())) return status;
  return absl::InternalError(absl::StrCat("an error of ", status.message().size(), " bytes"));
}

void ExpectAnswer(int number, const std::string& name, Codes accepted,
                  absl::FunctionRef<absl::Status()> answer) {
  SCOPED_TRACE(absl::StrCat("kind ", number, ", ", Printable(name)));
  const ChildReport report = RunInChild(answer);
  ASSERT_EQ(report.signal, 0) << report.ToString();
  EXPECT_TRUE(accepted.Contains(report.status.code())) << report.ToString();
  if (tests::UnderSanitizer()) return;
  EXPECT_LE(report.peak_bytes, kPeakBytes);
}

void ExpectAnswers(const HostileCases& cases) {
  for (const HostileCase& c : cases) {
    ExpectAnswer(c.number, c.name, c.accepted, [&c] {
      const std::string bytes = c.bytes();
      return Answer([&] { return Import(bytes, c.directory); });
    });
  }
}

TEST(HostileOnnxTest, Bytes) { ExpectAnswers(WireCases()); }
TEST(HostileOnnxTest, Graphs) { ExpectAnswers(GraphCases()); }
TEST(HostileOnnxTest, Functions) { ExpectAnswers(FunctionCases()); }
TEST(HostileOnnxTest, Shapes) { ExpectAnswers(ShapeCases()); }
TEST(HostileOnnxTest, Values) { ExpectAnswers(ValueCases()); }

TEST(HostileOnnxTest, Data) { ExpectAnswers(DataCases()); }

std::string FreshDirectory() {
  std::string path = io::testing::FreshDirectory();
  path.pop_back();
  return path;
}

TEST(HostileOnnxTest, OtherFiles) { ExpectAnswers(ExternalCases(FreshDirectory())); }

// ---- 3 and 4: what is damaged a little.

// The status, or Internal where no file may have it.
absl::Status Sane(const absl::Status& status, const std::string& what) {
  constexpr Codes kSane = kOk | kInvalid | kDataLoss | kExhausted | kUnimplemented | kExists |
                          kNotFound | kOutOfRange | kMustBeKnown | kDeadline;
  if (kSane.Contains(status.code())) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, ": ", status.ToString()));
}

TEST(HostileOnnxTest, EveryTruncation) {
  const std::string whole = PlainFile();
  const ChildReport report = RunInChild(
      [&] {
        for (size_t n = 0; n < whole.size(); ++n) {
          const std::string bytes = whole.substr(0, n);
          const absl::Status status = Answer([&] { return Import(bytes); });
          DAGRAD_RETURN_IF_ERROR(Sane(status, absl::StrCat(n, " bytes")));
          if (status.ok() && !proto::Model().ParseFromString(bytes))
            return absl::InternalError(absl::StrCat(n, " bytes, no whole message, are imported"));
        }
        return Answer([&] { return Import(whole); });
      },
      {.cpu_seconds = kSecondsOfWalk});
  EXPECT_EQ(report.signal, 0) << report.ToString();
  EXPECT_TRUE(report.status.ok()) << report.ToString();
}

TEST(HostileOnnxTest, EveryFlippedBit) {
  const std::string whole = PlainFile();
  const ChildReport report = RunInChild(
      [&] {
        for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
          std::string bytes = whole;
          bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
          const absl::Status status = Answer([&] { return Import(bytes); });
          DAGRAD_RETURN_IF_ERROR(Sane(status, absl::StrCat("bit ", bit)));
        }
        return absl::OkStatus();
      },
      {.cpu_seconds = kSecondsOfWalk});
  EXPECT_EQ(report.signal, 0) << report.ToString();
  EXPECT_TRUE(report.status.ok()) << report.ToString();
}

// ---- 18 and 19: files and what is none.

TEST(HostileOnnxTest, Paths) {
  const std::string directory = io::testing::FreshDirectory();
  const auto expect = [](int number, const std::string& path, Codes accepted) {
    ExpectAnswer(number, path, accepted,
                 [&] { return Answer([&] { return io::ImportOnnx(path, Options()); }); });
  };
  io::testing::Spill(directory + "zeros.onnx", "");
  files::resize_file(directory + "zeros.onnx", uint64_t{1} << 30);
  expect(18, directory + "zeros.onnx", kExhausted | kDataLoss);
  ASSERT_EQ(mkfifo((directory + "pipe.onnx").c_str(), 0600), 0);
  files::create_symlink("loop.onnx", directory + "loop.onnx");
  expect(19, directory, kInvalid);
  expect(19, directory + "pipe.onnx", kInvalid);
  expect(19, directory + "loop.onnx", kDenied | kInvalid);
  expect(19, directory + "zeros.onnx/model.onnx", kInvalid);
  expect(19, directory + "none.onnx", kNotFound);
  expect(19, "", kNotFound | kInvalid);
  expect(19, std::string("/dev/zero\0.onnx", 15), kInvalid);
  expect(19, "/dev/zero", kInvalid);
  expect(19, "/dev/null", kInvalid);
  expect(19, "/proc/self/mem", kInvalid | kUnavailable | kDenied);
}

// ---- 70: tensors without elements.

// Attributes that let many ops take whatever it is.
void AddUsualAttributes(const std::string& op, proto::Node* node) {
  for (const char* name : {"axis", "blocksize", "size", "num_groups", "to"}) SetInt(node, name, 1);
  if (op.find("Pool") != std::string::npos) SetInts(node, "kernel_shape", {1, 1});
  AddAttribute(node, "equation", kTypeString)->set_s("abcd->adc");
}

// The node of `op` on `inputs` equal tensors, and the gradient of its result if `backward`.
std::string OnEmpty(const std::string& op, const std::vector<std::string>& dims, int inputs,
                    bool backward) {
  ModelMaker m;
  m.Input("x", kFloat, dims).Output("y");
  AddUsualAttributes(op, m.Node(op, std::vector<std::string>(inputs, "x"), {"y"}));
  if (backward) {
    proto::Node* gradient = m.Node("Gradient", {"x"}, {"dx"});
    gradient->set_domain("ai.onnx.preview.training");
    AddAttribute(gradient, "xs", kTypeStrings)->add_strings("x");
    AddAttribute(gradient, "y", kTypeString)->set_s("y");
    m.Output("dx");
  }
  return BytesOf(m);
}

absl::Status WalkEmpty(const std::string& op) {
  for (const std::vector<std::string>& dims :
       {std::vector<std::string>{"2", "3", "4", "4"}, std::vector<std::string>{"2", "3"}}) {
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      std::vector<std::string> empty = dims;
      empty[axis] = "0";
      for (int k = 0; k < 8; ++k) {
        const std::string bytes = OnEmpty(op, empty, k / 2, k % 2 == 1);
        const absl::Status status = Answer([&] { return Import(bytes); });
        const std::string what = absl::StrCat("rank ", dims.size(), ", axis ", axis, ", ", k);
        DAGRAD_RETURN_IF_ERROR(Sane(status, what));
      }
    }
  }
  return absl::OkStatus();
}

TEST(HostileOnnxTest, EmptyTensorsIntoEveryOp) {
  for (const absl::string_view op : RowNames())
    ExpectAnswer(70, std::string(op), kOk, [op] { return WalkEmpty(std::string(op)); });
}

// ---- 76: a slice.

TEST(HostileOnnxTest, AStepBeyondTheAxisTakesOneElement) {
  for (const auto& [end, step] : std::vector<std::pair<int64_t, int64_t>>{
           {3, INT64_MAX}, {3, INT64_MAX - 1}, {-9, -INT64_MAX}}) {
    ModelMaker m;
    m.Input("x", kFloat, {"3", "4"}).Output("y").Integers("start", {step > 0 ? 0 : 2});
    m.Integers("end", {end}).Integers("axis", {0}).Integers("step", {step});
    m.Node("Slice", {"x", "start", "end", "axis", "step"}, {"y"});
    const auto loaded = Import(BytesOf(m));
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const Function& f = loaded->model.functions[0];
    EXPECT_EQ(f.type(f.outputs[0].value).ToString(), "float32[1,4]") << step;
  }
}

// ---- The table is whole.

const std::map<int, const char*>& NotOfOnnx() {
  static const auto* const reasons = new std::map<int, const char*>{
      {14, "the importer reads no text"},
      {15, "the importer reads no JSON"},
      {22, "ONNX has no flags of features: fields that are unknown are skipped"},
      {32, "ONNX has no control edges"}};
  return *reasons;
}

TEST(HostileOnnxTest, HasEveryKind) {
  std::set<int> kinds = {3, 4, 18, 19, 70};  // above
  for (const HostileCases& cases : {WireCases(), GraphCases(), FunctionCases(), ShapeCases(),
                                    ValueCases(), DataCases(), ExternalCases(FreshDirectory())}) {
    for (const HostileCase& c : cases) kinds.insert(c.number);
  }
  for (int number = 1; number <= 91; ++number)
    EXPECT_NE(kinds.contains(number), NotOfOnnx().contains(number)) << "kind " << number;
  EXPECT_EQ(*kinds.rbegin(), 91);
}

}  // namespace
}  // namespace dagrad::onnx
