#include "dagrad/io/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/safetensors_header.h"
#include "nlohmann/json.hpp"
#include "zlib.h"

namespace dagrad::io {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr size_t kAlignment = 64;  // of the first tensor in the file

// dagrad's own metadata: the version of these rules, the CRC-32 of the header (taken with eight
// zeros in its place), and of each tensor.
constexpr char kReserved[] = "dagrad.";
constexpr char kVersionKey[] = "dagrad.version";
constexpr char kHeaderKey[] = "dagrad.crc32";
constexpr char kHeaderText[] = "\"dagrad.crc32\":\"";
constexpr char kZeros[] = "00000000";

struct DTypeText {
  DType dtype;
  absl::string_view text;
};
constexpr DTypeText kDTypes[] = {{DType::kFloat32, "F32"}, {DType::kFloat64, "F64"},
                                 {DType::kInt32, "I32"},   {DType::kInt64, "I64"},
                                 {DType::kUInt8, "U8"},    {DType::kBool, "BOOL"}};

absl::string_view TextOf(DType dtype) {
  for (const DTypeText& d : kDTypes) {
    if (d.dtype == dtype) return d.text;
  }
  return "";
}

absl::StatusOr<DType> DTypeFrom(absl::string_view text) {
  std::string known;
  for (const DTypeText& d : kDTypes) {
    if (d.text == text) return d.dtype;
    absl::StrAppend(&known, known.empty() ? "" : ", ", d.text);
  }
  return absl::UnimplementedError(
      absl::StrCat("is of dtype \"", Printable(text), "\"; known: ", known));
}

std::string Crc(absl::string_view bytes) {
  return absl::StrFormat("%08x",
                         crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

absl::string_view BytesOf(const Tensor& t) {
  return absl::string_view(static_cast<const char*>(t.bytes()), t.byte_size());
}

std::string Quoted(const std::string& text) { return nlohmann::json(text).dump(); }

std::string TensorKey(absl::string_view name) { return absl::StrCat(kHeaderKey, ":", name); }

absl::Status CheckWritable(const Safetensors& contents) {
  for (const auto& [name, tensor] : contents.tensors) {
    if (!IsUtf8(name) || name == "__metadata__") {
      return absl::InvalidArgumentError(
          absl::StrCat("a tensor cannot be named \"", Printable(name), "\""));
    }
    if (!tensor.defined()) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor \"", Printable(name), "\" is undefined"));
    }
  }
  for (const auto& [key, value] : contents.metadata) {
    if (IsUtf8(key) && IsUtf8(value) && !absl::StartsWith(key, kReserved)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("metadata \"", Printable(key), "\" is no UTF-8 or begins with \"dagrad.\""));
  }
  return absl::OkStatus();
}

// In the order of the file: aligned ones first, so that all stay aligned without gaps.
std::vector<std::pair<std::string, Tensor>> InFileOrder(const Safetensors& contents) {
  std::vector<std::pair<std::string, Tensor>> order(contents.tensors.begin(),
                                                    contents.tensors.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return DTypeSize(a.second.dtype()) > DTypeSize(b.second.dtype());
  });
  return order;
}

// The header's bytes with eight zeros where its own checksum stands; nothing if it has none.
std::string WithZeroedChecksum(absl::string_view header, std::string* checksum) {
  const size_t at = header.find(kHeaderText);
  const size_t begin = at + sizeof(kHeaderText) - 1;
  if (at == header.npos || header.size() < begin + 8) return "";
  *checksum = std::string(header.substr(begin, 8));
  return absl::StrCat(header.substr(0, begin), kZeros, header.substr(begin + 8));
}

