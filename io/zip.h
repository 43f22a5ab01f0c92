#ifndef DAGRAD_IO_ZIP_H_
#define DAGRAD_IO_ZIP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad::io {

// By hand, as libzip takes an allocation that fails for a damaged archive, and loses memory then.
//
// A file in a zip archive (PKWARE's APPNOTE.TXT); views of the archive's bytes.
struct ZipMember {
  absl::string_view name;
  absl::string_view packed;
  uint32_t size = 0;  // unpacked
  uint32_t checksum = 0;
  uint16_t method = 0;  // 0: stored, 8: deflate
  bool encrypted = false;
};

// The files of an archive, in the order of its directory. DataLoss for what is no archive, is cut
// or contradicts itself; Unimplemented for archives in parts and for those of 4 GiB or 65,535 files
// and more (ZIP64). Thread-safe.
absl::StatusOr<std::vector<ZipMember>> ListZip(absl::string_view bytes);

// The bytes of such a file, `size` of them, by libdeflate. DataLoss for other bytes than the
// checksum is of, and where deflate could not make so many; Unimplemented for encrypted files and
// other methods. Thread-safe.
absl::StatusOr<std::string> UnpackZipMember(const ZipMember& member);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_ZIP_H_
