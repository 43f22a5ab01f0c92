#include "dagrad/io/onnx/export/export.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/file.h"
#include "dagrad/io/model_directory.h"
#include "dagrad/io/onnx/export/model_export.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr int64_t kMostInside = (int64_t{2} << 30) - (int64_t{16} << 20);
constexpr int64_t kLeastOutside = 1024;
constexpr size_t kAlignment = 4096;  // of tensors in the other file, so that they can be mapped

constexpr absl::string_view kDataSuffix = ".data";
constexpr char kModelBegins = '\x08';  // the tag of ModelProto.ir_version

using Parts = std::vector<absl::string_view>;

// Tensors that stand outside of the model: their bytes, in order, with what stands between them.
struct Outside {
  Parts parts;
  Safetensors tensors;  // by their offsets, for a name by content
};

void SetEntry(onnx::proto::Tensor* t, const char* key, std::string value) {
  onnx::proto::StringEntry* entry = t->add_external_data();
  entry->set_key(key);
  entry->set_value(std::move(value));
}

// Takes tensors of `least` bytes or more out of the model, in which their file has no name yet.
Outside MoveOut(const TensorMap& state, int64_t least, onnx::proto::Model* model) {
  static const auto* const zeros = new std::string(kAlignment, '\0');
  Outside outside;
  size_t offset = 0;
  for (onnx::proto::Tensor& t : *model->mutable_graph()->mutable_initializer()) {
    const Tensor& tensor = state.at(t.name());
    if (static_cast<int64_t>(tensor.byte_size()) < least || tensor.byte_size() == 0) continue;
    const size_t gap = (kAlignment - offset % kAlignment) % kAlignment;
    if (gap > 0) outside.parts.push_back(absl::string_view(*zeros).substr(0, gap));
    offset += gap;
    SetEntry(&t, "location", "");
    SetEntry(&t, "offset", absl::StrCat(offset));
    SetEntry(&t, "length", absl::StrCat(tensor.byte_size()));
    t.set_data_location(1);
    t.clear_raw_data();
    outside.parts.emplace_back(static_cast<const char*>(tensor.bytes()), tensor.byte_size());
    outside.tensors.tensors[absl::StrCat(offset)] = tensor;
    offset += tensor.byte_size();
  }
  return outside;
}

// "<model>-<16 hexadecimal digits>.data", the digits made of what stands in it and where, so that
// equal names mean equal bytes.
absl::StatusOr<std::string> DataName(const std::string& model, const Safetensors& tensors) {
  DAGRAD_ASSIGN_OR_RETURN(const SafetensorsBytes bytes, EncodeSafetensors(tensors));
  const std::string name = WeightsName(model, bytes.header);
  return absl::StrCat(absl::StripSuffix(name, ".safetensors"), kDataSuffix);
}

bool IsDataOf(absl::string_view model, absl::string_view name) {
  return absl::ConsumePrefix(&name, model) && absl::ConsumePrefix(&name, "-") &&
         absl::ConsumeSuffix(&name, kDataSuffix) && name.size() == 16 &&
         name.find_first_not_of("0123456789abcdef") == name.npos;
}

// Takes off `names` those whose ends, "-<digits>.data", stand in the file, if that may be a model:
// its name has ".onnx" in it, and no "data" at its end, or it begins as one. Piece by piece: it may
// be large.
absl::Status KeepNamed(const std::string& path, Parts* names, FileSystem& fs) {
  constexpr size_t kEnd = 17 + kDataSuffix.size(), kPiece = size_t{1} << 20;
  struct stat info = {};
  const int found = fs.Inspect(path, &info);
  if (found == -ENOENT) return absl::OkStatus();  // a link to nothing, or removed meanwhile
  if (found < 0) return ErrnoStatus(-found, "inspect", path);
  if (!S_ISREG(info.st_mode)) return absl::OkStatus();
  DAGRAD_ASSIGN_OR_RETURN(const Descriptor file,
                          OpenFile(path, O_RDONLY | O_NONBLOCK, 0, "open", fs));
  const bool is_named =
      !absl::EndsWith(path, "data") && absl::StrContains(path.substr(path.rfind('/') + 1), ".onnx");
  std::string text, piece(kPiece, '\0');
  while (!names->empty()) {
    const ssize_t n = fs.Read(file.get(), piece.data(), piece.size());
    if (n == -EINTR) continue;
    if (n < 0) return ErrnoStatus(static_cast<int>(-n), "read", path);
    if (n == 0 || (text.empty() && !is_named && piece[0] != kModelBegins)) break;
    text.append(piece, 0, static_cast<size_t>(n));
    std::erase_if(*names, [&](absl::string_view name) {
      return absl::StrContains(text, name.substr(name.size() - kEnd));
    });
    if (text.size() > kEnd) text.erase(0, text.size() - kEnd);
  }
  return absl::OkStatus();
}

