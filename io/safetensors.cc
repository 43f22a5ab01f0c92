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
#include "absl/strings/str_join.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/safetensors_header.h"
#include "dagrad/io/write_file.h"
#include "libdeflate.h"

namespace dagrad::io {
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr size_t kAlignment = 64;  // of the first tensor in the file
constexpr size_t kPiece = size_t{256} << 10;

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
constexpr DTypeText kDTypes[] = {
    {DType::kFloat32, "F32"}, {DType::kFloat64, "F64"},   {DType::kInt32, "I32"},
    {DType::kInt64, "I64"},   {DType::kUInt8, "U8"},      {DType::kBool, "BOOL"},
    {DType::kFloat16, "F16"}, {DType::kBFloat16, "BF16"}, {DType::kInt8, "I8"},
    {DType::kInt16, "I16"},   {DType::kUInt16, "U16"},    {DType::kUInt32, "U32"},
    {DType::kUInt64, "U64"}};

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
  return UnimplementedError(absl::StrCat("is of dtype \"", Printable(text), "\"; known: ", known));
}

std::string CrcText(uint32_t crc) { return absl::StrFormat("%08x", crc); }
std::string Crc(absl::string_view bytes) {
  return CrcText(libdeflate_crc32(0, bytes.data(), bytes.size()));
}

absl::string_view BytesOf(const Tensor& t) {
  return absl::string_view(static_cast<const char*>(t.bytes()), t.byte_size());
}

std::string Quoted(const std::string& text) { return JsonText(Json(text)); }

std::string TensorKey(absl::string_view name) { return absl::StrCat(kHeaderKey, ":", name); }

absl::Status CheckWritable(const Safetensors& contents) {
  for (const auto& [name, tensor] : contents.tensors) {
    if (!IsUtf8(name) || name == "__metadata__") {
      return InvalidArgumentError(
          absl::StrCat("a tensor cannot be named \"", Printable(name), "\""));
    }
    if (!tensor.defined()) {
      return InvalidArgumentError(absl::StrCat("tensor \"", Printable(name), "\" is undefined"));
    }
  }
  for (const auto& [key, value] : contents.metadata) {
    if (IsUtf8(key) && IsUtf8(value) && !absl::StartsWith(key, kReserved)) continue;
    return InvalidArgumentError(
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
    return DataLossError("its header has changed: the checksum differs");
  }
  absl::Status CheckTensor(absl::string_view name, uint32_t crc) const {
    if (own_.empty()) return absl::OkStatus();
    auto it = own_.find(TensorKey(name));
    if (it == own_.end()) return DataLossError("has no checksum");
    if (it->second == CrcText(crc)) return absl::OkStatus();
    return DataLossError("has changed: the checksum differs");
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
    return DataLossError(absl::StrCat("lies at ", DimsToString(e.offsets), " of ", size, " bytes"));
  }
  const int64_t needed = count * static_cast<int64_t>(DTypeSize(dtype));
  if (e.offsets[1] - e.offsets[0] == needed) return dtype;
  return DataLossError(absl::StrCat(DTypeName(dtype), DimsToString(e.shape), " takes ", needed,
                                    " bytes; it has ", e.offsets[1] - e.offsets[0]));
}

// The entries in the order of the file, in which every byte of the data belongs to one tensor.
absl::Status SortAndCheckCoverage(uint64_t size, std::vector<SafetensorsEntry>* entries) {
  std::sort(
      entries->begin(), entries->end(),
      [](const SafetensorsEntry& a, const SafetensorsEntry& b) { return a.offsets < b.offsets; });
  int64_t end = 0;
  for (const SafetensorsEntry& e : *entries) {
    if (e.offsets[0] != end) {
      return DataLossError(absl::StrCat(
          "tensor \"", Printable(e.name), "\" begins at byte ", e.offsets[0],
          e.offsets[0] < end ? ", within the one before it, which ends at " : ", after a gap from ",
          end));
    }
    end = e.offsets[1];
  }
  if (static_cast<uint64_t>(end) == size) return absl::OkStatus();
  return DataLossError(absl::StrCat("its tensors take ", end, " bytes; it has ", size));
}

// A file's bytes in order: tensors are copies of them, or views of the mapped file.
class TensorReader {
 public:
  absl::Status Open(const std::string& path, const ReadSafetensorsOptions& options) {
    verify_ = options.verify;
    budget_ = options.budget;
    if (options.map) {
      DAGRAD_ASSIGN_OR_RETURN(mapped_, MappedFile::Open(path, {options.follow_symlinks}));
      reader_ = std::make_unique<MemoryReader>(mapped_->bytes());
    } else {
      DAGRAD_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path, {options.follow_symlinks}));
      reader_ = std::make_unique<FileReader>(std::move(file));
    }
    return absl::OkStatus();
  }
  size_t left() const { return reader_->left(); }
  const Budget& budget() const { return budget_; }
  absl::Status Read(char* out, size_t size) { return reader_->Read(out, size); }

  // The next tensor, and the checksum of its bytes if that is to be verified.
  absl::StatusOr<Tensor> Next(DType dtype, absl::Span<const int64_t> shape, uint32_t* crc) {
    const size_t size = static_cast<size_t>(NumElements(shape)) * DTypeSize(dtype);
    char* const view =
        mapped_ == nullptr ? nullptr : mapped_->data() + (mapped_->size() - reader_->left());
    if (view != nullptr && size > 0 && reinterpret_cast<uintptr_t>(view) % DTypeSize(dtype) == 0) {
      if (verify_) *crc = libdeflate_crc32(0, view, size);
      reader_ = std::make_unique<MemoryReader>(
          mapped_->bytes().substr(mapped_->size() - reader_->left() + size));
      return Tensor::Wrap(dtype, shape, view, mapped_);
    }
    DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(dtype, shape));
    // Piece by piece, so that what is read is still in the cache for its checksum.
    *crc = 0;
    char* to = static_cast<char*>(tensor.mutable_bytes());
    for (size_t rest = size; rest > 0;) {
      const size_t piece = std::min(rest, kPiece);
      DAGRAD_RETURN_IF_ERROR(budget_.Check());
      DAGRAD_RETURN_IF_ERROR(reader_->Read(to, piece));
      if (verify_) *crc = libdeflate_crc32(*crc, to, piece);
      to += piece;
      rest -= piece;
    }
    return tensor;
  }

 private:
  bool verify_ = true;
  Budget budget_;
  std::shared_ptr<MappedFile> mapped_;
  std::unique_ptr<ByteReader> reader_;
};

