#ifndef DAGRAD_IO_TENSORBOARD_RECORD_H_
#define DAGRAD_IO_TENSORBOARD_RECORD_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The records that TensorFlow's files are made of: a length n in eight bytes, its checksum in four,
// n bytes of data, their checksum in four; numbers have their lowest byte first. Source:
// TensorFlow's TFRecord format. Thread-safe.
namespace dagrad::io::tensorboard {

// The cyclic redundancy check of Castagnoli's polynomial, 0x1EDC6F41, bits reflected, beginning and
// ending with all ones inverted (RFC 3720, B.4): 0xE3069283 of "123456789".
uint32_t Crc32c(absl::string_view bytes);

// `data` as one record.
std::string RecordOf(absl::string_view data);

// The data of the first record of `bytes`, which are shortened by it. DataLoss for a record that is
// cut off or whose checksums do not agree.
absl::StatusOr<absl::string_view> TakeRecord(absl::string_view* bytes);

}  // namespace dagrad::io::tensorboard

#endif  // DAGRAD_IO_TENSORBOARD_RECORD_H_
