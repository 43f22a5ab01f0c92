#include "dagrad/io/onnx/export/export.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/onnx/export/model_export.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr int64_t kMostInside = (int64_t{2} << 30) - (int64_t{16} << 20);
constexpr int64_t kLeastOutside = 1024;
constexpr size_t kAlignment = 4096;  // of tensors in the other file, so that they can be mapped

// Moves tensors of `least` bytes or more out of the model: their bytes, in order, with what stands
// between them.
std::vector<absl::string_view> MoveOut(const TensorMap& state, int64_t least,
                                       const std::string& file, onnx::proto::Model* model) {
  static const auto* const zeros = new std::string(kAlignment, '\0');
  std::vector<absl::string_view> parts;
  size_t offset = 0;
  for (onnx::proto::Tensor& t : *model->mutable_graph()->mutable_initializer()) {
    const Tensor& tensor = state.at(t.name());
    if (static_cast<int64_t>(tensor.byte_size()) < least || tensor.byte_size() == 0) continue;
    const size_t gap = (kAlignment - offset % kAlignment) % kAlignment;
    if (gap > 0) parts.push_back(absl::string_view(*zeros).substr(0, gap));
    offset += gap;
    const auto add = [&t](const char* key, std::string value) {
      onnx::proto::StringEntry* entry = t.add_external_data();
      entry->set_key(key);
      entry->set_value(std::move(value));
    };
    add("location", file);
    add("offset", absl::StrCat(offset));
    add("length", absl::StrCat(tensor.byte_size()));
    t.set_data_location(1);
    t.clear_raw_data();
    parts.emplace_back(static_cast<const char*>(tensor.bytes()), tensor.byte_size());
    offset += tensor.byte_size();
  }
  return parts;
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Bytes of the tensors that become initializers.
int64_t BytesOf(const TensorMap& state, const Function& function) {
  int64_t bytes = 0;
  for (NodeId id : function.states) {
    const auto found = state.find(function.nodes[id].name);
    if (found != state.end()) bytes += static_cast<int64_t>(found->second.byte_size());
  }
  return bytes;
}

}  // namespace

absl::StatusOr<onnx::proto::Model> ToOnnx(const Model& model, const TensorMap& state,
                                          const ExportOnnxOptions& options) try {
  DAGRAD_RETURN_IF_ERROR(ValidateModel(model));
  onnx::ModelExport model_export(model, state, options);
  return model_export.Run(/*with_bytes=*/true);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status ExportOnnx(const Model& model, const TensorMap& state, const std::string& path,
                        const ExportOnnxOptions& options, FileSystem& fs) try {
  DAGRAD_RETURN_IF_ERROR(ValidateModel(model));
  const Function* function = model.FindFunction(options.function);
  const int64_t bytes = function == nullptr ? 0 : BytesOf(state, *function);
  const bool outside = options.external_bytes.has_value() || bytes > kMostInside;
  onnx::ModelExport model_export(model, state, options);
  DAGRAD_ASSIGN_OR_RETURN(onnx::proto::Model out, model_export.Run(/*with_bytes=*/!outside));
  if (outside) {
    const std::string data = path + ".data";
    const int64_t least = options.external_bytes.value_or(kLeastOutside);
    const auto parts = MoveOut(state, least, NameOf(data), &out);
    onnx::AddBytes(state, &out);
    if (!parts.empty()) DAGRAD_RETURN_IF_ERROR(WriteFile(data, parts, fs));
  }
  if (static_cast<int64_t>(out.ByteSizeLong()) > kMostInside)
    return ResourceExhaustedError("the model is larger than 2 GiB without its state");
  return WriteFile(path, out.SerializeAsString(), fs);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
