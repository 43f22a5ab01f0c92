// Writes the inputs that fuzzing starts from: seeds DIR makes DIR/<target>/… for every target.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/saved_models.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "dagrad/tests/op_cases.h"

namespace dagrad::tests {
namespace {

constexpr size_t kMaxSeedBytes = 32'768;

class Seeds {
 public:
  explicit Seeds(std::string directory) : directory_(std::move(directory)) {}

  void Write(absl::string_view target, absl::string_view bytes) {
    const std::string folder = absl::StrCat(directory_, "/", target);
    std::filesystem::create_directories(folder);
    std::ofstream(absl::StrCat(folder, "/seed-", count_++), std::ios::binary)
        .write(bytes.data(), static_cast<int64_t>(bytes.size()));
  }

  // As a binary and as a text file.
  void WriteModel(const Model& model) {
    const absl::StatusOr<std::string> bytes = SerializeModel(model);
    if (!bytes.ok() || bytes->size() > kMaxSeedBytes) return;
    Write("model", *bytes);
    const absl::StatusOr<std::string> text = ModelToText(model);
    if (text.ok() && text->size() <= kMaxSeedBytes) Write("text", *text);
  }

  int count() const { return count_; }
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  int count_ = 0;
};

void OpSeeds(Seeds* seeds) {
  for (const OpDef* op : ops::AllOps()) {
    for (const tests::OpCase& c : tests::AllCases(*op)) {
      absl::StatusOr<Function> function = tests::MakeFunction(c);
      if (!function.ok()) continue;
      Model model;
      model.name = "op";
      model.functions.push_back(*std::move(function));
      seeds->WriteModel(model);
    }
  }
}

// Each function as a model of its own: the smaller, the faster.
void WriteFunctions(const Model& model, Seeds* seeds) {
  for (const Function& f : model.functions) {
    Model one = model;
    one.functions = {f};
    seeds->WriteModel(one);
  }
}

void KerasSeeds(Seeds* seeds) {
  for (int i = 0; i < kNumSavedModels; ++i) {
    const absl::StatusOr<Model> graph = MakeSavedModel(i).Graph();
    if (graph.ok()) WriteFunctions(*graph, seeds);
    const std::string saved = absl::StrCat(seeds->directory(), "/saved");
    CheckAnswer(MakeSavedModel(i).Save(saved));
    const absl::StatusOr<std::string> bytes = io::ReadFile(saved + "/model.pb", 1 << 24);
    const absl::StatusOr<Model> model = ParseModel(*bytes, ops::FindOp);
    const std::string& description = model->metadata.at("keras");
    seeds->Write("keras", absl::StrCat(std::string(1, static_cast<char>(i)), description));
    std::filesystem::remove_all(saved);
  }
}

// A node of every op of ONNX that is imported, with as many inputs as it takes: x of four axes and
// vectors of small integers, as initializers.
void OnnxSeeds(Seeds* seeds) {
  for (absl::string_view op : onnx::RowNames()) {
    for (int inputs = 1; inputs <= 3; ++inputs) {
      onnx::ModelMaker m;
      m.Input("x", onnx::kFloat, {"batch", "4", "6", "6"}).Output("y");
      m.Floats("w", {4, 4, 1, 1}, std::vector<float>(16, 0.5f)).Floats("v", {4}, {1, 2, 3, 4});
      m.Integers("i", {1, 2}).Integers("axes", {1});
      const std::vector<std::vector<std::string>> choices = {{"x"}, {"x", "w"}, {"x", "v", "axes"}};
      onnx::SetInts(m.Node(std::string(op), choices[inputs - 1], {"y"}), "kernel_shape", {1, 1});
      seeds->Write("onnx", m.model().SerializeAsString());
    }
  }
}

void TensorSeeds(Seeds* seeds) {
  const std::string path = absl::StrCat(seeds->directory(), "/tensor");
  const auto copy_to = [&](absl::string_view target) {
    const absl::StatusOr<std::string> bytes = io::ReadFile(path, 1 << 20);
    if (bytes.ok()) seeds->Write(target, *bytes);
    std::filesystem::remove(path);
  };
  io::Safetensors contents;
  for (const DType dtype : kAllDTypes) {
    const absl::StatusOr<Tensor> t = Tensor::Zeros(dtype, {2, 3});
    if (!t.ok()) continue;
    contents.tensors[std::string(DTypeName(dtype))] = *t;
    if (io::WriteNpy(path, *t).ok()) copy_to("npy");
  }
  const Tensor text = Tensor::Of<absl::string_view>({2, 1}, {"\xC3\xA9t\xC3\xA9", ""});
  if (io::WriteNpy(path, text).ok()) copy_to("npy");
  contents.metadata["key"] = "value";
  if (io::WriteSafetensors(path, contents).ok()) copy_to("safetensors");
}

void TextSeeds(Seeds* seeds) {
  for (const char* text : {"\1a,b,c\n1,2.5,x\n,true,\"a,\"\"b\"\n", "\3x;y\r\n1;nan\r\n2;-inf\r\n",
                           "\1id,when\n9223372036854775807,0x10\n1e400,\n"})
    seeds->Write("csv", text);
  for (const char* text : {"784", "batch", "2*batch + 1", "floor((time - 3)/2)", "a*b - 4*a",
                           "floor((floor((batch + 1)/2) + 3)/4)"})
    seeds->Write("dim", text);
  seeds->Write("idx", absl::string_view("\0\0\x08\x02\0\0\0\x02\0\0\0\x03"
                                        "abcdef",
                                        18));
  seeds->Write("idx", absl::string_view("\0\0\x0D\x01\0\0\0\x01\x3f\x80\0\0", 12));
}

}  // namespace
}  // namespace dagrad::tests

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: seeds DIR\n";
    return 2;
  }
  dagrad::tests::Seeds seeds(argv[1]);
  dagrad::tests::OpSeeds(&seeds);
  dagrad::tests::KerasSeeds(&seeds);
  dagrad::tests::OnnxSeeds(&seeds);
  dagrad::tests::TensorSeeds(&seeds);
  dagrad::tests::TextSeeds(&seeds);
  std::cout << seeds.count() << " seeds\n";
}