absl::Status CheckBools(const Tensor& tensor) {
  if (tensor.dtype() != DType::kBool) return absl::OkStatus();
  const char* const bytes = static_cast<const char*>(tensor.bytes());
  if (std::all_of(bytes, bytes + tensor.byte_size(), [](char c) { return c == 0 || c == 1; })) {
    return absl::OkStatus();
  }
  return DataLossError("has a bool that is neither 0 nor 1");
}

absl::StatusOr<std::string> ReadHeader(TensorReader* reader) {
  if (reader->left() < 8) return DataLossError("it ends within the header's length");
  const size_t in_file = reader->left();
  unsigned char bytes[8];
  DAGRAD_RETURN_IF_ERROR(reader->Read(reinterpret_cast<char*>(bytes), 8));
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | bytes[i];
  if (length > kMaxHeader) {
    return ResourceExhaustedError(
        absl::StrCat("its header has ", length, " bytes; the limit is ", kMaxHeader));
  }
  if (length > reader->left()) {
    return DataLossError(
        absl::StrCat("its header of ", length, " bytes ends after the file, which has ", in_file));
  }
  std::string header(length, '\0');
  DAGRAD_RETURN_IF_ERROR(reader->Read(header.data(), length));
  return header;
}

absl::Status InTensor(const absl::Status& status, absl::string_view name) {
  if (status.ok()) return status;
  return MakeStatus(status.code(),
                    absl::StrCat("tensor \"", Printable(name), "\" ", status.message()));
}