// Removes dagrad's own metadata and compares what it says.
class Checksums {
 public:
  explicit Checksums(std::map<std::string, std::string>* metadata) {
    for (auto it = metadata->begin(); it != metadata->end();) {
      if (absl::StartsWith(it->first, kReserved)) {
        own_.insert(*it);
        it = metadata->erase(it);
      } else {
        ++it;
      }
    }
  }
  absl::Status CheckHeader(absl::string_view header) const {
    if (own_.empty()) return absl::OkStatus();
    std::string checksum;
    const std::string zeroed = WithZeroedChecksum(header, &checksum);
    if (!zeroed.empty() && Crc(zeroed) == checksum) return absl::OkStatus();
    return absl::DataLossError("its header has changed: the checksum differs");
  }
  absl::Status CheckTensor(absl::string_view name, absl::string_view bytes) const {
    if (own_.empty()) return absl::OkStatus();
    auto it = own_.find(TensorKey(name));
    if (it == own_.end()) return absl::DataLossError("has no checksum");
    if (it->second == Crc(bytes)) return absl::OkStatus();
    return absl::DataLossError("has changed: the checksum differs");
  }

 private:
  std::map<std::string, std::string> own_;
};

// The dtype and dims of an entry, whose bytes lie within `size`.
absl::StatusOr<DType> CheckEntry(const SafetensorsEntry& e, uint64_t size) {
  DAGRAD_ASSIGN_OR_RETURN(DType dtype, DTypeFrom(e.dtype));
  DAGRAD_ASSIGN_OR_RETURN(int64_t count, CheckedNumElements(e.shape));
  if (e.offsets.size() != 2 || e.offsets[0] > e.offsets[1] ||
      static_cast<uint64_t>(e.offsets[1]) > size) {
    return absl::DataLossError(
        absl::StrCat("lies at ", DimsToString(e.offsets), " of ", size, " bytes"));
  }
  const int64_t needed = count * static_cast<int64_t>(DTypeSize(dtype));
  if (e.offsets[1] - e.offsets[0] == needed) return dtype;
  return absl::DataLossError(absl::StrCat(DTypeName(dtype), DimsToString(e.shape), " takes ",
                                          needed, " bytes; it has ", e.offsets[1] - e.offsets[0]));
}

// Every byte of the data belongs to one tensor.
absl::Status CheckCoverage(std::vector<SafetensorsEntry> entries, uint64_t size) {
  std::sort(
      entries.begin(), entries.end(),
      [](const SafetensorsEntry& a, const SafetensorsEntry& b) { return a.offsets < b.offsets; });
  int64_t end = 0;
  for (const SafetensorsEntry& e : entries) {
    if (e.offsets[0] != end) {
      return absl::DataLossError(absl::StrCat(
          "tensor \"", Printable(e.name), "\" begins at byte ", e.offsets[0],
          e.offsets[0] < end ? ", within the one before it, which ends at " : ", after a gap from ",
          end));
    }
    end = e.offsets[1];
  }
  if (static_cast<uint64_t>(end) == size) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("its tensors take ", end, " bytes; it has ", size));
}

absl::StatusOr<Tensor> MakeTensor(DType dtype, const SafetensorsEntry& e, char* data,
                                  const std::shared_ptr<MappedFile>& file) {
  const size_t size = static_cast<size_t>(e.offsets[1] - e.offsets[0]);
  char* bytes = data + e.offsets[0];
  if (dtype == DType::kBool &&
      std::any_of(bytes, bytes + size, [](char c) { return c != 0 && c != 1; })) {
    return absl::DataLossError("has a bool that is neither 0 nor 1");
  }
  if (size > 0 && reinterpret_cast<uintptr_t>(bytes) % DTypeSize(dtype) == 0) {
    return Tensor::Wrap(dtype, e.shape, bytes, file);
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(dtype, e.shape));
  if (size > 0) std::memcpy(tensor.mutable_bytes(), bytes, size);
  return tensor;
}

absl::StatusOr<absl::string_view> FindHeader(absl::string_view bytes) {
  if (bytes.size() < 8) return absl::DataLossError("it ends within the header's length");
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > kMaxHeader) {
    return absl::ResourceExhaustedError(
        absl::StrCat("its header has ", length, " bytes; the limit is ", kMaxHeader));
  }
  if (length > bytes.size() - 8) {
    return absl::DataLossError(absl::StrCat(
        "its header of ", length, " bytes ends after the file, which has ", bytes.size()));
  }
  return bytes.substr(8, length);
}

