#include "dagrad/io/gzip.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"

namespace dagrad::io {
namespace {

using Decompressor = std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)>;

// Appends the first member of `*rest` to the first `*used` bytes of `*out`, and takes it off. What
// `*out` has behind them stays for the next one.
absl::Status TakeMember(libdeflate_decompressor* d, size_t max_bytes, absl::string_view* rest,
                        std::string* out, size_t* used) {
  const size_t limit = std::min(max_bytes - *used, rest->size() * 1032);
  for (size_t room = std::min(limit, rest->size() * 4);; room = std::min(limit, room * 2)) {
    if (out->size() < *used + room) out->resize(*used + room);
    size_t taken = 0, made = 0;
    const libdeflate_result result = libdeflate_gzip_decompress_ex(
        d, rest->data(), rest->size(), out->data() + *used, room, &taken, &made);
    if (result == LIBDEFLATE_SUCCESS) {
      *used += made;
      rest->remove_prefix(taken);
      return absl::OkStatus();
    }
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE || room == rest->size() * 1032)
      return DataLossError("it is no gzip file, is cut or damaged");
    if (room == limit) {
      return ResourceExhaustedError(
          absl::StrCat("more than ", max_bytes, " bytes come out of it; that is the limit"));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ParseGzip(absl::string_view bytes, size_t max_bytes) try {
  const Decompressor decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (decompressor == nullptr) return ResourceExhaustedError("no memory to decompress");
  if (bytes.empty()) return DataLossError("it is empty, no gzip file");
  std::string out;
  size_t used = 0;
  while (!bytes.empty())
    DAGRAD_RETURN_IF_ERROR(TakeMember(decompressor.get(), max_bytes, &bytes, &out, &used));
  out.resize(used);
  return out;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::string> ReadGzip(const std::string& path, size_t max_bytes) try {
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, max_bytes));
  absl::StatusOr<std::string> text = ParseGzip(bytes, max_bytes);
  if (text.ok()) return text;
  return Prefixed(Printable(path, 1024), text.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
