// Writes every sample of every op as a case of ONNX: DIR/ops/<op>_<sample>_<dtype>_<opset>_<n>/.
// check_export.py compares them with ONNX Runtime, `dagrad conform DIR/ops` with dagrad.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/onnx/case_files.h"
#include "dagrad/tests/op_cases.h"

namespace dagrad::tests {
namespace {

absl::Status WriteOp(const std::string& dir, const OpCase& c, int64_t opset) {
  DAGRAD_ASSIGN_OR_RETURN(const Function f, MakeFunction(c));
  Model model;
  model.functions.push_back(f);
  io::ExportOnnxOptions options = {.function = f.name};
  if (opset > 0) options.opset = opset;
  DAGRAD_ASSIGN_OR_RETURN(const onnx::proto::Model written, io::ToOnnx(model, {}, options));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> y, Evaluate(c, runtime::KernelMode::kFast));
  std::vector<Named> inputs, outputs;
  for (size_t i = 0; i < c.inputs.size(); ++i)
    inputs.push_back({InputName(static_cast<int>(i)), c.inputs[i]});
  for (size_t i = 0; i < y.size(); ++i) outputs.push_back({OutputName(static_cast<int>(i)), y[i]});
  return WriteCase(dir, written, inputs, outputs);
}

absl::Status WriteOps(const std::string& dir) {
  mkdir(dir.c_str(), 0777);
  for (const OpDef* op : ops::AllOps()) {
    int n = 0;
    for (const OpCase& c : AllCases(*op)) {
      for (int64_t opset : {0, 23}) {
        const std::string name = absl::StrCat(dir, "/", op->name, "_", c.sample->name, "_",
                                              DTypeName(c.float_dtype), "_", opset, "_", n++);
        const absl::Status status = WriteOp(name, c, opset);
        if (!status.ok()) std::fprintf(stderr, "%s: %s\n", name.c_str(), status.ToString().c_str());
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::tests

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: export_cases DIR\n");
    return 2;
  }
  mkdir(argv[1], 0777);
  const absl::Status status = dagrad::tests::WriteOps(absl::StrCat(argv[1], "/ops"));
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
