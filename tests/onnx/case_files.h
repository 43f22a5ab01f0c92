#ifndef DAGRAD_TESTS_ONNX_CASE_FILES_H_
#define DAGRAD_TESTS_ONNX_CASE_FILES_H_

#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/onnx/export/node_writer.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/io/write_file.h"

// Cases in files as ONNX's own are laid out: model.onnx, test_data_set_0/input_0.pb, output_0.pb, …
namespace dagrad::tests {

struct Named {
  std::string name;
  Tensor tensor;
};

inline absl::Status Write(const std::string& path, const Named& value) {
  onnx::proto::Tensor out;
  onnx::ToProto(value.tensor, &out);
  out.set_name(value.name);
  return io::WriteFile(path, out.SerializeAsString());
}

inline absl::Status WriteCase(const std::string& dir, const onnx::proto::Model& model,
                              const std::vector<Named>& inputs, const std::vector<Named>& outputs) {
  const std::string data = dir + "/test_data_set_0";
  mkdir(dir.c_str(), 0777);
  mkdir(data.c_str(), 0777);
  DAGRAD_RETURN_IF_ERROR(io::WriteFile(dir + "/model.onnx", model.SerializeAsString()));
  for (size_t i = 0; i < inputs.size(); ++i)
    DAGRAD_RETURN_IF_ERROR(Write(absl::StrCat(data, "/input_", i, ".pb"), inputs[i]));
  for (size_t i = 0; i < outputs.size(); ++i)
    DAGRAD_RETURN_IF_ERROR(Write(absl::StrCat(data, "/output_", i, ".pb"), outputs[i]));
  return absl::OkStatus();
}

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_ONNX_CASE_FILES_H_
