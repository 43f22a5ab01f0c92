#include "dagrad/io/npz.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/npy_header.h"
#include "dagrad/io/zip.h"

namespace dagrad::io {
namespace {

absl::StatusOr<NpzArray> ParseArray(absl::string_view bytes, const ReadNpzOptions& options) {
  NpzArray array;
  MemoryReader reader(bytes);
  DAGRAD_ASSIGN_OR_RETURN(const NpyHeader header, TakeNpyHeader(&reader));
  if (header.descr != "|O") {
    DAGRAD_ASSIGN_OR_RETURN(array.tensor, ParseNpy(bytes, options.budget));
    return array;
  }
  if (header.shape.size() != 1) {
    return UnimplementedError(
        absl::StrCat("arrays of objects have one axis, not ", header.shape.size()));
  }
  DAGRAD_ASSIGN_OR_RETURN(
      array.lists, ParsePickledLists(bytes.substr(bytes.size() - reader.left()), header.shape[0],
                                     options.max_bytes, options.budget));
  return array;
}

// A file of the archive, if it is an array; `unpacked` counts the bytes of all.
absl::Status ReadMember(const ZipMember& member, const ReadNpzOptions& options, uint64_t* unpacked,
                        Npz* arrays) {
  absl::string_view name = member.name;
  if (!absl::ConsumeSuffix(&name, ".npy")) return absl::OkStatus();
  const std::string text = absl::StrCat("array \"", Printable(name), "\"");
  if (member.size > options.max_bytes - *unpacked) {
    return ResourceExhaustedError(absl::StrCat(text, ": more than ", options.max_bytes,
                                               " bytes come out of it; that is the limit"));
  }
  *unpacked += member.size;
  DAGRAD_RETURN_IF_ERROR(options.budget.Check());
  DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease, options.budget.Lend(member.size, text));
  const absl::StatusOr<std::string> bytes = UnpackZipMember(member);
  if (!bytes.ok()) return Prefixed(text, bytes.status());
  absl::StatusOr<NpzArray> array = ParseArray(*bytes, options);
  if (!array.ok()) return Prefixed(text, array.status());
  if (!arrays->emplace(name, *std::move(array)).second)
    return DataLossError(absl::StrCat("it has ", text, " twice"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Npz> ParseNpz(absl::string_view bytes, const ReadNpzOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<ZipMember> members, ListZip(bytes));
  Npz arrays;
  uint64_t unpacked = 0;
  for (const ZipMember& member : members)
    DAGRAD_RETURN_IF_ERROR(ReadMember(member, options, &unpacked, &arrays));
  return arrays;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Npz> ReadNpz(const std::string& path, const ReadNpzOptions& options) try {
  Budget::Lease lease;
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFile(path, options.max_bytes, options.budget, &lease));
  absl::StatusOr<Npz> arrays = ParseNpz(bytes, options);
  if (arrays.ok()) return arrays;
  return Prefixed(Printable(path, 1024), arrays.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