// Removes what exports to `place` left behind, as RemoveLeftovers does of saves: files of one that
// was killed, and data other than `keep` that no model file of the directory names. If one of these
// cannot be read, all of it stays.
void RemoveOldData(const ModelPlace& place, absl::string_view keep, FileSystem& fs) {
  std::vector<std::string> names;
  if (fs.List(place.directory.empty() ? "." : place.directory, &names) != 0) return;
  Parts data, others;
  for (const std::string& name : names) {
    const absl::string_view base = absl::string_view(name).substr(0, name.rfind(".tmp."));
    if (IsTemporaryOf(name, base) && (base == place.name || IsDataOf(place.name, base))) {
      fs.Remove(place.directory + name);
    } else if (!IsDataOf(place.name, name)) {
      others.push_back(name);
    } else if (name != keep) {
      data.push_back(name);
    }
  }
  for (const absl::string_view other : others) {
    if (data.empty() || !KeepNamed(absl::StrCat(place.directory, other), &data, fs).ok()) return;
  }
  for (const absl::string_view name : data) fs.Remove(absl::StrCat(place.directory, name));
}

// The data, durable before the model that names it. It gets the permissions of the model that is
// replaced.
absl::Status WriteInOrder(const std::string& data, const Parts& parts, const Destination& model,
                          absl::string_view bytes, FileSystem& fs) {
  if (!parts.empty()) {
    Destination beside = model;
    beside.path = data;
    DAGRAD_RETURN_IF_ERROR(WriteTo(beside, parts, fs));
    DAGRAD_RETURN_IF_ERROR(SyncDirectoryOf(data, fs));
  }
  return WriteTo(model, {bytes}, fs);
}

// One step: whoever reads the model finds all of the old or all of the new, with its data.
absl::Status WriteBoth(const Destination& to, const std::string& data, const Parts& parts,
                       absl::string_view bytes, FileSystem& fs) {
  const ModelPlace place(to.path);
  DirectoryLock lock(&fs);
  DAGRAD_RETURN_IF_ERROR(lock.Acquire(place.directory));
  const absl::Status written = WriteInOrder(place.directory + data, parts, to, bytes, fs);
  if (!written.ok()) {
    RemoveOldData(place, "", fs);  // the new data, unless the old model has the same
    return written;
  }
  // Older data stays if a loss of power may bring the older model back.
  DAGRAD_RETURN_IF_ERROR(SyncWritten(to, fs));
  RemoveOldData(place, data, fs);
  return absl::OkStatus();
}

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
  const bool is_split = options.external_bytes.has_value() || bytes > kMostInside;
  onnx::ModelExport model_export(model, state, options);
  DAGRAD_ASSIGN_OR_RETURN(onnx::proto::Model out, model_export.Run(/*with_bytes=*/!is_split));
  DAGRAD_ASSIGN_OR_RETURN(const Destination to, FindDestination(path, fs));
  Outside outside;
  std::string data;
  if (is_split) {
    outside = MoveOut(state, options.external_bytes.value_or(kLeastOutside), &out);
    DAGRAD_ASSIGN_OR_RETURN(data, DataName(ModelPlace(to.path).name, outside.tensors));
    for (onnx::proto::Tensor& t : *out.mutable_graph()->mutable_initializer()) {
      if (t.data_location() != 0) t.mutable_external_data(0)->set_value(data);
    }
    onnx::AddBytes(state, &out);
  }
  if (static_cast<int64_t>(out.ByteSizeLong()) > kMostInside)
    return ResourceExhaustedError("the model is larger than 2 GiB without its state");
  const std::string text = out.SerializeAsString();
  if (!to.into) return WriteBoth(to, data, outside.parts, text, fs);
  if (outside.parts.empty()) return WriteTo(to, {text}, fs);
  return InvalidArgumentError(absl::StrCat("cannot write ", Printable(path, 1024),
                                           ": it is no file that others can stand beside"));
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
