#include "dagrad/ops/elementwise/hash_bucket/text_hash.h"

#include <charconv>
#include <limits>

#include "farmhash.h"
#include "sodium/crypto_shorthash.h"

namespace dagrad::ops {
namespace {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);

void StoreLittleEndian(uint64_t number, unsigned char* bytes) {
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * i));
}

uint64_t LoadLittleEndian(const unsigned char* bytes) {
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number |= uint64_t{bytes[i]} << (8 * i);
  return number;
}

template <typename T>
uint64_t HashOfNumber(T number, absl::Span<const int64_t> salt) {
  char text[std::numeric_limits<T>::digits10 + 2];
  const char* const end = std::to_chars(text, text + sizeof(text), number).ptr;
  return HashOfText(absl::string_view(text, end - text), salt);
}

}  // namespace

uint64_t HashOfText(absl::string_view text, absl::Span<const int64_t> salt) {
  if (salt.empty()) return util::Fingerprint64(text.data(), text.size());
  unsigned char key[crypto_shorthash_KEYBYTES], hash[crypto_shorthash_BYTES];
  StoreLittleEndian(static_cast<uint64_t>(salt[0]), key);
  StoreLittleEndian(static_cast<uint64_t>(salt[1]), key + 8);
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), key);
  return LoadLittleEndian(hash);
}

uint64_t HashOfInteger(int64_t number, absl::Span<const int64_t> salt) {
  return HashOfNumber(number, salt);
}
uint64_t HashOfInteger(uint64_t number, absl::Span<const int64_t> salt) {
  return HashOfNumber(number, salt);
}

}  // namespace dagrad::ops