absl::StatusOr<Safetensors> Read(TensorReader* reader, bool verify) {
  DAGRAD_RETURN_IF_ERROR(
      reader->budget().Take(static_cast<int64_t>(reader->left()), "reading the tensors"));
  DAGRAD_ASSIGN_OR_RETURN(const std::string header, ReadHeader(reader));
  DAGRAD_ASSIGN_OR_RETURN(SafetensorsIndex index, ParseSafetensorsHeader(header));
  const Checksums checksums(&index.metadata);
  if (verify) DAGRAD_RETURN_IF_ERROR(checksums.CheckHeader(header));
  // Nothing is allocated before all of the header is known to be sound.
  for (const SafetensorsEntry& e : index.entries) {
    DAGRAD_RETURN_IF_ERROR(InTensor(CheckEntry(e, reader->left()).status(), e.name));
  }
  DAGRAD_RETURN_IF_ERROR(SortAndCheckCoverage(reader->left(), &index.entries));
  Safetensors result;
  result.metadata = std::move(index.metadata);
  for (const SafetensorsEntry& e : index.entries) {
    DAGRAD_RETURN_IF_ERROR(reader->budget().Check());
    auto read = [&]() -> absl::StatusOr<Tensor> {
      DAGRAD_ASSIGN_OR_RETURN(const DType dtype, DTypeFrom(e.dtype));
      uint32_t crc = 0;
      DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, reader->Next(dtype, e.shape, &crc));
      if (verify) DAGRAD_RETURN_IF_ERROR(checksums.CheckTensor(e.name, crc));
      DAGRAD_RETURN_IF_ERROR(CheckBools(tensor));
      return tensor;
    };
    absl::StatusOr<Tensor> tensor = read();
    if (!tensor.ok()) return InTensor(tensor.status(), e.name);
    result.tensors.emplace(e.name, *std::move(tensor));
  }
  return result;
}

absl::StatusOr<std::string> HeaderText(const Safetensors& contents,
                                       absl::Span<const std::pair<std::string, Tensor>> order) {
  std::map<std::string, std::string> metadata = contents.metadata;
  metadata[kVersionKey] = "1";
  metadata[kHeaderKey] = kZeros;
  std::string entries;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : order) {
    if (TextOf(tensor.dtype()).empty()) {
      return InTensor(UnimplementedError(absl::StrCat(
                          "there is no dtype ", DTypeName(tensor.dtype()), " in safetensors")),
                      name);
    }
    metadata[TensorKey(name)] = Crc(BytesOf(tensor));
    const uint64_t end = offset + tensor.byte_size();
    absl::StrAppend(&entries, ",", Quoted(name), ":{\"dtype\":\"", TextOf(tensor.dtype()),
                    "\",\"shape\":", DimsToString(tensor.dims()), ",\"data_offsets\":[", offset,
                    ",", end, "]}");
    offset = end;
  }
  const std::string own = absl::StrJoin(metadata, ",", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, Quoted(entry.first), ":", Quoted(entry.second));
  });
  std::string text = absl::StrCat("{\"__metadata__\":{", own, "}", entries, "}");
  text.resize((text.size() + 8 + kAlignment - 1) / kAlignment * kAlignment - 8, ' ');
  if (text.size() > kMaxHeader) {
    return ResourceExhaustedError(
        absl::StrCat("the header has ", text.size(), " bytes; the limit is ", kMaxHeader));
  }
  const std::string crc = Crc(text);
  text.replace(text.find(kHeaderText) + sizeof(kHeaderText) - 1, 8, crc);
  return text;
}

}  // namespace

absl::StatusOr<SafetensorsBytes> EncodeSafetensors(const Safetensors& contents) try {
  DAGRAD_RETURN_IF_ERROR(CheckWritable(contents));
  const std::vector<std::pair<std::string, Tensor>> order = InFileOrder(contents);
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, HeaderText(contents, order));
  SafetensorsBytes bytes;
  for (int i = 0; i < 8; ++i) bytes.header += static_cast<char>(text.size() >> 8 * i);
  bytes.header += text;
  for (const auto& [name, tensor] : order) bytes.data.push_back(BytesOf(tensor));
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status WriteSafetensors(const std::string& path, const Safetensors& contents) try {
  const absl::StatusOr<SafetensorsBytes> bytes = EncodeSafetensors(contents);
  if (!bytes.ok())
    return Prefixed(absl::StrCat("cannot write ", Printable(path, 1024)), bytes.status());
  std::vector<absl::string_view> parts = {bytes->header};
  parts.insert(parts.end(), bytes->data.begin(), bytes->data.end());
  return WriteFile(path, parts);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path,
                                            const ReadSafetensorsOptions& options) try {
  TensorReader reader;
  DAGRAD_RETURN_IF_ERROR(reader.Open(path, options));
  absl::StatusOr<Safetensors> result = Read(&reader, options.verify);
  if (result.ok()) return result;
  return Prefixed(Printable(path, 1024), result.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