absl::StatusOr<Safetensors> Read(const std::shared_ptr<MappedFile>& file, bool verify) {
  DAGRAD_ASSIGN_OR_RETURN(const absl::string_view header, FindHeader(file->bytes()));
  DAGRAD_ASSIGN_OR_RETURN(SafetensorsIndex index, ParseSafetensorsHeader(header));
  const Checksums checksums(&index.metadata);
  if (verify) DAGRAD_RETURN_IF_ERROR(checksums.CheckHeader(header));
  const uint64_t size = file->size() - 8 - header.size();
  char* data = file->data() + 8 + header.size();
  Safetensors result;
  result.metadata = std::move(index.metadata);
  for (const SafetensorsEntry& e : index.entries) {
    auto read = [&]() -> absl::StatusOr<Tensor> {
      DAGRAD_ASSIGN_OR_RETURN(const DType dtype, CheckEntry(e, size));
      const absl::string_view bytes(data + e.offsets[0],
                                    static_cast<size_t>(e.offsets[1] - e.offsets[0]));
      if (verify) DAGRAD_RETURN_IF_ERROR(checksums.CheckTensor(e.name, bytes));
      return MakeTensor(dtype, e, data, file);
    };
    absl::StatusOr<Tensor> tensor = read();
    if (!tensor.ok()) {
      return absl::Status(tensor.status().code(), absl::StrCat("tensor \"", Printable(e.name),
                                                               "\" ", tensor.status().message()));
    }
    result.tensors.emplace(e.name, *std::move(tensor));
  }
  DAGRAD_RETURN_IF_ERROR(CheckCoverage(std::move(index.entries), size));
  return result;
}

}  // namespace

absl::StatusOr<std::string> SafetensorsHeader(const Safetensors& contents) {
  DAGRAD_RETURN_IF_ERROR(CheckWritable(contents));
  std::map<std::string, std::string> metadata = contents.metadata;
  metadata[kVersionKey] = "1";
  metadata[kHeaderKey] = kZeros;
  std::string entries;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : InFileOrder(contents)) {
    metadata[TensorKey(name)] = Crc(BytesOf(tensor));
    const uint64_t end = offset + tensor.byte_size();
    absl::StrAppend(&entries, ",", Quoted(name), ":{\"dtype\":\"", TextOf(tensor.dtype()),
                    "\",\"shape\":", DimsToString(tensor.dims()), ",\"data_offsets\":[", offset,
                    ",", end, "]}");
    offset = end;
  }
  std::string text =
      absl::StrCat("{\"__metadata__\":", nlohmann::json(metadata).dump(), entries, "}");
  text.resize((text.size() + 8 + kAlignment - 1) / kAlignment * kAlignment - 8, ' ');
  if (text.size() > kMaxHeader) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the header has ", text.size(), " bytes; the limit is ", kMaxHeader));
  }
  const std::string crc = Crc(text);
  text.replace(text.find(kHeaderText) + sizeof(kHeaderText) - 1, 8, crc);
  return text;
}

absl::Status WriteSafetensors(const std::string& path, const Safetensors& contents) {
  absl::StatusOr<std::string> header = SafetensorsHeader(contents);
  if (!header.ok()) {
    return absl::Status(header.status().code(), absl::StrCat("cannot write ", Printable(path, 1024),
                                                             ": ", header.status().message()));
  }
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(header->size() >> 8 * i);
  std::vector<absl::string_view> parts = {length, *header};
  for (const auto& [name, tensor] : InFileOrder(contents)) parts.push_back(BytesOf(tensor));
  return WriteFile(path, parts);
}

absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path,
                                            const ReadSafetensorsOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<MappedFile> file,
                          MappedFile::Open(path, {options.follow_symlinks}));
  absl::StatusOr<Safetensors> result = Read(file, options.verify);
  if (result.ok()) return result;
  return absl::Status(result.status().code(),
                      absl::StrCat(Printable(path, 1024), ": ", result.status().message()));
}

}  // namespace dagrad::io
