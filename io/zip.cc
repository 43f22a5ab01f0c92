#include "dagrad/io/zip.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

// The records of the format: how they begin, and their size without what is of any length.
constexpr absl::string_view kLocal = "PK\3\4", kEntry = "PK\1\2", kEnd = "PK\5\6";
constexpr size_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22;
constexpr size_t kMostComment = 65535;

uint32_t Number(absl::string_view record, size_t at, int size) {
  uint32_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(record[at + i]);
  return value;
}

absl::Status Damaged(absl::string_view what) {
  return DataLossError(absl::StrCat("it is no zip archive, is cut or damaged: ", what));
}

// The record at the end, which may have a comment behind it.
absl::StatusOr<absl::string_view> FindEnd(absl::string_view bytes) {
  const size_t most = std::min(bytes.size(), kEndSize + kMostComment);
  for (size_t back = kEndSize; back <= most; ++back) {
    const absl::string_view record = bytes.substr(bytes.size() - back);
    if (absl::StartsWith(record, kEnd) && Number(record, 20, 2) == back - kEndSize) return record;
  }
  return Damaged("its end is missing");
}

// Where the packed bytes of an entry of the directory are. `files` is what is before the directory.
absl::Status FindPacked(absl::string_view files, uint32_t offset, uint32_t size,
                        ZipMember* member) {
  const std::string what = absl::StrCat("file \"", Printable(member->name), "\"");
  if (offset > files.size()) return Damaged(what);
  const absl::string_view local = files.substr(offset);
  if (local.size() < kLocalSize || !absl::StartsWith(local, kLocal)) return Damaged(what);
  const size_t name = Number(local, 26, 2);
  const size_t begin = kLocalSize + name + Number(local, 28, 2);
  if (begin + size > local.size() || local.substr(kLocalSize, name) != member->name)
    return Damaged(what);
  member->packed = local.substr(begin, size);
  return absl::OkStatus();
}

// The first entry of `*directory`, which is taken off.
absl::StatusOr<ZipMember> TakeEntry(absl::string_view files, absl::string_view* directory) {
  const absl::string_view entry = *directory;
  if (entry.size() < kEntrySize || !absl::StartsWith(entry, kEntry))
    return Damaged("its directory");
  const size_t name = Number(entry, 28, 2);
  const size_t size = kEntrySize + name + Number(entry, 30, 2) + Number(entry, 32, 2);
  if (size > entry.size()) return Damaged("its directory");
  directory->remove_prefix(size);
  ZipMember member;
  member.name = entry.substr(kEntrySize, name);
  member.encrypted = (Number(entry, 8, 2) & 1) != 0;
  member.method = static_cast<uint16_t>(Number(entry, 10, 2));
  member.checksum = Number(entry, 16, 4);
  member.size = Number(entry, 24, 4);
  const uint32_t packed = Number(entry, 20, 4), offset = Number(entry, 42, 4);
  if (std::max({packed, member.size, offset}) == UINT32_MAX)
    return UnimplementedError("it is a zip archive with files of 4 GiB or more (ZIP64)");
  DAGRAD_RETURN_IF_ERROR(FindPacked(files, offset, packed, &member));
  return member;
}

}  // namespace

absl::StatusOr<std::vector<ZipMember>> ListZip(absl::string_view bytes) try {
  DAGRAD_ASSIGN_OR_RETURN(const absl::string_view end, FindEnd(bytes));
  const uint32_t count = Number(end, 10, 2), size = Number(end, 12, 4), offset = Number(end, 16, 4);
  if (count == 65535 || offset == UINT32_MAX)
    return UnimplementedError("it is a zip archive of 4 GiB or 65,535 files and more (ZIP64)");
  if (Number(end, 4, 4) != 0 || Number(end, 8, 2) != count)
    return UnimplementedError("it is a part of a zip archive");
  if (uint64_t{offset} + size > bytes.size() - end.size()) return Damaged("its directory");
  absl::string_view directory = bytes.substr(offset, size);
  std::vector<ZipMember> members;
  for (uint32_t i = 0; i < count; ++i) {
    DAGRAD_ASSIGN_OR_RETURN(members.emplace_back(), TakeEntry(bytes.substr(0, offset), &directory));
  }
  return members;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::string> UnpackZipMember(const ZipMember& member) try {
  if (member.encrypted) return UnimplementedError("it is encrypted");
  if (member.method != 0 && member.method != 8) {
    return UnimplementedError(
        absl::StrCat("it is packed by method ", member.method, "; 0 and 8 (deflate) are read"));
  }
  const size_t packed = member.packed.size();
  std::string bytes;
  if (member.method == 0) {
    if (packed != member.size) return DataLossError("its sizes contradict each other");
    bytes = std::string(member.packed);
  } else {
    // The most that deflate can shrink anything is a little below 1,032.
    if (member.size / 1032 > packed)
      return DataLossError(absl::StrCat("it promises ", member.size, " bytes of ", packed));
    const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> inflater(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    if (inflater == nullptr) return NoMemoryStatus();
    bytes.resize(member.size);
    size_t taken = 0, made = 0;
    const libdeflate_result result = libdeflate_deflate_decompress_ex(
        inflater.get(), member.packed.data(), packed, bytes.data(), bytes.size(), &taken, &made);
    if (result != LIBDEFLATE_SUCCESS || taken != packed || made != bytes.size())
      return DataLossError("it is cut or damaged");
  }
  if (libdeflate_crc32(0, bytes.data(), bytes.size()) != member.checksum)
    return DataLossError("its checksum is another one");
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
