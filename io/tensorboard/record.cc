#include "dagrad/io/tensorboard/record.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"

namespace dagrad::io::tensorboard {
namespace {

constexpr size_t kLengthBytes = 8, kChecksumBytes = 4;

// The remainder of every byte.
constexpr std::array<uint32_t, 256> MakeRemainders() {
  constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected
  std::array<uint32_t, 256> remainders{};
  for (uint32_t byte = 0; byte < remainders.size(); ++byte) {
    uint32_t r = byte;
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1) != 0 ? kPolynomial : 0);
    remainders[byte] = r;
  }
  return remainders;
}
constexpr std::array<uint32_t, 256> kRemainders = MakeRemainders();

std::string Bytes(uint64_t number, size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFF);
  return bytes;
}

uint64_t Number(absl::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) number = (number << 8) | static_cast<uint8_t>(bytes[i]);
  return number;
}

// The checksum as records have it: turned by 15 bits and shifted by a number, so that it is not the
// checksum of bytes that hold checksums themselves.
std::string MaskedChecksum(absl::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
  return Bytes(masked, kChecksumBytes);
}

}  // namespace

uint32_t Crc32c(absl::string_view bytes) {
  uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) crc = (crc >> 8) ^ kRemainders[(crc ^ static_cast<uint8_t>(c)) & 0xFF];
  return ~crc;
}

std::string RecordOf(absl::string_view data) {
  const std::string length = Bytes(data.size(), kLengthBytes);
  return absl::StrCat(length, MaskedChecksum(length), data, MaskedChecksum(data));
}

absl::StatusOr<absl::string_view> TakeRecord(absl::string_view* bytes) {
  absl::string_view rest = *bytes;
  const auto take = [&rest](size_t size) {
    const absl::string_view taken = rest.substr(0, size);
    rest.remove_prefix(taken.size());
    return taken;
  };
  const absl::string_view length = take(kLengthBytes);
  if (take(kChecksumBytes) != MaskedChecksum(length) || length.size() != kLengthBytes)
    return DataLossError("the length of a record is damaged");
  const absl::string_view data = take(Number(length));
  if (data.size() != Number(length) || take(kChecksumBytes) != MaskedChecksum(data))
    return DataLossError(absl::StrCat("a record of ", Number(length), " bytes is damaged"));
  *bytes = rest;
  return data;
}

}  // namespace dagrad::io::tensorboard
